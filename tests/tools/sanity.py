# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""``ansible-test sanity``, all its tests and no ignore entries, on a copy of what the package has.

``python -m tests.tools.sanity [ENVIRONMENT|all] [ansible-test's own arguments]``. ``all`` are all supported releases of
ansible-core; one whose Python is missing here is said, and is a failure in CI. ansible-test makes its own virtual
environments below the home folder, once (about a minute). It passes no PIP_* variables on: an index other than pip's
default must be in a pip.conf.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tools.collection import BUILD, snapshot
from tests.tools.environment import CORES, ENVIRONMENTS, Environment, MakeError, NoInterpreterError, ensure, in_ci

BOOTSTRAP = Path(__file__).with_name("pip_bootstrap.py")
# What the supported releases of ansible-test ask for, should theirs no longer be found in their sources
KNOWN_PIPS = ("23.1.2", "24.2", "25.2")
# What pip says when all is well, many times over on a first run; its warnings and errors stay
CHATTER = re.compile(
    r"(Collecting|Installing collected|Successfully installed|Looking in|Using cached pip|Requirement already) "
    r"| +(Downloading|Using cached|Attempting|Found existing|Uninstalling|Successfully uninstalled|━)"
    r"|WARNING: Location 'file:|\[notice\]|\s*$"
)


def wanted_pips(package: Path) -> tuple[str, ...]:
    """Return the versions of pip whose bootstrap script this ansible-test may look for."""
    source = package / "_internal" / "python_requirements.py"
    found = re.findall(r"\bpip=['\"]([\d.]+)['\"]", source.read_text()) if source.is_file() else []
    return tuple(found) or KNOWN_PIPS


def install_bootstrap(package: Path) -> None:
    """Put our script where ansible-test keeps the downloaded one; whatever is there already stays."""
    cache = Path.home() / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in wanted_pips(package):
        script = cache / f"get_pip_{version.replace('.', '_')}.py"
        if not script.exists():
            shutil.copy(BOOTSTRAP, script)


def unreachable_tests(package: Path) -> list[str]:
    """Return the tests that want a package from elsewhere than an index, as a release candidate's may."""
    requirements = sorted((package / "_data" / "requirements").glob("sanity.*.txt"))
    direct = re.compile(r"^[\w.-]+ *@ *\w+", re.MULTILINE)
    return [path.name.split(".")[1] for path in requirements if direct.search(path.read_text())]


def call_quietly(command: list[str], cwd: Path, variables: dict[str, str]) -> int:
    """Run a command and pass its output on as it comes, without pip's chatter."""
    with subprocess.Popen(
        command, cwd=cwd, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            if not CHATTER.match(line):
                print(line, end="", flush=True)
    return process.returncode


def run(environment: Environment, arguments: list[str]) -> int:
    """Run the tests with that environment's ansible-core and Python."""
    package = next(environment.path.glob("lib/python*/site-packages/ansible_test"))
    install_bootstrap(package)
    skipped = unreachable_tests(package)
    options = [option for test in skipped for option in ("--skip-test", test)]
    python = package.parents[1].name.removeprefix("python")
    command = ["sanity", "--local", "--requirements", "--python", python, "--color", "no", *options, *arguments]
    home = snapshot(BUILD / "sanity" / environment.name)
    # Users get none of these, and ruff and mypy look at them
    for folder in filter(Path.is_dir, (home / "tests").iterdir()):
        shutil.rmtree(folder)
    path = os.pathsep.join([str(environment.bin), os.environ.get("PATH", os.defpath)])
    code = call_quietly([str(environment.bin / "ansible-test"), *command], home, os.environ | {"PATH": path})
    for test in skipped:
        print(f"not run: sanity test {test} of {environment.title}, it needs a package that no index has")
    return code


def main(arguments: list[str]) -> int:
    name = arguments.pop(0) if arguments and arguments[0] in (*ENVIRONMENTS, "all") else "main"
    codes = [run_with(core, arguments) for core in (CORES if name == "all" else (name,))]
    return max(codes)


def run_with(name: str, arguments: list[str]) -> int:
    """Run the tests with one release of ansible-core; return the exit code."""
    print(f"{ENVIRONMENTS[name].title}:", flush=True)
    try:
        return run(ensure(name), arguments)
    except NoInterpreterError as error:
        print(f"not run: {error}")
        return 1 if in_ci() else 0
    except MakeError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
