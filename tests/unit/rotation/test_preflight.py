# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at before a rotation: the judgement of what was seen, without a cloud."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    PermissionDenied,
    TimedOut,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Instance
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import open_sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.accounts import Account, Accounts
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.clouds import check_clouds
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.controller import (
    check_ledger,
    check_mapping,
    judged,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.findings import (
    MOST_FINDINGS,
    MOST_WHERE,
    Finding,
    merged,
    to_result,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.probes import Area, DryRun, Probe
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars, select

from tests.unit.ledgers_and_runs import KEY, lock, sqlite_ledger

ENOUGH = {"httpx": "0.28.1", "pydantic": "2.7.0"}
ENDPOINT = "https://ecs.cn-hangzhou.aliyuncs.com"
ACCESS = Access(region="cn-hangzhou", access_key_id="id", access_key_secret="s3cret-of-the-key")
RUNNING = Instance("i-1", "cn-hangzhou", "Running")


def states(findings: t.Iterable[Finding], subject: str) -> list[str]:
    return [finding.state for finding in findings if finding.subject == subject]


# Libraries


def test_libraries_that_are_there() -> None:
    (found,) = judged(ENOUGH, "15.0")
    assert found.state == "ok"
    assert all(f"{name} {version}" in found.message for name, version in {**ENOUGH, "websockets": "15.0"}.items())
    (without,) = judged(ENOUGH, None)
    assert without.state == "ok"
    assert "websockets" in without.message


@pytest.mark.parametrize(
    ("versions", "wrong"),
    [
        ({"httpx": None, "pydantic": None}, {"httpx": "missing", "pydantic": "missing"}),
        ({"httpx": "0.26.9", "pydantic": "2.7"}, {"httpx": "0.26.9 is too old"}),
        ({"httpx": "0.27", "pydantic": "1.10.2"}, {"pydantic": "1.10.2 is too old"}),
    ],
)
def test_each_library_has_its_command(versions: dict[str, str | None], wrong: dict[str, str]) -> None:
    findings = judged(versions, None)
    assert {finding.state for finding in findings} == {"problem"}
    assert len(findings) == len(wrong)
    for finding, (name, text) in zip(findings, wrong.items(), strict=True):
        assert text in finding.message
        assert f"-m pip install '{name}>=" in finding.next_step


# The inventory


def host(name: str, instance_id: str = "i-1", **more: t.Any) -> HostVars:
    return HostVars(name, {"console_region": "cn-hangzhou", "console_instance_id": instance_id, **more})


def test_hosts_that_cannot_be_used_are_named_by_reason() -> None:
    hosts = [HostVars(f"web-{number}", {"console_region": "cn-hangzhou"}) for number in range(7)]
    findings = check_mapping(select([*hosts, host("db", "i 2"), host("app")], Access()))
    assert states(findings, "inventory") == ["problem", "problem", "ok"]
    assert findings[0].where == tuple(f"web-{number}" for number in range(7))
    assert "and 2 more" in findings[0].line
    assert "console_instance_id" in findings[0].message
    assert findings[1].where == ("db",)


def test_what_is_right_and_perhaps_not_meant() -> None:
    hosts = [
        host("a"),
        host("b"),
        host("c", "i-3"),
        host("d", console_provider="huawei"),
        host("e", "i-5", console_exclude=True),
    ]
    (finding,) = check_mapping(select(hosts, Access()))
    assert finding.state == "ok"
    for text in ("3 hosts with 2 instances", "a, b are one instance, i-1", "VNC password: d", "console_exclude: e"):
        assert text in finding.message


@pytest.mark.parametrize("hosts", [[], [host("e", console_exclude=True)], [host("d", console_provider="openstack")]])
def test_nothing_to_rotate_is_a_problem(hosts: list[HostVars]) -> None:
    assert states(check_mapping(select(hosts, Access())), "inventory") == ["problem"]


# The clouds


def area(seen: object = RUNNING, *, probe: Probe | None = None, dry_run: DryRun | None = None, **more: t.Any) -> Area:
    selection = select([host("web", **more)], ACCESS)
    scope = Accounts(Policy(), 0, 1).of(selection.targets[0].access)
    assert isinstance(scope, Account)
    reached = probe or Probe(ENDPOINT, ahead=0.0)
    found = () if reached.error else (t.cast(Instance, seen),)
    return Area(selection.targets, scope, reached, found, dry_run)


def clouds(*areas: Area, reboot_ok: bool = False) -> list[Finding]:
    return check_clouds(areas, ACCESS, reboot_ok=reboot_ok)


@pytest.mark.parametrize(
    ("ahead", "state", "said"),
    [
        (0.4, "ok", "agrees"),
        (-4.9, "ok", "agrees"),
        (60.0, "ok", "60 seconds ahead"),
        (-900.0, "ok", "900 seconds behind"),
        (-901.0, "problem", "901 seconds behind"),
        (5000.0, "problem", "5000 seconds ahead"),
        (None, "unchecked", "no endpoint says"),
    ],
)
def test_the_clock(ahead: float | None, state: str, said: str) -> None:
    near, far = (
        area(probe=Probe("https://one.example.com", ahead=ahead and 0.0)),
        area(probe=Probe(ENDPOINT, ahead=ahead)),
    )
    (finding,) = [one for one in clouds(near, far) if one.subject == "clock"]
    assert finding.state == state
    assert said in finding.message


def test_an_endpoint_that_does_not_answer() -> None:
    """It is the problem; what could not be tried for it is none, and says nothing of the clock."""
    silent = area(probe=Probe(ENDPOINT, TimedOut("no connection", advice="Look at the network.")))
    findings = clouds(silent)
    assert states(findings, "endpoint") == ["problem"]
    assert states(findings, "credentials") == ["unchecked"]
    assert (states(findings, "clock"), states(findings, "permissions")) == ([], [])
    mixed = clouds(silent, area(probe=Probe("https://one.example.com", ahead=0.0)))
    assert states(mixed, "endpoint") == ["problem", "ok"]


def test_credentials_that_are_refused_and_those_that_may_not() -> None:
    denied = PermissionDenied("not authorized", code="Forbidden.RAM", advice="Grant the RAM permission x.")
    findings = clouds(area(denied))
    assert states(findings, "credentials") == ["ok"]
    assert [one.next_step for one in findings if one.state == "problem"] == ["Grant the RAM permission x."]
    unknown = clouds(area(None))
    assert states(unknown, "credentials") == ["ok"]
    assert [one.where for one in unknown if one.subject == "instances"] == [("web",)]
    down = clouds(area(ConsoleError("the service has a fault", advice="Later.")))
    assert states(down, "cloud") == ["problem"]
    assert states(down, "credentials") == []


def test_where_a_key_comes_from() -> None:
    (by_options,) = [one for one in clouds(area()) if one.subject == "credentials"]
    assert "the options of the task" in by_options.message
    own = area(console_access_key_id="own", console_access_key_secret="s3cret-of-its-own")
    (by_host,) = [one for one in clouds(own) if one.subject == "credentials"]
    assert "the hosts' variables console_access_key_*" in by_host.message


def test_credentials_that_are_not_usable_are_named_with_their_hosts() -> None:
    error = ConsoleError("the credentials from the options lack the access key id", advice="Give both parts.")
    (finding,) = clouds(Area(area().targets, error))
    assert (finding.subject, finding.state, finding.where) == ("credentials", "problem", ("web",))


DENIED = PermissionDenied("not authorized", advice="Grant the RAM permission ecs:RebootInstance on x.")


@pytest.mark.parametrize(
    ("dry_run", "reboot_ok", "state"),
    [
        (None, True, "unchecked"),
        (DryRun("i-1"), True, "ok"),
        (DryRun("i-1", DENIED), False, "ok"),
        (DryRun("i-1", DENIED), True, "problem"),
        (DryRun("i-1", WrongState("it is stopping", advice="Wait.")), True, "unchecked"),
    ],
)
def test_restarts(dry_run: DryRun | None, reboot_ok: bool, state: str) -> None:
    """Setting passwords stays unknown beside it, and that is said."""
    found = [one for one in clouds(area(dry_run=dry_run), reboot_ok=reboot_ok) if one.subject == "permissions"]
    assert [one.state for one in found] == [state, "unchecked"]
    assert "ecs:ModifyInstanceVncPasswd" in found[1].next_step


# The ledger


def checked(file: Path, passphrase: str = "", keys: t.Sequence[t.Any] = (KEY,)) -> Finding:
    @contextlib.asynccontextmanager
    async def opener() -> t.AsyncIterator[tuple[Ledger, Path | None]]:
        ledger = open_sqlite(file, lock(passphrase) if passphrase else lock(), read_only=True)
        yield ledger, file
        await ledger.close()

    return asyncio.run(check_ledger(opener, keys))


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    finding = checked(tmp_path / "a" / "b" / "ledger.db")
    assert finding.state == "ok"
    assert "none at sqlite:" in finding.message
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    asyncio.run(sqlite_ledger(path).close())
    before = path.read_bytes()
    assert checked(path).state == "ok"
    assert checked(path, "an other key").state == "problem"
    assert (path.read_bytes(), [one.name for one in tmp_path.iterdir()]) == (before, ["ledger.db"])


def test_a_ledger_that_could_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = checked(tmp_path / "file" / "ledger.db")
    assert finding.state == "problem"
    assert "move the file that is in its way" in finding.next_step


@pytest.mark.parametrize("denied", ["ledger", "ledger/ledger.db"])
def test_a_ledger_that_only_others_may_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, denied: str) -> None:
    """The user that runs this may be allowed to write everywhere, so the system's answer is replaced."""
    path = tmp_path / "ledger" / "ledger.db"
    asyncio.run(sqlite_ledger(path).close())
    monkeypatch.setattr("os.access", lambda name, _mode: Path(name) != tmp_path / denied)
    finding = checked(path)
    assert (finding.state, "Ledger.ReadOnly" in finding.message) == ("problem", True)


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.db"
    asyncio.run(sqlite_ledger(path).close())
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 1000}))
    finding = checked(path)
    assert (finding.state, "Ledger.Full" in finding.message) == ("problem", True)


