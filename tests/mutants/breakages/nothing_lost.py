# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I1 to I3: nothing is lost."""

from __future__ import annotations

from tests.mutants.breakage import Breakage

BREAKAGES = (
    Breakage(
        "I1",
        "a change counts as stored before it is committed",
        "plugin_utils/_ledger/sqlite/ledger.py",
        "        await stored\n",
        "        await asyncio.sleep(0)\n",
        "unit/ledger/test_sqlite.py::test_what_swap_returned_for_is_readable_by_another_process",
    ),
    Breakage(
        "I1",
        "a commit does not wait for the disk",
        "plugin_utils/_ledger/sqlite/opening.py",
        "PRAGMA synchronous = FULL",
        "PRAGMA synchronous = OFF",
        "unit/ledger/test_sqlite.py::test_the_settings_that_make_it_durable",
    ),
    Breakage(
        "I1",
        "a change counts as stored before the server has answered",
        "plugin_utils/_ledger/vault/ledger.py",
        '            reply = await session.ask("POST", self._place.data(key), read_written, needs=needs, body=body)\n',
        '            sent = session.ask("POST", self._place.data(key), read_written, needs=needs, body=body)\n'
        "            asyncio.get_running_loop().create_task(sent)\n"
        "            self._seen[key] = record.version, number + 1\n"
        "            if session is not None:\n"
        "                return\n"
        "            reply = await sent\n",
        "unit/ledger/test_vault_faults.py::test_what_swap_returned_for_is_readable_by_another",
    ),
    Breakage(
        "I1",
        "the candidate is sent without having been staged",
        "plugin_utils/_rotation/rotate_one.py",
        "                await store(self.ledger, key, record)\n            except Conflict:\n"
        "                record = await",
        "                pass\n            except Conflict:\n                record = await",
        "unit/rotation/test_rotate_one.py::test_the_candidate_is_readable_before_the_cloud_sees_it",
    ),
    Breakage(
        "I2",
        "a record that was deleted by hand on the server passes for a new instance",
        "plugin_utils/_ledger/vault/responses.py",
        "        if version is not None:\n            raise _gone(asked, version)\n",
        '        if version is not None:\n            return Stored(version["version"] * 0)\n',
        "unit/ledger/test_vault.py::test_a_record_that_was_deleted_is_not_none",
    ),
    Breakage(
        "I2",
        "an answer of something in between passes for a server without that record",
        "plugin_utils/_ledger/vault/responses.py",
        '        if body.get("errors") == []:\n            return Stored(0)\n',
        "        return Stored(0)\n",
        "unit/ledger/test_vault_faults.py::test_what_is_no_answer_is_not_no_record",
    ),
    Breakage(
        "I2",
        "a record that waits while the key changes is stored under the old key, which is gone",
        "plugin_utils/_ledger/sqlite/ledger.py",
        "swap.sealed if swap.cipher is cipher else cipher.seal(key, swap.record))",
        "swap.sealed)",
        "unit/ledger/test_rekeying.py::test_a_run_that_has_the_new_key_too_goes_on",
    ),
    Breakage(
        "I2",
        "a change of the key killed halfway leaves the old key with records under the new one",
        "plugin_utils/_ledger/sqlite/rekeying.py",
        "            connection.execute(_SEAL, (cipher.seal(key, record), *key, version))\n",
        "            connection.execute(_SEAL, (cipher.seal(key, record), *key, version))\n"
        '            connection.execute("COMMIT")\n'
        '            connection.execute("BEGIN IMMEDIATE")\n',
        "unit/ledger/test_rekeying.py::test_killed_while_the_key_changes",
    ),
    Breakage(
        "I4",
        "a module that lost an answer and was refused then counts as not applied",
        "plugin_utils/_recording.py",
        'ambiguous=bool(result.get("answer_lost", True))',
        "ambiguous=False",
        "unit/rotation/test_recording.py::test_a_module_that_fails",
    ),
    Breakage(
        "I3",
        "a later run takes a new candidate for the pending one",
        "plugin_utils/_rotation/rotate_one.py",
        "            if record.pending is not None:\n                record = states.claim(",
        "            if record.pending is not None and provider.facts.vnc_password is not None:\n"
        "                fresh = new_password(provider.facts.vnc_password, record.passwords)\n"
        "                other = states.replace(record.pending, password=fresh)\n"
        "                record = states.replace(record, pending=other)\n"
        "                record = states.claim(",
        "unit/rotation/test_rotate_one_broken_off.py::test_killed_between_acknowledgement_and_promotion_again_and_again",
    ),
)
