# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built package of the collection, installed as users install it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.tools.collection import NAME, snapshot

GALAXY = Path(sys.executable).parent / "ansible-galaxy"


@dataclass(frozen=True)
class Package:
    """The package file, and the folder for ANSIBLE_COLLECTIONS_PATH that it is installed in."""

    file: Path
    path: Path

    @property
    def home(self) -> Path:
        """The installed collection."""
        return self.path / NAME


def build(folder: Path) -> Package:
    """Build and install the collection from what git lists."""
    home = snapshot(folder / "source")
    _galaxy(home, folder, "build", "--output-path", str(folder))
    (file,) = folder.glob("cloudops-console-*.tar.gz")
    _galaxy(home, folder, "install", str(file), "--offline", "--collections-path", str(folder / "installed"))
    return Package(file, folder / "installed")


def _galaxy(home: Path, folder: Path, *arguments: str) -> None:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [str(GALAXY), "collection", *arguments], cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
