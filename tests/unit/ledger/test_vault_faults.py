# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no real server does on demand: answers that are lost, late or not its own; an emulated one does it."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import store
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.client import newest

from tests.emulator.kv.admin import Admin
from tests.emulator.kv.client import KvServer
from tests.unit.ledger.vault_ledger import IMPATIENT, WRITE, Vault, claimed, fill, keys, refusal, staged
from tests.unit.ledgers_and_runs import KEY, ONCE

VAULTS_WORDS = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"


@pytest.fixture(scope="module")
def one_server() -> Iterator[KvServer]:
    with KvServer.start_kv() as running:
        yield running


@pytest.fixture
def server(one_server: KvServer) -> KvServer:
    one_server.reset()
    return one_server


@pytest.fixture
def vault(server: KvServer) -> Vault:
    return Vault(Admin(server.url, server.root_token), "secret")


def test_what_swap_returned_for_is_readable_by_another(vault: Vault, server: KvServer) -> None:
    """I1: on a slow server, too."""
    server.add_fault("delay", action=WRITE, seconds=0.3)

    async def scenario() -> None:
        async with vault.opened() as ledger:
            await ledger.swap(KEY, staged())
            assert vault.data(KEY)["data"]["pending"]["password"] == "Aaaaa1"
            await ledger.swap(KEY, claimed(staged()))
            assert vault.data(KEY)["data"]["version"] == 2

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["drop_answer", "truncate", "reset"])
def test_a_lost_answer_to_a_write(vault: Vault, server: KvServer, kind: str) -> None:
    """The second try meets the first one; that is no conflict, and nothing is written twice."""

    async def scenario() -> None:
        async with vault.opened() as ledger:
            server.add_fault(kind, action=WRITE, first=1, when="after")
            await ledger.swap(KEY, staged())
            server.add_fault("error", action=WRITE, first=1, when="after", status=502)
            await ledger.swap(KEY, claimed(staged()))

    asyncio.run(scenario())
    assert vault.data(KEY)["metadata"]["version"] == 2


def test_a_lost_answer_without_another_try(vault: Vault, server: KvServer) -> None:
    async def scenario() -> None:
        async with vault.opened(policy=IMPATIENT) as ledger:
            await ledger.read([KEY])
            server.add_fault("delay_answer", action=WRITE, first=1, seconds=1.5)
            await store(ledger, KEY, staged())
            server.add_fault("drop_request", action=WRITE, first=1)
            with pytest.raises(ConsoleError) as caught:
                await store(ledger, KEY, claimed(staged()))
            assert caught.value.code == "Ledger.Unavailable"
            assert caught.value.ambiguous
            await store(ledger, KEY, claimed(staged(), "run-3"))

    asyncio.run(scenario())
    assert vault.data(KEY)["data"]["pending"]["run_id"] == "run-3"


def test_a_write_that_arrives_late_loses(vault: Vault, server: KvServer) -> None:
    fill(vault)

    async def scenario() -> None:
        async with vault.opened(policy=IMPATIENT) as ledger:
            await ledger.read([KEY])
            server.add_fault("apply_late", action=WRITE, first=1, seconds=1.0)
            with pytest.raises(ConsoleError):
                await store(ledger, KEY, claimed(staged(), "late"))
            await store(ledger, KEY, claimed(staged(), "early"))
            await asyncio.sleep(1.2)
            (stored,) = (await ledger.read([KEY])).values()
            assert stored == claimed(staged(), "early")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "garbage"}, "Ledger.Unavailable"),
        ({"kind": "html", "status": 404}, "Ledger.Unavailable"),
        ({"kind": "error", "status": 404, "message": "page not found"}, "Ledger.Unavailable"),
        ({"kind": "error", "status": 500, "message": "it was TOKEN"}, "Ledger.Unavailable"),
        ({"kind": "oversized"}, "Ledger.Unavailable"),
        ({"kind": "drop_request"}, "Ledger.Unavailable"),
        ({"kind": "error", "status": 403, "message": VAULTS_WORDS}, "Ledger.Token"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else value,
)
def test_what_is_no_answer_is_not_no_record(vault: Vault, server: KvServer, fault: dict[str, Any], code: str) -> None:
    """A proxy's page is not the server's word that there is no record: a rotation would begin anew on it."""
    login = vault.login()
    server.add_fault(action="ReadData", **{**fault, "message": fault.get("message", "").replace("TOKEN", login.token)})
    found = refusal(vault, login, policy=ONCE)
    assert found.code == code
    assert login.token not in found.message


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "status": 307},
        {"kind": "html", "status": 502},
        {"kind": "error", "status": 500, "message": "local node not active but active cluster node not found"},
        {"kind": "error", "status": 429, "message": ""},
        {"kind": "error", "status": 412, "message": "required index state not present"},
    ],
    ids=lambda fault: str(fault["status"]),
)
def test_a_cluster_that_chooses_its_leader(vault: Vault, server: KvServer, fault: dict[str, Any]) -> None:
    """By a standby, a load balancer, and a node that is behind; waited out even where nothing is tried again."""

    async def scenario() -> None:
        async with vault.opened(policy=ONCE) as ledger:
            await ledger.read([KEY])
            server.add_fault(action=WRITE, first=2, **fault)
            await ledger.swap(KEY, staged())

    asyncio.run(scenario())
    assert vault.data(KEY)["metadata"]["version"] == 1


