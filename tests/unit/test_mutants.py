# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of deliberate breakages keeps up with code, tests and documentation; ``make mutants`` tries them out."""

from __future__ import annotations

import ast
import dataclasses
import itertools
from typing import Any

import pytest

from tests.mutants.__main__ import main
from tests.mutants.breakage import PROMISES, Breakage, StaleError, check_test
from tests.mutants.breakages import BREAKAGES
from tests.mutants.checkout_copy import Ended, judge
from tests.mutants.mutation import MODULES
from tests.mutants.operators import mutants_of
from tests.mutants.page import PAGE, TITLES, render
from tests.mutants.proofs import holders_of, listed
from tests.tools.environment import ROOT

IDS = [f"{one.promise}-{one.what}" for one in BREAKAGES]
# Where a slip loses a password or shows one.
BROKEN = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I15")
CONTRACT = ROOT / "docs" / "docsite" / "rst" / "rotation_contract.rst"


@pytest.mark.parametrize("breakage", BREAKAGES, ids=IDS)
def test_a_breakage_fits_the_code_and_its_test_exists(breakage: Breakage) -> None:
    broken = breakage.apply(ROOT)
    assert breakage.new in broken
    breakage.check_test(ROOT)


def test_every_promise_has_tests() -> None:
    assert {one.promise for one in BREAKAGES} == set(BROKEN)
    assert all(holders_of(promise, BREAKAGES) for promise in PROMISES)
    assert len({(one.promise, one.file, one.old, one.new) for one in BREAKAGES}) == len(BREAKAGES)


@pytest.mark.parametrize(("promise", "test"), listed())
def test_a_test_that_holds_a_promise_exists(promise: str, test: str) -> None:
    assert promise in PROMISES
    check_test(test, ROOT)


def test_the_page_says_what_the_list_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == render(BREAKAGES, page), "run make mutants-page"


def test_the_titles_are_those_of_the_contract() -> None:
    lines = CONTRACT.read_text(encoding="utf-8").splitlines()
    assert [line for line in (f"{promise} {title}" for promise, title in TITLES.items()) if line not in lines] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"file": "plugin_utils/gone.py"}, "is not there"),
        ({"old": "this text is nowhere in it"}, "0 times"),
        ({"old": "\n"}, "times"),
        ({"new": "("}, "no Python"),
    ],
)
def test_a_breakage_that_fell_behind_the_code_says_so(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(StaleError, match=words):
        dataclasses.replace(BREAKAGES[0], **changes).apply(ROOT)


@pytest.mark.parametrize("test", ["unit/gone.py::test_it", "unit/test_mutants.py::test_that_is_not_there"])
def test_a_test_that_is_gone_is_missed(test: str) -> None:
    with pytest.raises(StaleError, match="no test"):
        dataclasses.replace(BREAKAGES[0], test=test).check_test(ROOT)


FAILED = "E   AssertionError: assert 1 == 2\nFAILED tests/unit/a.py::test_b - AssertionError\n1 failed"


@pytest.mark.parametrize(
    ("code", "text", "verdict"),
    [
        (1, FAILED, "killed"),
        (None, "", "killed"),
        (0, "PASSED tests/unit/a.py::test_b\n1 passed in 1 s", "survived"),
        (0, "SKIPPED [1] tests/unit/a.py:1: no\n1 skipped in 1 s", "not run"),
        (1, "E   NameError: name 'x' is not defined\n1 failed", "unfair"),
        (2, "1 error during collection", "unfair"),
        (5, "no tests ran", "unfair"),
    ],
)
def test_verdicts(code: int | None, text: str, verdict: str) -> None:
    assert judge(Ended(code, text))[0] == verdict


def test_what_passes_without_a_breakage() -> None:
    ended = Ended(1, "PASSED tests/unit/a.py::test_b[x y]\nFAILED tests/unit/a.py::test_c[1] - no\n")
    assert ended.passed("unit/a.py::test_b")
    assert not ended.passed("unit/a.py::test_c")
    assert not ended.passed("unit/a.py::test_bc")


def test_an_unknown_word_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "no such breakage"]) == 2
    assert "no such breakage" in capsys.readouterr().err


SOURCE = """
class Limit:
    @property
    def reached(self):
        return self.count >= self.most and not self.open


def first(rows, most=None):
    'The first that is not empty.'
    if most is None:
        raise ValueError(f"{rows + 1}")
    return next((row for row in rows if row), advised(0, advice="not now"))
"""


def test_mutants_of_functions() -> None:
    changes = [(one.function, one.what, one.before, one.after) for one in mutants_of(SOURCE)]
    assert ("Limit.reached", "comparison", "self.count >= self.most", "self.count > self.most") in changes
    assert ("Limit.reached", "not dropped", "not self.open", "self.open") in changes
    assert ("first", "filter dropped", "for row in rows if row", "for row in rows") in changes
    assert ("first", "constant", "0", "1") in changes
    assert {what for function, what, _before, _after in changes if function == "first"} == {
        *("comparison", "statement dropped", "filter dropped", "constant"),
    }


def test_a_mutant_differs_in_one_place() -> None:
    whole = ast.dump(ast.parse(SOURCE))
    found = list(mutants_of(SOURCE))
    assert len({ast.dump(one.tree) for one in found} - {whole}) == len(found)
    assert len({one.fingerprint for one in found}) == len(found)


def test_a_rename_changes_no_fingerprint() -> None:
    """So what was accepted stays so; a change of what a function does has to be looked at again."""
    prints = [one.fingerprint for one in mutants_of(SOURCE)]
    renamed = (
        SOURCE.replace("rows", "lines").replace("first", "top").replace("count", "number").replace("Limit", "Bound")
    )
    assert [one.fingerprint for one in mutants_of(renamed)] == prints
    assert not set(prints) & {
        one.fingerprint for one in mutants_of(SOURCE.replace(">=", "<").replace("is None", "< 2"))
    }


@pytest.mark.parametrize("file", MODULES)
def test_the_modules_that_are_mutated_and_their_tests_exist(file: str) -> None:
    # Each mutant is a whole file, so no more are made than are asked for
    some = itertools.islice(mutants_of((ROOT / "plugins" / file).read_text(encoding="utf-8")), 21)
    assert len(list(some)) > 20
    assert [test for test in MODULES[file] if not (ROOT / "tests" / "unit" / test).exists()] == []
