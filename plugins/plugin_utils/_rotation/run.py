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
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import is_new
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger, store
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.accounts import Account, Accounts
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.engine import Engine
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import CircuitBreaker, MaxFailures
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import WORDS, counted
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

# Describing calls under way at once, over all accounts.
OBSERVERS = 64

Seen = Instance | ConsoleError | None
Batch = tuple[Account, t.Sequence[InstanceKey]]


@dataclass(frozen=True)
class RunOptions:
    """What a run is asked to do.

    :param per_second: the most calls per second for each account and region; 0 sets no fixed limit.
    :param concurrency: the most calls under way at once for each account and region.
    :param canary: instances that must succeed before the rest is started.
    :param part: which job of a run of several this is, empty where it has one only.
    """

    hosts: t.Sequence[HostVars]
    defaults: Access
    rotation: RotationOptions
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
    decisions: tuple[Decision, ...]

    @property
    def has_records(self) -> bool:
        """Whether the ledger has a record of any instance; true without instances."""
        return not self.decisions or any(decision.record.version for decision in self.decisions)


async def rotate_fleet(options: RunOptions, ledger: Ledger, say: Say) -> FleetResult:
    """Do what options say.

    :param ledger: open; it is the caller's to close.
    :param say: prints a line for people at once.
    :raises ConsoleError: the ledger cannot be read; nothing was sent to a cloud.
    """
    results: dict[InstanceKey, InstanceResult] = {}
    async with _accounts(options) as accounts:
        snapshot = await _look_around(options, ledger, accounts, say)
        breaker = CircuitBreaker(sum(decision.acts for decision in snapshot.decisions), options.max_failures)
        # Of a new ledger, the caller's warning says more
        is_known = snapshot.has_records or is_new(ledger)
        say(_opening(options, snapshot, ledger) + ("" if is_known else " has no record of any of them"))
        if not options.check_mode:
            results = await _carry_out(options, snapshot, ledger, accounts, breaker, say)
            await _note([decision for decision in snapshot.decisions if not decision.acts], ledger, breaker)
    fleet = _fleet_result(options, snapshot, results, ledger, breaker)
    say(fleet.headline())
    return fleet


def _accounts(options: RunOptions) -> Accounts:
    return Accounts(options.policy, options.per_second, options.concurrency)


def as_forecast(decision: Decision) -> InstanceResult:
    """Return what a rotation would attempt now, and the reboot state of now."""
    outcome, error = decision.surveyed
    return InstanceResult(outcome, decision.reboot_now, decision.latest, error)


async def survey_fleet(
    options: RunOptions, ledger: Ledger, say: Say, tell: t.Callable[[Decision], InstanceResult] = as_forecast
) -> FleetResult:
    """Look, and change nothing in the clouds; restarts that are seen are noted in the ledger, except in check mode.

    :param tell: what to say of an instance.
    :raises ConsoleError: the ledger cannot be read; nothing was sent to a cloud.
    """
    async with _accounts(options) as accounts:
        snapshot = await _look_around(options, ledger, accounts, say)
    say(_opening(options, snapshot, ledger))
    breaker = CircuitBreaker(0, options.max_failures)
    if not options.check_mode:
        await _note(snapshot.decisions, ledger, breaker)
    results = {decision.target.key: tell(decision) for decision in snapshot.decisions}
    return _fleet_result(options, snapshot, results, ledger, breaker)


async def _look_around(options: RunOptions, ledger: Ledger, accounts: Accounts, say: Say) -> Snapshot:
    """Read the ledger, then the clouds, then decide: where the ledger fails, no cloud is called."""
    started_at = utc_now()
    selection = select(options.hosts, options.defaults)
    async with Progress(say, len(selection.targets), "looked at ", LOOKING) as progress:
        progress.note_with(accounts.throttled)
        records = await ledger.read([target.key for target in selection.targets])
        seen = await observe(selection.targets, accounts, progress)
    decisions = tuple(
        decide(target, records.get(target.key), seen[target.key], options.rotation, started_at)
        for target in selection.targets
    )
    return Snapshot(started_at, selection, decisions)


async def observe(targets: t.Sequence[Target], accounts: Accounts, progress: Progress) -> dict[InstanceKey, Seen]:
    """Look at every instance, as many per call as the cloud allows; None stands for one that it does not know."""
    seen: dict[InstanceKey, Seen] = {}
    keys: dict[Account, list[InstanceKey]] = {}
    for target in targets:
        account = accounts.of(target.access)
        if isinstance(account, ConsoleError):
            seen[target.key] = account
        else:
            keys.setdefault(account, []).append(target.key)
    # By credentials, because what is said of them holds for all of their calls.
    batches: dict[str, list[Batch]] = {}
    for account, members in keys.items():
        size = account.provider.facts.instances_per_call
        parts = [(account, members[start : start + size]) for start in range(0, len(members), size)]
        batches.setdefault(account.identity, []).extend(parts)
    slots = asyncio.Semaphore(OBSERVERS)
    await asyncio.gather(*(_observe_identity(each, slots, seen, progress) for each in batches.values()))
    return seen


