# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a run stops by itself: counts, shares, refused credentials; and which canary speaks for others."""

from __future__ import annotations

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    PermissionDenied,
    TimedOut,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import (
    CircuitBreaker,
    parse_max_failures,
    speaks_for_others,
)


@pytest.mark.parametrize(
    ("text", "due", "allowed"),
    [
        ("0", 100, 0),
        ("5", 100, 5),
        ("5", 2, 5),
        ("10%", 100, 10),
        ("10%", 99, 10),
        ("10%", 5, 1),
        ("0%", 100, 0),
        ("100%", 7, 7),
        ("100%", 101, 101),
        ("250", 100, 250),
        (" 10% ", 20, 2),
    ],
)
def test_allowed_failures(text: str, due: int, allowed: int) -> None:
    assert parse_max_failures(text).allowed(due) == allowed


@pytest.mark.parametrize("text", ["", "-1", "x", "10 %", "101%", "1.5", "%", "1e3", "99999999999"])
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(ConsoleError, match="max_failures") as caught:
        parse_max_failures(text)
    assert "10%" in caught.value.advice


@pytest.mark.parametrize("allowed", [0, 1, 5])
def test_one_more_than_allowed_stops_the_run(allowed: int) -> None:
    brake = CircuitBreaker(100, parse_max_failures(str(allowed)))
    for _each in range(allowed):
        brake.failed("a", TimedOut("x"))
        assert brake.blocks("a") is None
    brake.failed("a", None)
    assert brake.blocks("a") == brake.blocks("b") == brake.reason
    assert f"{allowed + 1} of 100" in (brake.reason or "")


@pytest.mark.parametrize(
    ("limit", "said"), [("1", "O(max_failures) is 1"), ("5%", "O(max_failures) is 5 %, that is 1")]
)
def test_the_reason_names_the_limit(limit: str, said: str) -> None:
    brake = CircuitBreaker(20, parse_max_failures(limit))
    brake.failed("a", TimedOut("x"))
    brake.failed("b", TimedOut("x"))
    assert brake.reasons() == f"2 of 20 due hosts failed, and {said}"


def test_refused_credentials_stop_their_account() -> None:
    brake = CircuitBreaker(100, parse_max_failures("50%"))
    brake.failed("a", AuthenticationError("refused", code="InvalidAccessKeyId.NotFound"))
    assert "InvalidAccessKeyId.NotFound" in (brake.blocks("a") or "")
    assert brake.blocks("b") is None
    assert "credentials" in (brake.reasons() or "")


def test_a_ledger_that_refuses_us_says_nothing_about_an_account() -> None:
    """Its errors are of the same class as those of a cloud whose key is refused."""
    brake = CircuitBreaker(100, parse_max_failures("50%"))
    brake.failed("a", ledger_error("Ledger.WrongKey", "its key was changed", "Run again."))
    brake.failed("a", ledger_error("Ledger.Token", "the token has ended", "Make a new one."))
    assert brake.blocks("a") is None
    assert brake.reasons() is None


def test_the_first_reason_stays() -> None:
    brake = CircuitBreaker(1, parse_max_failures("0"))
    assert brake.reasons() is None
    brake.stop("one")
    brake.stop("two")
    assert (brake.reason, brake.reasons()) == ("one", "one")


@pytest.mark.parametrize(
    ("error", "speaks"),
    [
        (NotFound("x"), False),
        (WrongState("x"), False),
        (PermissionDenied("x"), True),
        (TimedOut("x"), True),
        (ConsoleError("x"), True),
        (None, True),
    ],
)
def test_which_canary_speaks_for_others(error: ConsoleError | None, speaks: bool) -> None:
    assert speaks_for_others(error) is speaks
