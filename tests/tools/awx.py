# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the collection awx.awx, whose modules the playbook configure_awx uses, and whose options the tests hold it to.

No package index has the collection by its own name. The package ``ansible`` has it inside: it is downloaded as
``tests/requirements/awx.txt`` pins it, by its hash, and only the one collection is taken out, 1 MB of 50.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from tests.tools.environment import REQUIREMENTS, VENVS, MakeError
from tests.tools.environment import ensure as make

PINNED = REQUIREMENTS / "awx.txt"
HOME = VENVS / "awx"
INSIDE = "ansible_collections/awx/awx/"
# Of the interpreter that the package asks for; nothing of it is run or installed here
PYTHON = "3.12"


def ensure() -> Path:
    """Return the folder for ANSIBLE_COLLECTIONS_PATH that holds awx.awx; raise MakeError if it cannot be brought."""
    VENVS.mkdir(exist_ok=True)
    stamp = HOME / "stamp"
    with (VENVS / ".awx.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != PINNED.read_text():
            shutil.rmtree(HOME, ignore_errors=True)
            _bring()
            stamp.write_text(PINNED.read_text())
    return HOME


def _bring() -> None:
    with tempfile.TemporaryDirectory(dir=VENVS) as folder:
        pip = [str(make("main").bin / "python"), "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        target = ["--no-deps", "--only-binary", ":all:", "--python-version", PYTHON, "--dest", folder]
        command = [*pip, *target, "--require-hashes", "--requirement", str(PINNED)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MakeError(f"awx.awx cannot be downloaded:\n{done.stderr.strip()}")
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            wheel.extractall(HOME, [name for name in wheel.namelist() if name.startswith(INSIDE)])
