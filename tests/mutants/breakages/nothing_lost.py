# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I1 to I6: nothing is lost."""

from __future__ import annotations

from tests.mutants.breakage import Breakage

ATTEMPT = "plugin_utils/_rotation/attempt.py"
MODELS = "module_utils/_models.py"
PLAN = "plugin_utils/_rotation/plan.py"
RECORD = "plugin_utils/_ledger/record.py"
RUN = "plugin_utils/_rotation/run.py"
SQLITE = "plugin_utils/_ledger/sqlite.py"
MACHINE = "unit/ledger/test_record_machine.py::TestRotations::runTest"
IN_ATTEMPT = "unit/rotation/test_attempt.py"
IN_PLAN = "unit/rotation/test_plan.py"
IN_RECORD = "unit/ledger/test_record.py"
IN_SQLITE = "unit/ledger/test_sqlite.py"

BREAKAGES = (
    Breakage(
        "I1",
        "a change counts as stored before it is committed",
        SQLITE,
        "        await stored\n",
        "        await asyncio.sleep(0)\n",
        f"{IN_SQLITE}::test_what_swap_returned_for_is_readable_by_another_process",
    ),
    Breakage(
        "I1",
        "a commit does not wait for the disk",
        SQLITE,
        "PRAGMA synchronous = FULL",
        "PRAGMA synchronous = OFF",
        f"{IN_SQLITE}::test_the_settings_that_make_it_durable",
    ),
    Breakage(
        "I1",
        "the candidate is sent without having been staged",
        ATTEMPT,
        "                await store(self.ledger, key, record)\n            except Conflict:\n"
        "                record = await",
        "                pass\n            except Conflict:\n                record = await",
        f"{IN_ATTEMPT}::test_the_candidate_is_readable_before_the_cloud_sees_it",
    ),
    Breakage(
        "I2",
        "promoting forgets the password before",
        RECORD,
        "    if record.current is not None:\n        history = (*history,",
        "    if record.current is None:\n        history = (*history,",
        MACHINE,
    ),
    Breakage(
        "I2",
        "what may be in force instead of the current password is pruned",
        RECORD,
        "if record.doubts(former))",
        "if not former.password)",
        f"{IN_RECORD}::test_pruning_keeps_what_may_be_in_force_instead_of_current",
    ),
    Breakage(
        "I2",
        "a candidate without an answer is dropped",
        RECORD,
        "_next(record, pending=settled, lease",
        "_next(record, pending=None, lease",
        f"{IN_ATTEMPT}::test_without_a_readable_answer_the_candidate_stays",
    ),
    Breakage(
        "I2",
        "an acknowledgement is lost where another run has given the candidate up",
        RECORD,
        "    elif record.pending is None and candidate in _maybes(record) and",
        "    elif record.pending is None and candidate in () and",
        f"{IN_ATTEMPT}::test_another_run_is_refused_what_was_acknowledged",
    ),
    Breakage(
        "I3",
        "a candidate is staged over one that is unresolved",
        RECORD,
        "    if record.pending is not None:\n        raise InvalidTransition",
        "    if record.pending is not None and record.pending.in_flight:\n        raise InvalidTransition",
        f"{IN_RECORD}::test_no_new_candidate_is_staged",
    ),
    Breakage(
        "I3",
        "a pending candidate waits until its host is due",
        PLAN,
        '    if record.pending is not None:\n        return "resumed", None\n'
        '    if not is_due(record, wishes, now):\n        return "fresh", None\n',
        '    if not is_due(record, wishes, now):\n        return "fresh", None\n'
        '    if record.pending is not None:\n        return "resumed", None\n',
        f"{IN_PLAN}::test_a_pending_candidate_is_resumed_whatever_its_age",
    ),
    Breakage(
        "I3",
        "a later run takes a new candidate for the pending one",
        ATTEMPT,
        "            if record.pending is not None:\n                record = states.claim(",
        "            if record.pending is not None and provider.facts.vnc_password is not None:\n"
        "                fresh = new_password(provider.facts.vnc_password, record.passwords)\n"
        "                other = states.dataclasses.replace(record.pending, password=fresh)\n"
        "                record = states.dataclasses.replace(record, pending=other)\n"
        "                record = states.claim(",
        f"{IN_ATTEMPT}::test_killed_between_acknowledgement_and_promotion_again_and_again",
    ),
    Breakage(
        "I4",
        "a refused candidate is dropped although an earlier attempt was ambiguous",
        RECORD,
        "    if not (pending.ambiguous or ambiguous):",
        "    if not ambiguous:",
        MACHINE,
    ),
    Breakage(
        "I4",
        "a refused candidate is dropped although an earlier try of the call was ambiguous",
        RECORD,
        "    if not (pending.ambiguous or ambiguous):",
        "    if not pending.ambiguous:",
        f"{IN_ATTEMPT}::test_a_rejection_after_a_lost_answer_is_kept_as_maybe",
    ),
    Breakage(
        "I4",
        "a candidate that was refused but may be in force is not marked so",
        RECORD,
        "None, now, maybe=True)",
        "None, now, maybe=False)",
        f"{IN_ATTEMPT}::test_a_rejection_after_a_lost_answer_is_kept_as_maybe",
    ),
    Breakage(
        "I4",
        "an attempt that nobody settled counts as not applied",
        RECORD,
        "in_flight=True, ambiguous=pending.maybe_applied",
        "in_flight=True, ambiguous=pending.ambiguous",
        f"{IN_RECORD}::test_claim_keeps_the_candidate_and_the_longer_lease",
    ),
    Breakage(
        "I4",
        "an earlier ambiguous attempt is forgotten when a later one fails plainly",
        RECORD,
        "    open_still = pending.ambiguous or ambiguous\n    settled",
        "    open_still = ambiguous\n    settled",
        f"{IN_RECORD}::test_keep",
    ),
    Breakage(
        "I4",
        "a candidate whose form is refused is not replaced",
        ATTEMPT,
        "            if not malformed or refused or",
        "            if malformed or refused or",
        f"{IN_ATTEMPT}::test_malformed_once_takes_another_candidate",
    ),
    Breakage(
        "I4",
        "the same refusal twice is not final",
        ATTEMPT,
        'refused, outcome = True, "rotated"',
        'refused, outcome = record.version > 3, "rotated"',
        f"{IN_ATTEMPT}::test_malformed_twice_is_final",
    ),
    Breakage(
        "I4",
        "an instance in the wrong state counts as a rejection for good",
        ATTEMPT,
        'REJECTIONS = ("invalid", "not_found", "permission")',
        'REJECTIONS = ("invalid", "not_found", "permission", "wrong_state")',
        f"{IN_ATTEMPT}::test_other_refusals_keep_the_candidate",
    ),
    Breakage(
        "I4",
        "refused credentials count as a rejection for good",
        ATTEMPT,
        'REJECTIONS = ("invalid", "not_found", "permission")',
        'REJECTIONS = ("invalid", "not_found", "permission", "authentication")',
        f"{IN_ATTEMPT}::test_other_refusals_keep_the_candidate",
    ),
    Breakage(
        "I4",
        "an error from before the call counts as the cloud's refusal",
        ATTEMPT,
        "        if error.kind in REJECTIONS and error.status is not None:",
        "        if error.kind in REJECTIONS:",
        f"{IN_ATTEMPT}::test_what_was_never_asked_is_no_refusal",
    ),
    Breakage(
        "I5",
        "promotion takes two changes",
        ATTEMPT,
        "                await store(self.ledger, key, promoted)\n",
        "                half = states.dataclasses.replace(promoted, pending=record.pending)\n"
        "                await store(self.ledger, key, half)\n"
        "                promoted = states.dataclasses.replace(promoted, version=promoted.version + 1)\n"
        "                await store(self.ledger, key, promoted)\n",
        f"{IN_ATTEMPT}::test_killed_at_a_ledger_write",
    ),
    Breakage(
        "I5",
        "what is promoted stays pending, and is sent once more",
        RECORD,
        "        pending=None,\n        history=history,\n        reboot=reboot,",
        "        pending=record.pending,\n        history=history,\n        reboot=reboot,",
        f"{IN_RECORD}::test_promote_is_one_change",
    ),
    Breakage(
        "I5",
        "what was acknowledged and not promoted is left alone by the next run",
        PLAN,
        '    acts = outcome in ("rotated", "resumed")',
        '    acts = outcome == "rotated"',
        f"{IN_ATTEMPT}::test_killed_between_acknowledgement_and_promotion_again_and_again",
    ),
    Breakage(
        "I6",
        "a start in the minute of the acknowledgement counts",
        RECORD,
        "_minute(started) > _minute(record.acknowledged_at)",
        "_minute(started) >= _minute(record.acknowledged_at)",
        f"{IN_RECORD}::test_observed_start",
    ),
    Breakage(
        "I6",
        "history is pruned while a restart is awaited",
        RECORD,
        '    if record.reboot != "none" or len(record.history) <= KEEP:',
        "    if len(record.history) <= KEEP:",
        f"{IN_RECORD}::test_history_is_pruned_only_when_no_restart_is_awaited",
    ),
    Breakage(
        "I6",
        "two former passwords are enough",
        RECORD,
        "\nKEEP = 10\n",
        "\nKEEP = 2\n",
        f"{IN_RECORD}::test_history_is_pruned_only_when_no_restart_is_awaited",
    ),
    Breakage(
        "I6",
        "a promoted password counts as in force at once",
        RECORD,
        "        history=history,\n        reboot=reboot,",
        '        history=history,\n        reboot="none",',
        f"{IN_ATTEMPT}::test_reboot_of_an_instance_that_is_not_io_optimized",
    ),
    Breakage(
        "I6",
        "a stopped instance is said to need a reboot",
        MODELS,
        '        return "at_next_start" if self.status.lower() == "stopped" else "needed"',
        '        return "needed"',
        f"{IN_ATTEMPT}::test_reboot_of_an_instance_that_is_not_io_optimized",
    ),
    Breakage(
        "I6",
        "an instance that was started before its password was set counts as up to date",
        RECORD,
        '        return _next(record, reboot="needed")\n',
        '        return _next(record, reboot="none")\n',
        f"{IN_RECORD}::test_a_stopped_instance_that_was_started_too_early_needs_a_reboot_after_all",
    ),
    Breakage(
        "I6",
        "a later run does not note a restart",
        RUN,
        "        await _note([decision for decision in view.decisions if not decision.acts], ledger, brake)",
        "        await _note([decision for decision in view.decisions if decision.acts], ledger, brake)",
        f"{IN_ATTEMPT}::test_reboot_of_an_instance_that_is_not_io_optimized",
    ),
    Breakage(
        "I6",
        "a report does not note a restart",
        RUN,
        "        await _note(view.decisions, ledger, brake)",
        "        await _note([], ledger, brake)",
        "unit/rotation/test_run.py::test_a_survey_notes_a_restart",
    ),
    Breakage(
        "I6",
        "starts are compared with this machine's clock and not with the cloud's",
        "module_utils/_alibaba/client.py",
        "        at = reply.at if abs(reply.at - now) <= LARGEST_SKEW else now",
        "        at = now",
        "unit/alibaba/test_client.py::test_the_time_of_the_acknowledgement_is_the_clouds",
    ),
)
