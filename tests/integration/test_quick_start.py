# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick start of the README, with its own inventory and commands, as one user and as two.

Step 1 is tested with the package, step 8 needs a terminal and is tested with its playbook.
"""

from __future__ import annotations

import json
import os
import pwd
import re
from pathlib import Path

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.playbook_runs import Room, Run, contents, writes
from tests.tools.environment import ROOT

HOSTS = {"web-01.example.com": "i-bp1hzoinajzkh91h0001", "web-02.example.com": "i-bp1hzoinajzkh91h0002"}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
STEP = re.compile(r"^### (\d+)\. ", re.MULTILINE)
CRON = re.compile(r"^\d+ \d+ \* \* \* console (.*)$", re.MULTILINE)


def steps() -> dict[int, list[tuple[str, str]]]:
    """Kind and text of each block of code, by the number of the step."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    start = text.partition("\n## Quick start")[2].partition("\n## ")[0]
    _before, *parts = STEP.split(start)
    return {int(number): BLOCK.findall(body) for number, body in zip(parts[::2], parts[1::2], strict=True)}


class Place:
    """Where the quick start is followed: its absolute paths are below a room, and sudo does without asking."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.srv = room.path / "srv"
        self.console = room.path / "console"
        self.console.mkdir()
        self.first = True

    def meant(self, text: str) -> str:
        """Put the room's paths, and this user, in place of those of the README."""
        me = pwd.getpwuid(os.geteuid()).pw_name
        for said, here in {
            "/srv/console": str(self.srv),
            "/home/console": str(self.console),
            "/opt/console/bin/": f"{self.room.core.bin}/",
            "-o console ": f"-o {me} ",
            "chown -R console ": f"chown -R {me} ",
        }.items():
            text = text.replace(said, here)
        return text

    def run(self, text: str) -> Run:
        """Run commands in the folder of the quick start."""
        folder = "" if self.first else f"cd {self.srv}\n"
        self.first = False
        return self.room.run("/bin/bash", "-euc", f'sudo() {{ "$@"; }}\n{folder}{self.meant(text)}')

    def prepare(self) -> None:
        """Steps 3 and 5: folder, inventory, and the key of the ledger."""
        (folder,), (inventory,), (key,) = blocks(3), blocks(3, "yaml"), blocks(5)
        assert self.run(folder).rc == 0
        (self.srv / "inventory.yml").write_text(self.meant(inventory), encoding="utf-8")
        (self.srv / "group_vars").mkdir()
        address = json.dumps({"console_endpoint": self.room.cloud.url})
        (self.srv / "group_vars" / "all.yml").write_text(address, encoding="utf-8")
        assert self.run(key).rc == 0


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(4, seed=64, regions=1, accounts=1, stopped=0)


@pytest.fixture
def place(room: Room, cloud: Emulator) -> Place:
    """The README's instances exist, and the key is in the environment; calls go to the emulator."""
    one = room.fleet["instances"][0]
    for name, instance_id in HOSTS.items():
        cloud.add_instance({**one, "instance_id": instance_id, "name": name, "region": "cn-hangzhou"})
    key = next(account for account in room.fleet["accounts"] if account["account_id"] == one["account_id"])
    found = key["access_keys"][0]
    room.environ |= {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": found["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": found["access_key_secret"],
    }
    return Place(room)


def blocks(number: int, kind: str = "shell") -> list[str]:
    return [text for found, text in steps()[number] if found == kind]


def spoken(run: Run) -> str:
    return " ".join(run.stderr.split())


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("users", [1, 2])
def test_the_quick_start(place: Place, cloud: Emulator, users: int) -> None:
    room = place.room
    if users == 1:
        room.environ["HOME"] = str(place.console)
    place.prepare()

    (dry,), (rotate,), (report,) = blocks(6), blocks(7), blocks(9)
    forecast = place.run(dry)
    assert forecast.rc == 0, forecast.text
    assert forecast.outcomes == dict.fromkeys(HOSTS, "rotated")
    assert forecast.rotation["ledger_created"] is True
    assert "There is no ledger yet" in spoken(forecast)
    assert not writes(cloud)

    first = place.run(rotate)
    assert first.rc == 0, first.text
    assert first.outcomes == dict.fromkeys(HOSTS, "rotated")
    assert first.rotation["ledger"] == f"sqlite://{place.srv}/ledger.db"
    assert place.run(report).rc == 0

    hand_over, cron = blocks(10), "".join(blocks(10, "text"))
    (scheduled,) = CRON.findall(cron)
    if users == 2:
        assert place.run("".join(hand_over)).rc == 0
        room.environ["HOME"] = str(place.console)
    nightly = place.run(scheduled)
    assert nightly.rc == 0, nightly.text
    assert nightly.outcomes == dict.fromkeys(HOSTS, "fresh")
    assert nightly.rotation["ledger_created"] is False
    assert "no ledger" not in spoken(nightly)
    assert writes(cloud) == len(HOSTS)
    assert not [name for home in (room.home, place.console) for name in contents(home) if Path(name).suffix == ".db"]


def test_a_schedule_with_another_vault_password_is_not_green(place: Place, cloud: Emulator) -> None:
    """Nor does it begin a second ledger."""
    place.prepare()
    assert place.run(blocks(7)[0]).rc == 0
    place.room.environ["HOME"] = str(place.console)
    assert place.run(blocks(5)[0]).rc == 0
    (scheduled,) = CRON.findall("".join(blocks(10, "text")))
    before = writes(cloud)
    run = place.run(scheduled)
    assert run.rc == 2, run.text
    assert run.rotation["failure"]["code"] == "Ledger.WrongKey"
    assert writes(cloud) == before
