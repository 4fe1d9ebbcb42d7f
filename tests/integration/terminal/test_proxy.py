# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy between two pipes and a port: every byte, at the pace, over restarts, and no session left open."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration.terminal import ports
from tests.integration.terminal.ports import GREETING
from tests.integration.terminal.proxied import Proxy, options, proxied

pytestmark = pytest.mark.usefixtures("home")

START, END = "StartTerminalSession", "EndTerminalSession"


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    with ports.listening(ports.echo) as port:
        yield port


@pytest.fixture(autouse=True)
def _none_is_left_open(cloud: Emulator) -> Iterator[None]:
    """The promise behind all of these tests."""
    yield
    assert [one["session_id"] for one in cloud.sessions() if not one["ended"]] == []


def one(cloud: Emulator) -> dict[str, Any]:
    (session,) = cloud.sessions()
    return session


def exchange(proxy: Proxy, data: bytes, seconds: float = 90.0) -> None:
    """Send data, and see that it comes back as it was."""
    proxy.write(data)
    back = proxy.read(len(data), seconds)
    assert (len(back), hashlib.sha256(back).hexdigest()) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("version", ["1.01", "1.02"])
def test_bytes_go_both_ways(cloud: Emulator, fleet: Fleet, home: Path, echo: int, version: str) -> None:
    cloud.configure(session_version=version)
    with proxied(options(cloud, fleet, echo), home) as proxy:
        assert proxy.read(len(GREETING)) == GREETING
        exchange(proxy, noise(1_000_000))
        proxy.hang_up()
        assert proxy.wait() == 0
    assert proxy.errors == ""
    session = one(cloud)
    assert (session["connections"], session["dials"], session["input_bytes"]) == (1, 1, 1_000_000)
    assert session["largest_input"] == 2048
    assert cloud.calls(END) == 1


@pytest.mark.parametrize("share", [0.01, 0.05])
def test_a_bad_line_loses_nothing(cloud: Emulator, fleet: Fleet, home: Path, echo: int, share: float) -> None:
    cloud.configure(session_loss=share, session_duplication=share, session_reordering=share)
    with proxied(options(cloud, fleet, echo), home) as proxy:
        assert proxy.read(len(GREETING)) == GREETING
        exchange(proxy, noise(200_000))
        proxy.hang_up()
        assert proxy.wait() == 0
    assert one(cloud)["inputs"] > 200_000 // 2048


@pytest.mark.parametrize("code", [1012, 1005])
def test_a_restart_of_the_service_in_the_middle(
    cloud: Emulator, fleet: Fleet, home: Path, echo: int, code: int
) -> None:
    cloud.configure(session_pace=4_000_000)
    data = noise(600_000)
    with proxied(options(cloud, fleet, echo), home) as proxy:
        assert proxy.read(len(GREETING)) == GREETING
        proxy.write(data)
        back = proxy.read(200_000)
        assert cloud.close_sessions(code) == 1
        back += proxy.read(200_000)
        assert cloud.close_sessions(code) == 1
        back += proxy.read(200_000)
        assert hashlib.sha256(back).digest() == hashlib.sha256(data).digest()
        proxy.hang_up()
        assert proxy.wait() == 0
    session = one(cloud)
    assert (session["connections"], session["dials"]) == (3, 1)


