# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises of the page on performance are judged by its figures, and each of them can be found broken."""

from __future__ import annotations

import argparse
import json
import pathlib
import typing as t

import pytest

from tests.benchmarks import __main__ as bench
from tests.benchmarks.__main__ import earlier, parts_of
from tests.benchmarks.cost import Line
from tests.benchmarks.module_cost import CALLS, OURS, THEIRS, costs_of
from tests.benchmarks.page import BEGIN, END, written
from tests.benchmarks.parts import PARTS
from tests.benchmarks.progress import Progress, shown_progress
from tests.benchmarks.promises import FULL_ONLY, judged

PROMISES = 16
# A row is named by its hosts and calls at once.
Place = tuple[str | int, ...]


def used(wall: float, cpu: float, memory: float = 100.0) -> dict[str, float]:
    return {"wall": wall, "cpu": cpu, "memory": memory}


def row(hosts: int, concurrency: int, wall: float, **more: float | None) -> dict[str, t.Any]:
    cpu = 2.0 + hosts / 1000 * (1.2 if hosts == 50_000 else 1.0)
    found = {"hosts": hosts, "concurrency": concurrency, **used(wall, cpu), "silence": 5.0, "closest": 1.0}
    return {**found, **more}


def kept_figures() -> dict[str, t.Any]:
    """Return figures at or just within every limit."""
    rows = [
        row(1_000, 64, 4.0, closest=None),
        row(10_000, 64, 22.0, floor=8.0),
        row(10_000, 256, 20.0, floor=5.0, memory=299.0),
        row(50_000, 64, 99.0),
    ]
    rotation = {"rows": rows, "one_host": used(2.0, 2.0), "nothing_due": used(8.0, 6.0), "sdk": used(15.0, 12.0)}
    return {
        "scale": "full",
        "machine": "a machine",
        "rotation": rotation,
        "role": {"hosts": 2_000, "playbook": used(6.0, 6.0), "roles": used(9.0, 9.0)},
        "module": {"wall": 0.2, "cpu": 0.4},
        "call": {"ping": 0.25, **dict.fromkeys(OURS, 0.1875), THEIRS: 0.375, "beside": "openstack.cloud 2"},
        "store": {"records": 100_000, "per_second": 10_000.0, "read": 1.0, "bytes": 400.0, "report": 4.0},
        "quotas": {"quotas": [{"name": "one", "seconds": 60.0, "share": 0.95, "throttled": 0.0}]},
        "sessions": {
            "size": 100,
            "ways": {way: {"per_second": 20.0, "cpu": 0.01} for way in ("up", "down")},
            "pace": 8_000_000,
            "share": 0.9,
        },
        "inventory": {"hosts": 10_000, "bare": 6.0, "static": used(4.0, 3.0), "listed": used(13.0, 8.0)},
    }


def changed(place: Place, value: float) -> dict[str, t.Any]:
    """Return the figures with one of them changed."""
    figures = kept_figures()
    *names, last = place
    found: t.Any = figures
    if isinstance(names[0], int):
        found = next(one for one in figures["rotation"]["rows"] if [one["hosts"], one["concurrency"]] == names)
        names = []
    for name in names:
        found = found[name]
    found[last] = value
    return figures


def without(*names: str) -> dict[str, t.Any]:
    return {name: figures for name, figures in kept_figures().items() if name not in names}


def test_what_is_just_kept() -> None:
    found = judged(kept_figures())
    assert [one for one in found if not one.kept] == []
    assert len({one.text for one in found}) == PROMISES


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        ((10_000, 64, "wall"), 22.1, "1.5 times the bare loop's time and 10 s"),
        ((10_000, 64, "floor"), 7.9, "1.5 times the bare loop's time and 10 s"),
        (("rotation", "sdk", "wall"), 14.9, "hosts a second of the vendor's SDK"),
        ((10_000, 64, "memory"), 300.0, "take less than 300 MB"),
        ((10_000, 256, "memory"), 300.0, "take less than 300 MB"),
        (("rotation", "nothing_due", "wall"), 8.1, "nothing due"),
        ((50_000, 64, "cpu"), 62.1, "1.2 times the CPU per host of 1,000"),
        (("module", "wall"), 0.19, "100 times the hosts a second"),
        (("call", "ping"), 0.249, "0.75 times the CPU of a ping"),
        (("call", THEIRS), 0.374, "half of what openstack.cloud.server_info"),
        (("role", "roles", "wall"), 9.1, "with the role under roles:"),
        ((50_000, 64, "silence"), 5.1, "at least every 5 s"),
        ((10_000, 256, "closest"), 0.9, "one progress line a second"),
        (("quotas", "quotas", 0, "share"), 0.949, "95 % of a quota"),
        ((10_000, 256, "floor"), 7.6, "does not slow down"),
        (("sessions", "ways", "up", "per_second"), 19.9, "20 MB a second"),
        (("sessions", "ways", "down", "per_second"), 19.9, "20 MB a second"),
        (("sessions", "share"), 0.89, "90 % of the pace"),
        (("sessions", "share"), 1.03, "no more than that pace"),
        (("inventory", "listed", "wall"), 13.1, "that of a static list"),
        (("inventory", "bare"), 5.9, "that of a static list"),
    ],
)
def test_what_is_just_broken(place: Place, value: float, text: str) -> None:
    (broken,) = [one for one in judged(changed(place, value)) if not one.kept]
    assert text in broken.text
    assert broken.kept is False
    assert broken.fails("quick")
    assert broken.fails("full")