def test_a_leader_that_dies_over_a_write(vault: Vault, server: KvServer) -> None:
    """The standby sends the caller on, and what it had passed on was stored: that is no conflict."""

    async def scenario() -> None:
        async with vault.opened() as ledger:
            await ledger.read([KEY])
            server.add_fault("error", action=WRITE, status=307, first=1, when="after")
            await ledger.swap(KEY, staged())

    asyncio.run(scenario())
    assert vault.data(KEY)["metadata"]["version"] == 1


def test_a_cluster_without_a_leader(vault: Vault, server: KvServer) -> None:
    login = vault.login()
    server.add_fault("error", status=307)
    error = refusal(vault, login, policy=ONCE)
    assert error.code == "Ledger.NoLeader"
    assert "no active node" in error.message


def test_a_standby_that_is_behind(vault: Vault, server: KvServer) -> None:
    """It refuses by its own copy what the active node takes; that is no conflict, and one that stays behind is said."""
    mismatch = "check-and-set parameter did not match the current version"

    async def scenario() -> None:
        async with vault.opened() as ledger:
            await ledger.swap(KEY, staged())
            server.add_fault("error", action=WRITE, status=400, message=mismatch, first=2)
            await ledger.swap(KEY, claimed(staged()))
            server.add_fault("error", action=WRITE, status=400, message=mismatch)
            with pytest.raises(ConsoleError) as caught:
                await ledger.swap(KEY, claimed(claimed(staged())))
            assert caught.value.code == "Ledger.NoLeader"

    asyncio.run(scenario())
    assert vault.data(KEY)["metadata"]["version"] == 2


def test_a_new_token_that_a_standby_does_not_know(vault: Vault, server: KvServer) -> None:
    """One that passes is tried again, without another login; nothing about mounts is concluded from it."""
    login = vault.approle()
    server.add_fault("error", action="ShowMount", status=403, message="permission denied", first=1)

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await ledger.swap(KEY, staged())

    asyncio.run(scenario())
    calls = server.record_calls()
    assert (calls["ShowMount"], calls["Login"]) == (2, 1)


def raft(value: str) -> str:
    return base64.b64encode(json.dumps({"cluster": "c", "value": value}).encode()).decode()


def enterprise(local: int) -> str:
    return base64.b64encode(f"v1:c:{local}:0:signed".encode()).decode()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (raft("9"), raft("10"), raft("10")),
        (raft("10"), raft("9"), raft("10")),
        (raft("0/16B3748"), raft("0/A"), raft("0/16B3748")),
        (enterprise(100), enterprise(99), enterprise(100)),
        ("", raft("1"), raft("1")),
        (raft("1"), "", raft("1")),
        ("what is this", "or this", "or this"),
        (raft("1"), "or this", "or this"),
    ],
)
def test_which_index_is_the_newest(one: str, other: str, expected: str) -> None:
    assert newest(one, other) == expected


def test_calls_under_way_at_once(vault: Vault, server: KvServer) -> None:
    """Never too many, and as many as are of use."""
    chosen = keys(90)
    login = vault.login()

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await asyncio.gather(*(ledger.swap(key, staged()) for key in chosen))
            server.configure(latency=0.02)
            started = time.monotonic()
            assert len(await ledger.read(chosen)) == 90
            assert time.monotonic() - started < 5

    asyncio.run(scenario())
    assert 16 <= max(pace["max_in_flight"] for pace in server.pace()) <= 32
