# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Whether each host of the inventory leads to an instance. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.findings import (
    Finding,
    counted,
    named,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import HostResult, Outcome
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import Selection


def check_mapping(selection: Selection) -> list[Finding]:
    """Say how many hosts lead to instances, and name those that do not with the reason."""
    targets = selection.targets
    hosts = sum(len(target.names) for target in targets)
    unmapped = _of(selection, "unmapped")
    findings = list(_unmapped(unmapped))
    if targets:
        left_out = "".join(f" {text}" for text in _left_out(selection))
        text = f"{counted(hosts, 'host')} with {counted(len(targets), 'instance')}.{left_out}"
        findings.append(Finding("inventory", "ok", text))
    elif not unmapped:
        text = f"no host leads to an instance.{''.join(f' {text}' for text in _left_out(selection))}"
        step = "Name an inventory with -i, and give its hosts console_region and console_instance_id."
        findings.append(Finding("inventory", "problem", text, step))
    return findings


def _of(selection: Selection, outcome: Outcome) -> list[HostResult]:
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
    unsupported, excluded = _of(selection, "unsupported"), _of(selection, "excluded")
    if unsupported:
        names = named([host.name for host in unsupported])
        yield f"{counted(len(unsupported), 'host')} in clouds without a VNC password: {names}."
    if excluded:
        names = named([host.name for host in excluded])
        yield f"{counted(len(excluded), 'host')} left out by console_exclude: {names}."
