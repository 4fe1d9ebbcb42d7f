# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a template lacks, by its source."""

from __future__ import annotations

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import (
    parts_asked_for,
    undefined_name,
)

VARIABLES = {"shop": {"x": 1}, "one": "{{ two }}", "two": "{{ three }}", "four": "{{ shop.five }}", "six": "{{ six }}"}


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{{ a }}", "a"),
        ("{{ a | some_filter }}", "a"),
        ("{{ one }}", "three"),
        ("{% for x in shop %}{{ x }}{{ y }}{% endfor %}", "y"),
        ("{{ lookup('env', shop) }}", ""),
        ("{{ six }}", ""),
        ("{{ a | }}", ""),
        (5, ""),
    ],
)
def test_names(template: object, name: str) -> None:
    assert undefined_name(template, VARIABLES) == name


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("{{ shop.region.id }}", "shop.region.id"),
        ("{{ shop['Sesame0pen'].id }}", "shop[...].id"),
        ("{{ four }}", "shop.five"),
        ("{{ shop.a ~ shop.b ~ shop.c ~ shop.a }}", "shop.a or shop.b"),
        ("{{ f('Sesame0pen').x }}", "(...).x"),
        ("{{ shop }}", ""),
    ],
)
def test_parts(template: str, parts: str) -> None:
    """Texts in a template can be values, and are not shown."""
    assert parts_asked_for(template, VARIABLES) == parts
