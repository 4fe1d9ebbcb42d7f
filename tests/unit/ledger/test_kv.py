# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger on a key/value store: lost answers, tokens that end, records that others changed, servers in trouble."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from pathlib import Path
from typing import Any, get_args

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger._kv.ledger import Access, KvLedger, open_kv
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger._kv.login import Login, login_from
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.base import Ledger, store
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Code, Conflict
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import Key, Record

from tests.emulator.kv.admin import POLICY, RefusedError
from tests.emulator.kv.client import KvServer
from tests.emulator.kv.policies import parse_policy
from tests.unit.kit import KEY, QUICK, after
from tests.unit.ledger.kv import PREFIX, Vault
from tests.unit.ledger.test_ledgers import keys, staged

ROOT = Path(__file__).resolve().parents[3]
ONCE = Policy(timeout=0.5, retries=0)
WRITE = "WriteData"


def claimed(record: Record, run_id: str = "run-2") -> Record:
    return states.claim(record, run_id=run_id, lease_until=after(minutes=9))


def fill(vault: Vault, *chosen: Key, record: Record | None = None) -> None:
    async def scenario() -> None:
        async with vault.opened() as ledger:
            for key in chosen or (KEY,):
                await ledger.swap(key, record or staged())

    asyncio.run(scenario())


def refusal(vault: Vault, login: Login | None = None, **more: Any) -> ConsoleError:
    """What reading says."""

    async def scenario() -> None:
        async with vault.opened(login, **more) as ledger:
            await ledger.read([KEY])

    with pytest.raises(ConsoleError) as caught:
        asyncio.run(scenario())
    assert "hvs." not in caught.value.message
    return caught.value


def reading_fails(ledger: Ledger) -> ConsoleError:
    """What reading a ledger says that no fixture has made; it is closed after."""

    async def scenario() -> None:
        try:
            await ledger.read([KEY])
        finally:
            await ledger.close()

    with pytest.raises(ConsoleError) as caught:
        asyncio.run(scenario())
    return caught.value


# What is stored


def test_what_other_tools_read(vault: Vault) -> None:
    fill(vault)
    data = vault.data(KEY)
    assert data["metadata"]["version"] == 1
    assert data["data"] == {
        "schema": 1,
        "instance": "alibaba/cn-hangzhou/i-0001",
        "version": 1,
        "current": None,
        "acknowledged_at": None,
        "rotated_at": None,
        "pending": {
            "password": "Aaaaa1",
            "staged_at": "2026-01-01T12:00:30Z",
            "run_id": "run-1",
            "attempts": 1,
            "in_flight": True,
            "ambiguous": False,
        },
        "history": [],
        "reboot": "none",
        "lease_until": "2026-01-01T12:03:30Z",
        "last_outcome": None,
    }


def test_the_stores_numbers_may_be_other_ones(vault: Vault) -> None:
    """Rolled back by hand, written by another tool, begun anew: the next write goes by what was read."""
    path = vault.path(KEY)

    async def scenario() -> None:
        async with vault.opened() as ledger:
            await ledger.swap(KEY, staged())
            document = vault.data(KEY)["data"]
            vault.admin.call("POST", path, {"data": document})
            vault.admin.call("POST", path, {"data": document})
            with pytest.raises(Conflict):
                await ledger.swap(KEY, claimed(staged()))
            assert await ledger.read([KEY]) == {KEY: staged()}
            await ledger.swap(KEY, claimed(staged()))
            assert vault.data(KEY)["metadata"]["version"] == 4
            vault.admin.call("DELETE", vault.path(KEY, "metadata"))
            assert await ledger.read([KEY]) == {}
            await ledger.swap(KEY, staged("Bbbbb2"))
            assert vault.data(KEY)["metadata"]["version"] == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda data: {**data, "version": "many"}, "Ledger.Corrupt"),
        (lambda data: {**data, "colour": "blue"}, "Ledger.Corrupt"),
        (lambda data: {**data, "version": 0}, "Ledger.Corrupt"),
        (lambda data: {**data, "instance": "alibaba/cn-hangzhou/i-0002"}, "Ledger.Corrupt"),
        (lambda _data: {"password": "Aaaaa1"}, "Ledger.Corrupt"),
        (lambda data: {**data, "schema": 2}, "Ledger.TooNew"),
    ],
)
def test_documents_that_are_no_records(vault: Vault, damage: Any, code: str) -> None:
    fill(vault)
    vault.admin.call("POST", vault.path(KEY), {"data": damage(vault.data(KEY)["data"])})
    error = refusal(vault)
    assert error.code == code
    assert "Aaaaa1" not in error.message
    assert str(KEY) in error.message


