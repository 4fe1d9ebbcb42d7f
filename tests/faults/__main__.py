# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The full run, as README.md describes it: python -m tests.faults [--kills N] [--seed S] [--scenario SEED]."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.tools.collection import link
from tests.tools.suite import run_pytest


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    sys.path.insert(0, str(link()))
    os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"
    if options.through_standby:
        return ask_standbys(options.through_standby, options.seed)
    if options.scenario is not None:
        return run_campaign(kills=1, playbooks=0, seed=options.scenario, workers=1, scenarios=1)
    code = run_campaign(kills=options.kills, playbooks=options.playbooks, seed=options.seed, workers=options.workers)
    if options.kills_alone:
        return code
    print("\nthe tests beside them", flush=True)
    beside = ["--deselect", "tests/faults/test_kills.py", "--durations=5"]
    return run_pytest("faults", beside, {"CONSOLE_FAULTS": "full"}) or code


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description="Kill rotations and see that nothing is lost.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--playbooks", type=int, default=60, help="so many of the kills are of ansible-playbook")
    parser.add_argument("--seed", type=int, default=1, help="of the first scenario; the others follow")
    parser.add_argument("--workers", type=int, default=2, help="scenarios at once")
    parser.add_argument("--scenario", type=int, help="run only the scenario of this seed")
    parser.add_argument("--through-standby", type=int, metavar="RUNS", help="only rotations through a standby")
    parser.add_argument("--kills-alone", action="store_true", help="without the tests beside them")
    return parser.parse_args(arguments)


def ask_standbys(runs: int, seed: int) -> int:
    """Rotate through a standby so often and print the sums."""
    from tests.faults.through_standby import campaign

    with tempfile.TemporaryDirectory() as folder:
        total = campaign(Path(folder), runs, seed, lambda line: print(line, flush=True))
    print(total.line())
    return 1 if total.violations else 0


def run_campaign(kills: int, playbooks: int, seed: int, workers: int, scenarios: int = 0) -> int:
    """Run a campaign and print its sums."""
    from tests.faults.campaign import Campaign, Goal, summary

    began = time.monotonic()
    goal = Goal(kills, playbooks, seed, workers, scenarios=scenarios)
    campaign = Campaign(goal, lambda line: print(line, flush=True))
    total = campaign.run()
    print("\n".join(summary(total, campaign.scenarios, time.monotonic() - began)), flush=True)
    enough = goal.scenarios or (total.kills >= goal.kills and total.playbook_kills >= goal.playbooks)
    return 0 if enough and not total.violations else 1


if __name__ == "__main__":
    sys.exit(main())
