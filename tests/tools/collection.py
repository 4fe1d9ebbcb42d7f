# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the checkout on a path that ends in ``ansible_collections/cloudops/console``, as Ansible and Python want it.

``link()`` serves what reads the files in place (tests, mypy, playbooks): a folder with one symbolic link for each
visible entry of the checkout. It is not one link to the whole, because the link would contain itself.
``snapshot()`` serves what asks git or writes beside the files (ansible-test, ansible-lint, the build): a copy of what
git lists, tracked or not, without what it ignores, in a git repository of its own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.tools.environment import ROOT

BUILD = ROOT / ".build"
LINKED = BUILD / "collections"
NAME = Path("ansible_collections", "cloudops", "console")


def link() -> Path:
    """Return the folder for ANSIBLE_COLLECTIONS_PATH that holds the checkout by links."""
    home = LINKED / NAME
    home.mkdir(parents=True, exist_ok=True)
    wanted = {entry.name for entry in ROOT.iterdir() if not entry.name.startswith((".", "__"))}
    for stale in (entry for entry in home.iterdir() if entry.name not in wanted):
        stale.unlink(missing_ok=True)
    up = Path(*[".."] * len(home.relative_to(ROOT).parts))
    for name in wanted:
        _replace_link(home / name, up / name)
    return LINKED


def _replace_link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target)
    except FileExistsError:
        # Always the same relative target, whichever process was first
        return


def snapshot(parent: Path) -> Path:
    """Copy what git lists below parent and return the collection's folder there; an older copy is replaced."""
    home = parent / NAME
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for name in _git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0"):
        source = ROOT / name
        if name and source.is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, home / name, follow_symlinks=False)
    _git("-c", "init.defaultBranch=main", "init", "--quiet", cwd=home)
    return home


def _git(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=cwd, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    link()
    sys.exit(0)
