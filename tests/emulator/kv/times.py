# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times and durations as the server writes them."""

from __future__ import annotations

import datetime as dt
import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")


def stamp(moment: float | None) -> str:
    """RFC 3339 with nanoseconds; empty for no moment."""
    if moment is None:
        return ""
    whole = dt.datetime.fromtimestamp(moment, dt.timezone.utc)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{whole.microsecond * 1000:09d}Z"


def seconds(value: object) -> float:
    """Return the seconds of a Go duration such as ``3h25m19s``, or of a number."""
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value or "0s")
    if text.isdigit():
        return float(text)
    parts = _PART.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"no duration: {text}")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def duration(value: float) -> str:
    """Return a Go duration: 0s, 30s, 1m0s, 3h25m19s."""
    hours, rest = divmod(int(value), 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"