@pytest.mark.parametrize(("area", "word"), [("delete", "vault kv undelete -versions=2"), ("destroy", "kv rollback")])
def test_a_record_that_was_deleted_is_not_none(vault: Vault, area: str, word: str) -> None:
    fill(vault)
    asyncio.run(_second(vault))
    vault.admin.call("POST", vault.path(KEY, area), {"versions": [2]})
    for more in ({}, {"read_only": True}):
        error = refusal(vault, **more)
        assert error.code == "Ledger.Deleted"
        assert word in error.message

    async def overwrite() -> None:
        async with vault.opened() as ledger:
            with pytest.raises(ConsoleError):
                await store(ledger, KEY, staged("Bbbbb2"))

    asyncio.run(overwrite())
    if area == "delete":
        vault.admin.call("POST", vault.path(KEY, "undelete"), {"versions": [2]})
        assert vault.data(KEY)["data"]["version"] == 2


async def _second(vault: Vault) -> None:
    async with vault.opened() as ledger:
        await ledger.swap(KEY, claimed(staged()))


def test_records_that_would_vanish(vault: Vault) -> None:
    """By the mount's settings, seen where they may be read; else by the server's answer to the write."""
    fill(vault)
    vault.admin.call("POST", f"{vault.mount}/config", {"delete_version_after": "1h"})
    error = refusal(vault)
    assert error.code == "Ledger.Expiring"
    assert "1h0m0s" in error.message
    blind = vault.login('path "{mount}/data/{prefix}/*" {{ capabilities = ["create", "read", "update"] }}')
    other = keys(1)[0]

    async def scenario() -> None:
        async with vault.opened(blind) as ledger:
            assert await ledger.read([KEY, other]) == {KEY: staged()}
            with pytest.raises(ConsoleError) as caught:
                await store(ledger, other, staged())
            assert caught.value.code == "Ledger.Expiring"
        async with vault.opened(read_only=True) as ledger:
            assert other in await ledger.read([other])

    asyncio.run(scenario())


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


# Lost answers


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
        async with vault.opened(policy=ONCE) as ledger:
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
        async with vault.opened(policy=ONCE) as ledger:
            await ledger.read([KEY])
            server.add_fault("apply_late", action=WRITE, first=1, seconds=1.0)
            with pytest.raises(ConsoleError):
                await store(ledger, KEY, claimed(staged(), "late"))
            await store(ledger, KEY, claimed(staged(), "early"))
            await asyncio.sleep(1.2)
            (stored,) = (await ledger.read([KEY])).values()
            assert stored == claimed(staged(), "early")

    asyncio.run(scenario())


# Tokens


def test_a_token_is_renewed_in_use(vault: Vault, server: KvServer) -> None:
    login = vault.login(ttl="6s")

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await ledger.swap(KEY, staged())
            await asyncio.sleep(7)
            await ledger.swap(KEY, claimed(staged()))

    asyncio.run(scenario())
    calls = server.record_calls()
    assert calls["RenewSelf"] >= 1
    assert "RevokeSelf" not in calls


def test_a_token_that_cannot_be_renewed_ends(vault: Vault, server: KvServer) -> None:
    login = vault.login(ttl="1h", renewable=False)

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await ledger.swap(KEY, staged())
            server.set_clock_offset(3601)
            with pytest.raises(ConsoleError) as caught:
                await ledger.swap(KEY, claimed(staged()))
            assert caught.value.code == "Ledger.Token"
            assert "AppRole" in caught.value.message

    asyncio.run(scenario())
    assert server.record_calls().get("RenewSelf", 0) == 0


