# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same promises with the ledger on a key/value server: kills, lost answers, several processes at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.fleet import Fleet
from tests.emulator.kv.admin import Admin
from tests.emulator.kv.client import KvServer
from tests.faults import checks
from tests.faults.points import Strike
from tests.faults.run_folder import Driver, RunFolder
from tests.faults.test_together import finish, judge
from tests.faults.watched_cloud import Cloud
from tests.integration.ledger_server import Shared
from tests.openbao.audit import Audit
from tests.openbao.cluster import running
from tests.openbao.node import Node
from tests.tools.openbao import missing

FULL = pytest.mark.full


@pytest.fixture(scope="session")
def openbao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    with running(tmp_path_factory.mktemp("openbao")) as cluster:
        yield cluster.nodes[0]


@pytest.fixture
def vaulted(tmp_path: Path, cloud: Cloud, fleet: Fleet, openbao: Node) -> Iterator[RunFolder]:
    """On a store of its own on a real server."""
    shared = Shared(openbao.admin, openbao.admin.make_mount(cas_required=True))
    with ended(RunFolder(tmp_path / "place", cloud, fleet, vault=shared)) as place:
        yield place


@contextlib.contextmanager
def ended(place: RunFolder) -> Iterator[RunFolder]:
    """Leave nothing of it running."""
    yield place
    for run in place.runs:
        run.kill("whole")
        run.process.wait()
        run.wait_for_orphans()


@pytest.mark.parametrize(
    ("point", "turn", "driver"),
    [
        ("stage:after", 3, "playbook"),
        pytest.param("stage:before", 4, "runner", marks=FULL),
        pytest.param("stage:after", 5, "runner", marks=FULL),
        pytest.param("call:before", 9, "runner", marks=FULL),
        ("call:after", 7, "runner"),
        pytest.param("promote:before", 6, "runner", marks=FULL),
        pytest.param("promote:after", 6, "playbook", marks=FULL),
        ("promote:after", 4, "runner"),
        pytest.param("close:before", 1, "runner", marks=FULL),
    ],
)
def test_a_killed_run_is_completed(vaulted: RunFolder, point: str, turn: int, driver: Driver) -> None:
    """No password is lost, and the next run sends the same ones again (I1 to I5)."""
    run = vaulted.run(driver, strike=Strike(point, turn=turn))
    assert run.killed
    assert not checks.nothing_is_lost(vaulted)
    run.wait_for_orphans()
    again = vaulted.run("runner", canary=0)
    assert not checks.complete(again.result, vaulted.hosts)
    assert {host["outcome"] for host in again.result["hosts"].values()} <= {"rotated", "resumed", "fresh"}
    judge(vaulted)


def test_processes_at_once_that_lose_answers(tmp_path: Path, cloud: Cloud, fleet: Fleet) -> None:
    """I7 and I19 together: every third write is stored without an answer, or not stored at all."""
    with KvServer.start_kv() as server:
        emulated = Shared(Admin(server.url, server.root_token), "secret")
        with ended(RunFolder(tmp_path / "place", cloud, fleet, vault=emulated)) as place:
            server.add_fault("drop_answer", action="WriteData", probability=0.2, seed=1)
            server.add_fault("drop_request", action="WriteData", probability=0.15, seed=2)
            finish(place, [place.start("runner", canary=0, timeout=8.0, retries=4) for _each in range(3)])
            server.clear_faults()
            judge(place)
            assert len(place.records()) == len(place.fleet["instances"])


@FULL
def test_slices_side_by_side(vaulted: RunFolder) -> None:
    """I16: together they do what one run would do, to the same ledger."""
    names = list(vaulted.hosts)
    runs = [vaulted.start("runner", limit=names[number::4], timeout=8.0) for number in range(4)]
    for run in runs:
        run.wait()
    assert len(vaulted.records()) == len(vaulted.fleet["instances"])
    judge(vaulted)


def test_a_dry_run_writes_nothing(vaulted: RunFolder, openbao: Node) -> None:
    audit = Audit(openbao.audit)
    dry = vaulted.run("runner", check=True)
    assert not checks.complete(dry.result, vaulted.hosts)
    assert audit.changes() == 0
    assert vaulted.records() == {}
