# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I4 to I6: what an answer settles, and when a password is in force."""

from __future__ import annotations

from tests.mutants.breakage import Breakage

BREAKAGES = (
    Breakage(
        "I4",
        "a request whose answer is lost counts as one that was never sent",
        "module_utils/_http.py",
        "            sent.append(event)",
        "            del event",
        "unit/http/test_sent_or_not.py::test_a_reset_behind_the_request",
    ),
    Breakage(
        "I4",
        "what a proxy was asked counts as the request itself",
        "module_utils/_http.py",
        ' and info["request"].method != b"CONNECT"',
        "",
        "unit/http/test_proxy.py::test_a_proxy_that_refuses",
    ),
    Breakage(
        "I4",
        "a candidate whose form is refused is not replaced",
        "plugin_utils/_rotation/rotate_one.py",
        '            final = refused or decision.operation != "rotate"',
        "            final = True",
        "unit/rotation/test_rotate_one.py::test_malformed_once_takes_another_candidate",
    ),
    Breakage(
        "I4",
        "the same refusal twice is not final",
        "plugin_utils/_rotation/rotate_one.py",
        'refused, outcome = True, "rotated"',
        'refused, outcome = record.version > 3, "rotated"',
        "unit/rotation/test_rotate_one.py::test_malformed_twice_is_final",
    ),
    Breakage(
        "I4",
        "an instance in the wrong state counts as a rejection for good",
        "plugin_utils/_rotation/rotate_one.py",
        'REJECTIONS = ("invalid", "not_found", "permission")',
        'REJECTIONS = ("invalid", "not_found", "permission", "wrong_state")',
        "unit/rotation/test_rotate_one.py::test_other_refusals_keep_the_candidate",
    ),
    Breakage(
        "I4",
        "an error from before the call counts as the cloud's refusal",
        "plugin_utils/_rotation/rotate_one.py",
        "        if error.kind in REJECTIONS and error.status is not None:",
        "        if error.kind in REJECTIONS:",
        "unit/rotation/test_rotate_one.py::test_what_was_never_asked_is_no_refusal",
    ),
    Breakage(
        "I5",
        "promotion takes two changes",
        "plugin_utils/_rotation/rotate_one.py",
        "                await store(self.ledger, key, promoted)\n",
        "                half = states.replace(promoted, pending=record.pending)\n"
        "                await store(self.ledger, key, half)\n"
        "                promoted = states.replace(promoted, version=promoted.version + 1)\n"
        "                await store(self.ledger, key, promoted)\n",
        "unit/rotation/test_rotate_one_broken_off.py::test_killed_at_a_ledger_write",
    ),
    Breakage(
        "I6",
        "a start in the minute of the acknowledgement counts",
        "plugin_utils/_ledger/in_force.py",
        "    return moment.replace(second=0, microsecond=0) < other",
        "    return moment.replace(second=0, microsecond=0) <= other",
        "unit/ledger/test_record.py::test_observed_start",
    ),
    Breakage(
        "I6",
        "a stopped instance is said to need a reboot",
        "module_utils/_models.py",
        '        return "at_next_start" if self.status.lower() == "stopped" else "needed"',
        '        return "needed"',
        "unit/rotation/test_rotate_one_reboots.py::test_reboot_of_an_instance_that_is_not_io_optimized",
    ),
    Breakage(
        "I6",
        "an instance that was started before its password was set counts as up to date",
        "plugin_utils/_ledger/in_force.py",
        '        awaited = "needed"\n',
        '        awaited = "none"\n',
        "unit/ledger/test_record.py::test_a_stopped_instance_that_was_started_too_early_needs_a_reboot_after_all",
    ),
    Breakage(
        "I6",
        "a later run does not note a restart",
        "plugin_utils/_rotation/run.py",
        "        await _note([decision for decision in snapshot.decisions if not decision.acts], ledger, breaker)",
        "        await _note([decision for decision in snapshot.decisions if decision.acts], ledger, breaker)",
        "unit/rotation/test_rotate_one_reboots.py::test_reboot_of_an_instance_that_is_not_io_optimized",
    ),
    Breakage(
        "I6",
        "a report does not note a restart",
        "plugin_utils/_rotation/run.py",
        "        await _note(snapshot.decisions, ledger, breaker)",
        "        await _note([], ledger, breaker)",
        "unit/rotation/test_run.py::test_a_survey_notes_a_restart",
    ),
    Breakage(
        "I6",
        "starts are compared with this machine's clock and not with the cloud's",
        "module_utils/_alibaba/provider.py",
        "        at = reply.at if abs(reply.at - now) <= LARGEST_SKEW else now",
        "        at = now",
        "unit/alibaba/test_client.py::test_the_time_of_the_acknowledgement_is_the_clouds",
    ),
    Breakage(
        "I6",
        "a candidate whose answer was lost is not among those that may be in force",
        "plugin_utils/_ledger/in_force.py",
        "record.pending.maybe_applied else []",
        "not record.pending.maybe_applied else []",
        "unit/ledger/test_record_machine.py::TestRotations::runTest",
    ),
    Breakage(
        "I6",
        "what can no longer come into force stays listed",
        "plugin_utils/_ledger/in_force.py",
        "        return number < (put or 0) or _is_after(one, started)\n",
        "        return number < (put or 0)\n",
        "unit/ledger/test_in_force.py::test_several_rotations_without_a_restart_leave_three_at_most",
    ),
    Breakage(
        "I6",
        "the password from before the first rotation is taken for one that the ledger has",
        "plugin_utils/_ledger/record.py",
        "    unknown_before: bool = True\n",
        "    unknown_before: bool = False\n",
        "unit/ledger/test_record_machine.py::TestRotations::runTest",
    ),
)
