# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the printed lines of a rotation to how often it says how far it is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from tests.benchmarks.cost import Line

OURS = "vnc_password_rotation: "
# What is printed again and again; beside it stand one line each for start, end and report.
HOW_FAR = re.compile(r"\d+ of \d+ instances, \d+ a second")


def distances(moments: Iterable[float]) -> list[float]:
    return [after - before for before, after in itertools.pairwise(moments)]


def shown_progress(lines: Sequence[Line]) -> dict[str, float | int | str | None]:
    """Return seconds of what a rotation printed.

    ``silence`` is the longest one between the banner of its task, its lines, and the result of its task; ``silent``
    says where it is. ``closest`` are the two progress lines next to each other, None where there are less than two;
    ``closest_of_all`` counts the lines at start and end, too.

    :raises ValueError: no rotation printed this.
    """
    numbers = [number for number, line in enumerate(lines) if line.text.startswith(OURS)]
    if not numbers:
        raise ValueError("no line of a rotation")
    banner = max(n for n, line in enumerate(lines[: numbers[0]]) if line.text.startswith("TASK "))
    ours = [lines[number] for number in numbers]
    how_far = distances(line.at for line in ours if HOW_FAR.search(line.text))
    every = distances(line.at for line in ours)
    silences = distances([lines[banner].at, *(line.at for line in ours), lines[numbers[-1] + 1].at])
    longest = max(range(len(silences)), key=silences.__getitem__)
    return {
        "lines": len(ours),
        "silence": silences[longest],
        "silent": {0: "before the first line", len(ours): "after the last line"}.get(longest, "between two lines"),
        "closest": min(how_far, default=None),
        "closest_of_all": min(every, default=None),
    }
