# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""One terminal session in port mode as a state machine: what to send for what came, and when. Pure.

The rim gives it what arrives and the time, and sends what next_frame() returns. It is made so that no byte is lost,
doubled or out of place: what cannot be repaired ends the session. Nothing waits without end: tick() ends it.

Numbers: Inputs count from 1, an empty one too. Outputs count from 1 in frames of version 1.02, and from 0 in 1.01.
Only 1.02 acknowledges Inputs (with each Output), sends again what is missed (Sync), and can be resumed.
"""

from __future__ import annotations

import typing as t
from collections import deque

from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.frames import (
    V1_02,
    Frame,
    FrameError,
    Kind,
    Status,
    decode,
    encode,
    read_status,
)

# Bytes in one Input.
CHUNK = 2048
# Bytes that wait to be sent, and bytes that wait for their acknowledgement, beyond which no more are taken in. The
# second is more than ssh itself sends without an answer.
QUEUE = 64 * 1024
WINDOW = 8 * 1024 * 1024
# Bytes that a frame counts for besides its payload, so that empty ones are bounded, too.
OVERHEAD = 128

# Seconds: without any frame from us, the agent ends the session after 180.
KEEP_ALIVE = 50.0
# Seconds of quiet after which we ask whether something is missing, at first; each time twice as long.
PROBE = 2.0
# Seconds before the same is asked for, or sent, again.
AGAIN = 1.0
# Seconds to the first Output; without any, which ssh's own keep-alives prevent; and of a whole session, the vendor's.
FIRST_OUTPUT = 30.0
SILENCE = 180.0
LONGEST = 3 * 3600.0

# Bits per second until the service announces others, as the vendor's client has it.
DEFAULT_LIMIT = 200 * 1024
# Seconds that a late send may make up for.
CREDIT = 0.1

# Why a session ends that the vendor has no word for.
BAD_FRAME = "Session.BadFrame"
LOST = "Session.Lost"
NO_OUTPUT = "Session.NoOutput"
NOT_RESUMED = "Session.NotResumed"
SILENT = "Session.Silent"
TOO_LONG = "Session.TooLong"


class SessionEnded(Exception):
    """The session is over, for good.

    :param code: the vendor's word, or one of ours above.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SessionInterrupted(Exception):
    """The service goes down for a moment: connect again, then resume()."""


class Pace:
    """When the next bytes may be sent, so that they keep below the limit that the service announces."""

    def __init__(self) -> None:
        self._per_second = DEFAULT_LIMIT / 8
        self._free_at = 0.0

    def set_limit(self, bits_per_second: int) -> None:
        """Take a limit; 0 announces none and changes nothing, as in the vendor's client."""
        if bits_per_second:
            self._per_second = bits_per_second / 8

    def wait(self, now: float) -> float:
        """Return the seconds to wait before anything is sent."""
        return max(0.0, self._free_at - now)

    def spend(self, size: int, now: float) -> None:
        """Note that so many bytes are sent now. Only payload counts."""
        self._free_at = max(self._free_at, now - CREDIT) + size / self._per_second


class _Waiting(t.NamedTuple):
    """A frame that is to be sent; its other parts are those of the moment in which it is."""

    kind: Kind
    seq: int
    payload: bytes


