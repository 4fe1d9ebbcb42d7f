# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of the checkout to be deleted, in which the code is broken and one test is run at a time."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.mutants.breakage import Breakage, StaleError
from tests.tools.collection import LINKED, snapshot
from tests.tools.environment import ENVIRONMENTS, ROOT

Verdict = Literal["killed", "survived", "stale", "unfair", "not run"]
# Seconds after which a test with broken code is ended; a hang is noticed only by waiting for it.
LONGEST = 180.0
_RESULT = re.compile(
    r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (tests/\S+?::[^\s\[]+(?:\[.*?\])?)(?= - |$)", re.MULTILINE
)
# A test that fails in this way says nothing about the promise: the new text of the breakage is wrong.
_NO_CODE = re.compile(r"^E +(NameError|ImportError|ModuleNotFoundError|UnboundLocalError|SyntaxError)\b", re.MULTILINE)


@dataclass(frozen=True)
class Trial:
    """What came of one breakage.

    :param note: why there is no verdict, or the line with which the test failed.
    """

    breakage: Breakage
    verdict: Verdict
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Ended:
    """What pytest said: its exit code (None after LONGEST seconds), and all that it printed."""

    code: int | None
    text: str

    def passed(self, test: str) -> bool:
        """Whether that test, with whatever parameters, has passed and has not failed."""
        found = [word for word, name in _RESULT.findall(self.text) if _is(name, test)]
        return "PASSED" in found and not {"FAILED", "ERROR"} & set(found)

    def skipped(self) -> bool:
        """Whether nothing was run, because this machine or user cannot."""
        return self.code == 0 and " passed" not in self.text

    def reason(self) -> str:
        """The first line with which a test failed."""
        found = re.search(r"^E +(\S.*)$", self.text, re.MULTILINE)
        return found[1] if found else ""


def _is(name: str, test: str) -> bool:
    return name == f"tests/{test}" or name.startswith(f"tests/{test}[")


class CheckoutCopy:
    """One copy."""

    def __init__(self, parent: Path) -> None:
        self.home = snapshot(parent)

    def run(self, tests: Iterable[str], *options: str, longest: float = LONGEST) -> Ended:
        """Run these tests in the copy."""
        bin_folder = ENVIRONMENTS["main"].bin
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(bin_folder), os.environ.get("PATH", os.defpath)]),
            "ANSIBLE_COLLECTIONS_PATH": str(self.home / LINKED.relative_to(ROOT)),
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
            "CONSOLE_FAULTS": "full",
            # A broken file can be as long and as old as the one before: what was compiled must not outlive it.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [
            str(bin_folder / "python"),
            "-m",
            "pytest",
            "-q",
            "-rA",
            "--show-capture=no",
        ]
        command += [*options, *(f"tests/{test}" for test in tests)]
        link = subprocess.run(
            [str(bin_folder / "python"), "-m", "tests.tools.collection"], cwd=self.home, env=environment, check=False
        )
        process = subprocess.Popen(
            command,
            cwd=self.home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            text, _nothing = process.communicate(timeout=longest)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return Ended(None, process.communicate()[0] or "")
        return Ended(process.returncode if link.returncode == 0 else 3, text)

    @contextlib.contextmanager
    def broken(self, breakage: Breakage) -> Iterator[None]:
        """Break the copy for a while; StaleError where that cannot be done."""
        text = breakage.apply(self.home)
        path = self.home / "plugins" / breakage.file
        whole = path.read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(whole, encoding="utf-8")

    def try_out(self, breakage: Breakage) -> Trial:
        """Break, run the one test, judge."""
        began = time.monotonic()
        try:
            breakage.check_test(self.home)
            with self.broken(breakage):
                ended = self.run([breakage.test], "-x")
        except StaleError as error:
            return Trial(breakage, "stale", note=str(error))
        verdict, note = judge(ended)
        return Trial(breakage, verdict, time.monotonic() - began, note)


def judge(ended: Ended) -> tuple[Verdict, str]:
    """Say whether the test has noticed, and how."""
    if ended.code is None:
        return "killed", f"it does not end within {LONGEST:.0f} s"
    if ended.code == 1:
        wrong = _NO_CODE.search(ended.text)
        return ("unfair", wrong[0]) if wrong else ("killed", ended.reason())
    if ended.skipped():
        return "not run", "the test cannot run here"
    if ended.code == 0:
        return "survived", ""
    return "unfair", f"pytest ended with {ended.code}: {ended.text[-300:]}"
