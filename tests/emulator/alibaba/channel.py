# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's end of a terminal session in port mode: what it accepts, sends, keeps and asks for. No I/O."""

from __future__ import annotations

from collections import deque

from . import frames


class Channel:
    """Version 1.02 acknowledges, sends again and can be resumed; 1.01 counts its Outputs and does nothing else."""

    def __init__(self, version: str, channel_id: str) -> None:
        self.version = version
        self.channel_id = channel_id
        self.closed = False
        self.paused = False
        self.taken = 0
        self.kept = 0  # bytes that no client has acknowledged
        self._kept: deque[tuple[int, bytes]] = deque()
        self._next = 1 if version == "1.02" else 0

    def output(self, payload: bytes) -> list[bytes]:
        """Return the frames to send: none while a resumed session waits for the client's Sync."""
        seq, self._next = self._next, self._next + 1
        if self.version == "1.02":
            self._kept.append((seq, payload))
            self.kept += len(payload)
        return [] if self.paused else [self._frame(seq, payload)]

    def _frame(self, seq: int, payload: bytes) -> bytes:
        return frames.write(frames.OUTPUT, self.version, self.channel_id, payload, input_seq=self.taken, output_seq=seq)

    def take(self, data: bytes) -> tuple[bytes, list[bytes]]:
        """Return what goes to the port, and the frames to send for it."""
        message = frames.read(data)
        if message.kind == frames.CLOSE:
            self.closed = True
        if self.version != "1.02":
            return (message.payload if message.kind == frames.INPUT else b""), []
        while self._kept and self._kept[0][0] <= message.output_seq:
            self.kept -= len(self._kept.popleft()[1])
        if message.kind == frames.SYNC:
            return b"", self._synchronize(message)
        if message.kind != frames.INPUT:
            return b"", []
        if message.input_seq == self.taken + 1:
            self.taken += 1
            return message.payload, []
        return b"", [self._missing()] if message.input_seq > self.taken else []

    def _synchronize(self, message: frames.Message) -> list[bytes]:
        self.paused = False
        again = [self._frame(seq, payload) for seq, payload in self._kept]
        return [*again, self._missing()] if message.input_seq > self.taken else again

    def _missing(self) -> bytes:
        """A Sync that names the first Input that is missing."""
        return frames.write(
            frames.SYNC, self.version, self.channel_id, input_seq=self.taken + 1, output_seq=self._next - 1
        )
