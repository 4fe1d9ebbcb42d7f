# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The export: what is in it, who keeps what, and every way in which it cannot be written."""

from __future__ import annotations

import asyncio
import dataclasses
import fcntl
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import NoLedgerYet
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation import export as export_room
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.export import Export
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

from tests.unit.ledger.file_damage import fill_up, small_disk
from tests.unit.ledger.filled_ledger import KEYS, password, promoted, staged
from tests.unit.ledgers_and_runs import NOON, PASSPHRASE, lock


class Shelf:
    """A ledger that is no file: the export knows it by read() alone."""

    where = "shelf://"

    def __init__(self, records: dict[InstanceKey, Record], error: ConsoleError | None = None) -> None:
        self.records, self.error = records, error

    async def read(self, keys: Any, /) -> dict[InstanceKey, Record]:
        if self.error:
            raise self.error
        return {key: self.records[key] for key in keys if key in self.records}

    async def swap(self, _key: InstanceKey, _record: Record, /) -> None:
        raise AssertionError("an export writes nothing to the ledger")

    async def close(self) -> None: ...


SHELF = Shelf({key: promoted(staged(password(n))) for n, key in enumerate(KEYS[:6])})


def fleet(*numbers: int) -> FleetResult:
    hosts = [
        HostResult(f"web-{n}", "fresh", provider="alibaba", region=KEYS[n].region, instance_id=KEYS[n].instance_id)
        for n in numbers
    ]
    return FleetResult(tuple(hosts), "run-1", NOON, NOON, "shelf://")


def write(path: Path, result: FleetResult, ledger: Any = SHELF, key: VaultSecrets | None = None) -> None:
    export = Export(str(path), key or lock())
    export.prepare(check_mode=False)
    asyncio.run(export.write(result, ledger))


def opened(path: Path, passphrase: str = PASSPHRASE) -> dict[str, Any]:
    text = VaultLib([("any", VaultSecret(passphrase.encode()))]).decrypt(path.read_bytes())
    content = json.loads(text)
    assert isinstance(content, dict)
    return content


def refused(work: Callable[[], object]) -> ConsoleError:
    with pytest.raises(ConsoleError) as caught:
        work()
    assert caught.value.advice
    assert PASSPHRASE not in caught.value.message
    return caught.value


def test_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "export.yml"
    umask = os.umask(0)
    try:
        write(path, fleet(0, 1, 2))
    finally:
        os.umask(umask)
    content = opened(path)
    assert set(content["vnc_passwords"]) == {"web-0", "web-1", "web-2"}
    one = content["vnc_passwords"]["web-1"]
    assert (one["current"], one["pending"], one["reboot"]) == (password(1), None, "needed")
    assert (one["in_force"], one["in_force_complete"]) == ([password(1)], False)
    assert one["instance_id"] == KEYS[1].instance_id
    assert {"previous", "history", "rotated_at", "exported_at"} <= set(one)
    assert content["vnc_passwords_about"]["run_id"] == "run-1"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["export.yml"]
    assert password(1).encode() not in path.read_bytes()


def test_hosts_without_a_record_or_an_instance_are_left_out(tmp_path: Path) -> None:
    result = fleet(0, 9)
    result = dataclasses.replace(
        result,
        hosts=(*result.hosts, HostResult("no-id", "unmapped"), HostResult("nova", "unsupported", provider="openstack")),
    )
    write(tmp_path / "export.yml", result)
    assert set(opened(tmp_path / "export.yml")["vnc_passwords"]) == {"web-0"}


def test_a_run_over_some_hosts_keeps_the_others(tmp_path: Path) -> None:
    path = tmp_path / "export.yml"
    write(path, fleet(0, 1, 2))
    later = Shelf({KEYS[1]: promoted(staged("Later1"))})
    write(path, fleet(1), later)
    passwords = {name: host["current"] for name, host in opened(path)["vnc_passwords"].items()}
    assert passwords == {"web-0": password(0), "web-1": "Later1", "web-2": password(2)}


def test_runs_side_by_side_lose_nothing_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "export.yml"

    async def both() -> None:
        await asyncio.gather(*(Export(str(path), lock()).write(fleet(n), SHELF) for n in range(6)))

    asyncio.run(both())
    assert set(opened(path)["vnc_passwords"]) == {f"web-{n}" for n in range(6)}


