# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Many instances at once: a canary first, then all, and a circuit breaker that stops new ones.

A call of an account is under way from before the write-ahead until the cloud has acknowledged. Promoting needs none any
more, so more instances are under way than calls, and the ledger's writes take no time from the calls.
"""

from __future__ import annotations

import asyncio
import collections
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._provider import passwords_of
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.accounts import Account
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import CircuitBreaker, speaks_for_others
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import FAILURES, PROBLEMS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Decision
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.progress import Progress
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import InstanceResult, Rotator

# Instances under way at once, over all accounts: what a crash leaves pending, and what is kept in memory. They are
# shared out evenly, so that an account that is throttled takes none from the others.
UNDER_WAY = 512

# A decision that acts, and where.
Due = tuple[Decision, Account]


class Engine:
    """Carries out the decisions of one run that act.

    :param concurrency: calls under way at once for each account; twice as many instances are.
    """

    def __init__(self, rotator: Rotator, breaker: CircuitBreaker, progress: Progress, concurrency: int) -> None:
        self._rotator = rotator
        self._breaker = breaker
        self._progress = progress
        self._concurrency = concurrency
        self._results: dict[InstanceKey, InstanceResult] = {}

    async def run(self, due: t.Iterable[Due], canary: int) -> dict[InstanceKey, InstanceResult]:
        """Return a result for every one that is due, be it ``not_attempted``.

        :param canary: instances that must succeed before the rest is started. One that is missing or not ready is
            replaced by another; any other failure among them stops the run.
        """
        # What an earlier run could not end comes last: it must neither be the canary nor keep the others waiting.
        waiting = collections.deque(interleave(sorted(due, key=lambda one: one[0].outcome == "resumed")))
        missing = canary
        while missing > 0 and waiting and self._breaker.reason is None:
            batch = [waiting.popleft() for _number in range(min(missing, len(waiting)))]
            await self._rotate_all(batch)
            missing -= sum(self._judge_canary(decision) for decision, _account in batch)
        await self._rotate_all(waiting)
        return self._results

    def _judge_canary(self, decision: Decision) -> bool:
        """Return whether the canary lives; stop the run where its failure speaks for the others."""
        result = self._results[decision.target.key]
        if result.outcome not in FAILURES:
            return result.outcome not in PROBLEMS
        if speaks_for_others(result.error):
            why = result.error.reason if result.error else result.outcome
            self._breaker.stop(f"the canary {decision.target.names[0]} failed: {why}")
        return False

    async def _rotate_all(self, due: t.Iterable[Due]) -> None:
        """Rotate so many at once in each account; each worker takes the next one when it has ended one."""
        queues = _by_account(due)
        most = min(2 * self._concurrency, max(1, UNDER_WAY // max(1, len(queues))))
        await asyncio.gather(
            *(
                self._work_off(queue, account)
                for account, queue in queues.items()
                for _worker in range(min(most, len(queue)))
            )
        )

    async def _work_off(self, queue: collections.deque[Decision], account: Account) -> None:
        while queue:
            decision = queue.popleft()
            result = self._results[decision.target.key] = await self._rotate(decision, account)
            self._progress.done(problem=result.outcome in PROBLEMS)

    async def _rotate(self, decision: Decision, account: Account) -> InstanceResult:
        """Rotate one, unless the breaker stops it; tell the breaker how it ended."""
        try:
            async with account.call() as client:
                if (reason := self._breaker.blocks(account.identity)) is not None:
                    return _not_attempted(decision, reason)
                sent = await self._rotator.send(decision, passwords_of(account.provider), client)
            result = sent if isinstance(sent, InstanceResult) else await self._rotator.promote(sent)
        # A fault of ours must not take the other instances down, nor print what it holds.
        except Exception as fault:  # noqa: BLE001
            what = f"an internal fault ({type(fault).__name__})"
            self._breaker.stop(what)
            error = ConsoleError(what, advice="Run again; if it persists, report it.")
            return InstanceResult("failed", decision.record.reboot, decision.record, error)
        if result.ledger_error is not None:
            self._breaker.stop(f"the ledger failed: {result.ledger_error.reason}")
        if result.outcome in FAILURES:
            self._breaker.failed(account.identity, result.error)
        return result


def _not_attempted(decision: Decision, reason: str) -> InstanceResult:
    error = ConsoleError(f"not started, because the run stopped: {reason}", advice="Fix this and run again.")
    return InstanceResult("not_attempted", decision.record.reboot, decision.record, error)


def _by_account(due: t.Iterable[Due]) -> dict[Account, collections.deque[Decision]]:
    queues: dict[Account, collections.deque[Decision]] = {}
    for decision, account in due:
        queues.setdefault(account, collections.deque()).append(decision)
    return queues


def interleave(due: t.Iterable[Due]) -> t.Iterator[Due]:
    """Yield those of all accounts in turn, so that a canary looks into more than one."""
    queues = _by_account(due)
    while queues:
        yield from [(queue.popleft(), account) for account, queue in queues.items()]
        queues = {account: queue for account, queue in queues.items() if queue}
