# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A console's text: what is left of it when it can be printed, and how much of it is kept."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._console_output import (
    LARGEST,
    ConsoleOutput,
    decoded,
    last_lines,
    picture,
    printable,
)
from ansible_collections.cloudops.console.plugins.module_utils._errors import UnexpectedAnswer

ESC = "\x1b"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"{ESC}[32m[  OK  ]{ESC}[0m Started sshd", "[  OK  ] Started sshd"),
        (f"{ESC}[2J{ESC}[1;1H{ESC}[?25lGRUB", "GRUB"),
        (f"a{ESC}]0;title\x07b{ESC}]52;c;cm0gLXJm{ESC}\\c", "abc"),
        (f"a{ESC}]0;a title without an end\nnext line", "a\nnext line"),
        (f"a{ESC}P+q544e{ESC}\\b\x9b31mc\x9d0;t\x9cd", "abcd"),
        (f"a{ESC}(Bb{ESC}cd{ESC}", "abd"),
        ("a\x00\x00b\x08c\x7fd\x85e", "abcde"),
        ("cafe\u0301 \u202egnp.exe \u200b\ufeff\u2028.", "cafe\u0301 gnp.exe ."),
    ],
    ids=["colour", "cursor", "strings", "endless string", "8 bits", "short", "controls", "unseen"],
)
def test_nothing_steers_the_terminal(written: str, shown: str) -> None:
    assert printable(written) == (shown, True)


def test_what_can_be_printed_stays() -> None:
    text = "\tusb 1-1: neues Gerät \u4e2d\u6587\nweb-01 login: "
    assert printable(text) == (text, False)


def test_a_carriage_return_ends_a_line() -> None:
    """A progress bar is lines, one below the other, and a line end of two characters is one."""
    assert printable("10%\r50%\r\nnext\r\r\nlast") == ("10%\n50%\nnext\nlast", False)


def test_the_last_lines() -> None:
    assert last_lines("a\nb\nc\n", 2) == ("b\nc", True)
    assert last_lines("a\nb\nc\n", 3) == ("a\nb\nc", False)
    assert last_lines("", 3) == ("", False)
    text, truncated = last_lines("x" * (LARGEST + 1), 1)
    assert (len(text), truncated) == (LARGEST, True)


def test_the_result_says_what_was_done() -> None:
    at = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc)
    result = ConsoleOutput(f"old\n{ESC}[1mnew\n", "R-1", at).to_result(1)
    assert result == {
        "output": "new",
        "cleaned": True,
        "truncated": True,
        "updated_at": "2026-01-02T03:04:05Z",
        "request_id": "R-1",
    }
    assert "new" not in repr(ConsoleOutput("new", None))


@pytest.mark.parametrize("text", ["###", "YQ=", "YQ==YQ==", "\u00e9"])
def test_no_base64(text: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="other than Base64 where the screenshot belongs"):
        decoded(text, "the screenshot")


def test_base64_in_lines() -> None:
    assert decoded(base64.encodebytes(b"x" * 100).decode(), "it") == b"x" * 100


@pytest.mark.parametrize("content", [b"", b"<html>", b"GIF89a", b"\xff\xd8"])
def test_no_picture(content: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match="neither a JPEG nor a PNG picture") as caught:
        picture(content, "R-1")
    assert caught.value.request_id == "R-1"
