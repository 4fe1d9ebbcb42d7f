# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every mutant of the pure decisions, and the tests that must notice.

Each mutant is tried in a process that is forked from this one, which has imported everything: there the code of one
function is exchanged, in memory, and the tests run until one fails. That takes a second, where a process of pytest's
would need three before its first test. mutmut finds functions by a module's path below the checkout, and a collection
is imported by another one; cosmic-ray starts a process a mutant. So the operators are our own.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.mutants.operators import Mutant, mutants_of
from tests.mutants.survivors import ACCEPTED
from tests.tools.collection import link
from tests.tools.environment import ROOT

Verdict = Literal["killed", "accepted", "survived"]
_PACKAGE = "ansible_collections.cloudops.console.plugins"
# The modules below plugins/, with the tests below tests/unit/ that say what they do; the quickest first.
MODULES: Mapping[str, tuple[str, ...]] = {
    "plugin_utils/_ledger/record.py": (
        "ledger/test_record.py",
        "ledger/test_record_known.py",
        "ledger/test_in_force.py",
        "ledger/test_record_machine.py",
        "rotation/test_plan.py",
        "rotation/test_again.py",
        "rotation/test_attempt_beside_others.py",
    ),
    "plugin_utils/_rotation/plan.py": (
        "rotation/test_plan.py",
        "rotation/test_again.py",
        "rotation/test_attempt_reboots.py",
        "rotation/test_attempt_beside_others.py",
        "rotation/test_run.py",
        "rotation/test_difference.py",
    ),
    "plugin_utils/_rotation/limits.py": ("rotation/test_limits.py", "rotation/test_run.py"),
}
# Seconds after which the tests of one mutant are ended; it counts as noticed then.
LONGEST = 120.0
_QUIET = ("-x", "-q", "-p", "no:xdist", "-o", "cache_dir=.build/mutants_cache", "--no-header", "--tb=no")


@dataclass(frozen=True)
class Judged:
    """What came of one mutant."""

    file: str
    mutant: Mutant
    verdict: Verdict
    seconds: float

    def line(self) -> str:
        return (
            f"{self.verdict:<9}{self.seconds:5.1f} s  {self.mutant.fingerprint}  {Path(self.file).name} {self.mutant}"
        )


def try_mutants(files: Sequence[str], workers: int) -> int:
    """Try all mutants of these modules and print what survives, and the sums; return the exit code."""
    began = time.monotonic()
    _prepare()
    judged = [one for file in files for one in _judge(file, workers)]
    return summarize(judged, time.monotonic() - began)


def _judge(file: str, workers: int) -> Iterator[Judged]:
    module = importlib.import_module(f"{_PACKAGE}.{file.removesuffix('.py').replace('/', '.')}")
    paths = [str(ROOT / "tests" / "unit" / test) for test in MODULES[file]]
    if _pytest(paths):
        raise SystemExit(f"without any mutant, the tests of {file} do not pass")
    mutants = list(mutants_of((ROOT / "plugins" / file).read_text(encoding="utf-8")))
    for mutant, noticed, seconds in _try_all(module, mutants, paths, workers):
        known = mutant.fingerprint in ACCEPTED
        one = Judged(file, mutant, "killed" if noticed else "accepted" if known else "survived", seconds)
        if one.verdict == "survived":
            print(one.line(), flush=True)
        yield one


def _prepare() -> None:
    """Import as tests do, with the collection where Ansible and Python want it."""
    folder = str(link())
    sys.path[:0] = [folder, str(ROOT)]
    os.environ |= {"ANSIBLE_COLLECTIONS_PATH": folder, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
    os.chdir(ROOT)


def _pytest(paths: Sequence[str]) -> int:
    """Run these tests in this process, in silence, until one fails."""
    with Path(os.devnull).open("w") as none, contextlib.redirect_stdout(none), contextlib.redirect_stderr(none):
        return int(pytest.main([*_QUIET, *paths]))


def _try_all(
    module: types.ModuleType, mutants: Sequence[Mutant], paths: Sequence[str], workers: int
) -> Iterator[tuple[Mutant, bool, float]]:
    """Yield each mutant, whether its tests noticed, and how long that took; so many at once."""
    waiting, running = list(reversed(mutants)), dict[int, tuple[Mutant, float]]()
    while waiting or running:
        while waiting and len(running) < workers:
            one = waiting.pop()
            running[_start(module, one, paths)] = one, time.monotonic()
        for pid, (one, began) in list(running.items()):
            seconds = time.monotonic() - began
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended and seconds > LONGEST:
                os.killpg(pid, signal.SIGKILL)
                ended, status = os.waitpid(pid, 0)
            if ended:
                del running[pid]
                yield one, os.waitstatus_to_exitcode(status) != 0, seconds
        time.sleep(0.01)


def _start(module: types.ModuleType, mutant: Mutant, paths: Sequence[str]) -> int:
    """Fork, exchange the code of the one function, and run the tests there."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    code = 1
    with contextlib.suppress(BaseException):
        _function(module, mutant.function).__code__ = _code(mutant, module)
        code = _pytest(paths)
    os._exit(code)


def _function(module: types.ModuleType, name: str) -> Any:
    owner, _dot, last = name.rpartition(".")
    found = vars(getattr(module, owner) if owner else module)[last]
    return getattr(found, "fget", None) or getattr(found, "__func__", None) or found


def _code(mutant: Mutant, module: types.ModuleType) -> types.CodeType:
    """The changed function's code: the one of its name in what the changed module compiles to."""
    code = compile(mutant.tree, str(module.__file__), "exec", dont_inherit=True)
    for name in mutant.function.split("."):
        code = next(each for each in code.co_consts if isinstance(each, types.CodeType) and each.co_name == name)
    return code


def summarize(judged: Sequence[Judged], seconds: float) -> int:
    """Print the sums of each module; 0 only if no mutant survives but those on the list."""
    for file in dict.fromkeys(one.file for one in judged):
        verdicts = [one.verdict for one in judged if one.file == file]
        words = ", ".join(f"{verdicts.count(word)} {word}" for word in ("killed", "accepted", "survived"))
        print(f"{file}: {len(verdicts)} mutants, {words}")
    print(f"{len(judged)} mutants, {seconds:.0f} s")
    return 1 if any(one.verdict == "survived" for one in judged) else 0
