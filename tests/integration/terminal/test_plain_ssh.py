# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain ssh, scp and rsync with the lines that the guide has for ~/.ssh/config."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration.terminal.sshd import Sshd
from tests.tools.collection import link

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "ssh_guide.rst"
PLACE = "~/.ansible/collections"
NAMED = "i-bp1hzoinajzkh91h0001"


def lines_of_the_guide() -> str:
    """Return what the guide has for ~/.ssh/config."""
    block = re.search(r"\.\. code-block:: text\n\n((?: {4}.*\n|\n)+)", GUIDE.read_text(encoding="utf-8"))
    assert block is not None
    return textwrap.dedent(block[1])


class Plain:
    """The commands of OpenSSH with a configuration of their own."""

    def __init__(self, cloud: Emulator, fleet: Fleet, sshd: Sshd, folder: Path) -> None:
        instance, region = fleet["instances"][0]["instance_id"], fleet["regions"][0]
        key = fleet["accounts"][0]["access_keys"][0]
        cloud.configure(agent_ports={f"{instance}:22": sshd.port})
        (folder / "known_hosts").write_text(f"{instance} {sshd.public}\n", encoding="ascii")
        text = lines_of_the_guide()
        for old, new in (
            (f"python3 {PLACE}", f"{sys.executable} {link()}"),
            ("--region cn-hangzhou", f"--region {region} --endpoint {cloud.url}"),
            (
                "User admin",
                f"User {sshd.user}\n    IdentityFile {sshd.key}\n    UserKnownHostsFile {folder}/known_hosts",
            ),
            (NAMED, instance),
        ):
            assert old in text
            text = text.replace(old, new)
        self.config = folder / "config"
        self.config.write_text(text, encoding="utf-8")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": key["access_key_id"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key["access_key_secret"],
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        }
        self.instance = instance

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ssh, scp or rsync; it does not ask anything."""
        shell = f"ssh -F {self.config} -o BatchMode=yes"
        options = ["-e", shell] if command == "rsync" else ["-F", str(self.config), "-o", "BatchMode=yes"]
        return subprocess.run(
            [command, *options, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def plain(cloud: Emulator, fleet: Fleet, sshd: Sshd, tmp_path: Path) -> Iterator[Plain]:
    yield Plain(cloud, fleet, sshd, tmp_path)
    assert [one["session_id"] for one in cloud.sessions() if not one["ended"]] == []


@pytest.mark.parametrize("named", [False, True], ids=["id", "name"])
def test_ssh(plain: Plain, cloud: Emulator, named: bool) -> None:
    done = plain.run("ssh", "web-01" if named else plain.instance, "echo hello; exit 7")
    assert (done.stdout, done.returncode) == ("hello\n", 7), done.stderr
    _wait_for_end(cloud)


@pytest.mark.parametrize("command", ["scp", "rsync"])
def test_files(plain: Plain, cloud: Emulator, tmp_path: Path, command: str) -> None:
    if shutil.which(command) is None:
        pytest.skip(f"{command} is missing here (Debian and Ubuntu: install {command})")
    near, far, back = (tmp_path / name for name in ("near", "far", "back"))
    near.write_bytes(random.Random(command).randbytes(5_000_000))
    there = plain.run(command, str(near), f"web-01:{far}")
    assert there.returncode == 0, there.stderr
    again = plain.run(command, f"web-01:{far}", str(back))
    assert again.returncode == 0, again.stderr
    sums = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (near, far, back)}
    assert len(sums) == 1
    _wait_for_end(cloud)


def test_why_it_does_not_work(plain: Plain, cloud: Emulator) -> None:
    cloud.change_instance(plain.instance, status="Stopped")
    done = plain.run("ssh", plain.instance, "true")
    assert done.returncode == 255
    assert "cloudops.console: Starting a terminal session on" in done.stderr
    assert "InvalidInstance.NotRunning" in done.stderr


def test_the_help_names_every_option(plain: Plain) -> None:
    program = re.search(r"ProxyCommand (\S+ \S+)", plain.config.read_text(encoding="utf-8"))
    assert program is not None
    done = subprocess.run(
        [*program[1].split(), "--help"], env=plain.environment, capture_output=True, text=True, check=True
    )
    named = set(re.findall(r"``(--[a-z-]+)``", GUIDE.read_text(encoding="utf-8"))) - {"--help"}
    assert len(named) >= 5
    assert all(name in done.stdout for name in named)


def _wait_for_end(cloud: Emulator) -> None:
    """Without a connection that persists, ssh is gone before its proxy."""
    end = time.monotonic() + 30
    while time.monotonic() < end and any(not one["ended"] for one in cloud.sessions()):
        time.sleep(0.1)
