# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The only import of httpx, pydantic and the optional websockets.

Where one of them is missing or too old, every file of the collection can still be imported: the few names that class
bodies need have empty stand-ins, and MISSING tells the modules and plugins what to say before anything else.
The lower bounds are repeated in requirements.txt and meta/ee-requirements.txt; a test holds them together.
"""

from __future__ import annotations

import os
import sys
import traceback
import typing as t

from ansible.module_utils.basic import missing_required_lib

LOWER_BOUNDS = {"httpx": (0, 27), "pydantic": (2, 7)}
# Optional: only what speaks WebSocket needs it.
WEBSOCKETS = (15,)


class Missing(t.NamedTuple):
    """Libraries that cannot be used, and why.

    libraries are names for pip; reason is empty where they are not installed at all.
    """

    libraries: tuple[str, ...]
    reason: str
    traceback: str


_absent: list[Missing] = []

# A plugin of pydantic sees all that is read, secrets too; and looking for some takes longer than reading an answer.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

if t.TYPE_CHECKING:
    import httpx
    import pydantic
    from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
else:
    try:
        import httpx
    except ImportError:
        httpx = None
        _absent.append(Missing(("httpx",), "", traceback.format_exc()))
    try:
        import pydantic
        from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
    except ImportError:
        pydantic = TypeAdapter = None
        _absent.append(Missing(("pydantic",), "", traceback.format_exc()))
        ConfigDict = dict

        class BaseModel:
            """A stand-in for pydantic.BaseModel as a base class."""

            def __init__(self, **fields: object) -> None:
                """Take the values, because some are made while a file is imported."""

        class ValidationError(ValueError):
            """A stand-in for pydantic.ValidationError in except clauses."""


def version_of(text: str) -> tuple[int, ...]:
    """Return the numbers of a version, to compare it with a bound."""
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _too_old(module: t.Any, bound: tuple[int, ...]) -> Missing | None:
    """Return what is to be said of a library that was imported and is older than bound."""
    if version_of(module.__version__) >= bound:
        return None
    wanted = ".".join(str(part) for part in bound)
    reason = f"version {module.__version__} in {module.__file__} is too old, {wanted} or newer is needed"
    return Missing((module.__name__,), reason, "")


def _together(found: t.Sequence[Missing]) -> Missing | None:
    """Return all that is missing as one, None where nothing is."""
    if not found:
        return None
    libraries = tuple(library for one in found for library in one.libraries)
    return Missing(libraries, "; ".join(one.reason for one in found if one.reason), found[0].traceback)


# None where it could not be imported
_imported: tuple[tuple[t.Any, tuple[int, ...]], ...] = (
    (httpx, LOWER_BOUNDS["httpx"]),
    (pydantic, LOWER_BOUNDS["pydantic"]),
)
_absent += [old for module, bound in _imported if module is not None and (old := _too_old(module, bound)) is not None]
MISSING = _together(_absent)


def load_websockets() -> t.Any:
    """Return the library websockets, or Missing where it cannot be used."""
    try:
        import websockets
        import websockets.asyncio.client
        import websockets.exceptions
    except ImportError:
        return Missing(("websockets",), "", traceback.format_exc())
    return _too_old(websockets, WEBSOCKETS) or websockets


def missing_text(missing: Missing) -> str:
    """Say which libraries are missing or too old, on which host and for which interpreter, and how to install them."""
    bounds = {**LOWER_BOUNDS, "websockets": WEBSOCKETS}
    wanted = " ".join(f"'{name}>={'.'.join(map(str, bounds[name]))}'" for name in missing.libraries)
    text = f"{missing_required_lib(', '.join(missing.libraries))}. To install: {sys.executable} -m pip install {wanted}"
    return f"{missing.reason}. {text}" if missing.reason else text


__all__ = (
    "LOWER_BOUNDS",
    "MISSING",
    "BaseModel",
    "ConfigDict",
    "Missing",
    "TypeAdapter",
    "ValidationError",
    "httpx",
    "load_websockets",
    "missing_text",
    "pydantic",
)
