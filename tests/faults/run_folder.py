# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder with a ledger and an inventory, from which runs are started in two ways; and the ledger as others see it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any, Literal

from ansible.parsing.vault import VaultSecret
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.maintenance import MaintenanceOptions, maintain
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import open_sqlite
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import ServerOptions, open_vault
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.login import VaultCredentials

from tests.emulator.fleet import Fleet
from tests.faults.points import Strike
from tests.faults.process import Started, environment_for, start
from tests.faults.watched_cloud import Cloud
from tests.integration.ledger_server import Shared
from tests.integration.playbook_runs import ROTATE, Core, Room
from tests.tools.environment import ENVIRONMENTS, ROOT

Driver = Literal["playbook", "runner"]
CALLBACKS = Path(__file__).resolve().parent / "callbacks"

# Patient, so that an honest cloud on a busy machine is never given up.
OPTIONS: dict[str, Any] = {
    "operation": "rotate",
    "max_age": "30d",
    "force": False,
    "canary": 1,
    "max_failures": "100%",
    "concurrency": 6,
    "requests_per_second": 0,
    "timeout": 10.0,
    "retries": 1,
}
# For runs that the cloud keeps waiting on purpose: a lease of 48 seconds, and a call is given up after 2 seconds.
IMPATIENT: dict[str, Any] = {"timeout": 1.0}


def lock(ledger_key: str) -> VaultSecrets:
    return VaultSecrets([("ledger_key", VaultSecret(ledger_key.encode()))], "the passphrase ledger_key")


def core_named(name: str) -> Core:
    """Return that ansible-core, the default one where it is not there."""
    folder = ENVIRONMENTS[name].bin
    return Core(name, folder) if (folder / "ansible-playbook").exists() else Core("main", Path(sys.executable).parent)


