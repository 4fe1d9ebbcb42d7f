# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's commands that install the collection: the first time, and again when the checkout has changed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.playbook_runs import Core
from tests.tools.collection import NAME, snapshot
from tests.tools.pages import README, blocks


def commands() -> list[str]:
    """Return the commands of the README's first step that are Ansible's."""
    block = blocks(README, "1. Install")[0]
    return [line for line in block.text.splitlines() if line.startswith("ansible-")]


@pytest.mark.cores
def test_it_installs_and_brings_up_to_date(tmp_path: Path, core: Core) -> None:
    checkout, home = snapshot(tmp_path / "checkout"), tmp_path / "home"
    home.mkdir()
    environment = {"PATH": f"{core.bin}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": str(home), "LANG": "C.UTF-8"}
    assert commands()
    for text in ("first", "second"):
        (checkout / "playbooks" / "vars" / "probe.yml").write_text(f"probe: {text}\n", encoding="utf-8")
        for command in commands():
            done = subprocess.run(
                ["sh", "-c", command], cwd=checkout, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
        installed = home / ".ansible" / "collections" / NAME
        assert (installed / "playbooks" / "vars" / "probe.yml").read_text(encoding="utf-8") == f"probe: {text}\n"
    assert not (installed / "tests" / "unit").exists()
