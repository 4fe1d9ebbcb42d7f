# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The only import of httptools and msgspec.

Where one of them is missing or too old, every file of the collection can still be imported: the one name that class
bodies need has an empty stand-in, and MISSING tells the modules and plugins what to say before anything else.
The lower bounds are repeated in requirements.txt and meta/ee-requirements.txt; a test holds them together.
"""

from __future__ import annotations

import gc
import traceback
import typing as t

LOWER_BOUNDS = {"httptools": (0, 6, 1), "msgspec": (0, 19)}


class Missing(t.NamedTuple):
    """A library that cannot be used, and why.

    library is the name for pip; reason is None where it is not installed at all.
    """

    library: str
    reason: str | None
    traceback: str


MISSING: Missing | None = None

if t.TYPE_CHECKING:
    import httptools
    import msgspec
    from msgspec import Struct
else:
    # These imports make many objects and no garbage; looking for some among them costs a twentieth of a call.
    _collects = gc.isenabled()
    gc.disable()
    try:
        import httptools
    except ImportError:
        httptools = None
        MISSING = Missing("httptools", None, traceback.format_exc())
    try:
        import msgspec
        from msgspec import Struct
    except ImportError:
        msgspec = None
        MISSING = MISSING or Missing("msgspec", None, traceback.format_exc())

        class Struct:
            """Stands in for msgspec.Struct as a base class."""

            def __init_subclass__(cls, **config: object) -> None:
                """Take what a class says of its form."""

            def __init__(self, *values: object, **fields: object) -> None:
                """Take the values, because some are made while a file is imported."""

    if _collects:
        gc.enable()


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _too_old() -> Missing | None:
    """Compare what was imported with LOWER_BOUNDS."""
    for module in (httptools, msgspec):
        bound = LOWER_BOUNDS[module.__name__]
        if _version(module.__version__) < bound:
            wanted = ".".join(str(part) for part in bound)
            reason = f"version {module.__version__} in {module.__file__} is too old, {wanted} or newer is needed"
            return Missing(module.__name__, reason, "")
    return None


if MISSING is None:
    MISSING = _too_old()

__all__ = ("LOWER_BOUNDS", "MISSING", "Missing", "Struct", "httptools", "msgspec")