# How it is reported


def test_what_matters_most_is_last() -> None:
    kinds = ("problem", "ok", "unchecked")
    found = [Finding(f"s{number}", t.cast(t.Any, kind), "m") for number, kind in enumerate(kinds * 2)]
    for order in itertools.permutations(found, 6):
        assert [one.state for one in merged(order)] == ["ok", "ok", "unchecked", "unchecked", "problem", "problem"]
    result = to_result(found)
    assert (result["failed"], result["summary"]) == (True, {"ok": 2, "unchecked": 2, "problem": 2})
    assert result["lines"][-1].startswith("problem: ")


def test_the_same_in_two_places_is_one() -> None:
    one, two = Finding("c", "ok", "m", where=("a", "b")), Finding("c", "ok", "m", where=("b", "c"))
    assert merged([one, two]) == [Finding("c", "ok", "m", where=("a", "b", "c"))]
    assert to_result([one])["failed"] is False


def test_a_result_stays_small() -> None:
    """AWX drops what is too large; what is left out is no problem unless there are only problems."""
    names = tuple(f"host-{number}" for number in range(10_000))
    many = [Finding("inventory", "problem", f"reason {number}.", where=names) for number in range(MOST_FINDINGS + 50)]
    result = to_result([Finding("libraries", "ok", "m"), *many])
    assert (len(result["findings"]), result["summary"]["problem"]) == (MOST_FINDINGS, MOST_FINDINGS + 50)
    assert result["lines"][0] == "51 more are not shown"
    assert len(result["findings"][0]["where"]) == MOST_WHERE
    assert len(repr(result)) < 690_000
