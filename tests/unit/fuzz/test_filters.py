# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters take what a playbook gives them: a result, or an error of Ansible's that says what is wrong with it."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.cloudops.console.plugins.filter.rotation import FilterModule
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.example_counts import examples
from tests.unit.fuzz.hostile_values import SECRET, bent, json_values, limited, values

RESULT = {
    "hosts": {
        "web": {"outcome": "rotated", "reboot": "needed"},
        "db": {"outcome": "failed", "reboot": "none", "same_as": "web"},
    },
    "problems_total": 1,
    "reboot_needed": ["web"],
    "run_id": "r",
    "summary": {"rotated": 1, "failed": 1, "fresh": 0, "total": 2},
    "stopped": None,
}
results = st.one_of(bent(RESULT), bent(RESULT), values)


def filtered(name: str, *given_values: t.Any) -> t.Any:
    with limited():
        try:
            return FilterModule().filters()[name](*given_values)
        except AnsibleFilterError as error:
            said = str(error)
    assert said.isprintable()
    assert len(said) < 1000
    assert SECRET not in said
    return None


@settings(max_examples=examples(60))
@given(
    result=results,
    status=st.one_of(st.sampled_from(("problems", "all", "none")), json_values),
    reboot_ok=st.booleans(),
)
def test_rotation_groups(result: t.Any, status: t.Any, reboot_ok: bool) -> None:
    found = filtered("rotation_groups", result, status, reboot_ok)
    for host in found or []:
        assert set(host) == {"name", "groups"}
        assert host["groups"]
    assert not found or filtered("rotation_steps", found)


@settings(max_examples=examples(20))
@given(groups=values)
def test_rotation_steps(groups: t.Any) -> None:
    for step in filtered("rotation_steps", groups) or []:
        assert step["file"].endswith(".yml")


@settings(max_examples=examples(40))
@given(result=results, job=st.one_of(st.just(""), json_values))
def test_rotation_artifact(result: t.Any, job: t.Any) -> None:
    found = filtered("rotation_artifact", result, job)
    if found is not None:
        json.dumps(found)


def test_a_wrong_host_status_is_quoted() -> None:
    with pytest.raises(AnsibleFilterError, match=r"host_status is 'problms'\. Use one of problems, all, none"):
        FilterModule().filters()["rotation_groups"](RESULT, "problms")


@settings(max_examples=examples(40))
@given(result=results)
def test_rotation_failure(result: t.Any) -> None:
    found = filtered("rotation_failure", result)
    assert found is None or "vnc_rotation_fail" in found


def test_right_results() -> None:
    assert filtered("rotation_failure", RESULT).startswith("1 of 2 hosts has a problem. ")
    assert len(filtered("rotation_groups", RESULT)) == 2
    assert filtered("rotation_artifact", RESULT)["vnc_rotation"]["problems"] == ["db"]
