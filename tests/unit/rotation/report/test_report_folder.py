# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of the reports: links to the latest, and nothing removed that is not an old report of ours."""

from __future__ import annotations

import errno
import os
import pathlib
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import OPERATIONS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import (
    FORMATS,
    latest,
    render,
    tidy,
    write_reports,
)

from tests.unit.rotation.report.sample_results import fleet, host, mixed

RUNS = [f"2026030{day}T120003Z-7f3a0{day}" for day in range(1, 6)]


def write(folder: pathlib.Path, run_id: str, day: int = 1, **fields: t.Any) -> dict[str, str]:
    """The reports of a run that ended on that day."""
    formats = fields.pop("formats", FORMATS)
    report = write_reports(fleet(host("a"), run_id=run_id, **fields), folder, formats)
    for path in report.values():
        os.utime(path, (86_400 * day, 86_400 * day))
    return report


def several(folder: pathlib.Path) -> dict[str, str]:
    """Five runs; returns the reports of the last."""
    return [write(folder, run_id, day) for day, run_id in enumerate(RUNS, start=1)][-1]


def runs(folder: pathlib.Path) -> list[str]:
    return sorted({path.stem.removeprefix("vnc-rotation-") for path in folder.glob("vnc-rotation-*")})


def test_links_lead_to_the_latest_reports(tmp_path: pathlib.Path) -> None:
    assert latest(tmp_path) is None
    for day, run_id in enumerate(RUNS[:2], start=1):
        report = write(tmp_path, run_id, day)
        assert tidy(report, 0) == []
        for name, path in report.items():
            link = tmp_path / f"latest.{name}"
            assert link.readlink() == pathlib.Path(pathlib.Path(path).name)
            assert link.read_bytes() == pathlib.Path(path).read_bytes()
    assert latest(tmp_path) == tmp_path / "latest.html"
    assert not list(tmp_path.glob(".*"))