async def _observe_identity(
    batches: t.Sequence[Batch], slots: asyncio.Semaphore, seen: dict[InstanceKey, Seen], progress: Progress
) -> None:
    """Let one call go first: credentials that are refused are not sent again, because repeated failures lock keys."""
    refused: AuthenticationError | None = None

    async def observe(account: Account, keys: t.Sequence[InstanceKey]) -> None:
        nonlocal refused
        async with slots:
            found = await _describe(account, keys) if refused is None else dict.fromkeys(keys, _refused_before(refused))
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


async def _describe(account: Account, keys: t.Sequence[InstanceKey]) -> dict[InstanceKey, Seen]:
    try:
        async with account.call() as client:
            found = await account.provider.describe_instances(client, [key.instance_id for key in keys])
    except ConsoleError as error:
        return dict.fromkeys(keys, error)
    by_id = {instance.instance_id: instance for instance in found}
    return {key: by_id.get(key.instance_id) for key in keys}


async def _carry_out(
    options: RunOptions, snapshot: Snapshot, ledger: Ledger, accounts: Accounts, breaker: CircuitBreaker, say: Say
) -> dict[InstanceKey, InstanceResult]:
    where = ((decision, accounts.of(decision.target.access)) for decision in snapshot.decisions if decision.acts)
    due = [(decision, account) for decision, account in where if isinstance(account, Account)]
    rotator = Rotator(ledger, options.run_id, options.policy, stopped=lambda: breaker.reason is not None)
    async with Progress(say, len(due)) as progress:
        progress.note_with(accounts.throttled)
        return await Engine(rotator, breaker, progress, options.concurrency).run(due, options.canary)


async def _note(decisions: t.Sequence[Decision], ledger: Ledger, breaker: CircuitBreaker) -> None:
    """Store what was merely observed: restarts that have put a password into force."""

    async def one(decision: Decision) -> None:
        if decision.noted is None:
            return
        try:
            await store(ledger, decision.target.key, decision.noted)
        except Conflict:
            pass  # another run is at work on the record and observes for itself
        except ConsoleError as error:
            breaker.stop(f"the ledger failed: {error.reason}")

    await asyncio.gather(*(one(decision) for decision in decisions if decision.noted is not None))


def _fleet_result(
    options: RunOptions,
    snapshot: Snapshot,
    results: t.Mapping[InstanceKey, InstanceResult],
    ledger: Ledger,
    breaker: CircuitBreaker,
) -> FleetResult:
    stopped = breaker.reasons() or _unasked(snapshot.decisions)
    return FleetResult(
        hosts=_host_results(options, snapshot, results),
        run_id=options.run_id,
        started_at=snapshot.started_at,
        ended_at=utc_now(),
        ledger=ledger.where,
        check_mode=options.check_mode,
        stopped=stopped and rendered(stopped),
        operation=options.rotation.operation,
        part=options.part,
        due_before=options.rotation.due_before(snapshot.started_at),
        has_records=snapshot.has_records,
    )


def _host_results(
    options: RunOptions, snapshot: Snapshot, results: t.Mapping[InstanceKey, InstanceResult]
) -> tuple[HostResult, ...]:
    """One result for every host, in the order of the inventory (I13)."""
    by_name = {host.name: host for host in snapshot.selection.decided}
    for decision in snapshot.decisions:
        for host in _results_of(decision, results.get(decision.target.key), snapshot.started_at):
            by_name[host.name] = host
    return tuple(by_name[host.name] for host in options.hosts)


def _results_of(decision: Decision, result: InstanceResult | None, began: dt.datetime) -> t.Iterator[HostResult]:
    end = result or InstanceResult(decision.outcome, decision.reboot, decision.latest, decision.error)
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


def _message(decision: Decision, result: InstanceResult, handled_as: str | None) -> str:
    if result.error is None:
        return decision.remark if result.outcome == "resumed" else ""
    message = result.error.message
    return f"Handled as {handled_as}, with that host's credentials and endpoint. {message}" if handled_as else message


def _opening(options: RunOptions, snapshot: Snapshot, ledger: Ledger) -> str:
    due = sum(decision.acts for decision in snapshot.decisions)
    to_do = WORDS[options.rotation.operation].to_do.format(due)
    hosts, instances = counted(len(options.hosts), "host"), counted(len(snapshot.decisions), "instance")
    return f"{hosts}, {instances}, {to_do}; ledger {ledger.where}"


def _unasked(decisions: t.Sequence[Decision]) -> str | None:
    """Why hosts were not attempted although nothing stopped the run: their account could not even be asked."""
    reasons = {
        decision.error.reason for decision in decisions if decision.outcome == "not_attempted" and decision.error
    }
    return "; ".join(sorted(reasons)[:3]) or None
