# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary credentials in use: when they are renewed, by whom, and what happens when that fails."""

from __future__ import annotations

import asyncio
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.cache import (
    PAUSE_AFTER_REFUSAL,
    PAUSE_WITH_KEY,
    PAUSE_WITHOUT_KEY,
    CredentialCache,
    Credentials,
    Static,
)
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    TimedOut,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Client

from tests.unit.alibaba_credentials.credential_sources import QUICK, Clock, Counted
from tests.unit.ledgers_and_runs import client

EXPIRED = "InvalidSecurityToken.Expired"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source() -> Counted:
    return Counted()


@pytest.fixture
def keys(source: Counted, clock: Clock) -> CredentialCache:
    return CredentialCache(source, now=clock)


def ask(work: t.Callable[[Client], t.Awaitable[t.Any]]) -> t.Any:
    async def run() -> t.Any:
        async with client(QUICK) as one:
            return await work(one)

    return asyncio.run(run())


def test_static_keys_are_the_same_object_and_never_renewed() -> None:
    given = Credentials("LTAI1", "secret", "token", "the options")
    keys = CredentialCache(Static(given))
    assert ask(keys.current) is given
    assert ask(lambda one: keys.refused(given, EXPIRED, one)) is False


@pytest.mark.parametrize(("life", "renewed_after"), [(21600.0, 20700.0), (3600.0, 2700.0), (900.0, 675.0)])
def test_renewed_in_time(
    source: Counted, clock: Clock, keys: CredentialCache, life: float, renewed_after: float
) -> None:
    source.life = life
    begin = clock.time
    first = ask(keys.current)
    clock.time = begin + renewed_after - 1
    assert ask(keys.current) is first
    clock.time = begin + renewed_after
    assert ask(keys.current).access_key_id == "STS.2"
    assert source.fetched == 2


def test_without_an_end_nothing_is_renewed(source: Counted, clock: Clock, keys: CredentialCache) -> None:
    source.life = None
    ask(keys.current)
    clock.time += 1e9
    ask(keys.current)
    assert source.fetched == 1


def test_many_workers_make_one_renewal(source: Counted, clock: Clock, keys: CredentialCache) -> None:
    async def crowd(one: Client) -> set[str]:
        return {found.access_key_id for found in await asyncio.gather(*(keys.current(one) for _each in range(200)))}

    assert ask(crowd) == {"STS.1"}
    clock.time += 3000
    assert ask(crowd) == {"STS.2"}
    assert source.fetched == 2


def test_many_workers_share_one_failure(source: Counted, clock: Clock, keys: CredentialCache) -> None:
    source.failing = TimedOut("no connection", retryable=True, ambiguous=True)

    async def crowd(one: Client) -> list[t.Any]:
        return await asyncio.gather(*(keys.current(one) for _each in range(50)), return_exceptions=True)

    errors = ask(crowd)
    assert source.fetched == 1
    assert len({id(error) for error in errors}) == 50
    assert {error.message for error in errors} == {"Getting credentials from a counted source failed: no connection."}
    assert not any(error.ambiguous for error in errors)
    clock.time += PAUSE_WITHOUT_KEY
    source.failing = None
    assert ask(keys.current).access_key_id == "STS.2"


def test_a_failing_renewal_is_forgiven_until_the_end(source: Counted, clock: Clock, keys: CredentialCache) -> None:
    begin = clock.time
    first = ask(keys.current)
    source.failing = TimedOut("no connection")
    clock.time = begin + 2700
    assert ask(keys.current) is first
    assert ask(keys.current) is first
    assert source.fetched == 2
    clock.time += PAUSE_WITH_KEY
    assert ask(keys.current) is first
    assert source.fetched == 3
    clock.time = begin + 3600
    with pytest.raises(TimedOut):
        ask(keys.current)
    clock.time += PAUSE_WITHOUT_KEY
    source.failing = None
    assert ask(keys.current).access_key_id == "STS.5"


@pytest.mark.parametrize(
    "code", ["SignatureDoesNotMatch", "InvalidAccessKeyId.NotFound", "InvalidAccessKeyId.Inactive"]
)
def test_a_refused_key_is_never_sent_again(source: Counted, clock: Clock, keys: CredentialCache, code: str) -> None:
    source.failing = AuthenticationError("refused", code=code)
    for _each in range(3):
        with pytest.raises(AuthenticationError):
            ask(keys.current)
        clock.time += 1e6
    assert source.fetched == 1


@pytest.mark.parametrize("life", [0.0, -5.0])
def test_what_has_already_expired_is_not_used(source: Counted, keys: CredentialCache, life: float) -> None:
    source.life = life
    with pytest.raises(AuthenticationError, match="already expired"):
        ask(keys.current)


def test_expired_in_the_middle_is_renewed_once(source: Counted, clock: Clock, keys: CredentialCache) -> None:
    first = ask(keys.current)

    async def crowd(one: Client) -> list[bool]:
        return await asyncio.gather(*(keys.refused(first, EXPIRED, one) for _each in range(64)))

    assert all(ask(crowd))
    second = ask(keys.current)
    assert (second.access_key_id, source.fetched) == ("STS.2", 2)
    assert ask(lambda one: keys.refused(second, EXPIRED, one)) is False
    assert source.fetched == 2
    clock.time += PAUSE_AFTER_REFUSAL
    assert ask(lambda one: keys.refused(second, EXPIRED, one)) is True
    assert source.fetched == 3


@pytest.mark.parametrize(
    "code", ["SignatureDoesNotMatch", "InvalidAccessKeyId.NotFound", "InvalidSecurityToken.Malformed", "", None]
)
def test_no_other_refusal_renews(source: Counted, keys: CredentialCache, code: str | None) -> None:
    first = ask(keys.current)
    assert ask(lambda one: keys.refused(first, code, one)) is False
    assert source.fetched == 1


def test_the_same_credentials_again_cure_nothing(source: Counted, keys: CredentialCache) -> None:
    source.same = True
    first = ask(keys.current)
    assert ask(lambda one: keys.refused(first, EXPIRED, one)) is False


def test_a_renewal_that_fails_after_a_refusal_is_told(source: Counted, keys: CredentialCache) -> None:
    first = ask(keys.current)
    source.failing = ConsoleError("gone")
    with pytest.raises(ConsoleError, match="gone"):
        ask(lambda one: keys.refused(first, EXPIRED, one))


def test_a_worker_that_is_cancelled_leaves_the_others_alone(source: Counted, keys: CredentialCache) -> None:
    async def run(one: Client) -> Credentials:
        doomed = asyncio.create_task(keys.current(one))
        other = asyncio.create_task(keys.current(one))
        await asyncio.sleep(0.001)
        doomed.cancel()
        return await other

    assert ask(run).access_key_id == "STS.2"
    assert source.fetched == 2
