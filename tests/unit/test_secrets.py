# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-core masks, in releases that can mask."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _masking as _secrets
from ansible_collections.cloudops.console.plugins.module_utils._models import Console
from ansible_collections.cloudops.console.plugins.module_utils._options import connection_options
from ansible_collections.cloudops.console.plugins.module_utils._sessions import StartedSession
from ansible_collections.cloudops.console.plugins.plugin_utils import _actions
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What an ansible-core with the API was told."""
    texts: set[str] = set()

    def register_secrets(values: Iterable[str], /) -> None:
        texts.update(values)

    monkeypatch.setattr(_secrets, "register_secrets", register_secrets)
    return texts


def test_a_console(told: set[str]) -> None:
    """Both URLs, and what opens them without the rest."""
    console = Console("https://h/p?token=one", "vnc", "novnc", "R-1", "wss://h/w?token=two", 600)
    _secrets.register_result({**console.to_result(), "region": "cn-hangzhou"})
    assert told == {"https://h/p?token=one", "token=one", "wss://h/w?token=two", "token=two"}


def test_without_a_url(told: set[str]) -> None:
    _secrets.register_result({"vnc_url": "https://h/p", "websocket_url": None, "instance_id": "i-1"})
    assert told == {"https://h/p"}
    assert "None" not in told


def test_a_terminal_session(told: set[str]) -> None:
    session = StartedSession("s-1", "wss://h/?sessionId=s-1&token=t", "the-token", "R-1")
    _secrets.register_result({"websocket_url": session.websocket_url, "security_token": session.security_token})
    assert told == {"wss://h/?sessionId=s-1&token=t", "sessionId=s-1&token=t", "the-token"}


def test_an_older_core_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_secrets, "register_secrets", None)
    _secrets.register_result({"vnc_url": "https://h/p?token=one"})


def test_the_keys_of_hosts(told: set[str]) -> None:
    """Also of a host with a problem: what could be resolved of it is still a secret."""
    hosts: list[Any] = [
        HostVars("a", {"console_access_key_secret": "secret-of-a", "console_security_token": None}),
        HostVars("b", {"console_access_key_secret": "secret-of-b"}, "the value of console_region cannot be resolved"),
        HostVars("c", {"console_access_key_id": "LTAI-no-secret"}),
    ]
    _actions.register_keys(hosts)
    assert told == {"secret-of-a", "secret-of-b"}


def test_options_that_are_secret_are_hidden_from_results() -> None:
    spec = connection_options(providers=["openstack"])
    shown = _secrets.without_secrets(
        spec,
        {
            "region": "RegionOne",
            "access_key_secret": "secret-of-a",
            "security_token": None,
            "auth": {"username": "operator", "password": "secret-of-b", "token": None},
            "unknown": "x",
        },
    )
    assert shown == {
        "region": "RegionOne",
        "access_key_secret": _secrets.HIDDEN,
        "security_token": None,
        "auth": {"username": "operator", "password": _secrets.HIDDEN, "token": None},
        "unknown": "x",
    }


def test_every_result_that_is_documented_as_a_secret_is_registered() -> None:
    """The words of RETURN and the list of the code say the same."""
    documented = set()
    for path in (PLUGINS / "modules").glob("*.py"):
        lines = path.read_text(encoding="utf-8").partition('RETURN = r"""')[2].partition('"""')[0].splitlines()
        for key, text in itertools.pairwise(lines):
            if "a secret" in text:
                documented.add(key.strip().removesuffix(":"))
    assert documented == set(_secrets.SECRET_RESULTS)
