# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing reports: whole or not at all, for the owner only, and a clear error otherwise."""

from __future__ import annotations

import errno
import os
import pathlib
import resource
import stat
import tracemalloc
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import (
    FORMATS,
    prepare,
    render,
    write_reports,
)

from tests.unit.rotation.report.sample_results import HOSTILE, copies, fleet, host, mixed

NAME = "vnc-rotation-20260301T120003Z-7f3a"


def mode(path: str | pathlib.Path) -> int:
    return stat.S_IMODE(pathlib.Path(path).stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> t.Iterator[None]:
    assert tmp_path.is_dir()  # made before, or it would get no mode at all
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_writes_each_format_under_its_name(tmp_path: pathlib.Path) -> None:
    paths = write_reports(mixed(), tmp_path)
    assert paths == {name: str(tmp_path / f"{NAME}.{name}") for name in ("json", "csv", "md", "html")}
    for name, path in paths.items():
        assert pathlib.Path(path).read_text(encoding="utf-8") == render(mixed(), name)


def test_writes_only_the_formats_asked_for_each_once(tmp_path: pathlib.Path) -> None:
    assert list(write_reports(mixed(), tmp_path, ["md", "json", "md"])) == ["md", "json"]
    assert len(list(tmp_path.iterdir())) == 2


def test_no_format_means_no_file_and_no_folder(tmp_path: pathlib.Path) -> None:
    assert write_reports(mixed(), tmp_path / "new", []) == {}
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("umask")
def test_files_and_new_folders_are_for_the_owner_only(tmp_path: pathlib.Path) -> None:
    paths = write_reports(mixed(), tmp_path / "a" / "b")
    assert {mode(path) for path in paths.values()} == {0o600}
    assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == 0o700


def test_a_folder_that_exists_keeps_its_mode(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0o755)
    write_reports(mixed(), tmp_path)
    assert mode(tmp_path) == 0o755


def test_an_older_report_that_others_could_read_is_replaced(tmp_path: pathlib.Path) -> None:
    old = tmp_path / f"{NAME}.json"
    old.write_text("old")
    old.chmod(0o644)
    write_reports(mixed(), tmp_path, ["json"])
    assert mode(old) == 0o600
    assert old.read_text() == render(mixed(), "json")


def test_a_link_in_the_way_is_replaced_and_not_followed(tmp_path: pathlib.Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f"{NAME}.json").symlink_to(victim)
    write_reports(mixed(), tmp_path, ["json"])
    assert victim.read_text() == "mine"
    assert not (tmp_path / f"{NAME}.json").is_symlink()


def test_the_home_folder_can_be_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert write_reports(mixed(), "~/reports", ["csv"]) == {"csv": str(tmp_path / "reports" / f"{NAME}.csv")}


def test_a_run_id_cannot_leave_the_folder(tmp_path: pathlib.Path) -> None:
    paths = write_reports(fleet(run_id="../../etc/x y"), tmp_path / "in", ["json"])
    assert paths == {"json": str(tmp_path / "in" / "vnc-rotation-.._.._etc_x_y.json")}


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_can_be_written(text: str, tmp_path: pathlib.Path) -> None:
    write_reports(fleet(host(text, "failed", message=text), ledger=text, stopped=text), tmp_path)
    assert len(list(tmp_path.iterdir())) == len(FORMATS)


def test_a_reader_never_sees_half_a_report(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = fleet(host("a"))  # less than what files buffer
    path = tmp_path / f"{NAME}.json"
    path.write_text("old")
    seen: list[str] = []

    def watch(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            assert os.fstat(handle).st_size == len(render(small, "json"))
            seen.append(path.read_text())

    monkeypatch.setattr(os, "fsync", watch)
    write_reports(small, tmp_path, ["json"])
    assert seen == ["old"]
    assert path.read_text() == render(small, "json")


@pytest.fixture
def small_files() -> t.Iterator[None]:
    """No file can grow beyond 10,000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files")
def test_what_cannot_be_written_whole_leaves_the_old_report_and_nothing_else(tmp_path: pathlib.Path) -> None:
    path = tmp_path / f"{NAME}.json"
    path.write_text("old")
    with pytest.raises(ConsoleError) as caught:
        write_reports(copies(1000), tmp_path, ["json"])
    assert caught.value.code == "Report.Unwritable"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "code", "kind", "reason"),
    [
        (errno.ENOSPC, "Report.Full", "unexpected_answer", "no room"),
        (errno.EDQUOT, "Report.Full", "unexpected_answer", "no room"),
        (errno.EROFS, "Report.ReadOnly", "permission", "read-only"),
        (errno.EACCES, "Report.Denied", "permission", "may not write"),
        (errno.EIO, "Report.Unwritable", "unexpected_answer", "Input/output error"),
    ],
)
def test_an_error_says_what_where_and_the_next_step(
    number: int, code: str, kind: str, reason: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ConsoleError) as caught:
        write_reports(mixed(), tmp_path, ["html"])
    assert (caught.value.code, caught.value.kind) == (code, kind)
    assert reason in caught.value.message
    assert str(tmp_path / f"{NAME}.html") in caught.value.message
    assert "report_dir" in caught.value.advice
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_the_way_is_not_a_folder(below: str, tmp_path: pathlib.Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("mine")
    with pytest.raises(ConsoleError, match="not a folder") as caught:
        write_reports(mixed(), blocker / below)
    assert caught.value.code == "Report.NotAFolder"
    assert blocker.read_text() == "mine"


def test_a_link_that_leads_nowhere_is_not_a_folder(tmp_path: pathlib.Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConsoleError) as caught:
        prepare(tmp_path / "link")
    assert caught.value.code == "Report.NotAFolder"


@pytest.mark.parametrize("folder", ["with\0zero", "~no-such-user-here/reports"])
def test_a_path_that_cannot_be_one_is_said(folder: str) -> None:
    with pytest.raises(ConsoleError, match="cannot be one"):
        prepare(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused_before_anything(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ConsoleError) as caught:
        prepare(tmp_path)
    assert caught.value.code == "Report.Denied"


def test_preparing_leaves_no_trace_but_the_folder(tmp_path: pathlib.Path) -> None:
    assert prepare(tmp_path / "new") == tmp_path / "new"
    assert list((tmp_path / "new").iterdir()) == []


def test_an_unknown_format_is_refused_before_anything(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ConsoleError, match="'pdf'") as caught:
        write_reports(mixed(), tmp_path / "new", ["json", "pdf"])
    assert "json, csv, md, html" in caught.value.advice
    assert not (tmp_path / "new").exists()


def test_the_formats_are_a_closed_list() -> None:
    assert FORMATS == ("json", "csv", "md", "html")


def test_memory_does_not_grow_with_the_report(tmp_path: pathlib.Path) -> None:
    """A part at a time is made and written, never a whole report."""
    result = copies(10_000)
    write_reports(mixed(), tmp_path)  # what is loaded or compiled once
    for name in FORMATS:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        path = write_reports(result, tmp_path / "large", [name])[name]
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        assert peak < pathlib.Path(path).stat().st_size / 2, name
