# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports over a month of runs: none without news, a link to the latest, and no more than are to be kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import Room, Run, contents

COLLECT = "cloudops.console.collect_report"
NO_REPORT = "no report, because nothing changed and no host has a problem"


@pytest.fixture
def pair(room: Room) -> Room:
    """Two hosts that are rotated without a restart."""
    room.keep(*room.names(io_optimized=True, status="Running")[:2])
    return room


def reports(room: Room) -> list[str]:
    return sorted(path.name for path in room.reports.glob("vnc-rotation-*"))


def latest(room: Room) -> dict[str, str]:
    links = (path for path in room.reports.glob("latest.*") if path.is_symlink())
    return {path.suffix: path.readlink().name for path in links}


def by_suffix(run: Run) -> dict[str, str]:
    return {Path(path).suffix: Path(path).name for path in run.rotation["report"].values()}


@pytest.mark.full
@pytest.mark.cores
def test_a_run_without_news_writes_no_report_and_says_so(pair: Room, cloud: Emulator) -> None:
    first = pair.rotate()
    assert first.rc == 0, first.text
    assert latest(pair) == by_suffix(first)
    assert NO_REPORT not in first.text
    page = (pair.reports / "latest.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert first.rotation["run_id"] in page

    written = reports(pair)
    second = pair.rotate()
    assert second.rotation["summary"]["fresh"] == 2
    assert second.rotation["report"] == {}
    assert f"{NO_REPORT}; the latest one is {pair.reports / 'latest.html'}" in second.text
    assert "vnc_rotation_report_always" in second.text
    assert reports(pair) == written
    assert latest(pair) == by_suffix(first)

    asked = pair.rotate(report_always=True)
    assert asked.rotation["summary"]["fresh"] == 2
    assert latest(pair) == by_suffix(asked)
    assert len(reports(pair)) == 8
    assert len(cloud.received()) == 2


def test_a_run_that_changed_nothing_but_met_a_problem_writes_a_report(pair: Room) -> None:
    pair.rotate()
    pair.hosts["without-id"] = {"console_region": "cn-hangzhou"}
    run = pair.rotate()
    assert run.rotation["changed"] is False
    assert latest(pair) == by_suffix(run)
    document = json.loads((pair.reports / "latest.json").read_text(encoding="utf-8"))
    assert {host["name"]: host["outcome"] for host in document["hosts"]} == run.outcomes


def test_without_formats_nothing_is_said_of_reports(pair: Room) -> None:
    pair.rotate(report_formats=[])
    run = pair.rotate(report_formats=[])
    assert run.rotation["report"] == {}
    assert NO_REPORT not in run.text
    assert not pair.reports.exists()


def test_reports_of_older_runs_go_and_nothing_else(pair: Room) -> None:
    pair.keep(next(iter(pair.hosts)))
    runs = [pair.rotate(force=True)]
    mine = pair.reports / "vnc-rotation-of-march.csv"
    mine.write_text("mine")
    runs += [pair.rotate(force=True, report_keep=2) for _each in range(2)]
    kept = [name for run in runs[1:] for name in by_suffix(run).values()]
    assert reports(pair) == sorted([mine.name, *kept])
    assert latest(pair) == by_suffix(runs[-1])
    assert {mode for mode, _bytes in contents(pair.home).values()} <= {0o600, 0o644}

    collected = pair.rotate(playbook=COLLECT, report_keep=1, since="1h")
    assert collected.rc == 0, collected.text
    assert len(reports(pair)) == 5
    assert set(latest(pair).values()) == set(reports(pair)) - {mine.name}


def test_what_stands_in_the_way_of_a_link_is_a_warning(pair: Room) -> None:
    pair.reports.mkdir(parents=True)
    (pair.reports / "latest.html").write_text("mine")
    run = pair.rotate()
    assert run.rc == 0, run.text
    assert "is not a link, so it does not lead to the latest report" in " ".join(run.text.split())
    assert (pair.reports / "latest.html").read_text() == "mine"
    assert set(by_suffix(run)) == {".json", ".csv", ".md", ".html"}
    assert set(latest(pair)) == {".json", ".csv", ".md"}


@pytest.mark.parametrize("keep", [-1, "many"])
def test_a_number_of_runs_that_is_none_stops_before_the_first_call(pair: Room, cloud: Emulator, keep: object) -> None:
    run = pair.rotate(report_keep=keep)
    assert run.rc != 0
    assert "report_keep" in run.text
    assert not cloud.received()
