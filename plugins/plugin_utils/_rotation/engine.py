# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Many instances at once: workers for each scope, a canary before them, and a brake that stops new ones.

A worker holds one of the scope's places from before it writes ahead until the cloud has acknowledged. Who then promotes
needs none any more, so there are more workers than places, and the ledger's writes take no time from the calls.
"""

from __future__ import annotations

import asyncio
import collections
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Client
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.accounts import Account
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import CircuitBreaker, speaks_for_others
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import FAILURES, PROBLEMS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Decision
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.progress import Progress
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import InstanceResult, Rotator

# Places of all scopes together; more only cost memory.
MOST_PLACES = 512
# Workers for each place.
WORKERS = 2


@dataclass(frozen=True)
class Work:
    """One decision that acts, and where."""

    decision: Decision
    scope: Account

    @property
    def key(self) -> InstanceKey:
        """What is worked on."""
        return self.decision.target.key


class Places:
    """So many calls that may be under way at once in one scope, each with connections of its own."""

    def __init__(self, scope: Account, number: int) -> None:
        self._scope = scope
        self._free = asyncio.Semaphore(number)

    def take(self) -> Place:
        """Return a place, to be entered."""
        return Place(self)

    async def client(self) -> Client:
        """Wait for a free place and return its connections."""
        await self._free.acquire()
        return self._scope.take_client()

    def give_back(self, client: Client) -> None:
        """Make the place free for the next one."""
        self._scope.give_back(client)
        self._free.release()


class Place:
    """A place while it is held, as an asynchronous context."""

    client: Client

    def __init__(self, places: Places) -> None:
        self._places = places
        self._held = False

    async def __aenter__(self) -> Place:
        self.client = await self._places.client()
        self._held = True
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Let the next one have the place before the context ends; its connections are not to be used any more."""
        if self._held:
            self._held = False
            self._places.give_back(self.client)


class Engine:
    """Carries out the works of one run.

    :param concurrency: calls under way at once for each scope.
    """

    def __init__(self, attempt: Rotator, brake: CircuitBreaker, progress: Progress, concurrency: int) -> None:
        self._attempt = attempt
        self._brake = brake
        self._progress = progress
        self._concurrency = concurrency
        self._endings: dict[InstanceKey, InstanceResult] = {}

    async def run(self, works: t.Sequence[Work], canary: int) -> dict[InstanceKey, InstanceResult]:
        """Work through all; every work has an ending afterwards, be it ``not_attempted``.

        :param canary: instances that must succeed before the rest is started. One that is missing or not ready is
            replaced by another; any other failure among them stops the run.
        """
        # What an earlier run could not end comes last: it must neither be the canary nor keep the others waiting.
        ordered = sorted(works, key=lambda work: work.decision.outcome == "resumed")
        rest = collections.deque(interleave(ordered))
        missing = canary
        while missing > 0 and rest and self._brake.reason is None:
            batch = [rest.popleft() for _number in range(min(missing, len(rest)))]
            await self._drain(batch)
            missing -= sum(self._judge_canary(work) for work in batch)
        await self._drain(rest)
        return self._endings

    def _judge_canary(self, work: Work) -> bool:
        """Return whether the canary lives; stop the run where its failure speaks for the others."""
        ending = self._endings[work.key]
        if ending.outcome not in FAILURES:
            return ending.outcome not in PROBLEMS
        if speaks_for_others(ending.error):
            why = ending.error.reason if ending.error else ending.outcome
            self._brake.stop(f"the canary {work.decision.target.names[0]} failed: {why}")
        return False

    async def _drain(self, works: t.Iterable[Work]) -> None:
        queues = _by_scope(works)
        share = min(self._concurrency, max(1, MOST_PLACES // max(1, len(queues))))
        await asyncio.gather(*(self._drain_scope(queue, min(share, len(queue))) for queue in queues))

    async def _drain_scope(self, queue: collections.deque[Work], number: int) -> None:
        places = Places(queue[0].scope, number)
        await asyncio.gather(*(self._worker(queue, places) for _each in range(min(WORKERS * number, len(queue)))))

    async def _worker(self, queue: collections.deque[Work], places: Places) -> None:
        """Take works until there are none."""
        while queue:
            async with places.take() as place:
                if not queue:
                    return
                work = queue.popleft()
                ending = await self._end(work, place)
            self._endings[work.key] = ending
            self._progress.done(problem=ending.outcome in PROBLEMS)

    async def _end(self, work: Work, place: Place) -> InstanceResult:
        decision, account = work.decision, work.scope.account
        blocked = self._brake.blocks(account)
        if blocked is not None:
            error = ConsoleError(
                f"not started, because the run was stopped: {blocked}", advice="Mend that and run again."
            )
            return InstanceResult("not_attempted", decision.record.reboot, decision.record, error)
        try:
            ending = await self._attempt.rotate(decision, work.scope.provider, place.client, place.leave)
        # A fault of ours must not take the other instances down, nor print what it holds.
        except Exception as fault:  # noqa: BLE001
            self._brake.stop(f"an internal fault ({type(fault).__name__})")
            error = ConsoleError(
                f"an internal fault ({type(fault).__name__})", advice="Run again; if it stays, report it."
            )
            return InstanceResult("failed", decision.record.reboot, decision.record, error)
        if ending.ledger_error is not None:
            self._brake.stop(f"the ledger failed: {ending.ledger_error.reason}")
        if ending.outcome in FAILURES:
            self._brake.failed(account, ending.error)
        return ending


def _by_scope(works: t.Iterable[Work]) -> list[collections.deque[Work]]:
    queues: dict[int, collections.deque[Work]] = {}
    for work in works:
        queues.setdefault(id(work.scope), collections.deque()).append(work)
    return list(queues.values())


def interleave(works: t.Iterable[Work]) -> t.Iterator[Work]:
    """Yield works of all scopes in turn, so that a canary looks into more than one account."""
    queues = _by_scope(works)
    while queues:
        yield from [queue.popleft() for queue in queues]
        queues = [queue for queue in queues if queue]
