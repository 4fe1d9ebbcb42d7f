# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorization headers of the form ``ALGORITHM KEY=…, SignedHeaders=…, Signature=…``, as two clouds have them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """The parts of such a header."""

    access_key_id: str
    signed_headers: tuple[str, ...]
    signature: str


def read_claim(authorization: str, algorithm: str, key: str) -> Claim | None:
    """None when the header is not of that form.

    :param key: what the part with the access key id is called.
    """
    found, _blank, rest = authorization.partition(" ")
    if found != algorithm:
        return None
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if not all(parts.get(name) for name in (key, "SignedHeaders", "Signature")):
        return None
    return Claim(parts[key], tuple(parts["SignedHeaders"].split(";")), parts["Signature"])
