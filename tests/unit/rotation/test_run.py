# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs against the emulator: completeness, check mode, idempotence, canary, limits, slices."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import OUTCOMES
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import survey_fleet
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.screen import difference
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, InstanceData
from tests.unit.ledgers_and_runs import SET, host_of, key_of, opened, outcomes, pick, records_of, run, run_options


def mixed(fleet: Fleet) -> list[HostVars]:
    """Forty real instances of both accounts and all regions, and every kind of host that is none."""
    real = [host_of(one, fleet) for one in fleet["instances"][:40]]
    first = fleet["instances"][0]
    return [
        HostVars("left-out", {**real[0].values, "console_exclude": "yes"}),
        *real[:20],
        HostVars("huawei", {"console_provider": "huawei", "console_instance_id": "x", "console_region": "r"}),
        HostVars("nova", {"console_provider": "openstack"}),
        HostVars("no-id", {"console_region": "cn-hangzhou"}),
        HostVars("bent", {"console_region": "cn-hangzhou/../x", "console_instance_id": "i-1"}),
        HostVars("broken", {}, "the template in console_region cannot be resolved"),
        host_of(first, fleet, "twin"),
        *real[20:],
        host_of({**first, "instance_id": "i-released"}, fleet, "released"),
    ]


def check(result: FleetResult, hosts: list[HostVars]) -> None:
    """I13."""
    assert [host.name for host in result.hosts] == [host.name for host in hosts]
    assert set(outcomes(result).values()) <= set(OUTCOMES)
    summary = result.summary
    assert summary["total"] == len(hosts) == sum(summary[outcome] for outcome in OUTCOMES)
    small = result.to_result({})
    assert list(small["hosts"]) == [host.name for host in hosts]
    assert small["problems_total"] == sum(host.is_problem for host in result.hosts)


