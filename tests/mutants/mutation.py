# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every mutant of the pure decisions, and the tests that must notice.

pytest imports everything and collects the tests once. Then each mutant is tried in a process that is forked there: the
code of one function is exchanged, in memory, and the tests run until one fails. That takes a second, where a process
of pytest's would need three before its first test. mutmut finds functions by a module's path below the checkout, and a
collection is imported by another one; cosmic-ray starts a process a mutant. So the operators are our own.
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
        "ledger/test_record_details.py",
        "ledger/test_record_known.py",
        "ledger/test_in_force.py",
        "ledger/test_record_machine.py",
        "rotation/test_plan.py",
        "rotation/test_again.py",
        "rotation/test_rotate_one_beside_others.py",
    ),
    "plugin_utils/_rotation/plan.py": (
        "rotation/test_plan.py",
        "rotation/test_again.py",
        "rotation/test_rotate_one_reboots.py",
        "rotation/test_rotate_one_beside_others.py",
        "rotation/test_run.py",
        "rotation/test_screen_diff.py",
    ),
    "plugin_utils/_rotation/limits.py": ("rotation/test_limits.py", "rotation/test_run.py"),
}
# Seconds after which the tests of one mutant are ended; it counts as noticed then.
LONGEST = 120.0
_QUIET = ("-q", "-p", "no:xdist", "-o", "cache_dir=.build/mutants_cache", "--no-header", "--tb=no")


@dataclass(frozen=True)
class Judged:
    """What came of one mutant."""

    file: str
    mutant: Mutant
    verdict: Verdict
    seconds: float = 0.0

    def line(self) -> str:
        where = f"{self.mutant.fingerprint}  {Path(self.file).name}"
        return f"{self.verdict:<9}{self.seconds:5.1f} s  {where} {self.mutant}"


def try_mutants(files: Sequence[str], workers: int) -> int:
    """Try all mutants of these modules and print what survives, and the sums; return the exit code."""
    began = time.monotonic()
    _prepare()
    judged = [one for file in files for one in _judge(file, workers)]
    return summarize(judged, time.monotonic() - began)


def _judge(file: str, workers: int) -> Iterator[Judged]:
    module = importlib.import_module(f"{_PACKAGE}.{file.removesuffix('.py').replace('/', '.')}")
    mutants = list(mutants_of((ROOT / "plugins" / file).read_text(encoding="utf-8")))
    trials = Trials(module, [one for one in mutants if one.fingerprint not in ACCEPTED], workers)
    paths = [str(ROOT / "tests" / "unit" / test) for test in MODULES[file]]
    with Path(os.devnull).open("w") as none, contextlib.redirect_stdout(none), contextlib.redirect_stderr(none):
        pytest.main([*_QUIET, *paths], plugins=[trials])
    if not trials.sound:
        raise SystemExit(f"without any mutant, the tests of {file} do not pass")
    yield from (Judged(file, one, "accepted") for one in mutants if one.fingerprint in ACCEPTED)
    for mutant, noticed, seconds in trials.found:
        one = Judged(file, mutant, "killed" if noticed else "survived", seconds)
        if one.verdict == "survived":
            print(one.line(), flush=True)
        yield one


def _prepare() -> None:
    """Import as tests do, with the collection where Ansible and Python want it."""
    folder = str(link())
    sys.path[:0] = [folder, str(ROOT)]
    os.environ |= {"ANSIBLE_COLLECTIONS_PATH": folder, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
    os.chdir(ROOT)


class Trials:
    """A plugin of pytest's that runs the collected tests once for each mutant, and before that without any.

    :ivar sound: the tests pass without a mutant.
    :ivar found: each mutant, whether its tests noticed, and the seconds that took.
    """

    def __init__(self, module: types.ModuleType, mutants: Sequence[Mutant], workers: int) -> None:
        self.sound = False
        self.found: list[tuple[Mutant, bool, float]] = []
        self._module, self._waiting, self._workers = module, list(reversed(mutants)), workers
        self._running: dict[int, tuple[Mutant, float]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's own loop."""
        self.sound = bool(session.items) and os.waitpid(self._fork(session, None), 0)[1] == 0
        while self.sound and (self._waiting or self._running):
            while self._waiting and len(self._running) < self._workers:
                mutant = self._waiting.pop()
                self._running[self._fork(session, mutant)] = mutant, time.monotonic()
            for pid, (mutant, began) in list(self._running.items()):
                self._look(pid, mutant, time.monotonic() - began)
            time.sleep(0.01)
        return True

    def _look(self, pid: int, mutant: Mutant, seconds: float) -> None:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended and seconds > LONGEST:
            os.killpg(pid, signal.SIGKILL)
            ended, status = os.waitpid(pid, 0)
        if ended:
            del self._running[pid]
            self.found.append((mutant, status != 0, seconds))

    def _fork(self, session: pytest.Session, mutant: Mutant | None) -> int:
        """Return the number of a process in which the mutant is tried; its code is 0 if all tests pass."""
        if mutant is not None:
            function, code = _function(self._module, mutant.function), _code(mutant, self._module)
            if function.__code__.co_freevars != code.co_freevars:
                raise ValueError(f"{mutant} cannot be exchanged")
        pid = os.fork()
        if pid:
            return pid
        os.setsid()
        failed = True
        with contextlib.suppress(BaseException):
            if mutant is not None:
                function.__code__ = code
            failed = _some_test_fails(session)
        os._exit(failed)


def _some_test_fails(session: pytest.Session) -> bool:
    for number, item in enumerate(session.items):
        following = session.items[number + 1] if number + 1 < len(session.items) else None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return True
    return False


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
