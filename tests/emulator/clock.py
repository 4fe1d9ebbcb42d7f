# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's clock: real time plus an offset that tests set to simulate skew."""

from __future__ import annotations

import time
from email.utils import formatdate


class Clock:
    """What the clouds take for the present. Due times are kept in real time, so an offset never stalls a restart."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._second = -1
        self._date = b""

    def real(self) -> float:
        return time.time()

    def now(self) -> float:
        return time.time() + self.offset

    def http_date(self) -> bytes:
        """Value of the Date header, made anew once a second."""
        second = int(self.now())
        if second != self._second:
            self._second = second
            self._date = formatdate(second, usegmt=True).encode()
        return self._date


def iso_seconds(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def iso_minutes(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(moment))
