# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of ledgers, and the keys they are opened with."""

from __future__ import annotations

import asyncio
import types
import typing as t
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.default import (
    data_folder,
    default_address,
    is_there,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import (
    Cipher,
    VaultSecrets,
    choose_secrets,
    new_data_key,
    play_secrets,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import (
    LedgerOptions,
    ledger_options,
    open_ledger,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.present import password_of
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import login_from

from tests.unit.ledgers_and_runs import KEY, NOON, PASSPHRASE, after, lock


def where(address: str) -> str:
    options = LedgerOptions(address, key=PASSPHRASE)
    ledger = open_ledger(options, [], read_only=True)
    asyncio.run(ledger.close())
    assert ledger.where == options.where
    return ledger.where


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
def test_absolute_paths(tmp_path: Path, slashes: str) -> None:
    assert where(f"sqlite://{slashes}{str(tmp_path).lstrip('/')}/l.db") == f"sqlite://{tmp_path}/l.db"


def test_home_and_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert where("sqlite:///~/l.db") == f"sqlite://{tmp_path}/l.db"
    assert where("") == default_address() == f"sqlite://{tmp_path}/.local/share/cloudops-console/ledger.db"


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HOME": "/h"}, "/h/.local/share/cloudops-console"),
        ({"HOME": "/h", "XDG_DATA_HOME": ""}, "/h/.local/share/cloudops-console"),
        ({"HOME": "/h", "XDG_DATA_HOME": "relative"}, "/h/.local/share/cloudops-console"),
        ({"HOME": "/h", "XDG_DATA_HOME": "/x"}, "/x/cloudops-console"),
    ],
)
def test_data_folder(environ: dict[str, str], folder: str) -> None:
    assert str(data_folder(environ)) == folder


def test_without_a_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in a container that runs under a number which has no user."""

    def unknown(_uid: int) -> t.NoReturn:
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    with pytest.raises(ConsoleError) as raised:
        LedgerOptions().where  # noqa: B018 - it raises
    assert "HOME" in raised.value.advice
    assert not is_there()
    assert data_folder({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "cloudops-console"
    assert login_from({"vault_ca_cert": "~/ca.pem"}).ca_cert == "~/ca.pem"


@pytest.mark.parametrize(
    "address",
    [
        "/tmp/ledger.db",
        "ledger.db",
        "sqlite:/x",
        "sqlite://",
        "sqlite:///",
        "sqlite://x/ledger.db",
        "sqlite:///a\0b",
        "postgres://host/db",
        "://x",
        "vault+http://user:hunter2@host/mount",
        "sqlite:///~nobody-of-this-name/ledger.db",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ConsoleError) as caught:
        where(address)
    assert caught.value.code == "Ledger.Address"
    assert "hunter2" not in caught.value.message
    assert caught.value.advice


def secret(label: str) -> tuple[str, VaultSecret]:
    return label, VaultSecret(f"secret of {label}".encode())


def test_ledger_key_comes_before_vault_secrets() -> None:
    data_key = new_data_key()
    wrapped = choose_secrets(PASSPHRASE, [secret("default")], "").wrap(data_key)
    assert lock().unwrap(wrapped, "sqlite:///l.db") == data_key
    assert data_key not in wrapped


def test_vault_secrets() -> None:
    data_key = new_data_key()
    wrapped = choose_secrets("", [secret("dev"), secret("prod")], "prod").wrap(data_key)
    assert choose_secrets("", [secret("prod")], "").unwrap(wrapped, "sqlite:///l.db") == data_key
    assert choose_secrets("", [secret("dev"), secret("prod")], "").unwrap(wrapped, "sqlite:///l.db") == data_key
    with pytest.raises(ConsoleError, match=r"Ledger\.WrongKey"):
        choose_secrets("", [secret("dev")], "").unwrap(wrapped, "sqlite:///l.db")


@pytest.mark.parametrize("text", [b"", b"garbage", b"$ANSIBLE_VAULT;1.1;AES256\n00", b"\xff" * 40])
def test_a_wrapped_key_that_is_none(text: bytes) -> None:
    with pytest.raises(ConsoleError, match=r"Ledger\.WrongKey"):
        lock().unwrap(text, "sqlite:///l.db")


def test_a_wrapped_key_of_another_length() -> None:
    short: t.Any = lock()
    with pytest.raises(ConsoleError, match=r"Ledger\.WrongKey"):
        lock().unwrap(short.wrap(b"short"), "sqlite:///l.db")


@pytest.mark.parametrize(
    ("secrets", "vault_id", "said"),
    [([], "", "openssl rand"), ([], "prod", "--vault-id"), ([secret("dev")], "prod", "'dev'")],
)
def test_no_key(secrets: list[tuple[str, VaultSecret]], vault_id: str, said: str) -> None:
    with pytest.raises(ConsoleError) as caught:
        choose_secrets("", secrets, vault_id)
    assert caught.value.code == "Ledger.NoKey"
    assert said in caught.value.message
    assert "secret of" not in caught.value.message


def test_an_unknown_vault_id_is_said_of_the_option_that_gave_it() -> None:
    with pytest.raises(ConsoleError, match="correct new_ledger_vault_id"):
        choose_secrets("", [secret("dev")], "prod", "new_ledger_vault_id")


def loader(*labels: str) -> t.Any:
    return types.SimpleNamespace(_vault=types.SimpleNamespace(secrets=[secret(label) for label in labels]))


def open_with(address: str, *labels: str, in_awx: bool = False) -> t.Any:
    options = ledger_options({"ledger": address, "ledger_key": None, "ledger_vault_id": None}, in_awx=in_awx)
    return open_ledger(options, play_secrets(loader(*labels)))


def test_from_options(tmp_path: Path) -> None:
    asyncio.run(open_with(f"sqlite://{tmp_path}/l.db", "default").close())
    with pytest.raises(ConsoleError, match=r"Ledger\.WrongKey") as caught:
        open_with(f"sqlite://{tmp_path}/l.db", "other")
    assert f"The ledger sqlite://{tmp_path}/l.db is encrypted with another key" in caught.value.message


def test_without_a_key_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match=r"Ledger\.NoKey"):
        open_with(f"sqlite://{tmp_path}/l.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["", "sqlite:///x/l.db"])
def test_no_file_that_would_be_thrown_away(address: str) -> None:
    with pytest.raises(ConsoleError, match="set allow_local_ledger to true") as caught:
        open_with(address, "default", in_awx=True)
    assert caught.value.code == "Ledger.Address"


def test_the_cipher_binds_key_and_version() -> None:
    record = states.stage(EMPTY, "Aaaaa1", run_id="r", now=NOON, lease_until=after(minutes=1))
    cipher = Cipher(new_data_key())
    sealed = cipher.seal(KEY, record)
    assert sealed != cipher.seal(KEY, record)
    assert b"Aaaaa1" not in sealed
    assert cipher.open(KEY, 1, sealed) == record
    others: list[tuple[Cipher, InstanceKey, int, bytes]] = [
        (Cipher(new_data_key()), KEY, 1, sealed),
        (cipher, InstanceKey("alibaba", "cn-hangzhou", "i-0002"), 1, sealed),
        (cipher, InstanceKey("alibaba", "cn-hangzhoui", "-0001"), 1, sealed),
        (cipher, KEY, 2, sealed),
        (cipher, KEY, 1, sealed[:-1]),
        (cipher, KEY, 1, sealed[:5]),
        (cipher, KEY, 1, b""),
        (cipher, KEY, 1, sealed + b"x"),
    ]
    for other, key, version, text in others:
        with pytest.raises(ConsoleError, match=r"Ledger\.Corrupt"):
            other.open(key, version, text)


def rotated() -> states.Record:
    record = EMPTY
    for number in range(3):
        record = states.stage(record, f"Pass0{number}", run_id="r", now=NOON, lease_until=after(minutes=1))
        if number < 2:
            record = states.promote(
                record,
                f"Pass0{number}",
                acknowledged_at=NOON,
                now=NOON,
                reboot="needed",
                ambiguous=False,
                outcome="rotated",
            )
    return record


@pytest.mark.parametrize(("which", "password"), [("current", "Pass01"), ("pending", "Pass02"), ("previous", "Pass00")])
def test_one_password(which: t.Any, password: str) -> None:
    assert password_of("web", KEY, rotated(), which, "sqlite:///x") == password


def test_all_of_it() -> None:
    everything = password_of("web", KEY, rotated(), "all", "sqlite:///x")
    assert (everything["current"], everything["previous"], everything["reboot"]) == ("Pass01", "Pass00", "needed")
    assert (everything["in_force"], everything["pending"]["password"]) == (["Pass01", "Pass02", "Pass00"], "Pass02")
    assert everything["in_force_complete"] is False
    assert everything["acknowledged_at"] == "2026-01-01T12:00:30Z"


def test_a_candidate_that_may_be_in_force_is_not_passed_over() -> None:
    """It was refused after a lost answer: whether current is in force is not known."""
    held = states.stage(EMPTY, "Aaaaa1", run_id="r", now=NOON, lease_until=NOON)
    held = states.promote(
        held, "Aaaaa1", acknowledged_at=NOON, now=NOON, reboot="none", ambiguous=False, outcome="rotated"
    )
    assert password_of("web", KEY, held, "in_force", "sqlite:///x") == ["Aaaaa1"]
    doubted = states.stage(held, "Bbbbb1", run_id="r", now=after(days=1), lease_until=after(days=2))
    doubted = states.reject(doubted, ambiguous=True, now=after(days=1), outcome="rejected")
    assert password_of("web", KEY, doubted, "in_force", "sqlite:///x") == ["Aaaaa1", "Bbbbb1"]
    assert password_of("web", KEY, doubted, "all", "sqlite:///x")["in_force"] == ["Aaaaa1", "Bbbbb1"]


@pytest.mark.parametrize("which", ["in_force", "current", "pending", "previous", "all"])
def test_no_password(which: t.Any) -> None:
    with pytest.raises(ConsoleError) as caught:
        password_of("web", KEY, None if which == "all" else EMPTY, which, "sqlite:///x")
    assert caught.value.kind == "not_found"
    assert "web" in caught.value.message


def test_a_key_lock_shows_no_secret() -> None:
    shown = repr(lock()) + repr(vars(lock()).get("origin"))
    assert PASSPHRASE not in shown
    assert isinstance(lock(), VaultSecrets)
