# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""One instance: stage, set, promote.

The order is fixed and each step is durable before the next one begins: the candidate is in the ledger before the cloud
sees it (I1), and the acknowledgement makes it current in one change (I5). Whatever ends the process in between leaves
a pending candidate that the next run sends again. The changes themselves are pure functions of _ledger/record.
"""

from __future__ import annotations

import datetime as dt
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, Throttled, WrongState
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import Acknowledgement, Facts, Instance, Reboot
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import Conflict
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, InstanceKey, Pending, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger, store
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import Outcome
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.passwords import new_password
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import (
    Decision,
    done_by_another,
    still_to_do,
)

# Seconds that may pass between announcing an attempt and starting it, where this process makes the call.
SLACK = 30.0
# Seconds for which one instance is tried again while the cloud throttles.
PATIENCE = 900.0
# Other writers that a promotion gives way to before it calls the record contested.
RACES = 8
# Kinds that refuse the candidate for good; all others leave it pending.
REJECTIONS = ("invalid", "not_found", "permission")


W_contra = t.TypeVar("W_contra", contravariant=True)


class Setter(t.Protocol[W_contra]):
    """What is needed of a cloud; a Provider is one, with a Client to it."""

    @property
    def facts(self) -> Facts:
        """What is known of the cloud."""

    async def set_vnc_password(self, client: W_contra, instance_id: str, password: str, /) -> Acknowledgement:
        """Set the password; raises ConsoleError."""


@dataclass(frozen=True)
class InstanceResult:
    """How it ended for one instance.

    :param record: as far as is known, what is stored now.
    :param ledger_error: why the ledger cannot be trusted any more, None where it can.
    """

    outcome: Outcome
    reboot: Reboot
    record: Record
    error: ConsoleError | None = None
    ledger_error: ConsoleError | None = None


def utc_now() -> dt.datetime:
    """Return the time of this machine, in UTC."""
    return dt.datetime.now(dt.timezone.utc)


@dataclass(frozen=True)
class Acknowledged:
    """A candidate that the cloud has acknowledged, and that is to be made current.

    :param record: as it was announced.
    """

    decision: Decision
    record: Record
    pending: Pending
    answer: Acknowledgement
    outcome: Outcome


@dataclass(frozen=True)
class Rotator:
    """Rotates instances on behalf of one run.

    :param run_id: the run that announces an attempt.
    :param stopped: whether the run was stopped, so that throttling is not waited out any more.
    :param slack: seconds that may pass between announcing an attempt and starting it; part of the lease.
    """

    ledger: Ledger
    run_id: str
    policy: Policy
    now: t.Callable[[], dt.datetime] = utc_now
    stopped: t.Callable[[], bool] = lambda: False
    slack: float = SLACK

    async def rotate(self, decision: Decision, provider: Setter[W_contra], client: W_contra) -> InstanceResult:
        """Carry out a decision that acts. Raises nothing that an operator can meet."""
        sent = await self.send(decision, provider, client)
        return sent if isinstance(sent, InstanceResult) else await self.promote(sent)

    async def send(
        self, decision: Decision, provider: Setter[W_contra], client: W_contra
    ) -> Acknowledged | InstanceResult:
        """Announce and set, until the cloud has acknowledged or there is a result without that.

        Throttling is waited out, each time with a new lease. A new candidate whose form is refused is replaced once;
        the same refusal a second time is final for this run (I4).
        """
        give_up = time.monotonic() + PATIENCE
        record, outcome, refused = decision.record, decision.outcome, False
        while True:
            sent = await self._send_once(decision, record, outcome, provider, client)
            if isinstance(sent, Acknowledged) or sent.ledger_error is not None or sent.error is None:
                return sent
            record = sent.record
            throttled = isinstance(sent.error, Throttled) and record.pending is not None
            if throttled and time.monotonic() < give_up and not self.stopped():
                continue
            malformed = sent.outcome == "rejected" and sent.error.code in provider.facts.malformed
            final = refused or decision.operation != "rotate"
            if not malformed or final or record.pending is not None or record.leased(self.now()):
                return sent
            refused, outcome = True, "rotated"

    async def _send_once(
        self,
        decision: Decision,
        record: Record,
        outcome: Outcome,
        provider: Setter[W_contra],
        client: W_contra,
    ) -> Acknowledged | InstanceResult:
        key = decision.target.key
        try:
            announced, pending = await self._announce(decision, record, provider)
        except Conflict:
            return await self._outrun(decision)
        except ConsoleError as error:
            return InstanceResult("failed", record.reboot, record, error, ledger_error=error)
        try:
            answer = await provider.set_vnc_password(client, key.instance_id, pending.password)
        except ConsoleError as error:
            return await self._settle(key, announced, error)
        return Acknowledged(decision, announced, pending, answer, outcome)

    async def _announce(self, decision: Decision, record: Record, provider: Setter[W_contra]) -> tuple[Record, Pending]:
        """Write ahead what will be sent: the pending candidate again, a known password, or a new one (I1, I3).

        :raises Conflict: another run is rotating the instance, or has just done so.
        """
        key, before = decision.target.key, record
        while True:
            began = self.now()
            lease_until = began + dt.timedelta(seconds=self.policy.window + self.slack)
            if record.pending is not None:
                record = states.claim(record, run_id=self.run_id, lease_until=lease_until)
            else:
                record = self._stage(decision, record, provider, began, lease_until)
            try:
                await store(self.ledger, key, record)
            except Conflict:
                record = await self._unclaimed(decision, before)
                continue
            if record.pending is not None and self.now() - began < dt.timedelta(seconds=self.slack):
                return record, record.pending

    def _stage(
        self, decision: Decision, record: Record, provider: Setter[W_contra], now: dt.datetime, lease_until: dt.datetime
    ) -> Record:
        if decision.known is not None:
            stage = states.stage_chosen if decision.chosen else states.stage_known
            return stage(record, decision.known, run_id=self.run_id, now=now, lease_until=lease_until)
        rule = provider.facts.vnc_password
        if rule is None:
            raise states.InvalidTransition("this provider has no VNC password")
        candidate = new_password(rule, record.passwords)
        return states.stage(record, candidate, run_id=self.run_id, now=now, lease_until=lease_until)

    async def _unclaimed(self, decision: Decision, before: Record) -> Record:
        """Read the record again; raise Conflict unless what has changed, such as a restart, leaves the work to do."""
        key = decision.target.key
        record = (await self.ledger.read([key])).get(key, EMPTY)
        if record.pending is not None or before.pending is not None or record.leased(self.now()):
            raise Conflict
        if not still_to_do(decision, before, record):
            raise Conflict
        return record

    async def _settle(self, key: InstanceKey, record: Record, error: ConsoleError) -> InstanceResult:
        """Note a failed call: rejected for good, or to be tried again by the next run."""
        outcome: Outcome
        # Without a status the cloud was not asked, so it refused nothing.
        if error.kind in REJECTIONS and error.status is not None:
            outcome = "rejected"
            settled = states.reject(record, ambiguous=error.ambiguous, now=self.now(), outcome=outcome)
        else:
            outcome = "ambiguous" if error.ambiguous else "failed"
            settled = states.keep(record, ambiguous=error.ambiguous, outcome=outcome)
        try:
            await store(self.ledger, key, settled)
        except Conflict:
            # Another run has claimed the candidate meanwhile; it is theirs to settle.
            return InstanceResult(outcome, record.reboot, record, error)
        except ConsoleError as ledger_error:
            return InstanceResult(outcome, record.reboot, record, error, ledger_error=ledger_error)
        return InstanceResult(outcome, settled.reboot, settled, error)

    async def promote(self, sent: Acknowledged) -> InstanceResult:
        """Make the acknowledged candidate current; where others wrote in between, on top of what they wrote (I7)."""
        key, reboot, outcome = sent.decision.target.key, _reboot(sent.decision.instance), sent.outcome
        record, candidate, before = sent.record, sent.pending.password, sent.record.acknowledged_at
        for _race in range(RACES):
            try:
                promoted = states.promote(
                    record,
                    candidate,
                    acknowledged_at=sent.answer.at,
                    now=self.now(),
                    reboot=reboot,
                    ambiguous=sent.answer.ambiguous,
                    outcome=outcome,
                    staged_at=sent.pending.staged_at,
                )
                await store(self.ledger, key, promoted)
            except Conflict:
                pass
            except states.InvalidTransition:
                break
            except ConsoleError as error:
                return InstanceResult("acknowledged", reboot, record, error, ledger_error=error)
            else:
                return InstanceResult(outcome, reboot, promoted)
            try:
                record = (await self.ledger.read([key])).get(key, EMPTY)
            except ConsoleError as error:
                return InstanceResult("acknowledged", reboot, record, error, ledger_error=error)
            # Another run has promoted it, unless it was current before, too, and nothing was acknowledged since.
            if record.current == candidate and record.acknowledged_at != before:
                return InstanceResult(outcome, record.reboot, record)
        return InstanceResult("conflict", reboot, record, _contested())

    async def _outrun(self, decision: Decision) -> InstanceResult:
        """Another run was faster: say whether it is still at work or has done already what was to be done."""
        key = decision.target.key
        try:
            record = (await self.ledger.read([key])).get(key, EMPTY)
        except ConsoleError as error:
            return InstanceResult("failed", decision.record.reboot, decision.record, error, ledger_error=error)
        if record.pending is None and done_by_another(decision, record):
            return InstanceResult("fresh", record.reboot, record)
        if record == decision.record or (record.pending is not None and record.pending.run_id == self.run_id):
            return InstanceResult("failed", record.reboot, record, _refused_for_nothing())
        return InstanceResult("conflict", record.reboot, record, _contested())


def _reboot(instance: Instance | None) -> Reboot:
    return "needed" if instance is None else instance.reboot_after_change


def _contested() -> ConsoleError:
    return WrongState(
        "another run is rotating the same instance",
        advice="Nothing is lost: let it end, and see that two schedules do not overlap.",
    )


def _refused_for_nothing() -> ConsoleError:
    return WrongState(
        "the ledger has refused a change as if another run had made one, and has none",
        advice="Nothing was sent to the cloud and nothing is lost: run again.",
    )
