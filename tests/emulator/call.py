# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every cloud room tells the shared ones: one call received, one answer given."""

from __future__ import annotations

from dataclasses import dataclass, field

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Reply:
    """An answer ready for the wire; content-length and date are added when it is sent."""

    status: int
    body: bytes
    headers: Headers
    code: str = ""


@dataclass
class Call:
    """One request, as counters, log, pace and faults see it. Times are real time, not the emulator's clock."""

    number: int
    received_at: float
    cloud: str
    action: str
    region: str = ""
    account_id: str = ""
    access_key_id: str = ""
    instance_ids: tuple[str, ...] = ()
    is_write: bool = False
    status: int = 0
    code: str = ""
    faults: list[str] = field(default_factory=list)
    finished_at: float = 0.0

    def to_json(self) -> dict[str, object]:
        return {
            "number": self.number,
            "received_at": self.received_at,
            "finished_at": self.finished_at,
            "cloud": self.cloud,
            "action": self.action,
            "region": self.region,
            "account_id": self.account_id,
            "access_key_id": self.access_key_id,
            "instance_ids": list(self.instance_ids),
            "is_write": self.is_write,
            "status": self.status,
            "code": self.code,
            "faults": list(self.faults),
        }