@pytest.mark.parametrize("name", OURS)
def test_every_module_call_counts(name: str) -> None:
    broken = [one.text for one in judged(changed(("call", name), 0.188)) if not one.kept]
    assert len(broken) == 2
    assert all(text.startswith("a module call costs") for text in broken)


@pytest.mark.parametrize(
    ("part", "lost"),
    [
        *(("rotation", 9), ("role", 1), ("module", 1), ("call", 2)),
        *(("store", 0), ("quotas", 1), ("sessions", 2), ("inventory", 1)),
    ],
)
def test_what_was_not_measured_is_not_kept(part: str, lost: int) -> None:
    missing = [one for one in judged(without(part)) if not one.kept]
    assert len(missing) == lost
    assert {(one.kept, one.found) for one in missing} <= {(None, "not measured")}
    assert all(one.fails("full") for one in missing)
    assert [one.text for one in missing if not one.fails("quick")] == (list(FULL_ONLY) if part == "rotation" else [])


def test_a_quick_run_leaves_out_the_largest_rotation_alone() -> None:
    figures = kept_figures()
    figures["rotation"]["rows"].pop()
    (missing,) = [one for one in judged(figures) if not one.kept]
    assert "50,000" in missing.text
    assert missing.fails("full")
    assert not missing.fails("quick")


def test_progress_needs_two_lines_to_be_judged() -> None:
    figures = kept_figures()
    for one in figures["rotation"]["rows"]:
        one["closest"] = None
    (missing,) = [one for one in judged(figures) if not one.kept]
    assert missing.text == "it prints at most one progress line a second"


def test_cost_of_a_call_is_the_median_on_top_of_its_own_rounds_ping() -> None:
    more = {name: [CALLS * 2.0, CALLS * 2.5, CALLS * 9.0] for name in (*OURS, THEIRS)}
    found = costs_of({"start": [1.0, 2.0, 1.0], "ping": [CALLS * 1.0, CALLS * 2.0, CALLS * 1.0], **more})
    assert found["ping"] == pytest.approx((CALLS - 1.0) / (CALLS - 1))
    assert found[THEIRS] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("scale", "figures", "code"),
    [
        ("full", kept_figures(), 0),
        ("full", changed(("role", "roles", "wall"), 9.1), 1),
        ("full", without("role"), 1),
        ("quick", without("role"), 1),
    ],
)
def test_exit_code(
    scale: str,
    figures: dict[str, t.Any],
    code: int,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, page = tmp_path / "bench.json", tmp_path / "page.rst"
    file.write_text(json.dumps({**figures, "scale": scale}))
    page.write_text(f"{BEGIN}{END}")
    monkeypatch.setitem(PARTS, "store", lambda _scale, _folder: kept_figures()["store"])
    assert bench.main([scale, "--only", "store", "--json", str(file), "--page", str(page)]) == code
    printed = capsys.readouterr().out
    assert f"{PROMISES - ('role' not in figures)} of {PROMISES} promises checked" in printed
    assert ("BROKEN" in printed or "not measured" in printed) == bool(code)


def test_page_says_what_is_broken_and_what_was_not_measured() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    page = written(text, kept_figures())
    assert page.startswith(f"before\n{BEGIN}\n")
    assert page.endswith(f"{END}\nafter\n")
    assert "**no" not in page
    assert "old\n" not in page
    assert written(page, kept_figures()) == page
    assert written(page, changed(("rotation", "nothing_due", "wall"), 8.1)).count("**no**") == 1
    assert written(page, without("call")).count("**not measured**") == 2


def test_parts_measured_again_keep_the_others(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "bench.json"
    assert set(earlier(file, "full", ["role"])) == {"scale", "machine"}
    file.write_text(json.dumps(kept_figures()))
    figures = earlier(file, "full", ["role", "store"])
    assert figures["rotation"] == kept_figures()["rotation"]
    assert figures["machine"] == "a machine"
    assert "Measured again later: role, store, on " in written(f"{BEGIN}{END}", figures)
    assert set(earlier(file, "full", [])) == {"scale", "machine"}
    with pytest.raises(SystemExit, match="scale full"):
        earlier(file, "quick", ["role"])


def test_only_known_parts_are_measured() -> None:
    assert parts_of("rotation, role") == ["rotation", "role"]
    with pytest.raises(argparse.ArgumentTypeError, match="no part roles; there are rotation, role"):
        parts_of("roles,store")


def lines(*printed: tuple[float, str]) -> list[Line]:
    return [Line(*one) for one in printed]


def test_silence_counts_from_the_task_to_its_result() -> None:
    found = shown_progress(
        lines(
            (1.0, "TASK [other] ***"),
            (2.0, "TASK [Set the VNC passwords] ***"),
            (5.5, "vnc_password_rotation: 9 hosts, 9 instances, 9 of them due; ledger x"),
            (7.5, "vnc_password_rotation: 3 of 9 instances, 2 a second, about 3 s to go"),
            (9.0, "vnc_password_rotation: 7 of 9 instances, 2 a second"),
            (9.2, "vnc_password_rotation: rotated 9 of 9 hosts"),
            (9.3, "changed: [host]"),
        )
    )
    assert found == Progress(silence=3.5, closest=1.5)


def test_silence_at_the_end_counts() -> None:
    found = shown_progress(
        lines((0.0, "TASK [x]"), (1.0, "vnc_password_rotation: rotated 1 of 1 host"), (8.0, "ok: [h]"))
    )
    assert found == Progress(silence=7.0, closest=None)


def test_an_output_without_a_rotation_is_an_error() -> None:
    with pytest.raises(ValueError, match="no line of a rotation"):
        shown_progress(lines((0.0, "TASK [x]"), (8.0, "ok: [h]")))
