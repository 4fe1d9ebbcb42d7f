# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger that is new is said to be, in check mode too: with a second one, every password would be due again."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.playbook_runs import Room, Run

NEW = {
    True: "There is no ledger yet, and a real run would make a new one",
    False: "There was no ledger, so this run made",
}


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(4, seed=61, regions=1, accounts=1, stopped=0)


def warned(run: Run) -> str:
    """What was said on standard error, without the breaks of lines."""
    return " ".join(run.stderr.split())


def rotate_as(room: Room, home: str, *arguments: str) -> Run:
    """Run as another user: with a home of its own."""
    folder = room.path / home
    folder.mkdir(exist_ok=True)
    room.environ["HOME"] = str(folder)
    return room.rotate(*arguments)


@pytest.mark.cores(full=True)
def test_a_second_user_hears_of_the_second_ledger(room: Room, cloud: Emulator) -> None:
    """Without vnc_rotation_ledger, each home has its own."""
    del room.variables["vnc_rotation_ledger"]
    for home in ("home", "other"):
        for check in (True, False):
            run = rotate_as(room, home, *(["--check"] if check else []))
            assert run.rc == 0, run.text
            assert run.rotation["ledger_created"] is True
            assert NEW[check] in warned(run)
            assert "set vnc_rotation_ledger to its address" in warned(run)
            assert "as the user " in warned(run)
            assert f"{room.path}/{home}/.local/share/cloudops-console/ledger.db" in run.stderr.replace("\n", "")
        again = rotate_as(room, home)
        assert again.rotation["ledger_created"] is False
        assert set(again.outcomes.values()) == {"fresh"}
        assert "no ledger" not in warned(again)
    assert len(cloud.received()) == 2 * len(room.hosts)


def test_two_users_with_one_address_have_one_ledger(room: Room, cloud: Emulator) -> None:
    assert rotate_as(room, "home").rotation["ledger_created"] is True
    run = rotate_as(room, "other")
    assert run.rotation["ledger_created"] is False
    assert set(run.outcomes.values()) == {"fresh"}
    assert len(cloud.received()) == len(room.hosts)
