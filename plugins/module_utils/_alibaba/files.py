# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Reads small files that others wrote: whatever is in them, the outcome is what they hold or our error."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils import _paths
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import Model

# Bytes; the vendor's tools write some hundred per profile.
LARGEST_FILE = 1024 * 1024


def read_bytes(path: pathlib.Path, shown: str, *, advice: str) -> bytes:
    """Return the content of a regular file.

    :raises ConsoleError: it cannot be read or is too large; the error says shown and never the content.
    """
    reason = "it is not a regular file"
    try:
        if _paths.is_file(path):
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
            if len(content) <= LARGEST_FILE:
                return content
            reason = f"it has more than {LARGEST_FILE // 1024} KiB"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    raise ConsoleError(f"{shown} cannot be used: {reason}", advice=advice) from None


def fitted(model: type[Model], given: dict[str, t.Any]) -> Model:
    """Validate what JSON held; null is the same as absent, as for the vendor's tools.

    :raises ValidationError: it does not fit; a ValueError, which can quote names of the file.
    """
    return model.model_validate({name: value for name, value in given.items() if value is not None})


def is_true(text: str) -> bool:
    """Read a switch of the environment; the vendor's SDK knows ``true`` only, its command line also ``1``."""
    return text.strip().lower() in ("true", "1", "yes")
