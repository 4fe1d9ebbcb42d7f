# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I7, I8 and I9: several at once, and a ledger that fails."""

from __future__ import annotations

from tests.mutants.breakage import Breakage

BREAKAGES = (
    Breakage(
        "I7",
        "a change is stored over another one",
        "plugin_utils/_ledger/sqlite/ledger.py",
        "fits = versions.get(swap.key, 0) == swap.record.version - 1",
        "fits = versions.get(swap.key, 0) >= swap.record.version - 1",
        "unit/ledger/test_sqlite.py::test_only_the_next_version_is_stored",
    ),
    Breakage(
        "I7",
        "the last one wins the slot of a new record",
        "plugin_utils/_ledger/sqlite/ledger.py",
        "fits = versions.get(swap.key, 0) == swap.record.version - 1",
        "fits = versions.get(swap.key, 0) == swap.record.version - 1 or swap.record.version == 1",
        "unit/ledger/test_sqlite.py::test_of_many_swaps_at_once_one_wins",
    ),
    Breakage(
        "I7",
        "the loser of the slot sends its own password",
        "plugin_utils/_rotation/rotate_one.py",
        "                record = await self._unclaimed(decision, before)\n                continue\n",
        "                pass\n",
        "unit/rotation/test_rotate_one_beside_others.py::test_two_runs_at_once",
    ),
    Breakage(
        "I7",
        "a change on a server is stored over another one",
        "plugin_utils/_ledger/vault/ledger.py",
        'body = {"options": {"cas": number}, "data"',
        'body = {"data"',
        "unit/ledger/test_ledgers.py::test_a_crowd_at_one_record",
    ),
    Breakage(
        "I8",
        "the lease covers one try only",
        "plugin_utils/_rotation/rotate_one.py",
        "dt.timedelta(seconds=self.policy.window + self.slack)",
        "dt.timedelta(seconds=self.policy.timeout)",
        "unit/rotation/test_rotate_one_broken_off.py::test_the_lease_covers_every_try",
    ),
    Breakage(
        "I8",
        "a request leaves when its lease may be over",
        "module_utils/_http.py",
        "limiter.turn(last_start) as admitted:",
        "limiter.turn() as admitted:",
        "unit/http/test_call.py::test_waiting_for_a_turn_counts_too",
    ),
    Breakage(
        "I8",
        "a run that slept after announcing goes on as if nothing had been",
        "plugin_utils/_rotation/rotate_one.py",
        "            if record.pending is not None and self.now() - began < dt.timedelta(seconds=self.slack):",
        "            if record.pending is not None:",
        "unit/rotation/test_rotate_one_broken_off.py::test_a_sleep_after_announcing_renews_the_lease",
    ),
    Breakage(
        "I8",
        "the lease of a chosen password does not last until the module has ended",
        "plugin_utils/_recording.py",
        "slack=START + policy.window",
        "slack=START",
        "unit/rotation/test_recording.py::test_by_the_steps_of_a_rotation",
    ),
    Breakage(
        "I9",
        "a ledger that fails and cannot be read again counts as written",
        "plugin_utils/_ledger/store.py",
        "            raise lost from None\n",
        "            return\n",
        "unit/ledger/test_sqlite.py::test_lost_answer_and_no_second_look",
    ),
    Breakage(
        "I9",
        "the cloud is called although staging failed",
        "plugin_utils/_ledger/store.py",
        "            raise Conflict from None\n        raise\n",
        "            raise Conflict from None\n",
        "unit/rotation/test_rotate_one_broken_off.py::test_no_ledger_no_cloud",
    ),
    Breakage(
        "I9",
        "the clouds are asked before the ledger has been read",
        "plugin_utils/_rotation/run.py",
        "        records = await ledger.read([target.key for target in selection.targets])\n"
        "        seen = await observe(selection.targets, accounts, progress)\n",
        "        seen = await observe(selection.targets, accounts, progress)\n"
        "        records = await ledger.read([target.key for target in selection.targets])\n",
        "unit/rotation/test_run.py::test_a_record_that_cannot_be_read_stops_before_any_call",
    ),
    Breakage(
        "I9",
        "a ledger lost after the call is not reported as acknowledged",
        "plugin_utils/_rotation/rotate_one.py",
        'return InstanceResult("acknowledged", reboot, record, error, ledger_error=error)\n            else:',
        'return InstanceResult("rotated", reboot, record, error, ledger_error=error)\n            else:',
        "unit/rotation/test_rotate_one_broken_off.py::test_ledger_lost_after_the_call",
    ),
    Breakage(
        "I9",
        "a run goes on when the ledger has failed",
        "plugin_utils/_rotation/engine.py",
        "        if result.ledger_error is not None:",
        "        if False:",
        "unit/rotation/test_rotate_one_broken_off.py::test_ledger_lost_after_the_call",
    ),
    Breakage(
        "I9",
        "a ledger that was taken away meanwhile is written on",
        "plugin_utils/_ledger/sqlite/ledger.py",
        "        if _identity(self._path) != self._file:",
        "        if False:",
        "faults/test_ledger_trouble.py::test_a_ledger_that_is_taken_away[removed]",
    ),
    Breakage(
        "I9",
        "a server that fails counts as one that has stored",
        "plugin_utils/_ledger/vault/responses.py",
        "    if answer.status == 400 and any(_MISMATCH",
        "    if answer.status >= 500:\n        return Stored(1)\n    if answer.status == 400 and any(_MISMATCH",
        "integration/test_vault_ledger.py::test_the_server_fails_between_call_and_promotion",
    ),
)