def test_a_run_fills_each_field_of_its_results(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """One that it forgets would be an empty column of the reports."""
    hosts = mixed(fleet)
    asyncio.run(run(run_options(cloud, hosts), ledger_path))
    again = asyncio.run(run(run_options(cloud, hosts, force=True), ledger_path))
    empty = (None, "", "none", 0, False)
    fields = [one.name for one in dataclasses.fields(HostResult)]
    assert [name for name in fields if all(getattr(host, name) in empty for host in again.hosts)] == []


def test_every_host_stands_in_the_result_once(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    hosts = mixed(fleet)
    said: list[str] = []
    result = asyncio.run(run(run_options(cloud, hosts), ledger_path, said.append))
    check(result, hosts)
    ended = outcomes(result)
    expected = {
        "left-out": "excluded",
        "huawei": "unsupported",
        "nova": "unsupported",
        "no-id": "unmapped",
        "bent": "unmapped",
        "broken": "unmapped",
        "twin": "rotated",
        "released": "rejected",
    }
    assert {name: ended.pop(name) for name in expected} == expected
    assert set(ended.values()) == {"rotated"}
    assert cloud.counters()["writes"] == 40
    assert str(ledger_path) in said[0]
    assert said[-1] == result.headline()
    by_name = {host.name: host for host in result.hosts}
    assert by_name["twin"].same_as == fleet["instances"][0]["name"]
    waits = {one["name"] for one in fleet["instances"][:40] if not one["io_optimized"] and one["status"] == "Running"}
    assert set(result.reboot_needed) - {"twin"} == waits
    for one in fleet["instances"][:40]:
        if not one["io_optimized"] and one["status"] == "Stopped":
            assert by_name[one["name"]].reboot == "at_next_start"


def test_what_the_ledger_says_is_what_the_cloud_has(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    hosts = [host_of(one, fleet) for one in fleet["instances"]]
    asyncio.run(run(run_options(cloud, hosts, concurrency=32), ledger_path))
    records = asyncio.run(records_of(ledger_path, map(key_of, fleet["instances"])))
    for view in cloud.instances():
        (record,) = [record for key, record in records.items() if key.instance_id == view["instance_id"]]
        assert record.current == (view["in_force"] if view["io_optimized"] else view["waiting"])


def test_describes_a_hundred_at_a_time(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    cloud.load({**fleet, "instances": [_moved(one, fleet) for one in fleet["instances"]]})
    try:
        hosts = [host_of(_moved(one, fleet), fleet) for one in fleet["instances"]]
        asyncio.run(run(dataclasses.replace(run_options(cloud, hosts), check_mode=True), ledger_path))
        assert cloud.calls("DescribeInstances") == 3
    finally:
        cloud.load(fleet)


def _moved(one: InstanceData, fleet: Fleet) -> InstanceData:
    return {**one, "region": fleet["regions"][0], "account_id": fleet["accounts"][0]["account_id"]}


def test_a_second_run_writes_nothing(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I11: no cloud write, no ledger write, changed is false; force overrides."""
    hosts = [host_of(one, fleet) for one in fleet["instances"][:30]]
    assert asyncio.run(run(run_options(cloud, hosts), ledger_path)).changed
    writes, content = cloud.counters()["writes"], ledger_path.read_bytes()
    again = asyncio.run(run(run_options(cloud, hosts), ledger_path))
    assert not again.changed
    assert set(outcomes(again).values()) == {"fresh"}
    assert cloud.counters()["writes"] == writes
    assert ledger_path.read_bytes() == content
    assert asyncio.run(run(run_options(cloud, hosts, max_age="0"), ledger_path)).summary["rotated"] == 30
    assert asyncio.run(run(run_options(cloud, hosts, force=True), ledger_path)).summary["rotated"] == 30


@pytest.mark.parametrize("force", [False, True])
def test_check_mode_lists_what_a_real_run_touches(
    cloud: Emulator, fleet: Fleet, ledger_path: Path, force: bool
) -> None:
    """I12: the same hosts and the same forecast, and no write anywhere, refused and counted by the cloud."""
    hosts = mixed(fleet)
    asyncio.run(run(run_options(cloud, hosts[:12]), ledger_path))
    content, writes = ledger_path.read_bytes(), cloud.counters()["writes"]
    cloud.configure(refuse_writes=True)
    real = run_options(cloud, hosts, force=force)
    dry = asyncio.run(run(dataclasses.replace(real, check_mode=True), ledger_path))
    assert ledger_path.read_bytes() == content
    assert cloud.counters()["refused_writes"] == 0
    assert cloud.counters()["writes"] == writes
    cloud.configure(refuse_writes=False)
    done = asyncio.run(run(real, ledger_path))
    check(dry, hosts)
    assert [(h.name, h.outcome, h.reboot) for h in dry.hosts] == [(h.name, h.outcome, h.reboot) for h in done.hosts]
    assert dry.changed == done.changed
    assert dry.check_mode


def test_check_mode_without_a_ledger_makes_none(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    hosts = [host_of(one, fleet) for one in fleet["instances"][:3]]
    result = asyncio.run(run(dataclasses.replace(run_options(cloud, hosts), check_mode=True), ledger_path))
    assert set(outcomes(result).values()) == {"rotated"}
    assert not ledger_path.parent.exists()
    assert cloud.received() == []


def test_a_dead_canary_stops_the_run(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I10."""
    hosts = [host_of(one, fleet) for one in pick(fleet, 20)]
    cloud.add_fault("error", action=SET, status=403, code="Forbidden.RAM")
    result = asyncio.run(run(run_options(cloud, hosts, canary=2), ledger_path))
    check(result, hosts)
    assert (result.summary["rejected"], result.summary["not_attempted"]) == (2, 18)
    assert "canary" in (result.stopped or "")
    assert len(cloud.received()) == 2
    idle = next(host for host in result.hosts if host.outcome == "not_attempted")
    assert "canary" in idle.message
    assert idle.is_problem


def test_a_canary_that_is_not_ready_is_replaced(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    instances = pick(fleet, 10, region=fleet["regions"][0])
    cloud.change_instance(instances[0]["instance_id"], status="Pending")
    result = asyncio.run(run(run_options(cloud, [host_of(one, fleet) for one in instances], canary=1), ledger_path))
    assert list(outcomes(result).values()) == ["failed"] + ["rotated"] * 9
    assert result.stopped is None


def test_the_rest_waits_for_the_canary(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    instances = pick(fleet, 10)
    cloud.add_fault("delay_answer", action=SET, first=1, seconds=0.6)
    asyncio.run(run(run_options(cloud, [host_of(one, fleet) for one in instances], canary=1), ledger_path))
    first, *rest = sorted(cloud.log(SET), key=lambda row: row["received_at"])
    assert len(rest) == 9
    assert min(row["received_at"] for row in rest) >= first["finished_at"]


@pytest.mark.parametrize(("limit", "most"), [("0", 4), ("3", 7), ("10%", 6), ("100%", 20)])
def test_limit_on_failures(cloud: Emulator, fleet: Fleet, ledger_path: Path, limit: str, most: int) -> None:
    hosts = [host_of(one, fleet) for one in pick(fleet, 20, region=fleet["regions"][0])]
    cloud.add_fault("error", action=SET, status=403, code="Forbidden.RAM")
    result = asyncio.run(run(run_options(cloud, hosts, max_failures=limit, concurrency=4), ledger_path))
    check(result, hosts)
    assert result.summary["rejected"] <= most
    assert (result.stopped is None) == (limit == "100%")
    assert result.summary["rejected"] + result.summary["not_attempted"] == 20
    assert len(cloud.received()) == result.summary["rejected"]


def test_what_is_under_way_finishes(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I10: one failure too many starts no new host, and interrupts none."""
    instances = pick(fleet, 8, region=fleet["regions"][0], io_optimized=True)
    refused, *others = [one["instance_id"] for one in instances]
    cloud.add_fault("error", action=SET, instance_id=refused, status=403, code="Forbidden.RAM")
    for name in others:
        cloud.add_fault("delay_answer", action=SET, instance_id=name, seconds=0.4)
    hosts = [host_of(one, fleet) for one in instances]
    result = asyncio.run(run(run_options(cloud, hosts, max_failures="0", concurrency=4), ledger_path))
    check(result, hosts)
    assert list(outcomes(result).values()) == ["rejected"] + ["rotated"] * 3 + ["not_attempted"] * 4
    assert len(cloud.received()) == 4
    records = asyncio.run(records_of(ledger_path, map(key_of, instances)))
    assert sum(record.current is not None for record in records.values()) == 3


def test_refused_credentials_stop_their_account_only(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    good, bad = pick(fleet, 8, account=0), pick(fleet, 30, account=1)
    hosts = [host_of(one, fleet) for one in (*good, *bad)]
    cloud.add_fault(
        "error",
        action=SET,
        account_id=fleet["accounts"][1]["account_id"],
        status=404,
        code="InvalidAccessKeyId.NotFound",
    )
    result = asyncio.run(run(run_options(cloud, hosts, concurrency=2), ledger_path))
    check(result, hosts)
    ended = outcomes(result)
    assert {ended[one["name"]] for one in good} == {"rotated"}
    assert {ended[one["name"]] for one in bad} == {"failed", "not_attempted"}
    assert result.summary["failed"] <= 2 * len(fleet["regions"])
    assert "InvalidAccessKeyId.NotFound" in (result.stopped or "")


def test_credentials_that_are_refused_at_the_first_look(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    cloud.change_key(fleet["accounts"][1]["access_keys"][0]["access_key_id"], inactive=True)
    hosts = [host_of(one, fleet) for one in (*pick(fleet, 5, account=0), *pick(fleet, 5, account=1))]
    result = asyncio.run(run(run_options(cloud, hosts), ledger_path))
    assert list(outcomes(result).values()) == ["rotated"] * 5 + ["not_attempted"] * 5
    assert result.stopped
    assert cloud.counters()["writes"] == 5


@pytest.mark.parametrize("change", [{"inactive": True}, {"secret": "not-the-secret-of-this-key"}])
def test_credentials_that_were_refused_are_not_sent_again(
    cloud: Emulator, fleet: Fleet, ledger_path: Path, change: dict[str, t.Any]
) -> None:
    """I10: one call looks before all others of its credentials, in any region; repeated failures can lock a key."""
    regions = [f"cn-test-{number}" for number in range(8)]
    one_of_many = pick(fleet, 1, account=1)[0]
    instances: list[InstanceData] = [{**one_of_many, "region": region, "name": region} for region in regions]
    good = pick(fleet, 3, account=0)
    cloud.change_key(fleet["accounts"][1]["access_keys"][0]["access_key_id"], **change)
    result = asyncio.run(run(run_options(cloud, [host_of(one, fleet) for one in [*instances, *good]]), ledger_path))
    ended = outcomes(result)
    assert {ended[name] for name in regions} == {"not_attempted"}
    assert {ended[one["name"]] for one in good} == {"rotated"}
    refused = [row for row in cloud.log("DescribeInstances") if row["status"] >= 400]
    assert len(refused) == 1
    problems = {host.name: host for host in result.hosts if host.name in regions}
    ids = [host.failure["request_id"] for host in problems.values() if host.failure]
    assert sorted(map(bool, ids)) == [False] * 7 + [True], "the id of a call belongs to the host that it was about"
    assert sum("request id" in host.message for host in problems.values()) == 1
    assert sum("It was refused for a host before this one" in host.message for host in problems.values()) == 7
    assert (result.stopped or "").count(";") == 0, "told once"


def test_clock_skew_stops_before_the_first_write(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    cloud.set_clock_offset(3600)
    hosts = [host_of(one, fleet) for one in fleet["instances"][:10]]
    result = asyncio.run(run(run_options(cloud, hosts), ledger_path))
    assert set(outcomes(result).values()) == {"not_attempted"}
    assert "clock" in result.hosts[0].message
    assert cloud.counters()["writes"] == 0


def test_a_ledger_that_cannot_be_read_ends_the_run_at_once(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    ledger_path.parent.mkdir()
    ledger_path.write_bytes(b"something else" * 100)
    with pytest.raises(ConsoleError, match=r"Ledger\.Corrupt"):
        asyncio.run(run(run_options(cloud, [host_of(fleet["instances"][0], fleet)]), ledger_path))
    assert cloud.counters()["calls"] == 0


def test_a_record_that_cannot_be_read_stops_before_any_call(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I9: the ledger opens, and one record of it is damaged."""
    hosts = [host_of(one, fleet) for one in fleet["instances"][:3]]
    asyncio.run(run(run_options(cloud, hosts), ledger_path))
    connection = sqlite3.connect(ledger_path, isolation_level=None)
    connection.execute(
        "UPDATE records SET sealed = zeroblob(300) WHERE instance_id = ?", [key_of(fleet["instances"][1])[2]]
    )
    connection.close()
    calls = cloud.counters()["calls"]
    with pytest.raises(ConsoleError, match=r"Ledger\.Corrupt"):
        asyncio.run(run(run_options(cloud, hosts, force=True), ledger_path))
    assert cloud.counters()["calls"] == calls


def test_a_survey_notes_a_restart(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I6: a report clears the state in the ledger, without a new password."""
    instance = pick(fleet, io_optimized=False, status="Running")[0]
    wanted = run_options(cloud, [host_of(instance, fleet)])
    assert asyncio.run(run(wanted, ledger_path)).reboot_needed
    before = asyncio.run(records_of(ledger_path, [key_of(instance)]))[key_of(instance)]
    assert before.acknowledged_at is not None
    cloud.restart([instance["instance_id"]], started_at=before.acknowledged_at.timestamp() + 60)

    async def survey() -> FleetResult:
        async with opened(ledger_path) as ledger:
            return await survey_fleet(wanted, ledger, lambda _line: None)

    assert not asyncio.run(survey()).reboot_needed
    after = asyncio.run(records_of(ledger_path, [key_of(instance)]))[key_of(instance)]
    assert (before.reboot, after.reboot, after.current) == ("needed", "none", before.current)
    assert len(cloud.received()) == 1


def test_slices_side_by_side_are_one_run(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I16, an empty slice included."""
    hosts = [host_of(one, fleet) for one in fleet["instances"][:30]]

    async def scenario() -> list[FleetResult]:
        slices = [hosts[0::3], hosts[1::3], hosts[2::3], []]
        return await asyncio.gather(*(run(run_options(cloud, part), ledger_path) for part in slices))

    results = asyncio.run(scenario())
    assert sorted(name for result in results for name in outcomes(result)) == sorted(host.name for host in hosts)
    assert {outcome for result in results for outcome in outcomes(result).values()} == {"rotated"}
    assert results[-1].summary["total"] == 0
    assert len(asyncio.run(records_of(ledger_path, map(key_of, fleet["instances"])))) == 30


@pytest.mark.parametrize("per_second", [0.0, 20.0])
def test_calls_per_second(cloud: Emulator, fleet: Fleet, ledger_path: Path, per_second: float) -> None:
    """I17: calls per second and in flight, for each account and region."""
    cloud.configure(latency=0.02)
    hosts = [host_of(one, fleet) for one in pick(fleet, 40, region=fleet["regions"][0])]
    asyncio.run(run(run_options(cloud, hosts, per_second=per_second, concurrency=3), ledger_path))
    (row,) = cloud.pace()
    assert row["calls"] == 41
    assert row["max_in_flight"] <= 3
    if per_second:
        assert row["max_per_second"] <= per_second + 1  # the network may crowd two calls by a little


def test_two_accesses_to_one_account_share_its_rate_limit(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I17: the quota belongs to the account and region, in whatever way a host of it names them."""
    cloud.configure(latency=0.02)
    instances = pick(fleet, 24, region=fleet["regions"][0])
    endpoints = (cloud.url, f"{cloud.url}/")
    hosts = [host_of(one, fleet, console_endpoint=endpoints[number % 2]) for number, one in enumerate(instances)]
    result = asyncio.run(run(run_options(cloud, hosts, concurrency=2), ledger_path))
    assert set(outcomes(result).values()) == {"rotated"}
    (row,) = cloud.pace()
    assert (row["calls"], row["max_in_flight"]) == (26, 2)


def test_no_secret_in_what_a_run_says(cloud: Emulator, fleet: Fleet, ledger_path: Path) -> None:
    """I15, on the failing paths."""
    hosts = [host_of(one, fleet) for one in fleet["instances"][:24]]
    kinds = ["drop_answer", "garbage", "html", "reset", "oversized"]
    for number, kind in enumerate(kinds):
        cloud.add_fault(kind, action=SET, instance_id=fleet["instances"][number]["instance_id"], first=9)
    for number in range(5, 8):
        one = fleet["instances"][number]
        cloud.change_key(_key(fleet, one), secret="another")
        cloud.add_fault("error", action=SET, instance_id=one["instance_id"], status=400, code="Throttling", first=1)
    said: list[str] = []
    result = asyncio.run(run(run_options(cloud, hosts), ledger_path, said.append))
    shown = "\n".join([*said, repr(result), repr(result.to_result({})), repr(difference(result))])
    for secret in cloud.secrets():
        if secret not in (key["access_key_id"] for account in fleet["accounts"] for key in account["access_keys"]):
            assert secret not in shown


def test_no_secret_in_the_repr_of_what_a_run_is_given(cloud: Emulator, fleet: Fleet) -> None:
    shown = repr(run_options(cloud, [host_of(fleet["instances"][0], fleet)]))
    for account in fleet["accounts"]:
        assert account["access_keys"][0]["access_key_secret"] not in shown


def _key(fleet: Fleet, one: InstanceData) -> str:
    owner = next(account for account in fleet["accounts"] if account["account_id"] == one["account_id"])
    return owner["access_keys"][0]["access_key_id"]
