# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call with its retries: a client that answers by a script, and a clock that the pauses move."""

from __future__ import annotations

import asyncio
import time
import typing as t
from dataclasses import dataclass, field

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    PermissionDenied,
    Throttled,
    TimedOut,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy, Reply, Request, Response
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

OK = Response(200, {"date": "Thu, 01 Jan 2026 12:00:00 GMT"}, b'{"RequestId": "x"}')
LOST = UnexpectedAnswer("broken", retryable=True, ambiguous=True)
NOT_CONNECTED = TimedOut("no connection", retryable=True)
PATIENT = Policy(timeout=10.0, retries=3)


@dataclass
class Script:
    """A client: each step is an answer or an error; the last repeats. Time moves by what each try and pause takes."""

    steps: list[Response | ConsoleError]
    takes: float = 0.0
    time: float = 0.0
    sent_at: list[float] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        self.sent_at.append(self.time)
        self.time += self.takes
        step = self.steps[min(len(self.requests), len(self.steps)) - 1]
        if isinstance(step, ConsoleError):
            raise step
        return step

    async def sleep(self, seconds: float) -> None:
        self.time += seconds

    def now(self) -> float:
        return self.time


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Reply[t.Any]]:
    def play_it(
        script: Script,
        policy: Policy = PATIENT,
        limiter: RateLimiter | None = None,
    ) -> Reply[t.Any]:
        monkeypatch.setattr(time, "monotonic", script.now)
        monkeypatch.setattr(asyncio, "sleep", script.sleep)
        signed = iter(range(1000))
        limiter = limiter or RateLimiter(0, 4, now=script.now, sleep=script.sleep, jitter=lambda: 0.0)
        client = t.cast("_http.Client", script)

        async def scenario() -> Reply[t.Any]:
            return await _http.call(
                client,
                lambda: Request("POST", "https://x.example", {"n": str(next(signed))}),
                lambda answer: answer.json_object(),
                policy=policy,
                limiter=limiter,
            )

        try:
            return asyncio.run(scenario())
        finally:
            monkeypatch.undo()

    return play_it


def failed(play: t.Callable[..., t.Any], *arguments: t.Any) -> ConsoleError:
    with pytest.raises(ConsoleError) as caught:
        play(*arguments)
    return caught.value


def test_accepted_at_once(play: t.Callable[..., Reply[t.Any]]) -> None:
    reply = play(Script([OK]))
    assert (reply.value, reply.ambiguous, reply.at.isoformat()) == (
        {"RequestId": "x"},
        False,
        "2026-01-01T12:00:00+00:00",
    )


def test_every_try_is_signed_anew(play: t.Callable[..., Reply[t.Any]]) -> None:
    script = Script([LOST, LOST, OK])
    play(script)
    assert [request.headers["n"] for request in script.requests] == ["0", "1", "2"]


@pytest.mark.parametrize("retries", [0, 1, 3, 7])
def test_retries_are_bounded(play: t.Callable[..., Reply[t.Any]], retries: int) -> None:
    script = Script([LOST])
    assert failed(play, script, Policy(10.0, retries)).ambiguous
    assert len(script.requests) == retries + 1


@pytest.mark.parametrize("final", [AuthenticationError("no"), PermissionDenied("no"), ConsoleError("no")])
def test_a_final_error_is_not_sent_again(play: t.Callable[..., Reply[t.Any]], final: ConsoleError) -> None:
    script = Script([final])
    assert failed(play, script) is final
    assert len(script.requests) == 1


def test_ambiguity_is_carried_over_tries(play: t.Callable[..., Reply[t.Any]]) -> None:
    assert play(Script([LOST, OK])).ambiguous
    assert not play(Script([NOT_CONNECTED, OK])).ambiguous
    assert failed(play, Script([LOST, PermissionDenied("no")])).ambiguous
    assert not failed(play, Script([NOT_CONNECTED, PermissionDenied("no")])).ambiguous
    assert failed(play, Script([LOST, NOT_CONNECTED])).ambiguous
    assert not failed(play, Script([TimedOut("no connection", retryable=True)])).ambiguous


def test_garbage_is_ambiguous_and_tried_again(play: t.Callable[..., Reply[t.Any]]) -> None:
    for body in (b"", b"[]", b"null", b"<html>", b'{"a": ', b"\xff\xfe", b"[" * 100_000, b"1" * 5000):
        script = Script([Response(200, {}, body), OK])
        assert play(script).ambiguous
        assert len(script.requests) == 2


