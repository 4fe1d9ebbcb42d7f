# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""CONTRIBUTING and the workflow of the CI name commands that exist, and every supported release of ansible-core."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.environment import CORES, ENVIRONMENTS
from tests.tools.release import order

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
TARGETS = set(re.findall(r"^([a-z][a-z-]+)(?: [a-z]+)*:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
PINNED = re.compile(r"^ansible-core==(\d+\.\d+)\.(\S+)$", re.MULTILINE)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "tests/README.md", ".github/workflows/ci.yml"])
def test_every_make_command_exists(page: str) -> None:
    named = set(re.findall(r"(?:^|`|: )make ([a-z][a-z-]+)", (ROOT / page).read_text("utf-8"), re.MULTILINE))
    assert named
    assert named - TARGETS == set()


def test_the_workflow_has_every_release_of_ansible_core() -> None:
    matrix = WORKFLOW["jobs"]["core"]["strategy"]["matrix"]["core"]
    assert [f"core-{version}" for version in matrix] == list(CORES)


def test_the_workflow_may_only_read() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not [name for name, job in WORKFLOW["jobs"].items() if "permissions" in job]


@pytest.mark.parametrize("core", CORES)
def test_an_environment_has_the_release_of_its_name(core: str) -> None:
    found = PINNED.findall(ENVIRONMENTS[core].requirements.read_text("utf-8"))
    assert [f"core-{version}" for version, _patch in found] == [core]


def test_the_oldest_release_is_the_one_that_the_collection_requires() -> None:
    wanted = yaml.safe_load((ROOT / "meta/runtime.yml").read_text("utf-8"))["requires_ansible"]
    oldest = min(CORES, key=lambda core: order(f"{core.removeprefix('core-')}.0"))
    assert wanted == f">={oldest.removeprefix('core-')}.0"
