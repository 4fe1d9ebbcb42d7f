# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look for secrets in what a run has left behind, also in the disguises that logs and requests give them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus


def disguises(secret: str) -> Iterator[bytes]:
    """Yield the secret as it is, percent-encoded, in JSON, in hexadecimal, and in Base64 at all three positions."""
    once = quote(secret, safe="")
    for text in (secret, once, quote(once, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        yield text.encode()
    raw = secret.encode()
    yield raw.hex().encode()
    for before in range(3):
        # What stands before and behind it in the encoded text shares characters with it: those are cut off.
        encoded = base64.b64encode(b"\0" * before + raw)
        kept = encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
        yield kept
        yield kept.translate(bytes.maketrans(b"+/", b"-_"))


def leaks(places: Mapping[str, bytes], secrets: Iterable[str]) -> dict[str, list[str]]:
    """Return for each secret that was found the places where it stands.

    Secrets of fewer than six characters are refused: they would be found everywhere.
    """
    found: dict[str, list[str]] = {}
    for secret in sorted(set(secrets)):
        if len(secret) < 6:
            raise ValueError("too short to look for")
        wanted = set(disguises(secret))
        names = [name for name, content in places.items() if any(each in content for each in wanted)]
        if names:
            found[secret] = names
    return found


def files_below(*folders: Path) -> dict[str, bytes]:
    """Return the content of every file, and every name of a file as a place of its own."""
    found = {}
    for path in (path for folder in folders for path in sorted(folder.rglob("*"))):
        found[f"name of {path}"] = str(path).encode()
        if path.is_file():
            found[str(path)] = path.read_bytes()
    return found
