# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Break the code on purpose and see a test fail: python -m tests.mutants [--only WORD] [--workers N] [--page].

First the breakages, one after the other in a copy of the checkout; then every mutant of the pure decisions.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.breakage import Breakage
from tests.mutants.breakages import BREAKAGES
from tests.mutants.checkout_copy import CheckoutCopy, Trial
from tests.mutants.mutation import MODULES, try_mutants
from tests.mutants.page import PAGE, render

# Seconds for all tests without any breakage.
LONGEST_WHOLE = 900.0


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    if options.page:
        PAGE.write_text(render(BREAKAGES, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    chosen = [one for one in BREAKAGES if not options.only or any(is_about(one, word) for word in options.only)]
    modules = [file for file in MODULES if not options.only or any(word in file for word in options.only)]
    if not chosen and not modules:
        print(f"nothing is about {' or '.join(options.only)}", file=sys.stderr)
        return 2
    code = try_breakages(chosen, options.workers) if chosen else 0
    return (try_mutants(modules, options.workers) if modules else 0) or code


def try_breakages(chosen: Sequence[Breakage], workers: int) -> int:
    """Try these breakages and print what came of them; return the exit code."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="console-mutants-") as folder:
        copies = [CheckoutCopy(Path(folder, str(number))) for number in range(workers)]
        sound = whole(copies, sorted({one.test for one in chosen}))
        trials = try_all(copies, chosen, quiet=False) if sound else []
    return summarize(chosen, trials, time.monotonic() - began)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description="Break the code and see a test fail.")
    parser.add_argument(
        "--only", action="append", default=[], help="I1 to I9, I15, or a word of a breakage, test or file"
    )
    parser.add_argument("--workers", type=int, default=2, help="copies of the checkout at work at once")
    parser.add_argument("--page", action="store_true", help="only write the tables of the documentation anew")
    return parser.parse_args(arguments)


def is_about(breakage: Breakage, word: str) -> bool:
    return breakage.promise == word or (
        word not in {one.promise for one in BREAKAGES} and word in f"{breakage.what} {breakage.file} {breakage.test}"
    )


def whole(copies: Sequence[CheckoutCopy], tests: Sequence[str]) -> bool:
    """Run all tests with the code as it is; each must pass, or its failing with broken code would prove nothing."""
    fast = [test for test in tests if test.startswith("unit/")]
    groups = [group for group in (fast, [test for test in tests if test not in fast]) if group]
    with ThreadPoolExecutor(len(copies)) as pool:
        ended = list(
            pool.map(lambda pair: copies[pair[0] % len(copies)].run(pair[1], longest=LONGEST_WHOLE), enumerate(groups))
        )
    failed = [
        test
        for group, end in zip(groups, ended, strict=True)
        for test in group
        if not end.passed(test) and not end.skipped()
    ]
    for test in failed:
        print(f"without any breakage, {test} does not pass")
    if failed:
        print("\n".join(end.text[-3000:] for end in ended if end.code))
    return not failed


def try_all(copies: Sequence[CheckoutCopy], chosen: Sequence[Breakage], *, quiet: bool) -> list[Trial]:
    """Try each breakage in the first copy that is free; print a line as each ends."""
    free: SimpleQueue[CheckoutCopy] = SimpleQueue()
    for copy in copies:
        free.put(copy)
    lock = threading.Lock()

    def one(breakage: Breakage) -> Trial:
        copy = free.get()
        try:
            trial = copy.try_out(breakage)
        finally:
            free.put(copy)
        if not quiet:
            with lock:
                print(line(trial), flush=True)
        return trial

    with ThreadPoolExecutor(len(copies)) as pool:
        return list(pool.map(one, chosen))


def line(trial: Trial) -> str:
    """Return one line of the table."""
    one, bad = trial.breakage, trial.verdict != "killed"
    text = f"{one.promise:<4}{trial.verdict:<9}{trial.seconds:5.1f} s  {one.what}  [{one.test}]"
    return f"{text}\n      {trial.note}" if bad and trial.note else text


def summarize(chosen: Sequence[Breakage], trials: Sequence[Trial], seconds: float) -> int:
    """Print the sums; 0 only if every breakage was killed, or cannot be tried here."""
    counts = Counter(trial.verdict for trial in trials)
    promises = len({one.promise for one in chosen})
    words = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "none tried"
    print(f"{len(chosen)} breakages of {promises} promises, {seconds:.0f} s: {words}")
    good = counts["killed"] + counts["not run"]
    return 0 if trials and good == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
