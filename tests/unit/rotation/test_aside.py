# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on many hosts in child processes: the same result as here, whatever becomes of the child."""

from __future__ import annotations

import functools
import os
import signal
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation import inventory
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.aside import MANY, MOST, aside, processes
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import read_host_vars

HERE = os.getpid()


def place() -> str:
    return "here" if os.getpid() == HERE else "aside"


def failing(how: str) -> str:
    """Fail in the child, in one of several ways; here it works."""
    if place() == "here":
        return "here"
    if how == "raises":
        raise ValueError
    if how == "exits":
        os._exit(3)
    if how == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    return how


def test_a_result_comes_from_another_process() -> None:
    waiting = [aside(place) for _each in range(3)]
    assert place() == "here"
    assert [wait() for wait in waiting] == ["aside"] * 3


@pytest.mark.parametrize("how", ["raises", "exits", "is killed"])
def test_what_a_child_does_not_bring_is_done_here(how: str) -> None:
    assert aside(functools.partial(failing, how))() == "here"


def test_no_process_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError

    opened = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr(os, "fork", refuse)
    assert aside(place)() == "here"
    assert len(list(Path("/proc/self/fd").iterdir())) == opened


def test_what_fails_fails_here() -> None:
    def fail() -> None:
        raise ConsoleError("no", advice="Do it.")

    with pytest.raises(ConsoleError, match="No"):
        aside(fail)()


def test_a_large_result_fits() -> None:
    assert len(aside(lambda: "x" * 10_000_000)()) == 10_000_000


def test_few_hosts_are_not_worth_a_process() -> None:
    assert processes(MANY - 1) == 1
    assert processes(10**6) == min(MOST, len(os.sched_getaffinity(0)))


class HostVars:
    def raw_get(self, name: str) -> dict[str, object] | None:
        return (
            None if name.endswith("7") else {"console_instance_id": name, "console_exclude": True, "other": os.getpid()}
        )


class Templar:
    """Not asked, because no variable here holds a template."""

    def copy_with_new_env(self, *, available_variables: object) -> Templar:
        raise AssertionError(available_variables)

    def template(self, variable: object) -> object:
        raise AssertionError(variable)


@pytest.mark.parametrize("shares", [2, 3, 4])
@pytest.mark.parametrize("hosts", [0, 1, 3, 100])
def test_hosts_are_read_in_shares(monkeypatch: pytest.MonkeyPatch, hosts: int, shares: int) -> None:
    names = [f"host-{number}" for number in range(hosts)]
    alone = read_host_vars(names, HostVars(), Templar())
    monkeypatch.setattr(inventory, "processes", lambda _hosts: shares)
    assert read_host_vars(names, HostVars(), Templar()) == alone
    assert [host.name for host in alone] == names