def test_an_approle_logs_in_again_and_says_goodbye(vault: Vault, server: KvServer) -> None:
    """At the last end of its token, and when somebody revokes it."""
    login = vault.approle(token_ttl="4s", token_max_ttl="6s")

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await ledger.swap(KEY, staged())
            await asyncio.sleep(7)
            await ledger.swap(KEY, claimed(staged()))
            logins = server.record_calls()["Login"]
            assert isinstance(ledger, KvLedger)
            session = ledger._session._token  # nobody else may know it
            vault.admin.call("POST", "auth/token/revoke", {"token": session})
            await ledger.swap(KEY, claimed(claimed(staged())))
            assert server.record_calls()["Login"] == logins + 1

    asyncio.run(scenario())
    calls = server.record_calls()
    assert calls["Login"] >= 3
    assert calls["RevokeSelf"] == 1


def test_goodbye_does_not_fail_the_run(vault: Vault, server: KvServer) -> None:
    login = vault.approle()

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            await ledger.swap(KEY, staged())
            server.seal()

    asyncio.run(scenario())
    server.seal(sealed=False)


@pytest.mark.parametrize("part", ["role_id", "secret_id", "token"])
def test_wrong_logins(vault: Vault, part: str) -> None:
    good = vault.login() if part == "token" else vault.approle()
    error = refusal(vault, dataclasses.replace(good, **{part: "wrong-one"}))
    assert error.code == "Ledger.Token"
    assert error.kind == "authentication"
    assert not [secret for secret in good.secrets if secret and secret in error.message]


def test_no_login_at_all() -> None:
    with pytest.raises(ConsoleError) as caught:
        open_kv("vault+https://vault.example:8200/secret/console", Access(), read_only=False)
    assert caught.value.code == "Ledger.NoLogin"
    assert "VAULT_ROLE_ID" in caught.value.message


ENV = {"VAULT_TOKEN": "env-token", "VAULT_ROLE_ID": "env-role", "VAULT_SECRET_ID": "env-secret"}


@pytest.mark.parametrize(
    ("options", "environ", "expected"),
    [
        ({"vault_token": "t"}, ENV, Login(token="t")),
        ({"vault_role_id": "r"}, ENV, Login(role_id="r", secret_id="env-secret")),
        ({"vault_role_id": "r", "vault_secret_id": "s"}, {}, Login(role_id="r", secret_id="s")),
        ({"vault_token": "", "vault_role_id": None}, ENV, Login(token="env-token")),
        ({}, {**ENV, "VAULT_TOKEN": ""}, Login(role_id="env-role", secret_id="env-secret")),
        ({"vault_namespace": "a/"}, {"VAULT_NAMESPACE": "b"}, Login(namespace="a")),
        ({}, {"VAULT_NAMESPACE": "b", "VAULT_CACERT": "/ca.pem"}, Login(namespace="b", ca_cert="/ca.pem")),
    ],
)
def test_which_login(options: dict[str, Any], environ: dict[str, str], expected: Login) -> None:
    assert login_from(options, environ) == expected


def test_no_secret_in_any_repr() -> None:
    login = Login("the-token", "the-role", "the-secret")
    assert "the-" not in repr(Access(login))


# What the server refuses


def test_a_token_that_may_only_read(vault: Vault) -> None:
    """The run stops before it reads anything, and a lookup does not."""
    fill(vault)
    error = refusal(vault, vault.reader())
    assert (error.code, error.kind) == ("Ledger.Denied", "permission")
    assert "create and update" in error.message
    assert vault.path(KEY) in error.message

    async def look() -> dict[Key, Record]:
        async with vault.opened(vault.reader(), read_only=True) as ledger:
            return await ledger.read([KEY])

    assert asyncio.run(look()) == {KEY: staged()}


