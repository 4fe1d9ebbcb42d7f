# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""One run from the inventory to the result: select, read, observe, decide, carry out, sum up.

Check mode takes the same way and stops after deciding.
"""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Instance
from ansible_collections.cloudops.console.plugins.module_utils._naming import rendered
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import in_force
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger, store
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.accounts import Account, Accounts
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.engine import Engine, Work
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import CircuitBreaker, MaxFailures
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import WORDS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Decision, RotationOptions, decide
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.progress import LOOKING, Progress, Say
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import (
    InstanceResult,
    Rotator,
    utc_now,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import (
    HostVars,
    Selection,
    Target,
    select,
)

# Describing calls under way at once, over all scopes.
OBSERVERS = 64

Seen = Instance | ConsoleError | None


@dataclass(frozen=True)
class RunOptions:
    """What a run is asked to do.

    :param per_second: the most calls per second for each account and region; 0 sets no fixed limit.
    :param concurrency: the most calls under way at once for each account and region.
    :param canary: instances that must succeed before the rest is started.
    :param part: which job of a run of several this is, empty where nobody says.
    """

    hosts: t.Sequence[HostVars]
    defaults: Access
    wishes: RotationOptions
    run_id: str
    policy: Policy
    max_failures: MaxFailures
    concurrency: int = 16
    per_second: float = 0.0
    canary: int = 1
    check_mode: bool = False
    part: str = ""


@dataclass(frozen=True)
class Snapshot:
    """What is known before anything is done."""

    started_at: dt.datetime
    selection: Selection
    scopes: Accounts
    decisions: tuple[Decision, ...]


async def rotate_fleet(order: RunOptions, ledger: Ledger, say: Say) -> FleetResult:
    """Do what order says.

    :param ledger: open; it is the caller's to close.
    :param say: prints a line for people at once.
    :raises ConsoleError: the ledger cannot be read; nothing was sent to a cloud.
    """
    async with _scopes(order) as scopes:
        return await _rotate(order, await _look_around(order, ledger, scopes, say), ledger, say)


def _scopes(order: RunOptions) -> Accounts:
    return Accounts(order.policy, order.per_second, order.concurrency)


async def _rotate(order: RunOptions, view: Snapshot, ledger: Ledger, say: Say) -> FleetResult:
    brake = CircuitBreaker(sum(decision.acts for decision in view.decisions), order.max_failures)
    say(_opening(order, view, ledger))
    endings: dict[InstanceKey, InstanceResult] = {}
    if not order.check_mode:
        endings = await _carry_out(order, view, ledger, brake, say)
        await _note([decision for decision in view.decisions if not decision.acts], ledger, brake)
    result = _result(order, view, endings, ledger, brake.reasons() or _unasked(view.decisions))
    say(result.headline())
    return result


def as_forecast(decision: Decision) -> InstanceResult:
    """Say what a rotation would strive for now, and the reboot state of now."""
    outcome, error = decision.surveyed
    return InstanceResult(outcome, decision.reboot_now, decision.latest, error)


async def survey_fleet(
    order: RunOptions, ledger: Ledger, say: Say, tell: t.Callable[[Decision], InstanceResult] = as_forecast
) -> FleetResult:
    """Look, and change nothing in the clouds; restarts that are seen are noted in the ledger, except in check mode.

    :param tell: what to say of an instance.
    :raises ConsoleError: the ledger cannot be read; nothing was sent to a cloud.
    """
    async with _scopes(order) as scopes:
        view = await _look_around(order, ledger, scopes, say)
    say(_opening(order, view, ledger))
    brake = CircuitBreaker(0, order.max_failures)
    if not order.check_mode:
        await _note(view.decisions, ledger, brake)
    endings = {decision.target.key: tell(decision) for decision in view.decisions}
    return _result(order, view, endings, ledger, brake.reasons() or _unasked(view.decisions))


async def _look_around(order: RunOptions, ledger: Ledger, scopes: Accounts, say: Say) -> Snapshot:
    """Read the ledger, then the clouds, then decide: where the ledger fails, no cloud is called."""
    started_at = utc_now()
    selection = select(order.hosts, order.defaults)
    async with Progress(say, len(selection.targets), "looked at ", LOOKING) as progress:
        progress.note_with(lambda: _throttling(scopes))
        records = await ledger.read([target.key for target in selection.targets])
        seen = await observe(selection.targets, scopes, progress)
    decisions = tuple(
        decide(target, records.get(target.key), seen[target.key], order.wishes, started_at)
        for target in selection.targets
    )
    return Snapshot(started_at, selection, scopes, decisions)


def _result(
    order: RunOptions,
    view: Snapshot,
    endings: t.Mapping[InstanceKey, InstanceResult],
    ledger: Ledger,
    stopped: str | None,
) -> FleetResult:
    return FleetResult(
        hosts=_host_results(order, view, endings),
        run_id=order.run_id,
        started_at=view.started_at,
        ended_at=utc_now(),
        ledger=ledger.where,
        check_mode=order.check_mode,
        stopped=stopped and rendered(stopped),
        operation=order.wishes.operation,
        part=order.part,
        due_before=order.wishes.due_before(view.started_at),
    )


async def observe(targets: t.Sequence[Target], scopes: Accounts, progress: Progress) -> dict[InstanceKey, Seen]:
    """Look at every instance, as many per call as the cloud allows; None stands for one that it does not know."""
    seen: dict[InstanceKey, Seen] = {}
    groups: dict[int, tuple[Account, list[InstanceKey]]] = {}
    for target in targets:
        scope = scopes.of(target.access)
        if isinstance(scope, ConsoleError):
            seen[target.key] = scope
        else:
            groups.setdefault(id(scope), (scope, []))[1].append(target.key)
    # By credentials, because what is said of them holds for all of their calls.
    accounts: dict[str, list[tuple[Account, list[InstanceKey]]]] = {}
    for scope, keys in groups.values():
        size = scope.provider.facts.instances_per_call
        batches = [(scope, keys[start : start + size]) for start in range(0, len(keys), size)]
        accounts.setdefault(scope.account, []).extend(batches)
    slots = asyncio.Semaphore(OBSERVERS)
    await asyncio.gather(*(_observe_account(batches, slots, seen, progress) for batches in accounts.values()))
    return seen


async def _observe_account(
    batches: t.Sequence[tuple[Account, t.Sequence[InstanceKey]]],
    slots: asyncio.Semaphore,
    seen: dict[InstanceKey, Seen],
    progress: Progress,
) -> None:
    """Let one call go first: credentials that are refused are not sent again, because repeated failures lock keys."""
    refused: AuthenticationError | None = None

    async def observe(scope: Account, keys: t.Sequence[InstanceKey]) -> None:
        nonlocal refused
        async with slots:
            found = await _look(scope, keys) if refused is None else dict.fromkeys(keys, _refused_before(refused))
        seen.update(found)
        for answer in found.values():
            progress.done(problem=isinstance(answer, ConsoleError))
        refused = refused or next((one for one in found.values() if isinstance(one, AuthenticationError)), None)

    first, *rest = batches
    await observe(*first)
    await asyncio.gather(*(observe(*each) for each in rest))


def _refused_before(error: AuthenticationError) -> ConsoleError:
    """Return what is said of hosts that were not asked for; the id of the call for other hosts says nothing of them."""
    other = copy.copy(error)
    other.doing, other.request_id, other.status = "", None, None
    other.advice = f"It was refused for a host before this one, and is not sent again. {error.advice}".rstrip()
    return other


async def _look(scope: Account, keys: t.Sequence[InstanceKey]) -> dict[InstanceKey, Seen]:
    client = scope.take_client()
    try:
        found = await scope.provider.describe_instances(client, [key.instance_id for key in keys])
    except ConsoleError as error:
        return dict.fromkeys(keys, error)
    finally:
        scope.give_back(client)
    by_id = {instance.instance_id: instance for instance in found}
    return {key: by_id.get(key.instance_id) for key in keys}


def _throttling(scopes: Accounts) -> str:
    return ", ".join(f"{region} throttles" for region in scopes.throttled())


async def _carry_out(
    order: RunOptions, view: Snapshot, ledger: Ledger, brake: CircuitBreaker, say: Say
) -> dict[InstanceKey, InstanceResult]:
    works = []
    for decision in view.decisions:
        scope = view.scopes.of(decision.target.access)
        if decision.acts and not isinstance(scope, ConsoleError):
            works.append(Work(decision, scope))
    attempt = Rotator(ledger, order.run_id, order.policy, stopped=lambda: brake.reason is not None)
    async with Progress(say, len(works)) as progress:
        progress.note_with(lambda: _throttling(view.scopes))
        return await Engine(attempt, brake, progress, order.concurrency).run(works, order.canary)


async def _note(decisions: t.Sequence[Decision], ledger: Ledger, brake: CircuitBreaker) -> None:
    """Store what was merely observed: restarts that have put a password into force."""

    async def one(decision: Decision) -> None:
        if decision.noted is None:
            return
        try:
            await store(ledger, decision.target.key, decision.noted)
        except Conflict:
            pass  # another run is at work on the record and observes for itself
        except ConsoleError as error:
            brake.stop(f"the ledger failed: {error.reason}")

    await asyncio.gather(*(one(decision) for decision in decisions if decision.noted is not None))


def _host_results(
    order: RunOptions, view: Snapshot, endings: t.Mapping[InstanceKey, InstanceResult]
) -> tuple[HostResult, ...]:
    """One result for every host, in the order of the inventory (I13)."""
    by_name = {host.name: host for host in view.selection.decided}
    for decision in view.decisions:
        for result in _results_of(decision, endings.get(decision.target.key), view.started_at):
            by_name[result.name] = result
    return tuple(by_name[host.name] for host in order.hosts)


def _results_of(decision: Decision, ending: InstanceResult | None, began: dt.datetime) -> t.Iterator[HostResult]:
    end = ending or InstanceResult(decision.outcome, decision.reboot, decision.latest, decision.error)
    target, instance = decision.target, decision.instance
    first = target.names[0]
    for name in target.names:
        yield HostResult(
            name=name,
            outcome=end.outcome,
            reboot=end.reboot,
            message=_message(decision, end, None if name == first else first),
            failure=end.error.failure if end.error else None,
            provider=target.key.provider,
            region=target.key.region,
            instance_id=target.key.instance_id,
            status=instance.status if instance else "",
            io_optimized=instance.io_optimized if instance else None,
            rotated_at=end.record.rotated_at,
            rotated_before=decision.record.rotated_at,
            in_force_count=len(in_force(end.record)),
            in_force_complete=not end.record.unknown_before,
            # All that had happened when the run began was there to be seen, and perhaps not all that came after.
            looked_at=began if decision.seen else None,
            same_as=None if name == first else first,
        )


def _message(decision: Decision, ending: InstanceResult, handled_as: str | None) -> str:
    if ending.error is None:
        return decision.remark if ending.outcome == "resumed" else ""
    message = ending.error.message
    return f"Handled as {handled_as}, with that host's credentials and endpoint. {message}" if handled_as else message


def _opening(order: RunOptions, view: Snapshot, ledger: Ledger) -> str:
    due = sum(decision.acts for decision in view.decisions)
    to_do = WORDS[order.wishes.operation].to_do.format(due)
    known = not view.decisions or any(decision.record.version for decision in view.decisions)
    where = ledger.where if known else f"{ledger.where} has no record of any of them"
    return f"{len(order.hosts)} hosts, {len(view.decisions)} instances, {to_do}; ledger {where}"


def _unasked(decisions: t.Sequence[Decision]) -> str | None:
    """Why hosts were not attempted although nothing braked: their account could not even be asked."""
    reasons = {
        decision.error.reason for decision in decisions if decision.outcome == "not_attempted" and decision.error
    }
    return "; ".join(sorted(reasons)[:3]) or None
