# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What the answers of the clouds mean for a rotation. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    PermissionDenied,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Facts
from ansible_collections.cloudops.console.plugins.module_utils._provider import Traceable, facts_of
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import counted
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.findings import (
    Finding,
    from_error,
    named,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.preflight.probes import Area, Probe

# Seconds of difference that are told: what is less comes from the way and from dates without fractions.
_NOTABLE = 5.0


def check_clouds(areas: t.Sequence[Area], defaults: Access, *, reboot_ok: bool) -> list[Finding]:
    """Judge all areas.

    :param defaults: the options of the task, which say where a key that was given comes from.
    :param reboot_ok: whether rotations restart instances.
    """
    probes = list({area.probe.endpoint: area.probe for area in areas if area.probe is not None}.values())
    findings = [*_endpoints(probes), *_clock(areas)]
    for area in areas:
        findings += _area(area, defaults, reboot_ok=reboot_ok)
    return findings


def _endpoints(probes: t.Sequence[Probe]) -> t.Iterator[Finding]:
    for probe in probes:
        if probe.error is not None:
            yield from_error("endpoint", probe.error, (probe.endpoint,))
    answering = [probe.endpoint for probe in probes if probe.error is None]
    if answering:
        yield Finding("endpoint", "ok", f"{counted(len(answering), 'endpoint')} can be reached: {named(answering)}.")


def _clock(areas: t.Sequence[Area]) -> t.Iterator[Finding]:
    """Judge the largest difference: one machine has one clock, and the clouds agree on theirs."""
    told = [(area.probe.ahead, area) for area in areas if area.probe is not None and area.probe.ahead is not None]
    if not told:
        if any(area.probe is not None and area.probe.error is None for area in areas):
            text = "no endpoint says what time it is."
            yield Finding("clock", "unchecked", text, "See that this machine's clock is right.")
        return
    ahead, area = max(told, key=lambda pair: abs(pair[0]))
    bound = facts_of(area.targets[0].key.provider).clock_tolerance
    rule = f" Calls are refused from {bound // 60} minutes on." if bound else ""
    if bound and abs(ahead) > bound:
        yield Finding("clock", "problem", f"{_difference(ahead)}.{rule}", "Set it, for example by NTP.")
    elif abs(ahead) >= _NOTABLE:
        yield Finding("clock", "ok", f"{_difference(ahead)}.{rule}", "Let NTP keep it.")
    else:
        yield Finding("clock", "ok", "this machine's agrees with the cloud's.")


def _difference(ahead: float) -> str:
    return f"this machine's is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the cloud's"


def _area(area: Area, defaults: Access, *, reboot_ok: bool) -> t.Iterator[Finding]:
    if isinstance(area.opened, ConsoleError):
        yield from_error("credentials", area.opened, area.hosts)
        return
    source = _source(area, defaults)
    if not area.seen:
        step = "Fix the endpoint first, then run this again."
        yield Finding("credentials", "unchecked", f"those from {source} could not be tried.", step, (area.region,))
        return
    refused = next((seen for seen in area.seen if isinstance(seen, ConsoleError)), None)
    if refused is not None:
        yield from _refusal(area, refused, source)
    else:
        text = f"those from {source} are accepted, and may describe instances."
        yield Finding("credentials", "ok", text, where=(area.region,))
        yield from _restart(area, source, reboot_ok=reboot_ok)
    yield from _instances(area)
    if not isinstance(refused, AuthenticationError):
        yield _setting(area.opened.provider.facts, source)


def _source(area: Area, defaults: Access) -> str:
    """Where the credentials come from; of a key that was given, by whom."""
    access = area.targets[0].access
    if access.access_key_id:
        given = access.access_key_id == defaults.access_key_id
        return "the options of the task" if given else "the hosts' variables console_access_key_*"
    provider = getattr(area.opened, "provider", None)
    return provider.credentials_from if isinstance(provider, Traceable) else "this machine"


def _refusal(area: Area, error: ConsoleError, source: str) -> t.Iterator[Finding]:
    """An identity that may not do something has still been accepted."""
    if isinstance(error, PermissionDenied):
        text = f"those from {source} are accepted."
        yield Finding("credentials", "ok", text, where=(area.region,))
        yield from_error("permissions", error, area.hosts)
    elif isinstance(error, AuthenticationError):
        reason = from_error("credentials", error, area.hosts)
        yield dataclasses.replace(reason, message=f"those from {source} are not accepted. {reason.message}")
    else:
        yield from_error("cloud", error, area.hosts)


def _instances(area: Area) -> t.Iterator[Finding]:
    """Name the hosts whose instances the cloud does not know; a rotation would fail on them."""
    unknown = [target for target, seen in zip(area.targets, area.seen, strict=True) if seen is None]
    if unknown:
        text = f"the cloud does not know {counted(len(unknown), 'instance')} in {area.region}, for this account."
        step = "Check console_instance_id, console_region and the credentials of these hosts."
        names = tuple(name for target in unknown for name in target.names)
        yield Finding("instances", "problem", text, step, names)


def _restart(area: Area, source: str, *, reboot_ok: bool) -> t.Iterator[Finding]:
    run = area.dry_run
    if run is None:
        text = f"whether those from {source} may restart instances is not known: none was seen running."
        yield Finding("permissions", "unchecked", text, where=(area.region,))
    elif run.error is None:
        text = f"those from {source} may restart instances, says a dry run."
        yield Finding("permissions", "ok", text, where=(area.region,))
    elif isinstance(run.error, PermissionDenied) and not reboot_ok:
        text = f"those from {source} may not restart instances, says a dry run. A rotation does not need that."
        step = "Restarts by the playbooks do: grant it before you allow them."
        yield Finding("permissions", "ok", text, step, (area.region,))
    elif isinstance(run.error, PermissionDenied):
        yield from_error("permissions", run.error, area.hosts)
    else:
        problem = from_error("permissions", run.error, (area.region,))
        yield Finding("permissions", "unchecked", problem.message, problem.next_step, problem.where)


def _setting(facts: Facts, source: str) -> Finding:
    text = f"whether those from {source} may set VNC passwords cannot be known without setting one: {facts.title} has "
    text += "no dry run for it."
    step = f"Grant {facts.set_permission}. Rotate one host with --limit to check it."
    return Finding("permissions", "unchecked", text, step)
