# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I10 and I17: limits of the damage."""

from __future__ import annotations

from tests.mutants.breakage import Breakage
from tests.mutants.breakages.places import (
    ATTEMPT,
    IN_ATTEMPT,
    PLAN,
    RUN,
)
from tests.mutants.breakages.together import ENGINE, HTTP, IN_RUN

LIMITS = "plugin_utils/_rotation/limits.py"
LIMITER = "module_utils/_rate_limit.py"
SCOPES = "plugin_utils/_rotation/accounts.py"
IN_LIMITS = "unit/rotation/test_limits.py"
IN_LIMITER = "unit/http/test_rate_limit.py"

BREAKAGES = (
    Breakage(
        "I10",
        "all are started at once, without a canary",
        ENGINE,
        "        missing = canary\n",
        "        missing = 0\n",
        f"{IN_RUN}::test_the_rest_waits_for_the_canary",
    ),
    Breakage(
        "I10",
        "a canary that fails stops nothing",
        ENGINE,
        "        if speaks_for_others(result.error):",
        "        if False:",
        f"{IN_RUN}::test_a_dead_canary_stops_the_run",
    ),
    Breakage(
        "I10",
        "a canary that is merely not ready stops the run",
        LIMITS,
        "    return not isinstance(error, (NotFound, WrongState))",
        "    return not isinstance(error, NotFound)",
        f"{IN_RUN}::test_a_canary_that_is_not_ready_is_replaced",
    ),
    Breakage(
        "I10",
        "one failure more than allowed goes unnoticed",
        LIMITS,
        "        if self._failures > self._allowed:",
        "        if self._failures > self._allowed + 1:",
        f"{IN_LIMITS}::test_one_more_than_allowed_stops_the_run",
    ),
    Breakage(
        "I10",
        "failures are not counted at all",
        ENGINE,
        "            self._breaker.failed(account.identity, result.error)",
        "            pass",
        f"{IN_RUN}::test_limit_on_failures",
    ),
    Breakage(
        "I10",
        "a share of failures is taken for a number",
        LIMITS,
        "-(-due * self.number // 100) if self.percent else self.number",
        "self.number",
        f"{IN_LIMITS}::test_allowed_failures",
    ),
    Breakage(
        "I10",
        "refused credentials stop nothing",
        LIMITS,
        "        if isinstance(error, AuthenticationError) and not is_of_ledger(error):",
        "        if False:",
        f"{IN_RUN}::test_refused_credentials_stop_their_account_only",
    ),
    Breakage(
        "I10",
        "a ledger that refuses its key stops an account of the cloud",
        LIMITS,
        "        if isinstance(error, AuthenticationError) and not is_of_ledger(error):",
        "        if isinstance(error, AuthenticationError):",
        f"{IN_LIMITS}::test_a_ledger_that_refuses_us_says_nothing_about_an_account",
    ),
    Breakage(
        "I10",
        "credentials that were refused are sent again with each further question",
        RUN,
        "if refused is None else dict.fromkeys(keys, _refused_before(refused))",
        "if account.identity else {}",
        f"{IN_RUN}::test_credentials_that_were_refused_are_not_sent_again",
    ),
    Breakage(
        "I10",
        "the first calls of a key leave all at once, before it is known whether it is refused",
        RUN,
        "    await observe(*first)\n    await asyncio.gather(*(observe(*each) for each in rest))\n",
        "    await asyncio.gather(*(observe(*each) for each in (first, *rest)))\n",
        f"{IN_RUN}::test_credentials_that_were_refused_are_not_sent_again",
    ),
    Breakage(
        "I10",
        "hosts are tried although the clock is wrong",
        PLAN,
        '    outcome: Outcome = "not_attempted" if isinstance(error, AuthenticationError) else "failed"',
        '    outcome: Outcome = "failed"',
        f"{IN_RUN}::test_clock_skew_stops_before_the_first_write",
    ),
    Breakage(
        "I10",
        "new hosts are started after the stop",
        ENGINE,
        "                if (reason := self._breaker.blocks(account.identity)) is not None:",
        "                if (reason := self._breaker.blocks(account.identity)) is not None and not self._results:",
        f"{IN_RUN}::test_limit_on_failures",
    ),
    Breakage(
        "I10",
        "what is under way does not finish after the stop",
        ENGINE,
        "        if result.ledger_error is not None:",
        '        if self._breaker.reason and result.outcome == "rotated":\n'
        '            return InstanceResult("not_attempted", decision.record.reboot, decision.record)\n'
        "        if result.ledger_error is not None:",
        f"{IN_RUN}::test_what_is_under_way_finishes",
    ),
    Breakage(
        "I17",
        "calls start more often than configured",
        LIMITER,
        "self._last_start + self._margin / self.limit",
        "self._last_start + 0.9 / self.limit",
        f"{IN_LIMITER}::test_calls_in_any_second",
    ),
    Breakage(
        "I17",
        "one call more than configured is under way",
        LIMITER,
        "asyncio.Semaphore(max(1, in_flight))",
        "asyncio.Semaphore(1 + in_flight)",
        f"{IN_LIMITER}::test_calls_in_flight",
    ),
    Breakage(
        "I17",
        "calls do not wait for their turn",
        HTTP,
        "            async with limiter.turn(last_start) as admitted:\n                if not",
        "            if admitted := True:\n                if not",
        f"{IN_RUN}::test_calls_per_second",
    ),
    Breakage(
        "I17",
        "turns that come too late are used up, and a throttled fleet never finishes",
        LIMITER,
        "                if now >= until:\n                    return False\n",
        "                if now >= until:\n"
        "                    self._last_start = max(now, start)\n"
        "                    return False\n",
        f"{IN_LIMITER}::test_who_gives_up_leaves_the_turn_to_the_next",
    ),
    Breakage(
        "I17",
        "two ways to name one account lead to a rate limiter each",
        SCOPES,
        "        if shared is not limiter:",
        "        if False:",
        f"{IN_RUN}::test_two_accesses_to_one_account_share_its_rate_limit",
    ),
    Breakage(
        "I17",
        "throttling does not stop the group",
        LIMITER,
        "        self._blocked_until = max(self._blocked_until, now + pause)",
        "        self._blocked_until = 0.0",
        f"{IN_LIMITER}::test_a_throttled_answer_stops_the_whole_group",
    ),
    Breakage(
        "I17",
        "throttling does not slow the group down",
        LIMITER,
        "min(rate * (EASE if held else CUT), self._passable * EASE)",
        "rate",
        f"{IN_LIMITER}::test_the_group_goes_on_slower_and_recovers",
    ),
    Breakage(
        "I17",
        "there is no jitter, and all groups go on at the same moment",
        LIMITER,
        "JITTER) * self._jitter()",
        "JITTER) * 0.5",
        f"{IN_LIMITER}::test_groups_do_not_go_on_at_the_same_moment",
    ),
    Breakage(
        "I17",
        "a group that was throttled stays slow",
        LIMITER,
        "            climbed = self.limit + self._step(self.limit)",
        "            climbed = self.limit",
        f"{IN_LIMITER}::test_the_group_goes_on_slower_and_recovers",
    ),
    Breakage(
        "I17",
        "recovering goes beyond the configured rate",
        LIMITER,
        "            self.limit = min(climbed, self.configured) if self.configured else climbed",
        "            self.limit = climbed",
        f"{IN_LIMITER}::test_never_faster_than_configured",
    ),
    Breakage(
        "I17",
        "refusals that do not fall with the rate cut it further",
        LIMITER,
        "        return slower < SLOWER or after.passing >=",
        "        return True or after.passing >=",
        "unit/http/test_quotas.py::test_refusals_that_are_not_ours",
    ),
    Breakage(
        "I17",
        "throttling counts as a refusal",
        ATTEMPT,
        'REJECTIONS = ("invalid", "not_found", "permission")',
        'REJECTIONS = ("invalid", "not_found", "permission", "throttled")',
        f"{IN_ATTEMPT}::test_throttling_beyond_a_calls_window_is_no_rejection_either",
    ),
)