def test_a_token_that_may_not_ask_what_it_may(vault: Vault) -> None:
    """Without the default policy the answers about records tell; the record that could not be made is said."""
    name = vault.admin.make_policy(
        f'path "{vault.mount}/data/{PREFIX}/*" {{ capabilities = ["create", "read", "update"] }}'
    )
    bare = Login(token=vault.admin.make_token(name, no_default_policy=True))

    async def scenario() -> None:
        async with vault.opened(bare) as ledger:
            chosen = keys(90)
            assert await ledger.read(chosen) == {}
            await ledger.swap(chosen[0], staged())
            assert await ledger.read(chosen) == {chosen[0]: staged()}

    asyncio.run(scenario())
    blind = vault.admin.make_policy(f'path "{vault.mount}/data/{PREFIX}/*" {{ capabilities = ["read"] }}')
    token = Login(token=vault.admin.make_token(blind, no_default_policy=True))

    async def denied() -> None:
        async with vault.opened(token) as ledger:
            await store(ledger, KEY, staged())

    with pytest.raises(ConsoleError) as caught:
        asyncio.run(denied())
    assert caught.value.code == "Ledger.Denied"


def test_another_kind_of_mount(vault: Vault) -> None:
    """Version 1 takes any write without check-and-set: it must not be taken for the real thing."""
    plain = Vault(vault.admin, vault.admin.make_mount(version="1"))
    assert refusal(plain).code == "Ledger.WrongMount"
    root = Login(token=vault.admin.token)
    missing = refusal(Vault(vault.admin, "no-such-mount"), root)
    assert missing.code == "Ledger.WrongMount"
    assert "vault secrets enable" in missing.message
    assert refusal(Vault(vault.admin, "no-such-mount"), vault.login()).code == "Ledger.Denied"


def test_a_mount_of_several_segments(vault: Vault) -> None:
    nested = Vault(vault.admin, vault.admin.make_mount(f"team/{vault.mount}"))
    fill(nested)
    assert nested.data(KEY)["metadata"]["version"] == 1
    bare = open_kv(f"vault+{vault.admin.url}/team/{vault.mount}", Access(nested.login(), QUICK), read_only=False)
    assert reading_fails(bare).code == "Ledger.WrongMount"
    vault.admin.remove_mount(nested.mount)


def test_a_namespace(vault: Vault, server: KvServer) -> None:
    vault.admin.call("POST", "sys/namespaces/team-a", {})
    inside = dataclasses.replace(vault.admin, namespace="team-a")
    own = Vault(inside, inside.make_mount("kv"))
    fill(own)
    assert own.data(KEY)["data"]["version"] == 1
    with pytest.raises(RefusedError):
        vault.admin.call("GET", own.path(KEY))
    outside = dataclasses.replace(own.login(), namespace="")
    assert refusal(own, outside).code == "Ledger.Token"
    assert {row["region"] for row in server.counters()["by_action"]} >= {"team-a"}


def test_a_sealed_server(vault: Vault, server: KvServer) -> None:
    login = vault.login()
    server.seal()
    error = refusal(vault, login)
    assert error.code == "Ledger.Sealed"
    assert "unseal" in error.message


def test_a_rate_limit_is_waited_out(vault: Vault, server: KvServer) -> None:
    login = vault.login()

    async def scenario() -> None:
        chosen = keys(60)
        async with vault.opened(login, policy=Policy(timeout=5, retries=1)) as ledger:
            await ledger.read(chosen[:1])
            server.set_quotas({"calls": 30, "seconds": 1, "action": WRITE})
            await asyncio.gather(*(ledger.swap(key, staged()) for key in chosen))
            server.set_quotas()
            assert len(await ledger.read(chosen)) == 60

    asyncio.run(scenario())
    log = [call for call in server.log() if call["action"] == WRITE]
    assert any(call["status"] == 429 for call in log)


