# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory variables and options of any type: every host in one place, or an error of ours."""

from __future__ import annotations

import typing as t
from functools import partial

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Trust, ssl_context
from ansible_collections.cloudops.console.plugins.module_utils._models import AUTH_NAMES, Access
from ansible_collections.cloudops.console.plugins.module_utils._options import (
    access_of,
    check_bounds,
    connection_options,
    policy_of,
)
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES, facts_of, open_provider
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub
from ansible_collections.cloudops.console.plugins.module_utils._sessions import Encryption, SessionRequest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import read_host_vars
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import parse_max_failures
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import parse_age
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import select
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import VARIABLES
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.example_counts import examples
from tests.unit.fuzz.hostile_values import LONGEST_MESSAGE, SECRET, limited, numbers, outcome, texts, values
from tests.unit.fuzz.right_answers import IMPATIENT


class Templar:
    """Resolves nothing, gives something else than a text, or fails as templates do."""

    def __init__(self, does: str = "same") -> None:
        self._does = does
        self.available_variables: t.Any = {}

    def copy_with_new_env(self, *, available_variables: t.Any) -> Templar:
        assert isinstance(available_variables, dict)
        return self

    def is_possibly_template(self, data: t.Any) -> bool:
        assert isinstance(data, str)
        return "{" in data

    def template(self, variable: t.Any) -> t.Any:
        if self._does == "fails":
            raise RuntimeError(f"undefined, in {SECRET}")
        return {"same": variable, "huge": 16**5000, "none": None}[self._does]


class HostVars:
    """Ansible's object of that name, as far as it is used."""

    def __init__(self, variables: t.Mapping[str, t.Any]) -> None:
        self._variables = variables

    def __contains__(self, name: str) -> bool:
        return self._variables.get(name) is not None

    def raw_get(self, name: str) -> t.Any:
        return self._variables.get(name)


_names: st.SearchStrategy[t.Any] = st.one_of(
    st.sampled_from(VARIABLES), texts.map(lambda text: f"console_{text}"), texts, st.integers(), st.none()
)
_usual = {"console_region": "cn-hangzhou", "console_instance_id": "i-1"}
hosts = st.dictionaries(
    texts,
    st.one_of(
        st.none(),
        st.dictionaries(_names, values, max_size=5),
        st.dictionaries(_names, values, max_size=2).map(lambda more: {**_usual, **more}),
        st.sampled_from(VARIABLES).map(lambda name: {**_usual, name[:-1]: "x", "console_access_key_secret": SECRET}),
    ),
    max_size=4,
)


@settings(max_examples=examples(80))
@given(variables=hosts, does=st.sampled_from(("same", "same", "fails", "huge", "none")))
def test_every_host_in_one_place(variables: dict[str, t.Any], does: str) -> None:
    with limited():
        found = read_host_vars(variables, HostVars(variables), Templar(does))
        selection = select(found, Access())
    placed = [name for target in selection.targets for name in target.names]
    placed += [host.name for host in selection.decided]
    assert sorted(placed) == sorted(variables)
    for host in selection.decided:
        assert SECRET not in repr(host)
        assert host.message.isprintable()
        assert len(host.message) < LONGEST_MESSAGE


@settings(max_examples=examples(50))
@given(
    text=st.one_of(
        texts,
        st.builds(
            "{}{}".format,
            numbers.map(lambda number: f"{number:.0f}" if abs(number) < 1e300 else "9"),
            st.sampled_from("smhdw%x"),
        ),
    )
)
def test_ages_and_shares(text: str) -> None:
    outcome(lambda: parse_age(text))
    outcome(lambda: parse_max_failures(text))


@settings(max_examples=examples(60))
@given(number=numbers)
def test_bounds(number: float) -> None:
    found = outcome(lambda: check_bounds("canary", number, 0, 100))
    assert (found is None) == (0 <= number <= 100)
    params = {"timeout": number, "retries": number}
    outcome(lambda: policy_of(params, patient=False))


_TEXT_OPTIONS = sorted(
    name for name, spec in connection_options(providers=NAMES).items() if spec["type"] == "str" and name != "provider"
)


@settings(max_examples=examples(80))
@given(
    provider=st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), texts),
    given_options=st.dictionaries(st.sampled_from(_TEXT_OPTIONS), st.one_of(st.none(), texts), max_size=4),
    auth=st.one_of(st.none(), st.dictionaries(st.sampled_from(AUTH_NAMES), st.one_of(st.none(), texts), max_size=3)),
    usual=st.booleans(),
)
def test_options(provider: str, given_options: dict[str, str], auth: dict[str, str] | None, usual: bool) -> None:
    """What a client is made of, as the argument spec lets it through."""
    key = {"access_key_id": "x", "access_key_secret": SECRET, "region": "cn-hangzhou"} if usual else {}
    login = {"auth_url": "http://127.0.0.1/v3", "username": "u", "user_domain_id": "d", "password": SECRET}
    params = {
        "provider": provider,
        "validate_certs": True,
        "allow_plain_http": False,
        "auth": {**login, **(auth or {})} if usual else auth,
        **key,
        **given_options,
    }
    access = access_of(params)
    found = outcome(lambda: open_provider(access, IMPATIENT, RateLimiter()))
    if not isinstance(found, ConsoleError):
        with limited():
            assert isinstance(found.account, str)
        outcome(lambda: ssl_context(Trust(True, access.ca_cert or None)))


_maybe = st.one_of(st.none(), texts)


@settings(max_examples=examples(80))
@given(
    words=st.tuples(texts, texts, _maybe, _maybe, _maybe, _maybe, _maybe),
    port=st.one_of(st.none(), st.integers()),
    mode=_maybe,
)
def test_session_options(words: tuple[str, ...], port: int | None, mode: str | None) -> None:
    instance_id, token, command, server, user, kind, password = words
    request = SessionRequest(
        instance_id, token, port, command, server, user, kind, password, Encryption(True, mode, mode)
    )
    outcome(request.checked)


@settings(max_examples=examples(60))
@given(password=st.one_of(texts, st.just(SECRET)))
def test_passwords(password: str) -> None:
    for name in NAMES:
        outcome(partial(facts_of(name).check_password, password))


@settings(max_examples=examples(50))
@given(text=texts, secrets=st.lists(texts, max_size=3))
def test_redaction(text: str, secrets: list[str]) -> None:
    """Any text, any secrets: never an exception, and none of them remains but where the mask itself holds it."""
    with limited():
        shown = scrub(f"{text} {' '.join(secrets)} {text}", secrets)
    assert shown.isprintable()
    for secret in secrets:
        assert len(secret) < 4 or secret not in shown.replace("*", "")
