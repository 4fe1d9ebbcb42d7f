# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation as AWX's jobs: well, with failures, cancelled, too slow, in slices; and what the next job makes of it.

CONSOLE_SLICED_FLEET is the number of hosts of the sliced rotation.
"""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import make_fleet
from tests.integration.awx_jobs import Controller, Ended
from tests.integration.ledger_server import Shared
from tests.integration.playbook_runs import ROTATION, Core, Room, in_force_or_waiting
from tests.integration.secret_scan import leaks
from tests.openbao.audit import Audit
from tests.openbao.cluster import Cluster, running
from tests.tools.openbao import missing

SLICED = int(os.environ.get("CONSOLE_SLICED_FLEET", "120"))
COLLECTED = "cloudops.console.vnc_password_rotation_info"


@pytest.fixture
def awx(room: Room, shared: Shared) -> Controller:
    """Jobs whose ledger is a server and whose credential is an environment variable."""
    return controller_of(room, shared)


def controller_of(room: Room, shared: Shared) -> Controller:
    ca = shared.admin.cafile or ""
    room.environ = {"VAULT_TOKEN": shared.token(), "VAULT_NAMESPACE": "", "VAULT_CACERT": ca, "VAULT_ROLE_ID": ""}
    room.variables = {"vnc_rotation_ledger": shared.address}
    return Controller(room, {"vnc_rotation_report_formats": [], "vnc_rotation_retries": 0})


def settled(room: Room, shared: Shared, cloud: Emulator) -> None:
    """The ledger says what the clouds have, nothing is open, and no instance ever got a second password."""
    passwords = in_force_or_waiting(cloud)
    for name, record in shared.records(room).items():
        assert record["current"] == passwords[room.instance(name)], name
        assert record["pending"] is None
    sent: dict[str, set[str]] = {}
    for row in cloud.received():
        sent.setdefault(row["instance_id"], set()).add(row["password"])
    assert {len(one) for one in sent.values()} == {1}


def after(cloud: Emulator, count: int) -> Callable[[], bool]:
    """Cancels once the cloud has seen so many passwords."""
    return lambda: len(cloud.received()) >= count


def hidden(jobs: list[Ended], cloud: Emulator, audit: Audit) -> None:
    secrets = {row["password"] for row in cloud.received()} | audit.secrets()
    for job in jobs:
        # "command" is ansible-runner's note of the environment, credentials included; AWX masks it before it keeps it
        kept = {name: content for name, content in job.files.items() if not name.endswith("/command")}
        assert leaks(kept, secrets) == {}


def quiet(cloud: Emulator, patience: float = 60) -> None:
    """Wait until a worker that survived its job has ended."""
    seen, since, end = -1, time.monotonic(), time.monotonic() + patience
    while time.monotonic() - since < 2 and time.monotonic() < end:
        count = cloud.counters()["calls"]
        if count != seen:
            seen, since = count, time.monotonic()
        time.sleep(0.1)


@pytest.mark.cores(full=True)
def test_well_and_again(awx: Controller, cloud: Emulator, shared: Shared, audit: Audit) -> None:
    room = awx.room
    room.keep("web-0001", "mail-0008", "db-0003")
    forecast = awx.launch("rotate.yml", check=True, workflow=7)
    assert forecast.status == "successful", forecast.output
    assert not cloud.received()
    done = awx.launch("rotate.yml", workflow=7)
    assert done.status == "successful", done.output
    ((name, artifact),) = done.artifacts.items()
    assert name == f"vnc_rotation_{awx.number}"
    assert (artifact["run_id"], artifact["summary"]) == ("awx-7", {"rotated": 3, "total": 3})
    # What ran before the rotation is no part of it
    told = awx.launch("collect_report.yml", workflow=7, **forecast.artifacts, **done.artifacts)
    (collected,) = told.of(COLLECTED)
    assert collected["summary"]["rotated"] == 3
    assert set(told.artifacts) == {f"vnc_rotation_{awx.number}"}
    again = awx.launch("rotate.yml")
    assert again.artifacts[f"vnc_rotation_{awx.number}"]["summary"] == {"fresh": 3, "total": 3}
    settled(room, shared, cloud)
    hidden([forecast, done, told, again], cloud, audit)


@pytest.mark.cores(full=True)
def test_failures_and_the_relaunch_on_failed_hosts(
    awx: Controller, cloud: Emulator, shared: Shared, audit: Audit
) -> None:
    room = awx.room
    room.keep(*room.names(status="Running")[:8])
    bad = sorted(room.hosts)[2:5]
    for name in bad:
        cloud.add_fault("error", status=500, action="ModifyInstanceVncPasswd", instance_id=room.instance(name))
    failed = awx.launch("rotate.yml", vnc_rotation_max_failures="100%", vnc_rotation_canary=0)
    assert (failed.status, failed.rc) == ("failed", 2)
    assert list(failed.failed) == bad
    told = awx.launch("collect_report.yml", **failed.artifacts)
    assert told.status == "failed", "as long as hosts have problems"
    assert "3 of 8 hosts have a problem." in told.output
    assert told.artifacts
    (collected,) = told.of(COLLECTED)
    assert {name: host["outcome"] for name, host in collected["problems"].items()} == dict.fromkeys(bad, "ambiguous")
    assert collected["summary"]["rotated"] == 5
    cloud.clear_faults()
    sent = len(cloud.received())
    relaunched = awx.launch("rotate.yml", limit=failed.failed)
    assert relaunched.status == "successful", relaunched.output
    assert {row["instance_id"] for row in cloud.received()[sent:]} == {room.instance(name) for name in bad}
    settled(room, shared, cloud)
    hidden([failed, told, relaunched], cloud, audit)


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("how", [pytest.param("cancel", marks=pytest.mark.full), "timeout"])
def test_killed_in_the_middle(awx: Controller, cloud: Emulator, shared: Shared, audit: Audit, how: str) -> None:
    """A worker may outlive its job (ansible-core 2.19 on); the next job copes with it, and the one after has peace."""
    room = awx.room
    room.keep(*room.names(status="Running")[:12])
    cloud.configure(latency=2 if how == "cancel" else 3)
    ending = {"cancel": after(cloud, 2)} if how == "cancel" else {"timeout": 10}
    killed = awx.launch("rotate.yml", vnc_rotation_concurrency=1, **ending)
    assert killed.status == ("canceled" if how == "cancel" else "timeout"), killed.output
    assert not killed.artifacts
    assert len(cloud.received()) < len(room.hosts), "it was killed too late to tell anything"
    cloud.configure(latency=0)
    second = awx.launch("rotate.yml")
    jobs, failed = [killed, second], second.failed
    (result,) = second.of(ROTATION)
    assert {host["outcome"] for host in result["hosts"].values()} <= {"rotated", "resumed", "fresh", "conflict"}
    assert set(failed) == {name for name, host in result["hosts"].items() if host["outcome"] == "conflict"}
    quiet(cloud)
    if failed:
        jobs.append(awx.launch("rotate.yml", limit=failed))
        assert jobs[-1].status == "successful", jobs[-1].output
    settled(room, shared, cloud)
    hidden(jobs, cloud, audit)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    with running(tmp_path_factory.mktemp("cluster"), nodes=3) as made:
        yield made


@pytest.mark.full
def test_slices_end_as_one_run_does(tmp_path: Path, core: Core, cluster: Cluster) -> None:
    """Four slices through a standby, one of them killed and launched again, and the leader killed on the way.

    The same fleet in one run beside it.
    """
    fleet = make_fleet(SLICED, seed=5, stopped=0.05)
    ends = {}
    for way in ("one", "sliced"):
        mount = cluster.admin.make_mount(cas_required=True)
        cluster.wait_for_all()
        shared = Shared(cluster.admin, mount, through=cluster.standby().url)
        with Emulator.start(fleet) as cloud:
            room = Room(tmp_path / way, core, cloud, fleet)
            awx = controller_of(room, shared)
            begun = time.monotonic()
            collected = _sliced(awx, cloud, cluster, shared.through) if way == "sliced" else _in_one(awx)
            print(f"{way}: {SLICED} hosts, {time.monotonic() - begun:.0f} s")
            now = dataclasses.replace(shared, admin=cluster.admin)
            settled(room, now, cloud)
            ends[way] = (collected, {name: _shape(record) for name, record in now.records(room).items()})
    assert ends["sliced"] == ends["one"]


def _shape(record: Mapping[str, Any]) -> dict[str, Any]:
    """What two runs have in common: not the passwords, not the times, not how many attempts it took."""
    return {
        "reboot": record["reboot"],
        "pending": record["pending"],
        "former": len(record["history"]),
        "done": record["last_outcome"] in ("rotated", "resumed"),
    }


def _in_one(awx: Controller) -> dict[str, int]:
    whole = awx.launch("rotate.yml")
    assert whole.status == "successful", whole.output
    return _counts(awx.launch("collect_report.yml", **whole.artifacts))


def _sliced(awx: Controller, cloud: Emulator, cluster: Cluster, through: str) -> dict[str, int]:
    cloud.configure(latency=0.05)
    audits = [Audit(node.audit) for node in cluster.nodes]
    victim = sorted(awx.room.hosts)[2::4]
    ids = {awx.room.instance(name) for name in victim}

    def third() -> bool:
        """Whether the third slice has done enough to be cancelled; the leader dies before, when it has done half."""
        done, enough = sum(row["instance_id"] in ids for row in cloud.received()), min(20, len(ids) // 4)
        if done >= enough // 2 and all(node.process for node in cluster.nodes):
            cluster.kill_leader(spare=through)
        return done >= enough

    jobs = awx.slices("rotate.yml", 4, cancel={2: third})
    statuses = [job.status for job in jobs]
    assert statuses == ["successful", "successful", "canceled", "successful"], "".join(job.output for job in jobs)
    assert [node for node in cluster.nodes if node.process is None], "the leader has not been killed"
    cloud.configure(latency=0)
    artifacts = {name: value for job in jobs for name, value in job.artifacts.items()}
    assert len(artifacts) == 3, "each job's own"
    quiet(cloud)
    told = awx.launch("collect_report.yml", **artifacts)
    (debug,) = told.of("ansible.builtin.debug")
    assert any(f"the jobs say {SLICED - len(victim)}, the ledger {SLICED}" in line for line in debug["msg"]), debug
    again = awx.launch("rotate.yml", hosts=victim)
    assert again.status == "successful", again.output
    told = awx.launch("collect_report.yml", **artifacts, **again.artifacts)
    cluster.restart_all()
    for audit in audits:
        hidden([*jobs, again, told], cloud, audit)
    return _counts(told)


def _counts(told: Ended) -> dict[str, int]:
    """What the collected report counts; a resumed host is a rotated one that took two runs."""
    assert told.status == "successful", told.output
    (result,) = told.of(COLLECTED)
    counts = dict(result["summary"])
    counts["rotated"] += counts.pop("resumed")
    assert len(json.dumps(list(told.artifacts.values()))) < 4096
    return {**counts, "reboot_needed": result["reboot_needed_total"]}