def test_throttling_costs_time_and_no_tries(play: t.Callable[..., Reply[t.Any]]) -> None:
    throttled: list[Response | ConsoleError] = [Throttled("slow", retryable=True, retry_after=0.5)] * 20
    script = Script([*throttled, OK])
    assert not play(script).ambiguous
    assert len(script.requests) == 21


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_throttling_costs_tries_where_the_call_is_not_patient(
    play: t.Callable[..., Reply[t.Any]], retries: int
) -> None:
    """A module's retries mean what they say; with none it does not wait either, although the cloud asks for it."""
    refusal = Throttled("slow", retryable=True, code="Throttling.User", retry_after=2.0)
    script = Script([refusal])
    assert failed(play, script, Policy(10.0, retries, patient=False)).code == "Throttling.User"
    assert len(script.requests) == retries + 1
    assert script.time == 2.0 * retries
    script = Script([*[refusal] * retries, OK])
    assert not play(script, Policy(10.0, retries, patient=False)).ambiguous


def test_throttling_without_end(play: t.Callable[..., Reply[t.Any]]) -> None:
    script = Script([Throttled("slow", retryable=True)])
    assert failed(play, script).kind == "throttled"
    assert script.time <= Policy(10.0, 3).window


def test_the_pauses_grow_and_are_bounded(play: t.Callable[..., Reply[t.Any]]) -> None:
    script = Script([NOT_CONNECTED])
    failed(play, script, Policy(10.0, 12))
    gaps = [b - a for a, b in zip(script.sent_at, script.sent_at[1:], strict=False)]
    assert gaps[0] < _http.FIRST_PAUSE + 0.01
    assert max(gaps) <= _http.LONGEST_PAUSE
    assert gaps[4] > gaps[0]


@pytest.mark.parametrize("asked", [0.0, -1.0, 0.001])
def test_a_cloud_that_asks_for_no_pause_gets_one(play: t.Callable[..., Reply[t.Any]], asked: float) -> None:
    """As with "Retry-After: 0": the next try would meet what the last one met."""
    script = Script([ConsoleError("busy", retryable=True, retry_after=asked), OK])
    play(script)
    assert script.sent_at[1] - script.sent_at[0] >= _http.FIRST_PAUSE / 2


@pytest.mark.parametrize("takes", [0.0, 5.0, 10.0])
@pytest.mark.parametrize("step", [LOST, Throttled("slow", retryable=True, retry_after=3.0)])
def test_nothing_is_sent_that_could_end_after_the_window(
    play: t.Callable[..., Reply[t.Any]], takes: float, step: ConsoleError
) -> None:
    policy = Policy(10.0, 3)
    script = Script([step], takes=takes)
    failed(play, script, policy)
    assert max(script.sent_at) + policy.timeout <= policy.window + 1e-6


def test_waiting_for_a_turn_counts_too(play: t.Callable[..., Reply[t.Any]]) -> None:
    """I8: the lease is built on the window, so a call whose turn comes too late must not be sent any more."""
    policy = Policy(1.0, 0)
    script = Script([OK])
    limiter = RateLimiter(0.01, 4, now=script.now, sleep=script.sleep, jitter=lambda: 0.0)
    play(script, policy, limiter)  # uses the turn of the next 100 seconds
    began = script.time
    try:
        play(script, policy, limiter)
    except ConsoleError as error:
        assert not error.ambiguous  # noqa: PT017 - either way is right
    assert max(script.sent_at) <= began + policy.window


def test_a_turn_that_comes_too_late_does_not_hide_what_the_cloud_said(play: t.Callable[..., Reply[t.Any]]) -> None:
    """The last answer names the code and the request id; that no further try got its turn is no news beside it."""
    refusal = Throttled("slow", retryable=True, code="Throttling.User", request_id="R-1", status=400, retry_after=3.5)
    script = Script([refusal])
    # Holds all for a quarter longer
    limiter = RateLimiter(0, 4, now=script.now, sleep=script.sleep, jitter=lambda: 0.5)
    error = failed(play, script, Policy(1.2, 0), limiter)
    assert (error.code, error.request_id, error.status) == ("Throttling.User", "R-1", 400)


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 01 Jan 99999 00:00:00 GMT", "Mon, 01 Jan 2026 00:00:00 +99999999999999999999"]
)
def test_a_date_that_is_none(play: t.Callable[..., Reply[t.Any]], date: str) -> None:
    """The cloud has accepted; its clock is only asked for, and must not turn that into a fault."""
    assert play(Script([Response(200, {"date": date}, OK.body)])).at.tzinfo is not None


def test_the_limiter_hears_of_every_answer(play: t.Callable[..., Reply[t.Any]]) -> None:
    script = Script([Throttled("slow", retryable=True), OK])
    limiter = RateLimiter(0, 1, now=script.now, sleep=script.sleep, jitter=lambda: 0.0)
    play(script, Policy(10.0, 3), limiter)
    assert limiter.times_throttled == 1
    assert limiter.limit is not None


def test_the_window_holds_all_tries() -> None:
    assert Policy(15.0, 3).window >= 4 * 15.0
    assert Policy(1.0, 0).window >= 1.0
