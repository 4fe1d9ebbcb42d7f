# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I1 to I3: nothing is lost."""

from __future__ import annotations

from tests.mutants.breakage import Breakage
from tests.mutants.breakages.places import (
    ANSWERS,
    ATTEMPT,
    IN_AGAIN,
    IN_ATTEMPT,
    IN_BESIDE_OTHERS,
    IN_BROKEN_OFF,
    IN_KNOWN,
    IN_KV,
    IN_KV_FAULTS,
    IN_PLAN,
    IN_RECORD,
    IN_RECORDING,
    IN_REKEYING,
    IN_SQLITE,
    KV,
    MACHINE,
    OPENING,
    PLAN,
    RECORD,
    RECORDING,
    REKEYING,
    SQLITE,
)

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
        '            reply = await session.ask("POST", self._place.data(key), read_written, needs=needs, body=body)\n',
        '            sent = session.ask("POST", self._place.data(key), read_written, needs=needs, body=body)\n'
        "            asyncio.get_running_loop().create_task(sent)\n"
        "            self._seen[key] = record.version, number + 1\n"
        "            if session is not None:\n"
        "                return\n"
        "            reply = await sent\n",
        f"{IN_KV_FAULTS}::test_what_swap_returned_for_is_readable_by_another",
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
        "        return (*earlier, _retired(record, record.current, now), *filter(record.doubts, history))",
        "        return history",
        MACHINE,
    ),
    Breakage(
        "I2",
        "what may be in force instead of the current password is pruned",
        RECORD,
        "if not former.over)",
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
        "    elif pending is not None or not _given_up(record, candidate, staged_at) or",
        "    elif pending is not None or candidate != record.current or",
        f"{IN_BESIDE_OTHERS}::test_another_run_is_refused_what_was_acknowledged",
    ),
    Breakage(
        "I2",
        "setting the current password again drops what was in doubt beside it",
        RECORD,
        "    return tuple(replace(one, maybe=False) if record.doubts(one) else one for one in history)",
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
        "        if version is not None:\n            raise _gone(asked, version)\n",
        '        if version is not None:\n            return Stored(version["version"] * 0)\n',
        f"{IN_KV}::test_a_record_that_was_deleted_is_not_none",
    ),
    Breakage(
        "I2",
        "an answer of something in between passes for a server without that record",
        ANSWERS,
        '        if body.get("errors") == []:\n            return Stored(0)\n',
        "        return Stored(0)\n",
        f"{IN_KV_FAULTS}::test_what_is_no_answer_is_not_no_record",
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
        f"{IN_REKEYING}::test_a_run_that_has_the_new_key_too_goes_on",
    ),
    Breakage(
        "I2",
        "a change of the key killed halfway leaves the old key with records under the new one",
        REKEYING,
        "            connection.execute(_SEAL, (cipher.seal(key, record), *key, version))\n",
        "            connection.execute(_SEAL, (cipher.seal(key, record), *key, version))\n"
        '            connection.execute("COMMIT")\n'
        '            connection.execute("BEGIN IMMEDIATE")\n',
        f"{IN_REKEYING}::test_killed_while_the_key_changes",
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
        "a chosen password takes the place of another one that is pending",
        PLAN,
        " and record.pending is not None and record.pending.password != wishes.chosen:",
        " and record.pending is not None and record.pending.password == wishes.chosen:",
        f"{IN_PLAN}::test_a_pending_password_comes_before_a_chosen_one",
    ),
    Breakage(
        "I3",
        "a chosen password is staged over a candidate that is unresolved",
        RECORD,
        "    _require_free(record, now)\n    return _next(record, pending=Pending(candidate",
        "    return _next(record, pending=Pending(candidate",
        f"{IN_KNOWN}::test_a_chosen_one_waits_for_others",
    ),
    Breakage(
        "I4",
        "a module that lost an answer and was refused then counts as not applied",
        RECORDING,
        'ambiguous=bool(result.get("answer_lost", True))',
        "ambiguous=False",
        f"{IN_RECORDING}::test_a_module_that_fails",
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
        "                other = states.replace(record.pending, password=fresh)\n"
        "                record = states.replace(record, pending=other)\n"
        "                record = states.claim(",
        f"{IN_BROKEN_OFF}::test_killed_between_acknowledgement_and_promotion_again_and_again",
    ),
)
