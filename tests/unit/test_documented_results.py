# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples in RETURN fit their own types, and the comparison with real results notices what differs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.documented_results import Document, differences, misfits, returns

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
FILTERS = sorted((PLUGINS / "filter").glob("*.yml"))
FAILURE = {"kind": "permission", "code": "Forbidden.RAM", "message": "...", "request_id": None, "status": 403}
GOOD: dict[str, Any] = {
    "instances": [],
    "missing": [],
    "provider": "alibaba",
    "region": "cn-hangzhou",
    "request_id": None,
    "changed": False,
}
INSTANCE: dict[str, Any] = {
    "instance_id": "i-1",
    "name": "web-01",
    "region": "cn-hangzhou",
    "zone": "cn-hangzhou-h",
    "status": "Running",
    "os_type": "linux",
    "io_optimized": None,
    "started_at": None,
    "tags": {"team": "billing"},
}


def leaves(path: str, described: Document) -> Iterator[tuple[str, Document]]:
    """Yield what has a sample of its own."""
    if "contains" not in described:
        yield path, described
    for name, part in described.get("contains", {}).items():
        yield from leaves(f"{path}.{name}", part)


def without_a_fitting_sample(document: Document) -> list[str]:
    found = [leaf for key, described in document.items() for leaf in leaves(key, described)]
    unsaid = [f"{path} has no sample" for path, described in found if "sample" not in described]
    return [*unsaid, *(wrong for path, one in found if "sample" in one for wrong in misfits(path, one, one["sample"]))]


@pytest.mark.parametrize("module", MODULES)
def test_a_sample_of_a_module_fits_its_type(module: str) -> None:
    assert without_a_fitting_sample(returns(module)) == []


@pytest.mark.parametrize("path", FILTERS, ids=[path.stem for path in FILTERS])
def test_a_sample_of_a_filter_fits_its_type(path: Path) -> None:
    document = yaml.safe_load(path.read_text("utf-8"))["RETURN"]
    assert without_a_fitting_sample(document) == []


def test_a_result_as_documented() -> None:
    assert list(differences(returns("instance_info"), {**GOOD, "instances": [INSTANCE]})) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"surprise": 1}, "surprise is not documented"),
        ({"region": None}, "region is null"),
        ({"region": 7}, "region is int, not str"),
        ({"missing": "i-1"}, "missing is str, not list"),
        ({"missing": [7]}, "missing[0] is int, not str"),
        ({"instances": [{**INSTANCE, "cpu": 2}]}, "instances[0].cpu is not documented"),
        ({"instances": [{**INSTANCE, "tags": []}]}, "instances[0].tags is list, not dict"),
        ({"failed": True, "failure": {**FAILURE, "hint": ""}}, "failure has hint, unlike its sample"),
        ({"failed": True, "failure": {**FAILURE, "status": "403"}}, "failure.status is str, unlike its sample"),
    ],
)
def test_a_difference_is_noticed(changes: dict[str, Any], said: str) -> None:
    assert list(differences(returns("instance_info"), {**GOOD, **changes})) == [said]


def test_what_is_missing_is_noticed() -> None:
    short = {key: value for key, value in GOOD.items() if key != "missing"}
    assert list(differences(returns("instance_info"), short)) == ["missing is missing"]
    less = {key: value for key, value in INSTANCE.items() if key != "zone"}
    assert list(differences(returns("instance_info"), {**GOOD, "instances": [less]})) == [
        "instances[0].zone is missing"
    ]
