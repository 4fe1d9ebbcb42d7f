# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What can be judged without a cloud: the Python libraries, the inventory, and the ledger."""

from __future__ import annotations

import contextlib
import pathlib
import platform
import sys
import typing as t

from ansible.release import __version__ as core
from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.sqlite.ledger import prove_writable
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger, NoLedgerYet
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.vault.ledger import VaultLedger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import counted
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import Outcome
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.findings import (
    Finding,
    from_error,
    named,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import HostResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import Selection

# Opens a ledger until the context ends, and gives its file too, None for one on a server. One in a file is opened only
# to read; one on a server as a rotation opens it, which asks the server whether it may be written to. Neither writes.
Opener = t.Callable[[], contextlib.AbstractAsyncContextManager[tuple[Ledger, pathlib.Path | None]]]


def check_libraries() -> list[Finding]:
    """Name what is used, with versions, and each library that is missing or too old with the command to install it."""
    websockets = _deps.load_websockets()
    found = {name: getattr(_deps, name) for name in _deps.LOWER_BOUNDS}
    return judged(
        {name: getattr(library, "__version__", None) for name, library in found.items()},
        None if isinstance(websockets, _deps.Missing) else websockets.__version__,
    )


def judged(versions: t.Mapping[str, str | None], websockets: str | None) -> list[Finding]:
    """Judge versions; None stands for a library that is missing.

    :param websockets: of the optional library; where it is too old, it counts as missing.
    """
    wrong = [_insufficient(name, version) for name, version in versions.items() if not _is_enough(name, version)]
    if wrong:
        return wrong
    names = {"ansible-core": core, "Python": platform.python_version(), **versions, "websockets": websockets}
    text = ", ".join(f"{name} {version}" for name, version in names.items() if version)
    optional = (
        ""
        if websockets
        else f" The option validate of vnc_url_info needs the optional websockets, {_websockets_bound()}."
    )
    return [Finding("libraries", "ok", f"{text}.{optional}")]


def _is_enough(name: str, version: str | None) -> bool:
    return version is not None and _deps.version_of(version) >= _deps.LOWER_BOUNDS[name]


def _insufficient(name: str, version: str | None) -> Finding:
    bound = ".".join(str(part) for part in _deps.LOWER_BOUNDS[name])
    state = f"{name} {version} is too old" if version else f"{name} is missing"
    return Finding(
        "libraries",
        "problem",
        f"{state}; {bound} or newer is needed by the Python that runs Ansible.",
        f"Install it there: {sys.executable} -m pip install '{name}>={bound}'",
    )


def _websockets_bound() -> str:
    return f"{'.'.join(str(part) for part in _deps.WEBSOCKETS)} or newer"


def check_mapping(selection: Selection) -> list[Finding]:
    """Say how many hosts lead to instances, and name those that do not with the reason."""
    targets = selection.targets
    hosts = sum(len(target.names) for target in targets)
    unmapped = _with_outcome(selection, "unmapped")
    findings = list(_unmapped(unmapped))
    if targets:
        left_out = "".join(f" {text}" for text in _left_out(selection))
        text = f"{counted(hosts, 'host')} with {counted(len(targets), 'instance')}.{left_out}"
        findings.append(Finding("inventory", "ok", text))
    elif not unmapped:
        text = f"no host has an instance.{''.join(f' {text}' for text in _left_out(selection))}"
        step = "Name an inventory with -i, and give its hosts console_region and console_instance_id."
        findings.append(Finding("inventory", "problem", text, step))
    return findings


def _with_outcome(selection: Selection, outcome: Outcome) -> list[HostResult]:
    return [host for host in selection.decided if host.outcome == outcome]


def _unmapped(hosts: t.Sequence[HostResult]) -> t.Iterator[Finding]:
    """One finding for each reason: what is wrong with one host is often wrong with many."""
    reasons: dict[str, list[str]] = {}
    for host in hosts:
        reasons.setdefault(host.message, []).append(host.name)
    for reason, names in reasons.items():
        # What to do is a part of the reason
        yield Finding("inventory", "problem", reason, where=tuple(names))


def _left_out(selection: Selection) -> t.Iterator[str]:
    """What is right, and perhaps not what was meant."""
    for target in [one for one in selection.targets if len(one.names) > 1][:3]:
        yield f"{named(target.names)} are one instance, {target.key.instance_id}: it is rotated once."
    twice = sum(len(target.names) > 1 for target in selection.targets)
    if twice > 3:
        yield f"{twice - 3} further instances have several names, too."
    unsupported, excluded = _with_outcome(selection, "unsupported"), _with_outcome(selection, "excluded")
    if unsupported:
        names = named([host.name for host in unsupported])
        yield f"{counted(len(unsupported), 'host')} in clouds without a VNC password: {names}."
    if excluded:
        names = named([host.name for host in excluded])
        yield f"{counted(len(excluded), 'host')} left out by console_exclude: {names}."


async def check_ledger(opener: Opener, keys: t.Sequence[InstanceKey]) -> Finding:
    """Open, read and close a ledger, and see that it could be written."""
    try:
        async with opener() as (ledger, file):
            records = await ledger.read(keys)
            if file is not None:
                prove_writable(file)
    except ConsoleError as error:
        return from_error("ledger", error)
    return _usable(ledger, len(records), len(keys))


def _usable(ledger: Ledger, records: int, instances: int) -> Finding:
    known = f"it has records of {records} of {counted(instances, 'instance')}"
    if isinstance(ledger, NoLedgerYet):
        text = f"there is none at {ledger.where} yet; the first rotation makes it, and its folder can be written."
        step = "If you have one elsewhere, set O(ledger) to its address."
        return Finding("ledger", "ok", text, step)
    if isinstance(ledger, VaultLedger) and not instances:
        text = f"{ledger.where} was not asked, because no host can have a record there."
        return Finding("ledger", "unchecked", text, "Correct the inventory first, and run this again.")
    if isinstance(ledger, VaultLedger) and not ledger.may_write:
        text = f"{ledger.where} can be read; {known}. Whether it can be written is not known: this token may not ask "
        text += "for its capabilities."
        step = "Let its policy update sys/capabilities-self, or rotate one host to see."
        return Finding("ledger", "unchecked", text, step)
    return Finding("ledger", "ok", f"{ledger.where} can be opened and written; {known}.")