def test_a_restart_ends_a_session_that_cannot_be_resumed(cloud: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    cloud.configure(session_version="1.01")
    with proxied(options(cloud, fleet, echo), home) as proxy:
        proxy.read(len(GREETING))
        cloud.close_sessions(1012)
        assert proxy.wait() == 1
    assert "Session.NotResumed" in proxy.errors
    assert "Upgrade the Cloud Assistant agent" in proxy.errors


def test_an_address_that_is_too_old_is_said(cloud: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    with proxied(options(cloud, fleet, echo), home) as proxy:
        proxy.read(len(GREETING))
        cloud.set_clock_offset(700)
        cloud.close_sessions(1012)
        assert proxy.wait() == 1
    assert "refuses the session" in proxy.errors


@pytest.mark.parametrize("code", [1000, 1001, 1011])
def test_a_connection_that_is_closed_for_good_is_not_opened_again(
    cloud: Emulator, fleet: Fleet, home: Path, echo: int, code: int
) -> None:
    with proxied(options(cloud, fleet, echo), home) as proxy:
        proxy.read(len(GREETING))
        cloud.close_sessions(code)
        assert proxy.wait() == 1
    assert f"Session.Disconnected.{code}" in proxy.errors
    assert one(cloud)["connections"] == 1


def test_nothing_is_sent_before_the_far_side_speaks(cloud: Emulator, fleet: Fleet, home: Path) -> None:
    cloud.configure(session_dial_seconds=0.5)
    with ports.listening(ports.late) as port, proxied(options(cloud, fleet, port), home) as proxy:
        proxy.write(b"too early?")
        assert proxy.read(len(GREETING) + 10) == GREETING + b"too early?"
        proxy.hang_up()
        assert proxy.wait() == 0
    assert one(cloud)["early_inputs"] == 0


def test_the_pace_of_the_service_is_kept_and_used(cloud: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    """At least nine tenths of it; the emulator ends a session that is too fast. Other programs may take the time."""
    limit, size = 1_638_400, 800_000
    cloud.configure(session_pace=limit)
    with proxied(options(cloud, fleet, echo), home) as proxy:
        proxy.read(len(GREETING))
        began = time.monotonic()
        exchange(proxy, noise(size))
        seconds = time.monotonic() - began
        proxy.hang_up()
        assert proxy.wait() == 0
    assert size / seconds >= 0.9 * limit / 8
    assert one(cloud)["fastest"] <= limit / 8 * 1.15


def test_without_an_announcement_the_vendors_default_is_kept(
    cloud: Emulator, fleet: Fleet, home: Path, echo: int
) -> None:
    cloud.configure(session_pace=0)
    with proxied(options(cloud, fleet, echo), home) as proxy:
        proxy.read(len(GREETING))
        exchange(proxy, noise(50_000))
        proxy.hang_up()
        assert proxy.wait() == 0
    assert one(cloud)["fastest"] <= 25_600 * 1.2


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_session(
    cloud: Emulator, fleet: Fleet, home: Path, echo: int, number: signal.Signals
) -> None:
    with proxied(options(cloud, fleet, echo), home) as proxy:
        proxy.read(len(GREETING))
        proxy.process.send_signal(number)
        assert proxy.wait() == 0
    assert cloud.calls(END) == 1


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_while_the_session_is_started_ends_it_too(
    cloud: Emulator, fleet: Fleet, home: Path, echo: int, number: signal.Signals
) -> None:
    cloud.add_fault("delay_answer", action=START, seconds=1.0)
    with proxied(options(cloud, fleet, echo), home) as proxy:
        while not cloud.calls(START):
            time.sleep(0.02)
        proxy.process.send_signal(number)
        assert proxy.wait() == 0
    assert one(cloud)["ended"]
    assert one(cloud)["connections"] == 0


def test_a_lost_answer_starts_no_second_session(cloud: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    cloud.add_fault("drop_answer", action=START, first=1)
    with proxied(options(cloud, fleet, echo), home) as proxy:
        assert proxy.read(len(GREETING)) == GREETING
        proxy.hang_up()
        assert proxy.wait() == 0
    assert cloud.calls(START) == 2
    assert len(cloud.sessions()) == 1


def test_a_pipe_that_is_closed_ends_the_session(cloud: Emulator, fleet: Fleet, home: Path) -> None:
    """As when ssh is killed: its ends of both pipes are gone, while the far side still speaks."""
    with ports.listening(ports.flood) as port, proxied(options(cloud, fleet, port), home) as proxy:
        proxy.read(len(GREETING))
        if proxy.process.stdout:
            proxy.process.stdout.close()
        assert proxy.wait() == 0


def test_the_far_side_hangs_up(cloud: Emulator, fleet: Fleet, home: Path) -> None:
    with ports.listening(ports.short) as port, proxied(options(cloud, fleet, port), home) as proxy:
        assert proxy.read(1000) == GREETING
        assert proxy.wait() == 0
    assert proxy.errors == ""


FAILURES: list[tuple[dict[str, Any], str, str]] = [
    ({"status": "Stopped"}, "InvalidInstance.NotRunning", "Start the instance"),
    ({"agent": False}, "InvalidInstance.AgentNotOnline", "Cloud Assistant agent"),
]


@pytest.mark.parametrize(("change", "code", "advice"), FAILURES, ids=lambda value: str(value)[:30])
def test_an_instance_without_sessions(
    cloud: Emulator, fleet: Fleet, home: Path, echo: int, change: dict[str, Any], code: str, advice: str
) -> None:
    reason = home / "reason"
    cloud.change_instance(fleet["instances"][0]["instance_id"], **change)
    with proxied(options(cloud, fleet, echo, reason_file=str(reason)), home) as proxy:
        assert proxy.wait() == 1
    assert code in proxy.errors
    assert advice in proxy.errors
    assert proxy.errors.startswith("cloudops.console: ")
    assert json.loads(reason.read_text(encoding="utf-8"))["message"] in proxy.errors
    assert reason.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("UserBehavior.SessionManagerDisabled", "Enable Session Manager"),
        ("InvalidOperation.SecurityGroupRuleDenied", "443"),
        ("Forbidden.RAM", "ecs:StartTerminalSession"),
        ("InstanceSessionLimitExceeded", ""),
    ],
)
def test_why_the_service_starts_no_session(
    cloud: Emulator, fleet: Fleet, home: Path, echo: int, code: str, advice: str
) -> None:
    cloud.add_fault("error", action=START, status=403, code=code, message="refused")
    with proxied(options(cloud, fleet, echo), home) as proxy:
        assert proxy.wait() == 1
    assert code in proxy.errors
    assert advice in proxy.errors


@pytest.mark.parametrize(
    ("reason", "advice"),
    [("AgentNeedUpgrade", "Upgrade the Cloud Assistant agent"), ("InstanceNotRunning", "Start the instance")],
)
def test_why_a_started_session_never_opens(
    cloud: Emulator, fleet: Fleet, home: Path, echo: int, reason: str, advice: str
) -> None:
    """The connection says nothing, and is closed: DescribeTerminalSessions knows why."""
    cloud.configure(session_fails=reason, session_fails_seconds=0.3)
    with proxied(options(cloud, fleet, echo), home) as proxy:
        assert proxy.wait() == 1
    assert reason in proxy.errors
    assert advice in proxy.errors


def test_a_port_behind_which_nothing_listens(cloud: Emulator, fleet: Fleet, home: Path) -> None:
    with proxied(options(cloud, fleet, ports.closed()), home) as proxy:
        assert proxy.wait() == 1
    assert "OpenTargetPortFailed" in proxy.errors
    assert "See that sshd runs there, and that --port and --target-server are right." in proxy.errors


def test_an_idle_session_that_the_service_ends(cloud: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    cloud.configure(session_idle_seconds=0.5, session_version="1.01")
    with proxied(options(cloud, fleet, echo), home) as proxy:
        proxy.read(len(GREETING))
        assert proxy.wait() == 1
    assert "IdleTimeout" in proxy.errors


def test_a_service_that_cannot_be_reached(cloud: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    cloud.configure(websocket_base=f"ws://127.0.0.1:{ports.closed()}/session")
    with proxied(options(cloud, fleet, echo), home) as proxy:
        assert proxy.wait(40) == 1
    assert "no connection to 127.0.0.1" in proxy.errors
    assert "443" in proxy.errors


def test_a_session_that_cannot_be_ended_is_said(cloud: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    fault = cloud.add_fault("error", action=END, status=403, code="Forbidden.RAM", message="no")
    with proxied(options(cloud, fleet, echo), home) as proxy:
        proxy.read(len(GREETING))
        proxy.hang_up()
        assert proxy.wait() == 0
    session_id = one(cloud)["session_id"]
    assert session_id in proxy.errors
    assert "three minutes" in proxy.errors
    cloud.remove_fault(fault)
    direct_end(cloud, fleet, session_id)


def direct_end(cloud: Emulator, fleet: Fleet, session_id: str) -> None:
    from tests.integration import module_calls

    given = module_calls.alibaba(cloud, fleet, session_id=session_id, state="absent")
    assert module_calls.call("terminal_session", given).changed


def resident(pid: int) -> int:
    """Return the bytes of memory that a process has."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def wait_until_nothing_moves(cloud: Emulator) -> None:
    """Wait until all that lies between the two sides is full: nothing has moved for a second."""
    carried, since = (0, 0), time.monotonic()
    while time.monotonic() < since + 1:
        time.sleep(0.1)
        now = (one(cloud)["input_bytes"], one(cloud)["output_bytes"])
        carried, since = (carried, since) if now == carried else (now, time.monotonic())


@pytest.mark.parametrize("talk", [ports.deaf, ports.flood], ids=["up", "down"])
def test_memory_is_bounded_both_ways(cloud: Emulator, fleet: Fleet, home: Path, talk: ports.Talk) -> None:
    """One side is not listened to, or does not listen: 100 MB wait outside, not in the proxy."""
    with ports.listening(talk) as port, proxied(options(cloud, fleet, port), home) as proxy:
        proxy.read(len(GREETING))
        before = resident(proxy.process.pid)
        proxy.write(bytes(100_000_000))
        wait_until_nothing_moves(cloud)
        assert resident(proxy.process.pid) < before + 40_000_000
        proxy.process.send_signal(signal.SIGTERM)
        assert proxy.wait(60) == 0


def test_nothing_secret_where_others_see_it(cloud: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    """Not in the command line; and the proxy listens nowhere."""
    with proxied(options(cloud, fleet, echo), home) as proxy:
        proxy.read(len(GREETING))
        folder = Path(f"/proc/{proxy.process.pid}")
        line = (folder / "cmdline").read_text(encoding="utf-8")
        environment = (folder / "environ").read_text(encoding="utf-8")
        sockets = {str(name.readlink()).removeprefix("socket:[")[:-1] for name in (folder / "fd").iterdir()}
        rows = [row.split() for name in ("tcp", "tcp6") for row in (folder / "net" / name).read_text().splitlines()[1:]]
        assert not [row for row in rows if row[9] in sockets and row[3] == "0A"]
        proxy.hang_up()
        assert proxy.wait() == 0
    secrets = cloud.secrets()
    assert len(secrets) >= 2
    token = next(secret for secret in secrets if secret not in environment and len(secret) > 40)
    for secret in secrets:
        assert secret not in line
        assert secret not in proxy.errors
    # Of the environment only the key that it was given, never the session's token
    assert token not in environment


def test_it_is_a_group_of_its_own(cloud: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    with proxied(options(cloud, fleet, echo), home) as proxy:
        proxy.read(len(GREETING))
        assert os.getsid(proxy.process.pid) == proxy.process.pid
        proxy.hang_up()
        proxy.wait()


@pytest.mark.parametrize(
    ("given", "word"),
    [({"instance_id": "i-1&x=y"}, "instance id"), ({"port": 0}, "Correct --port"), ({"region": ""}, "--region")],
)
def test_what_is_refused_before_any_call(
    cloud: Emulator, fleet: Fleet, home: Path, given: dict[str, Any], word: str
) -> None:
    with proxied(options(cloud, fleet, **{"port": 22, **given}), home) as proxy:
        assert proxy.wait() == 1
    assert word in proxy.errors
    assert cloud.calls(START) == 0
