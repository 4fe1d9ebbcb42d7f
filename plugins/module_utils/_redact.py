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

MASK = "********"

# Characters of a vendor's message, and of a name, that are shown; a longer one is cut.
LONGEST = 600
LONGEST_NAME = 80

_ESCAPE = re.compile("%[0-9A-F]{2}")


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


def name_of(text: str) -> str:
    """Return a name from a file or a variable as it can be shown: on one line, and not too long."""
    flat = scrub(text, ())
    return flat if len(flat) <= LONGEST_NAME else f"{flat[: LONGEST_NAME - 1]}…"
