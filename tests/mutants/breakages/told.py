# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I11, I12 and I13: what operators are told."""

from __future__ import annotations

from tests.mutants.breakage import Breakage
from tests.mutants.breakages.places import (
    IN_AGAIN,
    IN_FORCE,
    IN_LEDGERS,
    IN_PLAN,
    KV,
    PLAN,
    RUN,
)
from tests.mutants.breakages.together import IN_RUN, TARGETS

ACTION = "action/vnc_password_rotation.py"
ACTIONS = "plugin_utils/_actions.py"
OUTCOMES = "plugin_utils/_rotation/outcomes.py"
RESULT = "plugin_utils/_rotation/result.py"
LIFE = "integration/test_rotation.py::test_life_of_an_inventory"

BREAKAGES = (
    Breakage(
        "I11",
        "a second run writes to the ledger",
        IN_FORCE,
        "    if seen is record or _standing(seen) == _standing(record):\n",
        "    if seen is record and _standing(seen) != _standing(record):\n",
        f"{IN_RUN}::test_a_second_run_writes_nothing",
    ),
    Breakage(
        "I11",
        "a second run writes to the cloud",
        PLAN,
        "    return now - record.rotated_at >= options.max_age",
        "    return True",
        f"{IN_RUN}::test_a_second_run_writes_nothing",
    ),
    Breakage(
        "I11",
        "a run that changed nothing says that it did",
        OUTCOMES,
        'nothing to do: not due, or done already")',
        'nothing to do: not due, or done already", changes=True)',
        f"{IN_RUN}::test_a_second_run_writes_nothing",
    ),
    Breakage(
        "I11",
        "force overrides nothing",
        PLAN,
        "record.rotated_at is None or options.force:",
        "record.rotated_at is None:",
        f"{IN_PLAN}::test_zero_always_rotates_and_force_overrides",
    ),
    Breakage(
        "I11",
        "the age counts from the acknowledgement, by another clock",
        PLAN,
        "    return now - record.rotated_at >= options.max_age",
        "    return now - (record.acknowledged_at or record.rotated_at) >= options.max_age",
        f"{IN_PLAN}::test_the_age_counts_from_the_promotion_and_not_from_the_acknowledgement",
    ),
    Breakage(
        "I11",
        "going back to a moment writes for hosts that are there already",
        PLAN,
        '    return options.operation == "reconcile" or known != record.current',
        "    return True",
        f"{IN_AGAIN}::test_back_to_a_moment",
    ),
    Breakage(
        "I11",
        "reconciling takes it for granted that the recorded password is in force",
        PLAN,
        '    return options.operation == "reconcile" or known != record.current',
        "    return known != record.current",
        f"{IN_AGAIN}::test_every_recorded_password_is_set_whatever_its_age",
    ),
    Breakage(
        "I12",
        "check mode writes to a ledger on a server",
        KV,
        "        if self._read_only:\n            raise ledger_error(",
        "        if not self.where:\n            raise ledger_error(",
        f"{IN_LEDGERS}::test_reading_alone_writes_nothing",
    ),
    Breakage(
        "I12",
        "check mode writes to the cloud",
        RUN,
        "        if not options.check_mode:\n            results = await _carry_out(",
        "        if True:\n            results = await _carry_out(",
        f"{IN_RUN}::test_check_mode_lists_what_a_real_run_touches",
    ),
    Breakage(
        "I12",
        "the dry run forecasts no reboots",
        PLAN,
        "        reboot=seen.reboot_after_change if acts else after.reboot,",
        "        reboot=after.reboot,",
        f"{IN_RUN}::test_check_mode_lists_what_a_real_run_touches",
    ),
    Breakage(
        "I12",
        "the dry run takes all for due",
        RUN,
        "seen[target.key], options.rotation, started_at)",
        "seen[target.key], RotationOptions(dt.timedelta(0)) if options.check_mode else options.rotation, started_at)",
        f"{IN_RUN}::test_check_mode_lists_what_a_real_run_touches",
    ),
    Breakage(
        "I12",
        "check mode is not passed on",
        ACTIONS,
        "check_mode=boolean(self._task.check_mode),",
        "check_mode=False,",
        LIFE,
    ),
    Breakage(
        "I12",
        "check mode makes a ledger",
        ACTION,
        "read_only=check, create=True)",
        "read_only=False, create=True)",
        LIFE,
    ),
    Breakage(
        "I12",
        "the preflight restarts instances",
        "plugin_utils/_rotation/preflight/probes.py",
        "force_stop=False, dry_run=True)",
        "force_stop=False, dry_run=False)",
        "integration/test_preflight.py::test_all_is_well",
    ),
    Breakage(
        "I12",
        "check mode makes the folder of the reports",
        ACTION,
        '        if params["report_formats"] and not self._task.check_mode:',
        '        if params["report_formats"]:',
        LIFE,
    ),
    Breakage(
        "I12",
        "check mode writes reports",
        ACTION,
        "{} if check else self._report",
        "{} if False else self._report",
        LIFE,
    ),
    Breakage(
        "I13",
        "the order of the inventory is lost, and with it who is missing",
        RUN,
        "    return tuple(by_name[host.name] for host in options.hosts)",
        "    return tuple(by_name.values())",
        f"{IN_RUN}::test_every_host_stands_in_the_result_once",
    ),
    Breakage(
        "I13",
        "hosts without an instance id are left out silently",
        RUN,
        "    return tuple(by_name[host.name] for host in options.hosts)",
        '    return tuple(by_name[host.name] for host in options.hosts if by_name[host.name].outcome != "unmapped")',
        f"{IN_RUN}::test_every_host_stands_in_the_result_once",
    ),
    Breakage(
        "I13",
        "an outcome outside of the closed list",
        TARGETS,
        '            return HostResult(host.name, "excluded")',
        '            return HostResult(host.name, "skipped")  # type: ignore[arg-type]',
        f"{IN_RUN}::test_every_host_stands_in_the_result_once",
    ),
    Breakage(
        "I13",
        "the sums do not match",
        RESULT,
        '"total": len(self.hosts)}',
        '"total": len(self.hosts) - counts["unmapped"]}',
        f"{IN_RUN}::test_every_host_stands_in_the_result_once",
    ),
    Breakage(
        "I13",
        "hosts of a cloud without VNC passwords count as unmapped",
        TARGETS,
        '                "unsupported",\n',
        '                "unmapped",\n',
        f"{IN_RUN}::test_every_host_stands_in_the_result_once",
    ),
    Breakage(
        "I13",
        "hosts that were not attempted are no problem",
        OUTCOMES,
        '_Row("warn", "not started,',
        '_Row("calm", "not started,',
        f"{IN_RUN}::test_a_dead_canary_stops_the_run",
    ),
    Breakage(
        "I13",
        "the small result of a large fleet lacks those that need a reboot",
        RESULT,
        '        return self.is_problem or self.is_postponed or self.reboot == "needed"',
        "        return self.is_problem or self.is_postponed",
        "integration/test_rotation.py::test_the_result_of_a_great_fleet_is_small",
    ),
)
