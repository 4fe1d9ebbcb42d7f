# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error says, and what scrub() takes out of texts from outside."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _errors
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, NotFound
from ansible_collections.cloudops.console.plugins.module_utils._redact import LONGEST, MASK, scrub
from hypothesis import given
from hypothesis import strategies as st


def test_the_tree_is_closed() -> None:
    kinds = (
        "invalid",
        "authentication",
        "permission",
        "not_found",
        "wrong_state",
        "throttled",
        "network",
        "timeout",
        "unexpected_answer",
        "ledger",
    )
    assert {error.kind for error in ConsoleError.__subclasses__()} == set(kinds) - {ConsoleError.kind, _errors.LEDGER}
    assert all(kind in (_errors.__doc__ or "") for kind in kinds)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({}, "It is so."),
        ({"code": "A.B"}, "It is so (A.B)."),
        ({"request_id": "R-1"}, "It is so (request id R-1)."),
        ({"code": "A.B", "request_id": "R-1"}, "It is so (A.B, request id R-1)."),
        ({"advice": "Do this."}, "It is so. Do this."),
    ],
)
def test_messages(parts: dict[str, Any], text: str) -> None:
    error = ConsoleError("it is so", **parts)
    assert error.message == str(error) == text


@pytest.mark.parametrize("name", ["i-1", "max_age", "web01", "~/.aliyun/config.json", "/srv/clouds.yaml", "'x'"])
def test_a_name_keeps_its_spelling(name: str) -> None:
    assert ConsoleError(f"{name} is not known").message == f"{name} is not known."


def test_what_was_being_done_is_said_once() -> None:
    error = NotFound("no such instance", code="X").while_doing("setting it").while_doing("rotating")
    assert error.message == "Setting it failed: no such instance (X)."


def test_the_failure_of_a_result() -> None:
    error = NotFound("gone", code="X", request_id="R-1", status=404, advice="Look.")
    assert error.failure == {
        "kind": "not_found",
        "code": "X",
        "message": error.message,
        "request_id": "R-1",
        "status": 404,
    }
    bare = ConsoleError("x").failure
    assert (bare["code"], bare["request_id"], bare["status"]) == (None, None, None)


ALPHABET = string.ascii_letters + string.digits + "+/=&%~ \"'<>\\é€"
SECRETS = st.text(ALPHABET, min_size=6, max_size=40).filter(lambda text: text.strip() == text and "  " not in text)


def lower_hex(text: str) -> str:
    """As quote(), with %2b in place of %2B."""
    return "".join(char if len(char) == 1 else char.lower() for char in _split(quote(text, safe="")))


def _split(text: str) -> list[str]:
    parts, place = [], 0
    while place < len(text):
        size = 3 if text[place] == "%" else 1
        parts.append(text[place : place + size])
        place += size
    return parts


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "percent-encoded": lambda text: quote(text, safe=""),
    "percent-encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent-encoded but for slashes": quote,
    "percent-encoded in lower case": lower_hex,
    "as a form": quote_plus,
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "in JSON with other letters as they are": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "in JSON with slashes escaped": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(secret=SECRETS, before=st.text(max_size=20), behind=st.text(max_size=20))
def test_no_spelling_of_a_secret_survives(spelling: str, secret: str, before: str, behind: str) -> None:
    spelt = SPELLINGS[spelling](secret)
    shown = scrub(f"{before}{spelt}{behind}", [secret])
    assert spelt not in shown
    assert MASK in shown


@given(SECRETS, st.integers(0, LONGEST + 50))
def test_no_part_of_a_secret_survives_the_cut(secret: str, place: int) -> None:
    shown = scrub("-" * place + secret + "-" * LONGEST, [secret])
    assert len(shown) <= LONGEST
    assert set(shown) <= set("-*…")


@given(st.lists(SECRETS, max_size=5), st.text(max_size=2000))
def test_a_text_is_one_line_of_bounded_length(secrets: list[str], text: str) -> None:
    shown = scrub(text, secrets)
    assert len(shown) <= LONGEST
    assert shown.isprintable()
    assert shown == shown.strip()


def test_a_secret_within_another() -> None:
    shown = scrub("abcdef123456 abcdef", ["abcdef", "abcdef123456"])
    assert shown == f"{MASK} {MASK}"


def test_empty_secrets_are_none() -> None:
    assert scrub("a\tb\nc", ["", ""]) == "a b c"


@pytest.mark.parametrize(("length", "cut"), [(LONGEST, False), (LONGEST + 1, True), (100_000, True)])
def test_cut_length(length: int, cut: bool) -> None:
    shown = scrub("x" * length, [])
    assert shown.endswith("…") is cut
    assert len(shown) == min(length, LONGEST)
