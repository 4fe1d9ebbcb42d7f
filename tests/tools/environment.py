# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the virtual environments under ``.venv/`` from the pinned files in ``tests/requirements/``.

``python3 -m tests.tools.environment main tools`` makes what is missing or out of date, says so before and after, and
says nothing when there is nothing to do. It needs only the standard library, and runs before any environment exists.

An environment counts as made when its stamp fits: the stamp holds the requirements' hash, the interpreter and the
environment's own path, and is written last. So an interrupted one, one of a moved checkout, and one of an interpreter
that is gone are all made anew. Two commands that want the same environment at once wait for each other.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENVS = ROOT / ".venv"
REQUIREMENTS = ROOT / "tests" / "requirements"

# Exits 0 and prints its path if it is the wanted version and can make virtual environments
PROBE = (
    "import os, sys; sys.version_info[:2] == tuple(map(int, sys.argv[1].split('.'))) or sys.exit(1);"
    "import ensurepip, venv; print(os.path.realpath(sys.executable))"
)


class MakeError(Exception):
    """The environment cannot be made; the text says why and what to do."""


class NoInterpreterError(MakeError):
    """None of the Python versions that the environment runs on is on this machine."""


@dataclass(frozen=True)
class Environment:
    """A set of pinned packages, what it is for, and the Python versions it runs on, the preferred one first."""

    name: str
    title: str
    pythons: tuple[str, ...]

    @property
    def path(self) -> Path:
        return VENVS / self.name

    @property
    def bin(self) -> Path:
        return self.path / "bin"

    @property
    def requirements(self) -> Path:
        return REQUIREMENTS / f"{self.name}.txt"

    @property
    def stamp(self) -> Path:
        return self.path / "stamp.json"


CURRENT = f"{sys.version_info[0]}.{sys.version_info[1]}"
# The user that runs make has chosen an interpreter: the tests use it if they can
_DEFAULT = tuple(sorted(("3.13", "3.12", "3.11", "3.14"), key=lambda version: version != CURRENT))

ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment("main", "the default environment", _DEFAULT),
        Environment("tools", "the checks of collections", _DEFAULT),
        Environment("bounds", "the oldest supported libraries", ("3.10", "3.11", "3.12")),
        Environment("modules", "the libraries of modules alone", _DEFAULT),
        Environment("pins", "the compiler of pinned requirements", _DEFAULT),
        Environment("core-2.16", "ansible-core 2.16", ("3.10", "3.11", "3.12")),
        Environment("core-2.18", "ansible-core 2.18", ("3.11", "3.12", "3.13")),
        Environment("core-2.19", "ansible-core 2.19", ("3.11", "3.12", "3.13")),
        Environment("core-2.20", "ansible-core 2.20", ("3.12", "3.13", "3.14")),
        Environment("core-2.21", "ansible-core 2.21", ("3.12", "3.13", "3.14")),
        Environment("core-2.22", "ansible-core 2.22 candidate", ("3.13", "3.14")),
    )
}
# The supported releases of ansible-core, each in an environment of its own
CORES = tuple(name for name in ENVIRONMENTS if name.startswith("core-"))


def in_ci() -> bool:
    """Whether this is CI, where a Python that an environment needs must not be missing."""
    return bool(os.environ.get("CI"))


def ensure(name: str) -> Environment:
    """Return the environment, made if need be; raise MakeError if that fails."""
    environment = ENVIRONMENTS[name]
    VENVS.mkdir(exist_ok=True)
    with (VENVS / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_fresh(environment):
            _make(environment)
    return environment


def find_interpreter(environment: Environment) -> Path:
    """Return a Python that really runs and is one of the versions wanted, or raise NoInterpreterError."""
    for version in environment.pythons:
        for candidate in _candidates(version):
            if path := _probe(candidate, version):
                return path
    wanted = " or ".join(sorted(environment.pythons, key=minor))
    hint = f"; {sys.executable} is one but lacks ensurepip (Debian and Ubuntu: install python3-venv)"
    here = hint if CURRENT in environment.pythons else ""
    raise NoInterpreterError(f"{environment.title} needs Python {wanted}, none found{here}")


def minor(version: str) -> int:
    """Return the part of 3.X by which versions are in order."""
    return int(version.split(".")[1])


def _is_fresh(environment: Environment) -> bool:
    try:
        stamp = json.loads(environment.stamp.read_text())
    except (OSError, ValueError):
        return False
    interpreter = Path(str(stamp.get("interpreter")))
    chosen = CURRENT not in environment.pythons[:1] or interpreter == Path(sys.executable).resolve()
    return chosen and interpreter.exists() and bool(stamp == _stamp(environment, interpreter))


def _stamp(environment: Environment, interpreter: Path) -> dict[str, str]:
    digest = hashlib.sha256(environment.requirements.read_bytes()).hexdigest()
    return {"requirements": digest, "interpreter": str(interpreter), "path": str(environment.path)}


def _make(environment: Environment) -> None:
    started = time.monotonic()
    interpreter = find_interpreter(environment)
    packages = sum("==" in line for line in environment.requirements.read_text().splitlines())
    print(
        f"making .venv/{environment.name}, {environment.title}, with {packages} packages: a minute or so ...",
        flush=True,
    )
    shutil.rmtree(environment.path, ignore_errors=True)
    python = str(environment.bin / "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    _run([str(interpreter), "-m", "venv", str(environment.path)])
    # Everything is pinned, so pip need not resolve; the check after it proves that nothing was left out
    _run([*pip, "install", "--no-deps", "--requirement", str(environment.requirements)])
    _run([*pip, "check"])
    environment.stamp.write_text(json.dumps(_stamp(environment, interpreter)))
    version = _run([python, "--version"]).strip()
    print(f"made .venv/{environment.name} ({version}, {time.monotonic() - started:.0f} s)", flush=True)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise MakeError(f"{done.stdout}\nfailed with exit code {done.returncode}: {' '.join(command)}")
    return done.stdout


def _candidates(version: str) -> Iterator[Path]:
    """Yield where that version may be: here, on the PATH (all of it: a pyenv shim may hide a real one), in pyenv."""
    if version == CURRENT:
        yield Path(sys.executable)
    for folder in os.get_exec_path():
        yield Path(folder) / f"python{version}"
    for versions in _pyenv_versions():
        yield from sorted(versions.glob(f"{version}.*/bin/python{version}"), reverse=True)


def _pyenv_versions() -> Iterator[Path]:
    if pyenv := shutil.which("pyenv"):
        with contextlib.suppress(MakeError):
            yield Path(_run([pyenv, "root"]).strip()) / "versions"
    for folder in map(Path, os.get_exec_path()):
        if folder.name == "shims":
            yield folder.parent / "versions"


def _probe(candidate: Path, version: str) -> Path | None:
    if not os.access(candidate, os.X_OK):
        return None
    try:
        done = subprocess.run([candidate, "-c", PROBE, version], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return None if done.returncode else Path(done.stdout.strip())


def main(names: list[str]) -> int:
    try:
        for name in names:
            ensure(name)
    except MakeError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
