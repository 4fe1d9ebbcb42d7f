# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a template lacks, by its source."""

from __future__ import annotations

import textwrap
import typing as t

import ansible.template
import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import (
    parts_asked_for,
    resolved,
    undefined_name,
    why_unresolved,
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


@pytest.mark.parametrize("template", ["{{ own }}", "x{{ own }}", ""])
def test_a_vaulted_value_without_its_secret(template: str) -> None:
    """As itself, and as a part of another variable; forgetting the vault password is a slip of every operator."""
    blob = VaultLib([("default", VaultSecret(b"one"))]).encrypt("cn-hangzhou").decode()
    variables = DataLoader().load(f"own: !vault |\n{textwrap.indent(blob, '  ')}")
    as_written: t.Callable[[str], str] = getattr(ansible.template, "trust_as_template", str)
    value = as_written(template) if template else variables["own"]
    resolver: t.Any = ansible.template.Templar(DataLoader(), variables=variables)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of which class depends on ansible-core
        resolved(value, resolver)
    assert why_unresolved(caught.value, value, resolver).startswith("no vault secret of this run decrypts it")