class RunFolder:
    """Where one scenario happens.

    :param aliases: so many instances get a second inventory name (I14).
    :param core: the environment of ansible-playbook.
    :param vault: a store on a server for the ledger; without it, the ledger is a file.
    :param run_token: what runs log in with there; the administrator's where it is empty.
    """

    def __init__(
        self,
        path: Path,
        cloud: Cloud,
        fleet: Fleet,
        aliases: int = 2,
        core: str = "main",
        vault: Shared | None = None,
        run_token: str = "",
    ) -> None:
        self.room = Room(path, core_named(core), cloud, fleet)
        self.path, self.cloud, self.fleet = path, cloud, fleet
        self.temporary = path / "tmp"  # made by the room
        for name in list(self.room.hosts)[:aliases]:
            self.room.hosts[f"{name}-again"] = dict(self.room.hosts[name])
        self.runs: list[Started] = []
        self.former_keys: list[str] = []
        self.address = f"sqlite://{self.ledger}"
        self.vault_token = vault.admin.token if vault is not None else ""
        self.run_token = run_token or self.vault_token
        self.vault_ca_cert = (vault.admin.cafile or "") if vault is not None else ""
        if vault is None:
            cloud.watch(self.room.ledger, self.room.ledger_key)
        else:
            self.address = vault.address
            more = {"vault_token": self.run_token, "vault_ca_cert": self.vault_ca_cert, "ledger": self.address}
            self.room.variables |= {f"vnc_rotation_{name}": value for name, value in more.items()}
            cloud.watch(self.address, self.vault_token, ca_cert=self.vault_ca_cert, mount=vault.mount)

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        return self.room.hosts

    @property
    def ledger(self) -> Path:
        return self.room.ledger

    def start(
        self,
        driver: Driver,
        strike: Strike | None = None,
        *,
        check: bool = False,
        limit: list[str] | None = None,
        **options: Any,
    ) -> Started:
        """Start a rotation.

        :param limit: names of the only hosts to rotate.
        """
        name = f"run-{len(self.runs) + 1}"
        if strike is not None:
            strike = dataclasses.replace(strike, mark=str(self.path / f"{name}.mark"))
        begin = self._playbook if driver == "playbook" else self._runner
        started = begin(name, strike, check, limit, {**OPTIONS, **options})
        self.runs.append(started)
        return started

    def run(self, driver: Driver, **more: Any) -> Started:
        """Start a rotation and wait for its end."""
        started = self.start(driver, **more)
        started.wait()
        return started

    def _base(self) -> dict[str, str]:
        return {
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temporary),
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        }

    def _playbook(
        self, name: str, strike: Strike | None, check: bool, limit: list[str] | None, options: dict[str, Any]
    ) -> Started:
        record = self.path / f"{name}.jsonl"
        extra = {f"vnc_rotation_{option}": value for option, value in {**options, "host_status": "none"}.items()}
        command = [str(self.room.core.bin / "ansible-playbook"), "-i", str(self.room.inventory()), ROTATE]
        command += ["--extra-vars", json.dumps(extra), *(["--check"] if check else [])]
        command += ["--limit", ",".join(limit)] if limit else []
        return start(command, environment_for(self._environ(record), strike), self.path, name, record)

    def play(self, text: str, host: str, strike: Strike | None = None) -> Started:
        """Run a playbook that is no rotation for one host, and wait for its end."""
        name = f"run-{len(self.runs) + 1}"
        if strike is not None:
            strike = dataclasses.replace(strike, mark=str(self.path / f"{name}.mark"))
        record, path = self.path / f"{name}.jsonl", self.room.write(f"{name}.yml", text)
        command = [str(self.room.core.bin / "ansible-playbook"), "-i", str(self.room.inventory()), str(path)]
        environ = environment_for(self._environ(record), strike)
        started = start([*command, "--limit", host], environ, self.path, name, record)
        self.runs.append(started)
        started.wait()
        return started

    def _environ(self, record: Path) -> dict[str, str]:
        callbacks = {
            "ANSIBLE_CALLBACK_PLUGINS": f"{self.room.environment()['ANSIBLE_CALLBACK_PLUGINS']}{os.pathsep}{CALLBACKS}",
            "ANSIBLE_CALLBACKS_ENABLED": "recorder,kill_switch",
        }
        return {**self.room.environment(record), **self._base(), **callbacks}

    def _runner(
        self, name: str, strike: Strike | None, check: bool, limit: list[str] | None, options: dict[str, Any]
    ) -> Started:
        result = self.path / f"{name}.json"
        order = {
            **options,
            "check": check,
            "hosts": {host: values for host, values in self.hosts.items() if not limit or host in limit},
            "ledger": self.address,
            "ledger_key": self.room.ledger_key,
            "vault_token": self.run_token,
            "vault_ca_cert": self.vault_ca_cert,
            "report_dir": str(self.room.reports),
            "result": str(result),
        }
        path = self.path / f"{name}.order"
        path.write_text(json.dumps(order), encoding="utf-8")
        environ = {**self.room.environment(), **self._base()}
        environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), environ["ANSIBLE_COLLECTIONS_PATH"]])
        command = [sys.executable, "-m", "tests.faults.runner", str(path)]
        return start(command, environment_for(environ, strike), self.path, name, result)

    def change_key(self) -> None:
        """Give the ledger another key as the module does it, runs under way or not; the witness knows both."""
        old, new = self.room.ledger_key, secrets.token_urlsafe(24)
        self.cloud.follow(self.ledger, new, old)
        maintain(self.ledger, lock(old), MaintenanceOptions(new=lock(new)))
        self.former_keys.append(old)
        self.room.ledger_key = self.room.variables["vnc_rotation_ledger_key"] = new

    # What others see

    def keys(self) -> dict[str, InstanceKey]:
        """The ledger's key of each instance id."""
        return {
            one["instance_id"]: InstanceKey("alibaba", one["region"], one["instance_id"])
            for one in self.fleet["instances"]
        }

    def records(self) -> dict[str, Record]:
        """The ledger by instance id, read by this process, which is none of the runs."""
        if not self.vault_token and not self.ledger.exists():
            return {}
        keys = self.keys()

        async def read() -> dict[InstanceKey, Record]:
            login = VaultCredentials(token=self.vault_token, ca_cert=self.vault_ca_cert)
            access = ServerOptions(login, Policy())
            ledger: Ledger = (
                open_vault(self.address, access, read_only=True)
                if self.vault_token
                else open_sqlite(self.ledger, lock(self.room.ledger_key), read_only=True)
            )
            try:
                return await ledger.read(keys.values())
            finally:
                await ledger.close()

        found = asyncio.run(read())
        return {name: found[key] for name, key in keys.items() if key in found}
