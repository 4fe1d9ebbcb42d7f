# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The only import of httpx and pydantic.

Where one of them is missing or too old, every file of the collection can still be imported: the few names that class
bodies need have empty stand-ins, and MISSING tells the modules and plugins what to say before anything else.
The lower bounds are repeated in requirements.txt and meta/ee-requirements.txt; a test holds them together.
"""

from __future__ import annotations

import traceback
import typing as t

LOWER_BOUNDS = {"httpx": (0, 27), "pydantic": (2, 7)}


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
    import httpx
    import pydantic
    from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
else:
    import httptools

    try:
        import httpx
    except ImportError:
        httpx = None
        MISSING = Missing("httpx", None, traceback.format_exc())
    try:
        import pydantic
        from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
    except ImportError:
        pydantic = TypeAdapter = None
        MISSING = MISSING or Missing("pydantic", None, traceback.format_exc())
        ConfigDict = dict

        class BaseModel:
            """Stands in for pydantic.BaseModel as a base class."""

            def __init__(self, **fields: object) -> None:
                """Take the values, because some are made while a file is imported."""

        class ValidationError(ValueError):
            """Stands in for pydantic.ValidationError in except clauses."""


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _too_old() -> Missing | None:
    """Compare what was imported with LOWER_BOUNDS."""
    for module in (httpx, pydantic):
        bound = LOWER_BOUNDS[module.__name__]
        if _version(module.__version__) < bound:
            wanted = ".".join(str(part) for part in bound)
            reason = f"version {module.__version__} in {module.__file__} is too old, {wanted} or newer is needed"
            return Missing(module.__name__, reason, "")
    return None


if MISSING is None:
    MISSING = _too_old()

__all__ = (
    "LOWER_BOUNDS",
    "MISSING",
    "BaseModel",
    "ConfigDict",
    "Missing",
    "TypeAdapter",
    "ValidationError",
    "httptools",
    "httpx",
    "pydantic",
)
