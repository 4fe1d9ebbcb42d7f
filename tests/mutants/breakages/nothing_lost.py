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
OPENING = "plugin_utils/_ledger/_sqlite/opening.py"
REKEYING = "plugin_utils/_ledger/_sqlite/rekeying.py"
ANSWERS = "plugin_utils/_ledger/_kv/answers.py"
KV = "plugin_utils/_ledger/_kv/ledger.py"
MACHINE = "unit/ledger/test_record_machine.py::TestRotations::runTest"
IN_AGAIN = "unit/rotation/test_again.py"
IN_ATTEMPT = "unit/rotation/test_attempt.py"
IN_CARE = "unit/ledger/test_care.py"
IN_KNOWN = "unit/ledger/test_record_known.py"
IN_KV = "unit/ledger/test_kv.py"
IN_LEDGERS = "unit/ledger/test_ledgers.py"
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
        OPENING,
        "PRAGMA synchronous = FULL",
        "PRAGMA synchronous = OFF",
        f"{IN_SQLITE}::test_the_settings_that_make_it_durable",
    ),
    Breakage(
        "I1",
        "a change counts as stored before the server has answered",
        KV,
        '        reply = await session.ask("POST", self._place.data(key), read_written, needs=needs, body=body)\n',
        '        sent = session.ask("POST", self._place.data(key), read_written, needs=needs, body=body)\n'
        "        asyncio.get_running_loop().create_task(sent)\n"
        "        self._seen[key] = record.version, number + 1\n"
        "        if session is not None:\n"
        "            return\n"
        "        reply = await sent\n",
        f"{IN_KV}::test_what_swap_returned_for_is_readable_by_another",
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
        "        return (*history, Former(record.current, since, now))",
        "        return history",
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
        "    elif pending is not None or not _given_up(record, candidate) or",
        "    elif pending is not None or candidate != record.current or",
        f"{IN_ATTEMPT}::test_another_run_is_refused_what_was_acknowledged",
    ),
    Breakage(
        "I2",
        "setting the current password again drops what was in doubt beside it",
        RECORD,
        "    return tuple(msgspec.structs.replace(one, maybe=False) if record.doubts(one) else one for one in history)",
        "    return tuple(one for one in history if not record.doubts(one))",
        f"{IN_KNOWN}::test_setting_the_current_one_again_ends_the_doubt",
    ),
    Breakage(
        "I2",
        "an acknowledgement ends the doubt about what was sent after it, and with it the care for it",
        RECORD,
        "    if not settles:\n        return history\n",
        "",
        f"{IN_KNOWN}::test_an_acknowledgement_after_another_run_gave_it_up",
    ),
    Breakage(
        "I2",
        "a record that was deleted by hand on the server passes for a new instance",
        ANSWERS,
        "        if version is not None:\n            raise _gone(asked.path, version)\n",
        '        if version is not None:\n            return Stored(version["version"] * 0)\n',
        f"{IN_KV}::test_a_record_that_was_deleted_is_not_none",
    ),
    Breakage(
        "I2",
        "an answer of something in between passes for a server without that record",
        ANSWERS,
        '        if body.get("errors") == []:\n            return Stored(0)\n',
        "        return Stored(0)\n",
        f"{IN_KV}::test_what_is_no_answer_is_not_no_record",
    ),
    Breakage(
        "I2",
        "the server may delete records by itself",
        KV,
        "        if stored.expires:\n",
        "        if False:\n",
        f"{IN_KV}::test_records_that_would_vanish",
    ),
    Breakage(
        "I2",
        "a record that waits while the key changes is stored under the old key, which is gone",
        SQLITE,
        "swap.sealed if swap.cipher is cipher else cipher.seal(key, swap.record))",
        "swap.sealed)",
        f"{IN_CARE}::test_a_run_that_has_the_new_key_too_goes_on",
    ),
    Breakage(
        "I2",
        "a change of the key killed halfway leaves the old key with records under the new one",
        REKEYING,
        "            connection.execute(_SEAL, (cipher.seal(key, record), *key, version))\n",
        "            connection.execute(_SEAL, (cipher.seal(key, record), *key, version))\n"
        '            connection.execute("COMMIT")\n'
        '            connection.execute("BEGIN IMMEDIATE")\n',
        f"{IN_CARE}::test_killed_while_the_key_changes",
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
        '    if record.pending is not None:\n        return "resumed", None\n',
        '    if record.pending is not None and is_due(record, wishes, now):\n        return "resumed", None\n',
        f"{IN_PLAN}::test_a_pending_candidate_is_resumed_whatever_its_age",
    ),
    Breakage(
        "I3",
        "going back, or setting again, does not wait for a candidate that is pending",
        PLAN,
        '    if record.pending is not None:\n        return "resumed", None\n',
        '    if record.pending is not None and known is None:\n        return "resumed", None\n',
        f"{IN_AGAIN}::test_a_pending_candidate_comes_first",
    ),
    Breakage(
        "I3",
        "a recorded password is staged over a candidate that is unresolved",
        RECORD,
        "    _require_free(record, now)\n    if candidate not in",
        "    if candidate not in",
        f"{IN_KNOWN}::test_what_cannot_be_staged",
    ),
    Breakage(
        "I3",
        "a later run takes a new candidate for the pending one",
        ATTEMPT,
        "            if record.pending is not None:\n                record = states.claim(",
        "            if record.pending is not None and provider.facts.vnc_password is not None:\n"
        "                fresh = new_password(provider.facts.vnc_password, record.passwords)\n"
        "                other = states.msgspec.structs.replace(record.pending, password=fresh)\n"
        "                record = states.msgspec.structs.replace(record, pending=other)\n"
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
        '            final = refused or decision.operation != "rotate"',
        "            final = True",
        f"{IN_ATTEMPT}::test_malformed_once_takes_another_candidate",
    ),
    Breakage(
        "I4",
        "a recorded password whose form is refused is replaced",
        ATTEMPT,
        '            final = refused or decision.operation != "rotate"',
        "            final = refused",
        f"{IN_AGAIN}::test_a_refused_form_is_final",
    ),
    Breakage(
        "I4",
        "a former password that may have been applied stands in history as maybe more than once",
        RECORD,
        "        history = (*_without_doubt(history, pending.password), Former(",
        "        history = (*history, Former(",
        f"{IN_KNOWN}::test_a_former_one_that_may_be_applied_is_in_doubt_once",
    ),
    Breakage(
        "I4",
        "the current password, refused when it is set again, is given up beside itself",
        RECORD,
        "    if pending.password != record.current:\n        history = (*_without",
        "    if pending.password:\n        history = (*_without",
        f"{IN_KNOWN}::test_the_current_one_that_may_be_applied_stands_once",
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
        "                half = states.msgspec.structs.replace(promoted, pending=record.pending)\n"
        "                await store(self.ledger, key, half)\n"
        "                promoted = states.msgspec.structs.replace(promoted, version=promoted.version + 1)\n"
        "                await store(self.ledger, key, promoted)\n",
        f"{IN_ATTEMPT}::test_killed_at_a_ledger_write",
    ),
    Breakage(
        "I5",
        "what is promoted stays pending, and is sent once more",
        RECORD,
        "        pending=None,\n        history=_history_with(",
        "        pending=record.pending,\n        history=_history_with(",
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
        "        reboot=reboot,\n        lease_until",
        '        reboot="none",\n        lease_until',
        f"{IN_ATTEMPT}::test_reboot_of_an_instance_that_is_not_io_optimized",
    ),
    Breakage(
        "I6",
        "a password that is set again asks for no restart",
        RECORD,
        "        reboot=reboot,\n        lease_until",
        "        reboot=record.reboot if candidate == record.current else reboot,\n        lease_until",
        f"{IN_AGAIN}::test_another_run_gives_up_what_was_acknowledged",
    ),
    Breakage(
        "I6",
        "a start before a password was set again counts as one after it",
        RECORD,
        "        acknowledged_at=acknowledged_at,\n        rotated_at",
        "        acknowledged_at=record.acknowledged_at if candidate == record.current else acknowledged_at,\n"
        "        rotated_at",
        f"{IN_KNOWN}::test_the_current_one_again_keeps_its_age_and_adds_no_history",
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
