# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs while others use up the quota: a share of the calls is refused, whatever our rate.

Such a run waits most of its time. So all of them run side by side, each over a cloud of its own, and the tests look at
what came of each. What other shares do to the rate is proved in simulated time, in ``unit/http/test_quotas.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import typing as t
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.unit.ledgers_and_runs import SET, host_of, outcomes, run, run_options

pytestmark = pytest.mark.slow

# The promise, with 20 % of the calls of 200 hosts in four account regions refused.
SECONDS = 30.0


@dataclass(frozen=True)
class Story:
    """One run.

    :param hosts: in four account regions.
    :param fault: what the cloud does.
    :param one_region: it does so in the first of the account regions only, and only to calls that set a password.
    """

    hosts: int
    fault: t.Mapping[str, t.Any]
    one_region: bool = False


STORIES = {
    "a fifth": Story(200, {"probability": 0.2, "seed": 2}),
    "half in one region": Story(80, {"probability": 0.5, "seed": 2}, one_region=True),
    # As where others have just used up the quota of this period
    "all at the start": Story(80, {"lasts": 4.0}),
}


@dataclass(frozen=True)
class Told:
    """What came of it: outcomes, seconds, how many calls were refused, and who was set a password when."""

    outcomes: Counter[str]
    took: float
    refused: int
    last_set: t.Mapping[tuple[str, str], float]


def place_of(fleet: Fleet) -> dict[str, str]:
    return {"region": fleet["regions"][0], "account_id": fleet["accounts"][0]["account_id"]}


async def rotate_all(story: Story, cloud: Emulator, fleet: Fleet, ledger_path: Path) -> tuple[FleetResult, float]:
    """Rotate every host with a canary, as the role does; return the seconds it took, too."""
    cloud.configure(latency=0.01)
    where = {"action": SET, **place_of(fleet)} if story.one_region else {}
    cloud.add_fault("error", status=400, code="Throttling.User", **story.fault, **where)
    hosts = [host_of(one, fleet) for one in fleet["instances"]]
    began = time.monotonic()
    result = await run(run_options(cloud, hosts, canary=1, policy=Policy()), ledger_path)
    return result, time.monotonic() - began


def told(result: FleetResult, took: float, cloud: Emulator) -> Told:
    refused = sum(row["errors"].get("Throttling.User", 0) for row in cloud.counters()["by_action"])
    rows = [row for row in cloud.log() if row["action"] == SET]
    began = rows[0]["received_at"]
    last_set = {(row["account_id"], row["region"]): row["received_at"] - began for row in rows}
    return Told(Counter(outcomes(result).values()), took, refused, last_set)


async def tell_all(folder: Path) -> dict[str, Told]:
    with contextlib.ExitStack() as clouds:
        fleets = {name: make_fleet(story.hosts, seed=4, accounts=2, regions=2) for name, story in STORIES.items()}
        running = {name: clouds.enter_context(Emulator.start(fleet)) for name, fleet in fleets.items()}
        runs = [rotate_all(STORIES[name], running[name], fleets[name], folder / f"{name}.db") for name in STORIES]
        results = await asyncio.gather(*runs)
        return {name: told(*result, running[name]) for name, result in zip(STORIES, results, strict=True)}


@pytest.fixture(scope="module")
def known() -> dict[str, Told]:
    return {}


@pytest.fixture
def stories(known: dict[str, Told], tmp_path: Path) -> dict[str, Told]:
    """All of them; the first test runs them, in the environment that tests have."""
    if not known:
        known.update(asyncio.run(tell_all(tmp_path)))
    return known


@pytest.mark.parametrize("name", STORIES)
def test_every_host_is_rotated_in_good_time(stories: dict[str, Told], name: str) -> None:
    """I17: although the refusals do not fall with the rate."""
    assert stories[name].outcomes == {"rotated": STORIES[name].hosts}
    assert stories[name].took < SECONDS


def test_a_fifth_of_the_calls_is_refused(stories: dict[str, Told]) -> None:
    """So the run above has met what it is about."""
    assert stories["a fifth"].refused > 20


def test_one_account_region_is_throttled(stories: dict[str, Told]) -> None:
    """The others go on at full speed meanwhile."""
    story = STORIES["half in one region"]
    where = place_of(make_fleet(story.hosts, seed=4, accounts=2, regions=2))
    last_set = dict(stories["half in one region"].last_set)
    slow = last_set.pop((where["account_id"], where["region"]))
    assert len(last_set) == 3
    assert max(last_set.values()) < min(5.0, slow)


def test_a_burst_of_refusals_at_the_start(stories: dict[str, Told]) -> None:
    """The first seconds see nothing but refusals, and no call follows the other in a busy loop."""
    assert 0 < stories["all at the start"].refused < 60
