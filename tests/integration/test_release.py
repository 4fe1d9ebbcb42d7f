# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release of a copy of the checkout: a dry run leaves nothing behind, a real one gives a commit, a tag and a package.

A release that was prepared is tagged as it is, and the same files give the same package.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.tools.collection import NAME, snapshot
from tests.tools.environment import ensure
from tests.tools.release import Plan, ReleaseError, read_version, release

VERSION = "99.0.0-rc.1"


def git(home: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=home, capture_output=True, text=True, check=True)
    return done.stdout


def state(home: Path) -> list[str]:
    return [git(home, "log", "--format=%H"), git(home, "tag"), git(home, "status", "--porcelain", "--ignored")]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of this checkout with one commit on the branch main and a change for the changelog."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Maintainer")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "maintainer@example.com")
    monkeypatch.setenv("HOME", str(tmp_path))
    home = snapshot(tmp_path / "checkout")
    fragment = home / "changelogs" / "fragments" / "probe.yml"
    fragment.parent.mkdir(exist_ok=True)
    fragment.write_text("---\nminor_changes:\n  - A probe.\n", encoding="utf-8")
    git(home, "add", "--all")
    git(home, "commit", "--quiet", "--message", "All of it")
    return home


def passing() -> bool:
    return True


def test_a_release_from_dry_run_to_installation(checkout: Path, tmp_path: Path) -> None:
    tools = ensure("tools").bin
    before = state(checkout)
    tried = release(checkout, Plan(VERSION, keep=False), tmp_path / "dry", passing)
    assert state(checkout) == before

    with pytest.raises(ReleaseError, match="tests fail"):
        release(checkout, Plan(VERSION), tmp_path / "out", lambda: False)
    assert state(checkout) == before

    release(checkout, Plan(VERSION, tag=False), tmp_path / "prepared", passing)
    assert git(checkout, "tag") == ""
    prepared = git(checkout, "rev-parse", "HEAD")

    made = release(checkout, Plan(VERSION), tmp_path / "out", passing)
    assert git(checkout, "rev-parse", "HEAD", f"{VERSION}^{{commit}}").split() == [prepared.strip()] * 2
    assert made.read_bytes() == tried.read_bytes()
    assert made.with_name(f"{made.name}.sha256").read_text("utf-8").split()[0] == digest(made)
    assert git(checkout, "tag").split() == [VERSION]
    assert git(checkout, "status", "--porcelain") == ""
    assert read_version(checkout) == VERSION
    assert f"v{VERSION}\n" in (checkout / "CHANGELOG.rst").read_text(encoding="utf-8")
    assert not list((checkout / "changelogs" / "fragments").glob("*.yml"))

    environment = os.environ | {"ANSIBLE_HOME": str(tmp_path / "ansible")}
    command = [tools / "ansible-galaxy", "collection", "install", "--offline", "-p", tmp_path / "installed", made]
    subprocess.run([str(word) for word in command], env=environment, check=True, capture_output=True)
    assert (tmp_path / "installed" / NAME / "plugins" / "modules" / "vnc_url_info.py").is_file()


def digest(package: Path) -> str:
    return hashlib.sha256(package.read_bytes()).hexdigest()


def test_what_cannot_be_released(checkout: Path, tmp_path: Path) -> None:
    now = read_version(checkout)
    with pytest.raises(ReleaseError, match="not newer"):
        release(checkout, Plan("0.0.1"), tmp_path, passing)
    (checkout / "galaxy.yml").write_text(f"version: {now}\n# changed\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="Commit or remove"):
        release(checkout, Plan(VERSION), tmp_path, passing)
    git(checkout, "checkout", "--quiet", "-B", "topic", "--force")
    git(checkout, "checkout", "--quiet", ".")
    with pytest.raises(ReleaseError, match="branch main"):
        release(checkout, Plan(VERSION), tmp_path, passing)
    git(checkout, "tag", VERSION)
    with pytest.raises(ReleaseError, match="exists already"):
        release(checkout, Plan(VERSION), tmp_path, passing)
