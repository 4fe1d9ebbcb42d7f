# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Takes secrets out of texts that come from outside, before they reach a message; says of an answer what is amiss."""

from __future__ import annotations

import json
import re
import typing as t
from urllib.parse import quote, quote_plus

from ansible_collections.cloudops.console.plugins.module_utils._errors import UnexpectedAnswer

MASK = "********"

# Characters of a vendor's message, and of a name, that are shown; a longer one is cut.
LONGEST = 600
LONGEST_NAME = 80

_ESCAPE = re.compile("%[0-9A-F]{2}")
# How msgspec ends a message about a document: a field of ours that is missing, and the way to the place. Names that the
# document chose are ``[...]`` there. All that stands before can quote the document.
_MISFIT = re.compile(r"(?:^Object missing required field `([^`]+)`)?(?: - at (?:`key` in )?`\$([^`]*)`)?$")


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


def place_of(error: Exception) -> str:
    """Return which field of a document does not fit its form; neither its value nor a name that the document chose."""
    found = _MISFIT.search(str(error))
    field, way = found.groups(default="") if found else ("", "")
    return ".".join(filter(None, (way.lstrip("."), field))) or "the whole of it"


def misfit(error: Exception, status: int, advice: str) -> UnexpectedAnswer:
    """Return the error for an answer of the cloud that does not fit its form, whatever it was asked to do."""
    return UnexpectedAnswer(
        f"the answer lacks or bends what was expected in {place_of(error)}",
        advice=advice,
        status=status,
        retryable=True,
        ambiguous=True,
    )
