# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each filter returns for the result of a rotation has the types and the shape of its RETURN."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cloudops.console.plugins.filter.rotation import FilterModule
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult

from tests.integration.documented_results import misfits

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
FILTERS = FilterModule().filters()
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)
FAILURE = {"kind": "not_found", "code": None, "message": "m", "request_id": None, "status": None}
HOSTS = (HostResult("web-01", "rotated", reboot="needed"), HostResult("api:8080", "rejected", failure=FAILURE))
WHOLE = FleetResult(HOSTS, "run", NOW, NOW, "sqlite:///ledger.db")
RESULT, SURVEY = WHOLE.to_result({}), WHOLE.to_survey()
GROUPS = FILTERS["rotation_groups"](RESULT)
CALLS: dict[str, tuple[Any, ...]] = {
    "console_text": ("cn-hangzhou",),
    "rotation_artifact": (RESULT, 4711),
    "rotation_by_host": (GROUPS,),
    "rotation_collected": (FILTERS["rotation_artifact"](RESULT, 4711),),
    "rotation_failure": (RESULT,),
    "rotation_groups": (RESULT,),
    "rotation_message": (RESULT, "web-01"),
    "rotation_pages": (GROUPS,),
    "rotation_steps": (GROUPS,),
    "rotation_table": (SURVEY,),
}


def test_every_filter_is_called() -> None:
    assert set(CALLS) == set(FILTERS)


@pytest.mark.parametrize("name", CALLS)
def test_a_filter_returns_what_it_documents(name: str) -> None:
    described = yaml.safe_load((PLUGINS / "filter" / f"{name}.yml").read_text("utf-8"))["RETURN"]["_value"]
    value = FILTERS[name](*CALLS[name])
    assert value
    assert list(misfits("_value", described, value)) == []
