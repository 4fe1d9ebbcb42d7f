# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Release a version: ``python -m tests.tools.release VERSION [--dry-run | --prepare]``; ``make release`` calls it.

All work is done in a clone: the version in ``galaxy.yml`` and in the examples, the changelog from its fragments, a
commit, a tag, the package and its checksum. The checkout gets the commit and the tag when everything has succeeded, so
a release that fails changes nothing. ``--dry-run`` stops before that step and runs no tests. ``--prepare`` makes the
commit alone, for a release that is reviewed before it is tagged.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.tools.artifact import build, checksum
from tests.tools.collection import BUILD, NAME
from tests.tools.environment import ENVIRONMENTS, ROOT

BRANCH = "main"
PATTERN = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-rc\.([1-9]\d*))?")
FIELD = re.compile(r"^version: (.+)$", re.MULTILINE)
# Where examples name the package, its image, or the version that a project requires
NAMED = r"(?P<before>cloudops-console-(?:ee:)?|^ +version: ){version}(?![\w-])"
OUTPUT = BUILD / "release"


class ReleaseError(Exception):
    """The release cannot be made; the text says why and what to do."""


@dataclass(frozen=True)
class Plan:
    """What to release and how far to go."""

    version: str
    # Keep the commit in the checkout
    keep: bool = True
    tag: bool = True


def order(version: str) -> tuple[int, ...]:
    """Return what versions are compared by: a candidate comes before its release."""
    match = PATTERN.fullmatch(version)
    if match is None:
        raise ReleaseError(f"{version} is no version: use X.Y.Z or X.Y.Z-rc.N, for example 1.2.0 or 1.2.0-rc.1")
    major, minor, patch, candidate = match.groups()
    return int(major), int(minor), int(patch), candidate is None, int(candidate or 0)


def read_version(root: Path) -> str:
    """Return the version in galaxy.yml."""
    match = FIELD.search((root / "galaxy.yml").read_text(encoding="utf-8"))
    if match is None:
        raise ReleaseError("galaxy.yml has no line with its version")
    return match[1]


def named(version: str) -> re.Pattern[str]:
    """Return what finds a version of this collection in an example."""
    return re.compile(NAMED.format(version=version), re.MULTILINE)


def write_version(root: Path, version: str) -> None:
    """Write the version to galaxy.yml and to the documentation that names it."""
    old = named(re.escape(read_version(root)))
    galaxy = root / "galaxy.yml"
    galaxy.write_text(FIELD.sub(f"version: {version}", galaxy.read_text(encoding="utf-8")), encoding="utf-8")
    for page in pages(root):
        text = page.read_text(encoding="utf-8")
        page.write_text(old.sub(rf"\g<before>{version}", text), encoding="utf-8")


def pages(root: Path) -> list[Path]:
    """Return the files that may name the version."""
    return [root / "README.md", *(path for path in sorted(root.glob("docs/**/*")) if path.suffix in (".rst", ".yml"))]


def check(root: Path, plan: Plan) -> None:
    """See that the checkout can be released."""
    now = read_version(root)
    # A version that has no tag yet may be the one that was prepared
    prepared = plan.version == now and plan.tag
    if order(plan.version) <= order(now) and not prepared:
        raise ReleaseError(f"{plan.version} is not newer than {now}, the version in galaxy.yml")
    if _git(root, "tag", "--list", plan.version):
        raise ReleaseError(f"The tag {plan.version} exists already")
    if not plan.keep:
        return
    if changed := _git(root, "status", "--porcelain"):
        raise ReleaseError(f"Commit or remove these changes first:\n{changed}")
    if plan.tag and (branch := _git(root, "rev-parse", "--abbrev-ref", "HEAD")) != BRANCH:
        raise ReleaseError(f"Releases are made on the branch {BRANCH}; this is {branch}")


def release(root: Path, plan: Plan, output: Path, test: Callable[[], bool]) -> Path:
    """Release what the checkout's last commit has; return the path of the package."""
    check(root, plan)
    if plan.keep and plan.tag and not test():
        raise ReleaseError("The tests fail. Nothing has been released")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, NAME)
        clone(root, home)
        commit(home, plan)
        package = make_package(home, output)
        if plan.keep:
            _git(root, "fetch", "--quiet", "--tags", str(home), "release")
            _git(root, "merge", "--quiet", "--ff-only", "FETCH_HEAD")
    return package


def commit(home: Path, plan: Plan) -> None:
    """Commit version and changelog in the clone, unless they were prepared, and tag the commit."""
    if read_version(home) != plan.version:
        write_version(home, plan.version)
        changelog(home, "release")
        _git(home, "add", "--all")
        _git(home, "commit", "--quiet", "--message", f"Release {plan.version}")
    changelog(home, "lint")
    if plan.tag:
        _git(home, "tag", "--annotate", plan.version, "--message", f"cloudops.console {plan.version}")


def changelog(home: Path, *arguments: str) -> None:
    """Run antsibull-changelog, which finds Ansible's programs on the PATH."""
    tools = ENVIRONMENTS["tools"].bin
    path = os.pathsep.join([str(tools), os.environ.get("PATH", os.defpath)])
    _run([str(tools / "antsibull-changelog"), *arguments], home, PATH=path)


def make_package(home: Path, output: Path) -> Path:
    """Build the package twice, see that both have the same bytes, and write one with its checksum."""
    output.mkdir(parents=True, exist_ok=True)
    package = build(home, output)
    with tempfile.TemporaryDirectory() as folder:
        if build(home, Path(folder)).read_bytes() != package.read_bytes():
            raise ReleaseError("Two builds of the package differ")
    package.with_name(f"{package.name}.sha256").write_text(checksum(package), encoding="utf-8")
    return package


def clone(root: Path, home: Path) -> None:
    """Clone the checkout's last commit, with the author that its configuration names."""
    _git(root, "clone", "--quiet", str(root), str(home))
    _git(home, "checkout", "--quiet", "-B", "release")
    for key in ("user.name", "user.email"):
        if value := _git(root, "config", "--default", "", "--get", key):
            _git(home, "config", key, value)


def _git(root: Path, *arguments: str) -> str:
    return _run(["git", *arguments], root)


def _run(command: Sequence[str], root: Path, **variables: str) -> str:
    done = subprocess.run(
        command,
        cwd=root,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseError(f"{' '.join(command)} failed:\n{done.stdout.strip()}")
    return done.stdout.strip()


def run_tests() -> bool:
    return subprocess.call(["make", "test"], cwd=ROOT) == 0


def parse(arguments: Sequence[str]) -> Plan:
    parser = argparse.ArgumentParser(prog="make release", description="Release a version.")
    parser.add_argument("version")
    parser.add_argument("--dry-run", action="store_true", help="change nothing here and run no tests")
    parser.add_argument("--prepare", action="store_true", help="make the commit alone, without tests and tag")
    given = parser.parse_args(arguments)
    return Plan(given.version, keep=not given.dry_run, tag=not given.prepare)


def main(arguments: Sequence[str]) -> int:
    plan = parse(arguments)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            package = release(ROOT, plan, OUTPUT if plan.keep else Path(scratch), run_tests)
            print(checksum(package), end="")
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    if plan.keep and plan.tag:
        print(f"released: {package.relative_to(ROOT)}; push it with: git push origin {BRANCH} {plan.version}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
