# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-doc shows every plugin and every entry point of the role with descriptions, examples and results."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.playbook_runs import Core
from tests.tools.collection import link
from tests.tools.environment import ROOT

FOLDERS = {"modules": "module"}
# What people call; actions are documented as the modules of their names
TYPES = ("modules", "connection", "filter", "inventory", "lookup")
ROLE = "cloudops.console.vnc_rotation"


def names(folder: str) -> list[str]:
    """Return the plugins in a folder; a file of filters has one documentation for each of them."""
    documents = "*.yml" if folder == "filter" else "*.py"
    return sorted(f"cloudops.console.{path.stem}" for path in (ROOT / "plugins" / folder).glob(documents))


def show(core: Core, home: Path, kind: str, *shown: str) -> dict[str, Any]:
    environment = {
        "PATH": f"{core.bin}{os.pathsep}{os.defpath}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(link()),
    }
    command = [str(core.bin / "ansible-doc"), "--type", kind, "--json", *shown]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    # Since 2.20, it warns of a collection inside itself when it looks for roles
    warnings = [line for line in done.stderr.splitlines() if "/ansible/_protomatter'" not in line]
    assert (done.returncode, warnings) == (0, [])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# Options of every cache, and of ssh up to ansible-core 2.16: its own documentation gives them no type
UNTYPED = ("cache_prefix", "scp_if_ssh")


def undescribed(options: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the options and results that have no description or no type."""
    for name, option in options.items():
        if name not in UNTYPED and not (option.get("description") and option.get("type")):
            yield f"{path}{name}"
        for parts in ("suboptions", "options", "contains"):
            yield from undescribed(option.get(parts) or {}, f"{path}{name}.")


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("folder", [folder for folder in TYPES if names(folder)])
def test_every_plugin_is_shown(core: Core, tmp_path: Path, folder: str) -> None:
    wanted = names(folder)
    found = show(core, tmp_path, FOLDERS.get(folder, folder), *wanted)
    assert sorted(found) == wanted
    for name, shown in found.items():
        doc = shown["doc"]
        assert doc["short_description"], name
        assert doc["description"], name
        assert list(undescribed(doc.get("options") or {})) == [], name
        assert "cloudops.console" in (shown["examples"] or "") or folder == "connection", name
        assert folder in ("connection", "inventory") or shown["return"], name
        assert list(undescribed(shown["return"] or {})) == [], name


@pytest.mark.cores(full=True)
def test_every_entry_point_of_the_role_is_shown(core: Core, tmp_path: Path) -> None:
    specs = yaml.safe_load((ROOT / "roles/vnc_rotation/meta/argument_specs.yml").read_text("utf-8"))["argument_specs"]
    found = show(core, tmp_path, "role", ROLE)[ROLE]["entry_points"]
    assert {name: sorted(shown["options"]) for name, shown in found.items()} == {
        name: sorted(spec["options"]) for name, spec in specs.items()
    }
    for name, shown in found.items():
        assert shown["short_description"], name
        assert shown["description"], name
        assert list(undescribed(shown["options"])) == [], name
