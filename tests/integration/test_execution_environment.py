# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-builder over the built package: what it finds out, and the container file it makes of the example."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.integration.package import Package
from tests.tools.environment import ROOT, ensure

EXAMPLE = Path("docs", "examples", "execution-environment.yml")


def builder(folder: Path, *arguments: str) -> str:
    tools = ensure("tools").bin
    path = os.pathsep.join([str(tools), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        [str(tools / "ansible-builder"), *arguments],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def without_comments(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture
def wanted() -> list[str]:
    """The libraries that an environment needs beside ansible-core: with what only terminal sessions want."""
    found = without_comments(ROOT / "requirements.txt")
    assert found
    return [*found, "websockets>=15"]


def test_the_package_says_what_it_needs(package: Package, tmp_path: Path, wanted: list[str]) -> None:
    files = ("--write-pip", "pip.txt", "--write-bindep", "bindep.txt")
    builder(tmp_path, "introspect", "--sanitize", *files, str(package.path))
    found = [line.partition("  #")[0] for line in without_comments(tmp_path / "pip.txt")]
    assert sorted(found) == sorted(wanted)
    assert without_comments(package.home / "meta" / "ee-requirements.txt") == wanted
    system = [line.partition("  #")[0] for line in without_comments(tmp_path / "bindep.txt")]
    assert system == ["openssh-clients [platform:rpm]", "openssh-client [platform:dpkg]"]


def test_the_example_makes_a_container_file(package: Package, tmp_path: Path) -> None:
    shutil.copy(package.home / EXAMPLE, tmp_path)
    shutil.copy(package.file, tmp_path)
    builder(tmp_path, "create", "-f", EXAMPLE.name, "-c", "context", "--output-filename", "Containerfile")
    text = (tmp_path / "context" / "Containerfile").read_text(encoding="utf-8")
    assert 'ARG EE_BASE_IMAGE="quay.io/centos/centos:stream9"' in text
    assert re.search(r"^(ADD|COPY) _build /build", text, re.MULTILINE), text
    assert "introspect" in text
    (named,) = yaml.safe_load((tmp_path / "context/_build/requirements.yml").read_text(encoding="utf-8"))["collections"]
    # Relative to /build, the working directory of the step that installs it
    assert (tmp_path / "context/_build" / named["name"]).read_bytes() == package.file.read_bytes()
