# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server that is killed, sealed, full or has enough of the token while a run is at work (I2, I9)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.emulator.fleet import Fleet
from tests.emulator.kv.admin import POLICY
from tests.faults import checks
from tests.faults.process import Started
from tests.faults.run_folder import RunFolder
from tests.faults.test_vault import ended
from tests.faults.watched_cloud import Cloud
from tests.integration.ledger_server import Shared
from tests.openbao.cluster import running
from tests.openbao.node import Node
from tests.tools.openbao import missing
from tests.unit.ledger.file_damage import fill_up, small_disk

FULL = pytest.mark.full
AUDIT_KIB = 4096


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A server of its own, whose audit log has a small disk of its own."""
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    folder = tmp_path / "openbao"
    with small_disk(folder / "node-1" / "audit", AUDIT_KIB), running(folder) as cluster:
        yield cluster.nodes[0]


@contextlib.contextmanager
def at_work(place: RunFolder, sent: int = 8, latency: float = 0.3) -> Iterator[Started]:
    """Start a run, and give it when the cloud has had so many passwords of it; at the end it has ended."""
    place.cloud.configure(latency=latency)
    run = place.start("runner", canary=0, retries=0, timeout=3.0, concurrency=1)
    end = time.monotonic() + 60
    while len(place.cloud.received()) < sent:
        assert run.process.poll() is None, "it ended too early"
        assert time.monotonic() < end
        time.sleep(0.02)
    yield run
    run.wait()
    place.cloud.configure(latency=0.0)


def codes(run: Started) -> set[str]:
    """Return the codes of the ledger that the run's hosts ended with."""
    failures = [problem["failure"] for problem in run.result["problems"].values() if problem["failure"]]
    return {failure["code"] for failure in failures if str(failure["code"]).startswith("Ledger.")}


def repaired(place: RunFolder) -> None:
    """Nothing is lost, what was acknowledged is promoted with the same password, and a next run ends all of it."""
    assert not checks.nothing_is_lost(place)
    last = place.run("runner", canary=0)
    assert not checks.complete(last.result, place.hosts)
    assert {host["outcome"] for host in last.result["hosts"].values()} <= {"rotated", "resumed", "fresh"}
    assert not [name for name, record in place.records().items() if record.pending]
    # The witness asks the same server: what arrived while that was away it could not see
    assert not [found for found in checks.written_ahead(place) if "unreadable" not in found]
    assert not checks.nothing_is_lost(place)
    assert not checks.candidates(place, 1)
    assert not checks.settled(place)


def begun(node: Node, tmp_path: Path, cloud: Cloud, fleet: Fleet, ttl: str = "1h") -> RunFolder:
    """Return a place with the ledger on the server, and a token for runs that cannot be renewed."""
    shared = Shared(node.admin, node.admin.make_mount(cas_required=True))
    token = node.admin.make_token(shared.policy(POLICY), ttl=ttl, renewable=False)
    return RunFolder(tmp_path / "place", cloud, fleet, vault=shared, run_token=token)


def with_new_token(place: RunFolder, node: Node) -> None:
    place.run_token = node.root_token


@pytest.mark.parametrize("seconds", [0.0, pytest.param(4.0, marks=FULL)])
def test_killed_and_started_again(node: Node, tmp_path: Path, cloud: Cloud, fleet: Fleet, seconds: float) -> None:
    """The run waits for it, sealed or not, and ends well."""
    with ended(begun(node, tmp_path, cloud, fleet)) as place:
        with at_work(place) as run:
            node.kill()
            time.sleep(seconds)
            node.start()
            time.sleep(seconds / 4)
            node.unseal()
        assert not checks.complete(run.result, place.hosts)
        assert {host["outcome"] for host in run.result["hosts"].values()} == {"rotated"}
        repaired(place)


@pytest.mark.parametrize(
    ("harm", "mend", "code"),
    [
        pytest.param(
            Node.kill, lambda node: (node.start(), node.unseal()), "Ledger.Unavailable", id="killed", marks=FULL
        ),
        pytest.param(Node.seal, Node.unseal, "Ledger.Sealed", id="sealed"),
    ],
)
def test_gone_until_someone_sees_to_it(
    node: Node,
    tmp_path: Path,
    cloud: Cloud,
    fleet: Fleet,
    harm: Callable[[Node], None],
    mend: Callable[[Node], object],
    code: str,
) -> None:
    """The run stops; what the cloud has acknowledged is said to be so, and nothing new is begun."""
    with ended(begun(node, tmp_path, cloud, fleet)) as place:
        with at_work(place) as run:
            harm(node)
        assert not checks.complete(run.result, place.hosts)
        assert run.result["stopped"]
        assert run.result["summary"]["not_attempted"]
        assert codes(run) == {code}
        mend(node)
        repaired(place)


@pytest.mark.parametrize("how", ["revoked", pytest.param("expired", marks=FULL)])
def test_a_token_that_ends_on_the_way(node: Node, tmp_path: Path, cloud: Cloud, fleet: Fleet, how: str) -> None:
    with ended(begun(node, tmp_path, cloud, fleet, ttl="6s" if how == "expired" else "1h")) as place:
        with at_work(place, sent=1, latency=1.2 if how == "expired" else 0.3) as run:
            if how == "revoked":
                node.admin.call("POST", "auth/token/revoke", {"token": place.run_token})
        assert run.result["stopped"]
        assert codes(run) == {"Ledger.Token"}
        with_new_token(place, node)
        repaired(place)


def test_an_audit_disk_that_is_full(node: Node, tmp_path: Path, cloud: Cloud, fleet: Fleet) -> None:
    """The server then answers nothing, also to what it has stored."""
    with ended(begun(node, tmp_path, cloud, fleet)) as place:
        with at_work(place) as run:
            fill_up(node.audit.parent, leave_kib=4)
        assert run.result["stopped"]
        assert codes(run) == {"Ledger.Unavailable"}
        (node.audit.parent / "ballast").unlink()
        repaired(place)
