# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Takes secrets out of texts that come from outside, before they reach a message."""

from __future__ import annotations

import json
import re
import typing as t
from urllib.parse import quote, quote_plus

from ansible_collections.cloudops.console.plugins.module_utils._deps import ValidationError

MASK = "********"

# Characters of a vendor's message that are shown; a longer one is cut.
LONGEST = 600

_ESCAPE = re.compile("%[0-9A-F]{2}")
# Fields whose own names whoever writes the document chooses.
_OPEN = frozenset({"metadata", "profiles"})


def _spellings(secret: str) -> set[str]:
    """The forms in which a service can echo a value: as it is, percent-encoded once or twice, in JSON."""
    # A variable of the environment that is no UTF-8 arrives with half surrogates in it.
    percent = {quote(secret, safe=safe, errors="surrogatepass") for safe in ("", "/")}
    percent.add(quote_plus(secret, errors="surrogatepass"))
    percent |= {quote(form, safe="") for form in percent}
    percent |= {_ESCAPE.sub(lambda escape: escape[0].lower(), form) for form in percent}
    quoted = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    quoted |= {form.replace("/", "\\/") for form in quoted}
    return {secret, *percent, *quoted}


def scrub(text: str, secrets: t.Iterable[str]) -> str:
    """Return text on one line, cut to LONGEST characters, with every spelling of every secret masked.

    Empty secrets are ignored. Masking comes before cutting, so that no half of a secret can remain.
    """
    spellings = {form for secret in secrets if secret for form in _spellings(secret)}
    for form in sorted(spellings, key=len, reverse=True):
        text = text.replace(form, MASK)
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"


def places_of(error: ValidationError) -> str:
    """Return the first fields of a document that do not fit its form; neither their values nor names that it chose."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return ", ".join(sorted({_place(item["loc"]) for item in found})[:5])


def _place(parts: t.Sequence[int | str]) -> str:
    end = next((number for number, part in enumerate(parts, start=1) if part in _OPEN), len(parts))
    return ".".join(str(part) for part in parts[:end])
