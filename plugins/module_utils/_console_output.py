# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What an instance last showed, as text and as a picture, and how the text is made fit to print. Pure.

The text comes from the instance, so it can be anything. It must not steer the terminal that it is printed on.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
import typing as t
import unicodedata
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import UnexpectedAnswer

# Characters of a result's text: AWX drops the event of a result that is longer than 700,000.
LARGEST = 200_000
# Characters that are looked at; what comes before them is left out unread.
_LOOKED_AT = 2_000_000

# Sequences by which programs steer a terminal (ECMA-48): CSI with its parameters; the strings OSC, DCS, SOS, PM and
# APC, which end with BEL or ST, here also with their line; and the rest, ESC with one more character.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_END = re.compile(r"\r+\n|\r+")
_UNUSUAL = re.compile(r"[^\n\t -~]")
# Control and format characters (which can turn the direction of a line), half surrogates, separators of lines.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# How pictures begin. The documentation of GetInstanceScreenshot says JPG, and its own sample is a PNG.
_PICTURES = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}


@dataclass(frozen=True)
class ConsoleOutput:
    """The text that an instance last wrote to its console, as the cloud has it; it can hold secrets.

    :param updated_at: when the cloud took it, in UTC; None where it does not say.
    """

    text: str = field(repr=False)
    request_id: str | None
    updated_at: dt.datetime | None = None

    def to_result(self, lines: int) -> dict[str, t.Any]:
        """Return what users see in a module's result, at most so many lines."""
        text, cleaned = printable(self.text)
        text, truncated = last_lines(text, lines)
        return {
            "output": text,
            "cleaned": cleaned,
            "truncated": truncated or len(self.text) > _LOOKED_AT,
            "updated_at": self.updated_at and self.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "request_id": self.request_id,
        }


@dataclass(frozen=True)
class Screenshot:
    """A picture of an instance's screen.

    :param format: ``jpg`` or ``png``.
    """

    content: bytes = field(repr=False)
    format: str
    request_id: str | None


def printable(text: str) -> tuple[str, bool]:
    """Return the end of text as it can be printed, and whether something other than line ends was left out of it.

    Escape sequences and characters that are not seen are left out, tabs and line ends stay. A carriage return, by which
    a program writes over its line, becomes the end of that line.
    """
    lines = _LINE_END.sub("\n", text[-_LOOKED_AT:])
    plain = _ESCAPE.sub("", lines)
    clean = _UNUSUAL.sub(lambda found: "" if unicodedata.category(found[0]) in _UNSEEN else found[0], plain)
    return clean, len(clean) < len(lines)


def last_lines(text: str, lines: int) -> tuple[str, bool]:
    """Return the last lines of text, without the last line end, and whether anything before them was left out."""
    rows = text.removesuffix("\n").split("\n")
    kept = "\n".join(rows[-lines:])
    return kept[-LARGEST:], len(rows) > lines or len(kept) > LARGEST


def decoded(encoded: str, what: str) -> bytes:
    """Return what Base64 stands for; a line end in it is allowed.

    :param what: for the error, such as ``the screenshot``.
    :raises UnexpectedAnswer: it is no Base64.
    """
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnexpectedAnswer(
            f"the answer has something other than Base64 where {what} belongs",
            advice="Check O(endpoint) and any proxy on the way to it.",
        ) from None


def picture(content: bytes, request_id: str | None) -> Screenshot:
    """Return content as a screenshot.

    :raises UnexpectedAnswer: it does not begin as a picture does.
    """
    for beginning, name in _PICTURES.items():
        if content.startswith(beginning):
            return Screenshot(content, name, request_id)
    raise UnexpectedAnswer(
        f"the answer has {len(content)} bytes that are neither a JPEG nor a PNG picture where the screenshot belongs",
        advice="Nothing was written. Try again; if it stays, give the vendor's support the request id.",
        request_id=request_id,
    )
