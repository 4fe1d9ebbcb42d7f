# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make bench``: measure everything side by side and write docs/docsite/rst/performance.rst.

``python -m tests.benchmarks [quick|full] [--only PART,PART] [--json FILE] [--page FILE]``

quick takes some minutes and goes to 10,000 hosts; full goes to 50,000 and repeats what it measures. With --only the
other figures stay as the JSON file has them. Each promise is printed with what was found, and the page gets the tables.
The exit code is 1 where a promise is broken or its figures are missing, except for what quick leaves out. On a busy
machine the ratios still say something, the seconds do not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import page
from tests.benchmarks.figures import Figures
from tests.benchmarks.parts import PARTS
from tests.benchmarks.promises import NOT_MEASURED, judged
from tests.benchmarks.rotations import ROUNDS
from tests.tools.environment import ROOT

WORDS = {True: "kept", False: "BROKEN", None: NOT_MEASURED}


def parts_of(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in PARTS]:
        raise argparse.ArgumentTypeError(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return names


def earlier(file: Path, scale: str, only: Sequence[str]) -> Figures:
    """Return the figures to measure into: new ones, or those of the file where only some parts are wanted.

    :raises SystemExit: those of the file are of another scale.
    """
    machine = page.machine()
    if not only or not file.exists():
        return {"scale": scale, "machine": machine}
    figures: Figures = json.loads(file.read_text(encoding="utf-8"))
    if figures["scale"] != scale:
        raise SystemExit(f"the figures in {file} are of the scale {figures['scale']}")
    figures.setdefault("again", {}).update(dict.fromkeys(only, machine))
    return figures


def measure(figures: Figures, names: Sequence[str], file: Path) -> None:
    """Measure these parts into figures, and write the file after each, so that an end before the last loses little."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for name in names:
        print(f"{name} …", flush=True)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            figures[name] = PARTS[name](figures["scale"], Path(folder))
        file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("scale", nargs="?", choices=list(ROUNDS), default="full")
    parser.add_argument("--only", type=parts_of, default=[], help=f"parts to measure, of {', '.join(PARTS)}")
    parser.add_argument("--json", type=Path, default=ROOT / ".build" / "bench.json", help="a file for the figures")
    parser.add_argument("--page", type=Path, default=page.PAGE, help="the page to write")
    options = parser.parse_args(arguments)
    figures = earlier(options.json, options.scale, options.only)
    measure(figures, options.only or list(PARTS), options.json)
    options.page.write_text(page.written(options.page.read_text(encoding="utf-8"), figures), encoding="utf-8")
    found = judged(figures)
    for promise in found:
        print(f"{WORDS[promise.kept]:<14}{promise.text}: {promise.found}")
    checked = sum(promise.kept is not None for promise in found)
    print(f"{checked} of {len(found)} promises checked, {sum(promise.kept is True for promise in found)} kept")
    return 1 if any(promise.fails(options.scale) for promise in found) else 0


if __name__ == "__main__":
    sys.exit(main())
