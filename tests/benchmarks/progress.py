# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the printed lines of a rotation to how often it says how far it is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tests.benchmarks.cost import Line

OURS = "vnc_password_rotation: "
# What is printed again and again; start, end and report have one line each besides.
HOW_FAR = re.compile(r"\d+ of \d+ instances, \d+ a second")


class Progress(NamedTuple):
    """Seconds between what a rotation prints.

    :param silence: the longest time between the banner of its task, its lines, and the result of its task.
    :param closest: the shortest time between two lines that say how far it is; None where there are fewer than two.
    """

    silence: float
    closest: float | None


def distances(moments: Iterable[float]) -> list[float]:
    return [after - before for before, after in itertools.pairwise(moments)]


def shown_progress(lines: Sequence[Line]) -> Progress:
    """Return how often a rotation printed how far it is.

    :raises ValueError: no rotation printed this.
    """
    numbers = [number for number, line in enumerate(lines) if line.text.startswith(OURS)]
    if not numbers:
        raise ValueError("no line of a rotation")
    banner = max(n for n, line in enumerate(lines[: numbers[0]]) if line.text.startswith("TASK "))
    how_far = distances(lines[n].at for n in numbers if HOW_FAR.search(lines[n].text))
    silences = distances(lines[n].at for n in (banner, *numbers, numbers[-1] + 1))
    return Progress(max(silences), min(how_far, default=None))