class TerminalSession:
    """The client's end of a session.

    :param now: when its connection was opened, by the monotonic clock, as in all methods.
    """

    def __init__(self, now: float) -> None:
        self.pace = Pace()
        self.opened = False
        self.channel_id = b""
        # Of the agent's frames; until it speaks, of the service's, which may have another
        self._version = b""
        self._heard = b""
        self._begun = now
        self._input_seq = 0
        self._sent_seq = 0
        self._taken = 0
        self._outgoing: deque[_Waiting] = deque()
        self._queued = 0
        self._kept: deque[_Waiting] = deque()
        self._unacknowledged = 0
        self._output_at = now
        self._input_at = now
        self._probe_at, self._probe_after = now + PROBE, PROBE
        self._asked_at = float("-inf")
        self._sent_again = (0, float("-inf"))

    # What comes from the service

    def take(self, data: bytes, now: float) -> bytes:
        """Take a message; return the bytes that are to be delivered, if any.

        :raises SessionEnded: it says so, or bytes are lost for good.
        :raises SessionInterrupted: the service restarts.
        """
        try:
            frame = decode(data)
            self.channel_id = self.channel_id or frame.channel_id
            self._heard = frame.version
            if frame.kind == Kind.OUTPUT:
                return self._output(frame, now)
            if frame.kind == Kind.SYNC:
                self._send_again(frame.input_seq, now)
            elif frame.kind == Kind.STATUS:
                self._status(frame.payload)
        except FrameError:
            raise SessionEnded(BAD_FRAME) from None
        return b""

    def _output(self, frame: Frame, now: float) -> bytes:
        """Return the payload of the Output that is next; others are dropped, and a gap is asked for."""
        if not self._version:
            self._version = frame.version
            self._taken = 0 if frame.version == V1_02 else -1
        if self._version == V1_02:
            self._acknowledge(frame.input_seq)
        if frame.output_seq > self._taken + 1:
            self._ask(now)
        if frame.output_seq != self._taken + 1:
            return b""
        self._taken = frame.output_seq
        self.opened = True
        self._output_at = now
        self._was_active(now)
        return frame.payload

    def _acknowledge(self, seq: int) -> None:
        while self._kept and self._kept[0].seq <= seq:
            self._unacknowledged -= len(self._kept.popleft().payload) + OVERHEAD

    def _ask(self, now: float) -> None:
        """Ask for what is missing; once, because all that comes after it shows the same gap."""
        if self._version != V1_02:
            raise SessionEnded(LOST)
        if now >= self._asked_at + AGAIN:
            self._asked_at = now
            self._sync()

    def _send_again(self, first: int, now: float) -> None:
        """Send all Inputs from this number on again; the service has those before it."""
        self._acknowledge(first - 1)
        just_done = self._sent_again[0] == first and now < self._sent_again[1] + AGAIN
        # One that comes late asks for what has been acknowledged since
        if first > self._sent_seq or just_done or not self._kept or self._kept[0].seq != first:
            return
        self._sent_again = (first, now)
        others = [one for one in self._outgoing if one.kind != Kind.INPUT]
        self._outgoing = deque((*others, *self._kept))
        self._queued = sum(len(one.payload) for one in self._outgoing)

    def _status(self, payload: bytes) -> None:
        status = read_status(payload)
        if status.limit is not None:
            self.pace.set_limit(status.limit)
        elif status.state == Status.FROZEN:
            raise SessionInterrupted
        elif status.state in (Status.ABORTED, Status.CLOSED, Status.EXITED):
            raise SessionEnded(status.text or Status(status.state).name.capitalize())

    # What goes to the service

    @property
    def room(self) -> bool:
        """Whether bytes may be put in: the far side has spoken, and not too many wait."""
        return self.opened and self._queued < QUEUE and self._unacknowledged < WINDOW

    def put(self, data: bytes) -> None:
        """Have bytes sent, in Inputs of at most CHUNK bytes; empty ones make an empty Input."""
        for start in range(0, len(data) or 1, CHUNK):
            self._input_seq += 1
            waiting = _Waiting(Kind.INPUT, self._input_seq, data[start : start + CHUNK])
            self._outgoing.append(waiting)
            self._queued += len(waiting.payload)
            if self._version == V1_02:
                self._kept.append(waiting)
                self._unacknowledged += len(waiting.payload) + OVERHEAD

    def next_size(self) -> int | None:
        """Return the bytes of payload of the next frame to be sent, None without one."""
        return len(self._outgoing[0].payload) if self._outgoing else None

    def next_frame(self, now: float, timestamp: int) -> bytes:
        """Return the next frame, which is sent now, and count it.

        :param timestamp: milliseconds since 1970.
        """
        waiting = self._outgoing.popleft()
        self._queued -= len(waiting.payload)
        seq = self._sent_seq
        if waiting.kind == Kind.INPUT:
            seq = waiting.seq
            self._sent_seq = max(self._sent_seq, seq)
            self._input_at = now
            self.pace.spend(len(waiting.payload), now)
            if waiting.payload:
                self._was_active(now)
        return encode(
            Frame(
                kind=waiting.kind,
                version=self._version or V1_02,
                channel_id=self.channel_id,
                input_seq=seq,
                output_seq=max(self._taken, 0),
                payload=waiting.payload,
                timestamp=timestamp,
            )
        )

    def close(self, timestamp: int) -> bytes:
        """Return the frame that tells the agent to let go of the port."""
        self._outgoing.appendleft(_Waiting(Kind.CLOSE, 0, b"1"))
        return self.next_frame(self._input_at, timestamp)

    def resume(self, now: float) -> None:
        """Go on over a new connection: no Output comes before our Sync.

        :raises SessionEnded: frames of version 1.01 cannot do that.
        """
        if self._version and self._version != V1_02:
            raise SessionEnded(NOT_RESUMED)
        if self.channel_id:
            self._sync()
        self._asked_at = now
        self._sent_again = (0, now)
        self._was_active(now)

    def _sync(self) -> None:
        """Say what was sent and what was taken last, before anything else."""
        self._outgoing.appendleft(_Waiting(Kind.SYNC, 0, b""))

    @property
    def _mends(self) -> bool:
        """Whether what is lost can be asked for."""
        return (self._version or self._heard) == V1_02

    # What the time brings

    def _was_active(self, now: float) -> None:
        self._probe_at, self._probe_after = now + PROBE, PROBE

    def tick(self, now: float) -> float:
        """Do what is due; return when the next thing is.

        :raises SessionEnded: a limit has passed.
        """
        for at, code in self._limits():
            if now >= at:
                raise SessionEnded(code)
        if self.opened and now >= self._input_at + KEEP_ALIVE:
            self._input_at = now
            self.put(b"")
        if self._mends and now >= self._probe_at:
            # The last Output, or the last Input, may have been lost: nothing comes after it to show that
            if self.opened:
                self._probe_after = min(self._probe_after * 2, KEEP_ALIVE)
            self._probe_at = now + self._probe_after
            self._sync()
        dues = [at for at, _code in self._limits()]
        if self.opened:
            dues.append(self._input_at + KEEP_ALIVE)
        if self._mends:
            dues.append(self._probe_at)
        return min(dues)

    def _limits(self) -> t.Iterator[tuple[float, str]]:
        yield self._begun + LONGEST, TOO_LONG
        if self.opened:
            yield self._output_at + SILENCE, SILENT
        else:
            yield self._begun + FIRST_OUTPUT, NO_OUTPUT
