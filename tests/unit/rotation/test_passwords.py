# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generator (I18): the rule always, uniform over what fits, never a known one."""

from __future__ import annotations

import collections
import itertools
import random
import secrets

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.facts import PASSWORD_RULE
from ansible_collections.cloudops.console.plugins.module_utils._models import PasswordRule
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation import passwords
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.passwords import new_password

SMALL = PasswordRule(length=3, classes=("AB", "ab", "01"), text="", source="")
FITTING = {"".join(one) for one in itertools.product("ABab01", repeat=3)}
FITTING = {one for one in FITTING if set(one) & set("AB") and set(one) & set("ab") and set(one) & set("01")}


def chi_square(seen: collections.Counter[str], kinds: int) -> float:
    expected = sum(seen.values()) / kinds
    return sum((count - expected) ** 2 / expected for count in seen.values()) + expected * (kinds - len(seen))


def test_uniform_over_everything_that_fits() -> None:
    """Over a rule small enough to see every password: 48 of them, so 47 degrees of freedom.

    A fair generator passes 110 once in a million runs or so; one that fills the classes first and shuffles, or takes
    bytes modulo the alphabet, is beyond 1,000.
    """
    seen = collections.Counter(new_password(SMALL, ()) for _each in range(24_000))
    assert set(seen) == FITTING
    assert chi_square(seen, len(FITTING)) < 110


def test_the_real_rule_by_place() -> None:
    """No place prefers a character: class fillers in front would show at once (61 degrees of freedom)."""
    drawn = [new_password(PASSWORD_RULE, ()) for _each in range(8_000)]
    assert all(PASSWORD_RULE.broken_by(password) is None for password in drawn)
    by_class = {group: [sum(p[place] in group for p in drawn) for place in range(6)] for group in PASSWORD_RULE.classes}
    for counts in by_class.values():
        mean = sum(counts) / 6
        assert sum((count - mean) ** 2 / mean for count in counts) < 40
    for group in PASSWORD_RULE.classes:
        seen = collections.Counter(char for password in drawn for char in password if char in group)
        assert chi_square(seen, len(group)) < 26 + 6 * 26**0.5 * 1.42


def test_each_class_as_often_as_among_all_that_fits() -> None:
    """A draw that gives each class the same share makes digits too common, and passwords with many of them likelier.

    Of all passwords that fit, counted by leaving out those that lack a class, those with a digit in a given place.
    """
    fitting = 62**6 - 2 * 36**6 - 52**6 + 2 * 26**6 + 10**6
    with_a_digit_there = 10 * (62**5 - 2 * 36**5 + 10**5)
    drawn = "".join(new_password(PASSWORD_RULE, ()) for _each in range(8_000))
    share = sum(char.isdigit() for char in drawn) / len(drawn)
    assert share == pytest.approx(with_a_digit_there / fitting, abs=0.012)  # six times what chance explains


def test_never_a_known_one() -> None:
    (only,) = {new_password(SMALL, FITTING - {"Aa0"}) for _each in range(20)}
    assert only == "Aa0"


def test_the_source_is_the_operating_systems() -> None:
    """Seeding the ordinary generator makes no difference: the source is ``secrets``."""
    random.seed(1)
    first = [new_password(PASSWORD_RULE, ()) for _each in range(5)]
    random.seed(1)
    assert first != [new_password(PASSWORD_RULE, ()) for _each in range(5)]
    assert vars(passwords)["secrets"] is secrets


@pytest.mark.parametrize(
    ("password", "broken"),
    [
        ("Ecs123", False),
        ("ecs12", True),
        ("Ecs1234", True),
        ("ecs123", True),
        ("ECS123", True),
        ("Ecsabc", True),
        ("Ecs12!", True),
        ("Ecs12é", True),
        ("Ecs12٣", True),
        ("", True),
        ("Ecs 12", True),
    ],
)
def test_the_rule(password: str, broken: bool) -> None:
    said = PASSWORD_RULE.broken_by(password)
    assert (said is not None) is broken
    assert not password or not said or password not in said
