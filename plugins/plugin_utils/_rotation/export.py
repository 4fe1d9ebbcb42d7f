# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The break-glass copy: the passwords of a run's hosts in one file that ansible-vault opens without the ledger.

It is JSON, which is YAML, encrypted as a whole in memory: nothing of it is ever on a disk in clear. Hosts that are in
the file and not in the run stay as they are, so that a run over some hosts does not lose the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import errno
import fcntl
import json
import os
import pathlib
import tempfile
import time
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._deps import ConfigDict
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    TimedOut,
)
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import SilentModel
from ansible_collections.cloudops.console.plugins.plugin_utils._files import (
    as_console_error,
    make_private_folder,
    write_private,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import VaultSecrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.present import everything
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

# Names of the variables in the file, for include_vars.
HOSTS = "vnc_passwords"
ABOUT = "vnc_passwords_about"
# Seconds to wait for another run that writes into the same folder.
BUSY = 10.0

_ELSEWHERE = "or set O(export) to another path."

Hosts = dict[str, dict[str, t.Any]]


class _Content(SilentModel):
    """What is in the file, under HOSTS and ABOUT. Variables that something else has put there would be lost."""

    model_config = ConfigDict(extra="forbid", strict=True)

    vnc_passwords: Hosts
    vnc_passwords_about: dict[str, t.Any]


class Export:
    """A file to export to.

    :param lock: its first secret encrypts; any of them may open the present file.
    """

    def __init__(self, path: str, lock: VaultSecrets) -> None:
        with as_console_error(f"preparing the export {path!r}", "Export", _ELSEWHERE):
            self.path = pathlib.Path(path).expanduser().absolute()
        self._lock = lock

    def prepare(self, *, check_mode: bool) -> None:
        """See that the export can be written, before anything is changed; check mode only looks at what is there.

        :raises ConsoleError: Export.*, it cannot.
        """
        doing = f"preparing the export {str(self.path)!r}"
        try:
            self._read()
        except ConsoleError as error:
            raise error.while_doing(doing) from None
        if check_mode:
            return
        with as_console_error(doing, "Export", _ELSEWHERE):
            make_private_folder(self.path.parent)
            with tempfile.TemporaryFile(dir=self.path.parent):
                return

    async def write(self, fleet: FleetResult, ledger: Ledger) -> None:
        """Write what the ledger holds of the run's hosts, beside what the file has of others.

        :raises ConsoleError: it was not written; the previous file is unchanged.
        """
        try:
            async with self._alone():
                # Read while no other run writes: the later one of two has the later state.
                found = await _hosts_of(fleet, ledger)
                content = {
                    ABOUT: {"exported_at": _now(), "run_id": fleet.run_id, "ledger": fleet.ledger},
                    HOSTS: {**self._read(), **found},
                }
                text = f"{json.dumps(content, indent=2, sort_keys=True)}\n"
                with as_console_error("", "Export", _ELSEWHERE):
                    write_private(self.path, self._lock.encrypt(text.encode()))
        except ConsoleError as error:
            raise error.while_doing(f"writing the export {str(self.path)!r}") from None

    def _read(self) -> Hosts:
        """Return the hosts in the file, none without a file."""
        with as_console_error("", "Export", _ELSEWHERE):
            try:
                content = self.path.read_bytes()
            except FileNotFoundError:
                return {}
        try:
            return _Content.model_validate_json(self._lock.decrypt(content) or b"").vnc_passwords
        except ValueError:
            raise AuthenticationError(
                f"the file there is not an export that {self._lock.origin} opens",
                code="Export.Unreadable",
                advice="Provide the secret that it was made with, too, move it away, " + _ELSEWHERE,
            ) from None

    @contextlib.asynccontextmanager
    async def _alone(self) -> t.AsyncIterator[None]:
        """Keep other runs from writing into the folder meanwhile; the lock ends with the process."""
        with as_console_error("", "Export", _ELSEWHERE):
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            give_up = time.monotonic() + BUSY
            while not _locked(folder):
                if time.monotonic() > give_up:
                    raise TimedOut(
                        "another run has been writing there for too long",
                        code="Export.Locked",
                        advice="See what that run does; the next one writes the export.",
                    )
                await asyncio.sleep(0.05)
            yield
        finally:
            os.close(folder)


def _locked(folder: int) -> bool:
    """Try to lock; a file system that cannot lock is one where we must do without."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EINTR)
    return True


async def _hosts_of(fleet: FleetResult, ledger: Ledger) -> Hosts:
    keys = {
        host.name: InstanceKey(host.provider, host.region, host.instance_id)
        for host in fleet.hosts
        if host.provider and host.region and host.instance_id
    }
    records = await ledger.read(set(keys.values()))
    moment = _now()
    return {
        name: {**everything(key, records[key]), "exported_at": moment} for name, key in keys.items() if key in records
    }


def _now() -> str:
    return dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