def test_a_link_is_replaced_in_one_step(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tidy(write(tmp_path, RUNS[0], formats=["json"]), 0)

    def watch(self: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
        seen.append(target.read_text(encoding="utf-8"))
        return replace(self, target)

    seen: list[str] = []
    replace = pathlib.Path.replace
    report = write(tmp_path, RUNS[1], formats=["json"])
    monkeypatch.setattr(pathlib.Path, "replace", watch)
    assert tidy(report, 0) == []
    assert [RUNS[0] in text for text in seen] == [True]


def test_a_file_in_the_place_of_a_link_stays(tmp_path: pathlib.Path) -> None:
    (tmp_path / "latest.json").write_text("mine")
    (problem,) = tidy(write(tmp_path, RUNS[0], formats=["json"]), 0)
    assert (tmp_path / "latest.json").read_text() == "mine"
    assert str(tmp_path / "latest.json") in problem.message
    assert "Move it" in problem.advice


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_file_system_without_links_is_no_problem(
    number: int, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    report = write(tmp_path, RUNS[0])
    monkeypatch.setattr(pathlib.Path, "symlink_to", refuse)
    assert tidy(report, 0) == []
    assert latest(tmp_path) is None


def test_a_link_that_cannot_be_made_is_said(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    report = write(tmp_path, RUNS[0], formats=["json"])
    monkeypatch.setattr(pathlib.Path, "replace", refuse)
    (problem,) = tidy(report, 0)
    assert str(tmp_path / "latest.json") in problem.message
    assert [path.name for path in tmp_path.iterdir()] == [pathlib.Path(report["json"]).name]


def test_zero_keeps_all(tmp_path: pathlib.Path) -> None:
    assert tidy(several(tmp_path), 0) == []
    assert runs(tmp_path) == RUNS


@pytest.mark.parametrize("keep", [1, 2, 4, 5, 9])
def test_the_newest_runs_stay(keep: int, tmp_path: pathlib.Path) -> None:
    assert tidy(several(tmp_path), keep) == []
    assert runs(tmp_path) == RUNS[-keep:]
    assert len(list(tmp_path.glob("vnc-rotation-*"))) == len(FORMATS) * min(keep, 5)


def test_this_run_stays_although_a_clock_says_that_others_are_newer(tmp_path: pathlib.Path) -> None:
    several(tmp_path)
    report = write(tmp_path, "20260101T000000Z-00000a", day=0)
    assert tidy(report, 2) == []
    assert runs(tmp_path) == ["20260101T000000Z-00000a", RUNS[-1]]


def test_the_parts_of_a_job_are_one_run(tmp_path: pathlib.Path) -> None:
    several(tmp_path)
    parts = [write(tmp_path, "awx-17", 6, part=f"{18 + number}-00a{number}") for number in range(3)]
    assert tidy(parts[-1], 2) == []
    assert runs(tmp_path) == [RUNS[-1], *(f"awx-17-{18 + number}-00a{number}" for number in range(3))]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("name", FORMATS)
def test_every_report_is_known_again(name: str, operation: t.Any, check_mode: bool, tmp_path: pathlib.Path) -> None:
    old = tmp_path / f"vnc-rotation-{RUNS[0]}.{name}"
    old.write_text(render(mixed(operation=operation, check_mode=check_mode, run_id=RUNS[0]), name), encoding="utf-8")
    os.utime(old, (1, 1))
    assert tidy(write(tmp_path, RUNS[1], formats=["json"]), 1) == []
    assert not old.exists()


NOT_OURS = (
    "vnc-rotation-20260301T120003Z-7f3a.txt",
    "vnc-rotation-20260301T120003Z-7f3a.html.bak",
    "vnc-rotation-mine.json",
    "old-vnc-rotation-20260301T120003Z-7f3a.json",
    "vnc-rotation-20260301T120003Z-7f3a-copy.json",
    "ledger.db",
)


def test_files_with_other_names_stay(tmp_path: pathlib.Path) -> None:
    content = render(fleet(run_id=RUNS[0]), "json")
    for name in NOT_OURS:
        (tmp_path / name).write_text(content)
        os.utime(tmp_path / name, (1, 1))
    assert tidy(several(tmp_path), 1) == []
    assert {path.name for path in tmp_path.iterdir()} >= set(NOT_OURS)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("content", [b"", b"mine", b"\x00" * 600, b"<!DOCTYPE html>\n<p>mine", b"# Notes", b"{}"])
def test_files_with_another_content_stay(content: bytes, name: str, tmp_path: pathlib.Path) -> None:
    mine = tmp_path / f"vnc-rotation-{RUNS[0]}.{name}"
    mine.write_bytes(content)
    os.utime(mine, (1, 1))
    assert tidy(write(tmp_path, RUNS[1], 2), 1) == []
    assert mine.read_bytes() == content


def test_no_link_is_followed_and_no_folder_entered(tmp_path: pathlib.Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "reports"
    old = pathlib.Path(write(outside, RUNS[0], formats=["json"])["json"])
    write(inside / "deeper", RUNS[0])
    (inside / f"vnc-rotation-{RUNS[0]}.json").symlink_to(old)
    (inside / f"vnc-rotation-{RUNS[0]}.csv").mkdir()
    os.mkfifo(inside / f"vnc-rotation-{RUNS[0]}.md")
    before = sorted(tmp_path.rglob("*"))
    report = write(inside, RUNS[1], 2)
    assert tidy(report, 1) == []
    added = [*map(pathlib.Path, report.values()), *(inside / f"latest.{name}" for name in FORMATS)]
    assert sorted(tmp_path.rglob("*")) == sorted([*before, *added])


def test_files_of_other_users_stay(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = several(tmp_path)
    another = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)
    assert tidy(report, 1) == []
    assert runs(tmp_path) == RUNS


def test_a_link_that_would_lead_nowhere_goes_with_its_report(tmp_path: pathlib.Path) -> None:
    tidy(write(tmp_path, RUNS[0]), 1)
    tidy(write(tmp_path, RUNS[1], 2, formats=["json"]), 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest.json", f"vnc-rotation-{RUNS[1]}.json"]


def test_what_cannot_be_removed_is_said_once_and_the_rest_goes(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: pathlib.Path, missing_ok: bool = False) -> None:
        if RUNS[0] in self.name:
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        unlink(self, missing_ok)

    report, unlink = several(tmp_path), pathlib.Path.unlink
    monkeypatch.setattr(pathlib.Path, "unlink", refuse)
    (problem,) = tidy(report, 1)
    assert runs(tmp_path) == [RUNS[0], RUNS[-1]]
    assert f"Removing 4 reports of older runs from {str(tmp_path)!r}" in problem.message
    assert "set report_keep to 0" in problem.message
    assert problem.code == "Report.Denied"


def test_nothing_written_means_nothing_removed(tmp_path: pathlib.Path) -> None:
    several(tmp_path)
    assert tidy({}, 1) == []
    assert runs(tmp_path) == RUNS
