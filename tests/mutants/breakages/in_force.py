# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I6: which passwords may open the console now."""

from __future__ import annotations

from tests.mutants.breakage import Breakage
from tests.mutants.breakages.places import IN_FORCE, IN_FORCE_STORIES, MACHINE, PLAN, RECORD

DOCUMENT = "plugin_utils/_ledger/vault/document.py"
SCHEMA = "plugin_utils/_ledger/sqlite/schema.py"
IN_CODEC = "unit/ledger/test_record_json.py"

BREAKAGES = (
    Breakage(
        "I6",
        "a candidate whose answer was lost is not among those that may be in force",
        IN_FORCE,
        "record.pending.maybe_applied else []",
        "not record.pending.maybe_applied else []",
        MACHINE,
    ),
    Breakage(
        "I6",
        "what is in doubt beside the current password is over once a start was seen",
        RECORD,
        "tuple(one if record.doubts(one) else replace(one, over=True) for one in record.history)",
        "tuple(replace(one, over=True) for one in record.history)",
        f"{IN_FORCE_STORIES}::test_a_start_that_was_seen_leaves_what_is_in_doubt_beside_the_current_one",
    ),
    Breakage(
        "I6",
        "what is in doubt counts as sent before the password that was current then",
        RECORD,
        "        earlier = (former for former in history if not record.doubts(former))\n"
        "        return (*earlier, _retired(record, record.current, now), *filter(record.doubts, history))\n",
        "        return (*history, _retired(record, record.current, now))\n",
        f"{IN_FORCE_STORIES}::test_a_start_between_a_doubt_and_the_next_rotation_that_no_look_has_seen",
    ),
    Breakage(
        "I6",
        "what waited at a start that no look has seen counts as over",
        IN_FORCE,
        "        return number < (put or 0) or _is_after(one, started)\n",
        "        return True\n",
        f"{IN_FORCE_STORIES}::test_a_restart_in_the_minute_of_a_change_says_nothing",
    ),
    Breakage(
        "I6",
        "what can no longer come into force stays listed",
        IN_FORCE,
        "        return number < (put or 0) or _is_after(one, started)\n",
        "        return number < (put or 0)\n",
        f"{IN_FORCE_STORIES}::test_several_rotations_without_a_restart_leave_three_at_most",
    ),
    Breakage(
        "I6",
        "the clocks of a run and of the cloud are taken for one",
        IN_FORCE,
        "one.staged_at - SKEW)",
        "one.staged_at)",
        f"{IN_FORCE_STORIES}::test_a_candidate_staged_shortly_after_a_start_by_another_clock_may_have_come_before_it",
    ),
    Breakage(
        "I6",
        "the password that was current at the last start is not the first of the list",
        IN_FORCE,
        "    order = [*first, record.current,",
        "    order = [record.current,",
        f"{IN_FORCE_STORIES}::test_a_restart_that_was_not_seen",
    ),
    Breakage(
        "I6",
        "a start between two changes that no run has seen before its own is not taken into account",
        IN_FORCE,
        "    return max(before, default=None)\n",
        "    return None if any(before) else None\n",
        f"{IN_FORCE_STORIES}::test_a_restart_between_look_and_change",
    ),
    Breakage(
        "I6",
        "the password from before the first rotation is taken for one that the ledger has",
        RECORD,
        "    unknown_before: bool = True\n",
        "    unknown_before: bool = False\n",
        MACHINE,
    ),
    Breakage(
        "I6",
        "a change that waits for a start counts as in force",
        RECORD,
        'come_into_force(promoted) if reboot == "none" else promoted',
        'come_into_force(promoted) if reboot != "needed" else promoted',
        MACHINE,
    ),
    Breakage(
        "I6",
        "what a run saw is lost with its change",
        PLAN,
        "        after if acts else before,\n",
        "        before,\n",
        "unit/rotation/test_rotate_one_reboots.py::test_what_may_open_the_console",
    ),
    Breakage(
        "I6",
        "a run that slept promotes what was sent before the current password was set again",
        RECORD,
        " and staged_at in (None, record.doubted_at)\n",
        "\n",
        f"{IN_FORCE_STORIES}::test_a_run_that_slept_does_not_promote_what_was_sent_before_the_current_one_was_set_again",
    ),
    Breakage(
        "I6",
        "a ledger of an older release is not brought up to date",
        SCHEMA,
        "cipher.seal(key, adopted(cipher.open(key, version, sealed)))",
        "cipher.seal(key, cipher.open(key, version, sealed))",
        f"{IN_CODEC}::test_a_ledger_of_schema_1",
    ),
    Breakage(
        "I6",
        "a document of an older release is not brought up to date",
        DOCUMENT,
        "    return adopted(record) if schema == 1 else record\n",
        "    return record\n",
        f"{IN_CODEC}::test_documents_of_schema_1",
    ),
    Breakage(
        "I11",
        "a look at an instance that waits for a start is noted each time",
        IN_FORCE,
        "    if seen is record or _standing(seen) == _standing(record):\n",
        "    if seen is record:\n",
        f"{IN_FORCE_STORIES}::test_a_look_that_tells_nothing_new_is_no_change",
    ),
)