def test_a_server_that_is_not_there() -> None:
    ledger = open_kv("vault+http://127.0.0.1:9/secret/console", Access(Login(token="t"), ONCE), read_only=False)
    error = reading_fails(ledger)
    assert error.code == "Ledger.Unavailable"
    assert "127.0.0.1:9" in error.message


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "garbage"}, "Ledger.Unavailable"),
        ({"kind": "html", "status": 404}, "Ledger.Unavailable"),
        ({"kind": "html"}, "Ledger.Unavailable"),
        ({"kind": "error", "status": 404, "message": "page not found"}, "Ledger.Unavailable"),
        ({"kind": "error", "status": 500, "message": "it was TOKEN"}, "Ledger.Unavailable"),
        ({"kind": "error", "status": 307}, "Ledger.Unavailable"),
        ({"kind": "oversized"}, "Ledger.Unavailable"),
        ({"kind": "drop_request"}, "Ledger.Unavailable"),
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


# What it costs


def test_reading_a_fleet(vault: Vault, server: KvServer) -> None:
    """Names are listed first, so that an empty ledger costs some calls and not thousands; never too many at once."""
    chosen = keys(900)
    login = vault.login()

    async def scenario() -> None:
        async with vault.opened(login) as ledger:
            assert await ledger.read(chosen) == {}
            assert server.record_calls().get("ReadData", 0) == 0
            await asyncio.gather(*(ledger.swap(key, staged()) for key in chosen[:90]))
            assert server.record_calls().get("ReadData", 0) == 0
            server.configure(latency=0.02)
            started = time.monotonic()
            assert len(await ledger.read(chosen)) == 90
            assert time.monotonic() - started < 5

    asyncio.run(scenario())
    assert server.record_calls()["ReadData"] == 90
    assert max(pace["max_in_flight"] for pace in server.pace()) <= 32


# Addresses and documentation


def test_the_policy_of_the_documentation() -> None:
    """It is the one that all these tests run with."""
    text = (ROOT / "docs" / "docsite" / "rst" / "ledger.rst").read_text(encoding="utf-8")
    block = text.split(".. code-block:: terraform")[1].split("\nFor the lookup")[0]
    assert parse_policy(block) == parse_policy(POLICY.format(mount="secret", prefix="console"))


def test_every_code_is_documented() -> None:
    text = (ROOT / "docs" / "docsite" / "rst" / "ledger.rst").read_text(encoding="utf-8")
    assert [code for code in get_args(Code) if f"   * - ``{code}``" not in text] == []


@pytest.mark.parametrize(
    "address",
    [
        "vault+https://",
        "vault+https://host",
        "vault+https://host/secret",
        "vault+https://host/secret/",
        "vault+https://user:hunter2@host/secret/console",
        "vault+https://host/secret/../console",
        "vault+https://host/secret//console",
        "vault+https://host/secret/console?x=1",
        "vault+https://host/secret/con%20sole",
        "vault+https://host:port/secret/console",
        "vault+http://vault.example/secret/console",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ConsoleError) as caught:
        open_kv(address, Access(Login(token="t")), read_only=False)
    assert caught.value.code == "Ledger.Address"
    assert "hunter2" not in caught.value.message


def test_addresses() -> None:
    allowed = Access(Login(token="t"), allow_plain_http=True)
    for address in (
        "vault+https://vault.example:8200/secret/console",
        "vault+https://[::1]:8200/secret/a/b",
        "vault+http://127.0.0.1:8200/secret/console",
        "vault+http://vault.example/secret/console",
    ):
        assert open_kv(address, allowed, read_only=False).where == address
    assert open_kv("vault+https://h/secret/console/", allowed, read_only=True).where == "vault+https://h/secret/console"


def test_a_certificate_file_that_is_none() -> None:
    access = Access(Login(token="t", ca_cert="/no/such/file.pem"), ONCE)
    ledger = open_kv("vault+https://127.0.0.1:9/secret/console", access, read_only=False)
    error = reading_fails(ledger)
    assert error.code == "Ledger.Unavailable"
    assert "/no/such/file.pem" in error.message
    assert "vnc_rotation_vault_ca_cert" in error.message
