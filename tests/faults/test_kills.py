# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed at labelled steps and at random moments, and run again: a short selection of make faults."""

from __future__ import annotations

import time

from tests.faults.campaign import Campaign, Goal, summary

SHORT = Goal(kills=20, playbooks=6, seed=1, thorough=False)


def test_killed_runs_lose_nothing() -> None:
    """I1 to I8, I11 to I15 and I18; tests/faults/README.md says how to run one scenario again."""
    began = time.monotonic()
    campaign = Campaign(SHORT, lambda line: print(line, flush=True))
    total = campaign.run()
    print("\n".join(summary(total, campaign.scenarios, time.monotonic() - began)))
    assert total.violations == []
    assert total.kills >= SHORT.kills
    assert total.playbook_kills >= SHORT.playbooks