def test_the_ledger_is_read_while_no_other_run_writes(tmp_path: Path) -> None:
    """Else an older state could be written over a newer one."""
    handle = os.open(tmp_path, os.O_RDONLY)
    read = []

    class Watched(Shelf):
        async def read(self, keys: Any, /) -> dict[InstanceKey, Record]:
            with pytest.raises(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            read.append(True)
            return await super().read(keys)

    write(tmp_path / "export.yml", fleet(0), Watched(SHELF.records))
    assert read
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)


def test_a_run_that_never_ends_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_room, "BUSY", 0.2)
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert refused(lambda: write(tmp_path / "export.yml", fleet(0))).code == "Export.Locked"
    os.close(handle)
    assert not (tmp_path / "export.yml").exists()


def test_another_secret(tmp_path: Path) -> None:
    """It is refused beforehand; with both secrets it is opened with the old one and written under the new one."""
    path = tmp_path / "export.yml"
    write(path, fleet(0))
    before = path.read_bytes()
    error = refused(lambda: Export(str(path), lock("new one")).prepare(check_mode=True))
    assert (error.code, error.kind) == ("Export.Unreadable", "authentication")
    assert str(path) in error.message
    assert path.read_bytes() == before
    both = VaultSecrets(
        [("new", VaultSecret(b"new one")), ("old", VaultSecret(PASSPHRASE.encode()))], "the vault secret 'new'"
    )
    write(path, fleet(1), key=both)
    assert set(opened(path, "new one")["vnc_passwords"]) == {"web-0", "web-1"}


@pytest.mark.parametrize("content", [b"", b"root:x:0:0\n", b"$ANSIBLE_VAULT;1.1;AES256\n6162", os.urandom(999)])
def test_a_file_of_something_else_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert refused(lambda: write(path, fleet(0))).code == "Export.Unreadable"
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "7",
        '{"a": 1}',
        '{"vnc_passwords": []}',
        '{"vnc_passwords": {"web-0": 1}, "vnc_passwords_about": {}}',
        '{"vnc_passwords": {}, "vnc_passwords_about": {}, "my_own": 1}',
        "not: json",
    ],
)
def test_a_vault_file_of_something_else_is_not_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vars.yml"
    path.write_bytes(lock().encrypt(text.encode()))
    assert refused(lambda: write(path, fleet(0))).code == "Export.Unreadable"


def test_places_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (
        "/proc/none/export.yml",
        str(tmp_path / "file" / "export.yml"),
        str(tmp_path),
        str(tmp_path / ("a" * 300)),
    ):
        error = refused(partial(Export(path, lock()).prepare, check_mode=False))
        assert (error.code or "").startswith("Export."), path


def test_check_mode_makes_no_folder(tmp_path: Path) -> None:
    Export(str(tmp_path / "new" / "export.yml"), lock()).prepare(check_mode=True)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_keeps_the_export_of_before(tmp_path: Path) -> None:
    path = tmp_path / "disk" / "export.yml"
    with small_disk(path.parent, 128):
        write(path, fleet(0))
        before = path.read_bytes()
        fill_up(path.parent, leave_kib=0)
        error = refused(lambda: asyncio.run(Export(str(path), lock()).write(fleet(*range(6)), SHELF)))
        assert (error.code, error.kind) == ("Export.Full", "unexpected_answer")
        assert path.read_bytes() == before
        assert sorted(entry.name for entry in path.parent.iterdir()) == ["ballast", "export.yml"]


def test_a_ledger_that_cannot_be_read_keeps_the_export_of_before(tmp_path: Path) -> None:
    path = tmp_path / "export.yml"
    write(path, fleet(0))
    before = path.read_bytes()
    lost = Shelf({}, ConsoleError("down", code="Ledger.Unavailable", advice="Look."))
    assert refused(lambda: write(path, fleet(0), lost)).code == "Ledger.Unavailable"
    assert path.read_bytes() == before


def test_no_ledger_yet(tmp_path: Path) -> None:
    write(tmp_path / "export.yml", fleet(0), NoLedgerYet("nowhere"))
    assert opened(tmp_path / "export.yml")["vnc_passwords"] == {}
