# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page on performance promises is judged by the figures that stand there, those over TLS."""

from __future__ import annotations

import argparse
import itertools
import json
import pathlib
import typing as t

import pytest

from tests.benchmarks.__main__ import earlier, parts_of
from tests.benchmarks.cost import Line
from tests.benchmarks.page import BEGIN, END, written
from tests.benchmarks.progress import shown_progress
from tests.benchmarks.promises import promises

PROMISES = 11
Path = tuple[str | int, ...]


def used(wall: float, cpu: float, memory: float = 100.0) -> dict[str, float]:
    return {"wall": wall, "cpu": cpu, "memory": memory}


def row(way: str, hosts: int, concurrency: int) -> dict[str, t.Any]:
    """Return a rotation as good as promised, everything just at its limit where there is one."""
    return {
        "way": way,
        "hosts": hosts,
        "concurrency": concurrency,
        "floor": used(8.0, 3.0),
        "ours": used(15.0, 2.0 + hosts / 1000),
        "core": used(1.0, 1.0),
        "nothing_due": used(4.9, 4.0),
        "progress": {"lines": 9, "silence": 5.0, "silent": "between two lines", "closest": 1.0, "closest_of_all": 0.5},
    }


def kept_figures() -> dict[str, t.Any]:
    rows = [row(*each) for each in itertools.product(("TLS", "plain"), (1_000, 10_000), (64, 256))]
    rows += [row("TLS", 50_000, concurrency) for concurrency in (64, 256)]
    sdk = {
        name: {way: {**used(30.0, 48.0), "connections": 64} for way in ("TLS", "plain")}
        for name in ("present", "older")
    }
    module = {way: {"per_host": used(0.3, 0.4), "loop": used(0.4, 0.4)} for way in ("TLS", "plain")}
    consoles = {name: used(300.0, 400.0) for name in ("ours", "ping", "loop", "delegated")}
    return {
        "scale": "full",
        "machine": "a machine",
        "answers": {"plain": 4_000.0, "TLS": 2_000.0},
        "rotation": {"one_host": {"TLS": used(2.0, 2.0), "plain": used(2.0, 2.0)}, "rows": rows},
        "sdk": {"hosts": 10_000, **sdk},
        "module": module,
        "consoles": {"hosts": 1_000, **consoles},
        "store": {"records": 100_000, "per_second": 10_000.0, "read": 1.0, "bytes": 400.0, "report": 4.0},
        "quotas": {"quotas": [{"name": "one", "seconds": 60.0, "share": 0.95, "throttled": 0.0}]},
        "call": {"vnc_url_info alibaba": 0.1},
        "openstack": {name: used(1.2, 1.1) for name in ("command", "ad_hoc", "call")},
    }


def changed(path: Path, value: float) -> dict[str, t.Any]:
    """Return the figures with one of them changed; a row is named by its way, hosts and concurrency."""
    figures = kept_figures()
    place: t.Any
    if path[0] == "rotation":
        rows = figures["rotation"]["rows"]
        place = next(one for one in rows if (one["way"], one["hosts"], one["concurrency"]) == path[1:4])
        path = path[4:]
    else:
        place = figures
    *names, last = path
    for name in names:
        place = place[name]
    place[last] = value
    return figures


def test_what_is_just_kept() -> None:
    judged = promises(kept_figures())
    assert [one.text for one in judged if not one.kept] == []
    assert len({one.text for one in judged}) == PROMISES


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("rotation", "TLS", 10_000, 64, "ours", "wall"), 15.1, "with 64 at once take at most"),
        (("rotation", "TLS", 10_000, 256, "floor", "wall"), 7.9, "with 256 at once take at most"),
        (("rotation", "TLS", 10_000, 256, "ours", "memory"), 300.0, "less than 300 MB"),
        (("rotation", "TLS", 10_000, 64, "nothing_due", "wall"), 5.0, "nothing due"),
        (("rotation", "TLS", 50_000, 64, "ours", "cpu"), 2.0 + 60.1, "at most 1.2 times that at 1,000"),
        (("rotation", "TLS", 50_000, 256, "progress", "silence"), 5.1, "at least every 5 s"),
        (("rotation", "TLS", 10_000, 64, "progress", "closest"), 0.9, "one progress line a second"),
        (("module", "TLS", "per_host", "wall"), 0.29, "200 times the hosts"),
        (("sdk", "present", "TLS", "cpu"), 17.9, "two thirds of the CPU"),
        (("quotas", "quotas", 0, "share"), 0.949, "95 % of a quota"),
        (("answers", "plain"), 3_999.0, "answers 4,000 requests"),
    ],
)
def test_what_is_just_broken(path: Path, value: float, text: str) -> None:
    (broken,) = [one.text for one in promises(changed(path, value)) if not one.kept]
    assert text in broken


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rotation", "plain", 10_000, 64, "ours", "wall"), 99.0),
        (("rotation", "TLS", 1_000, 64, "ours", "wall"), 99.0),
        (("module", "plain", "per_host", "wall"), 0.01),
        (("sdk", "older", "TLS", "cpu"), 1.0),
        (("sdk", "present", "plain", "cpu"), 1.0),
    ],
)
def test_what_is_only_shown(path: Path, value: float) -> None:
    assert all(one.kept for one in promises(changed(path, value)))


def test_page_says_what_is_broken() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    page = written(text, kept_figures())
    assert page.startswith(f"before\n{BEGIN}\n")
    assert page.endswith(f"{END}\nafter\n")
    assert "**no**" not in page
    assert "old\n" not in page
    assert written(page, kept_figures()) == page
    assert written(page, changed(("rotation", "TLS", 10_000, 64, "nothing_due", "wall"), 6.0)).count("**no**") == 1


def test_parts_measured_again_keep_the_others(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "bench.json"
    assert set(earlier(file, "full", ["sdk"])) == {"scale", "machine"}
    file.write_text(json.dumps(kept_figures()))
    figures = earlier(file, "full", ["sdk", "store"])
    assert figures["rotation"] == kept_figures()["rotation"]
    assert figures["machine"] == "a machine"
    assert "Measured again later: sdk, store, on " in written(f"{BEGIN}{END}", figures)
    assert set(earlier(file, "full", [])) == {"scale", "machine"}
    with pytest.raises(SystemExit, match="scale full"):
        earlier(file, "quick", ["sdk"])


def test_only_known_parts_are_measured() -> None:
    assert parts_of("rotation, sdk") == ["rotation", "sdk"]
    with pytest.raises(argparse.ArgumentTypeError, match="no part sdks; there are answers, rotation"):
        parts_of("sdks,store")


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
    assert found == {
        "lines": 4,
        "silence": 3.5,
        "silent": "before the first line",
        "closest": 1.5,
        "closest_of_all": pytest.approx(0.2),
    }


def test_silence_at_the_end_counts() -> None:
    found = shown_progress(
        lines((0.0, "TASK [x]"), (1.0, "vnc_password_rotation: rotated 1 of 1 hosts"), (8.0, "ok: [h]"))
    )
    assert (found["silence"], found["silent"]) == (7.0, "after the last line")
    assert found["closest"] is None


def test_an_output_without_a_rotation_is_an_error() -> None:
    with pytest.raises(ValueError, match="no line of a rotation"):
        shown_progress(lines((0.0, "TASK [x]"), (8.0, "ok: [h]")))
