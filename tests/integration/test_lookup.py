# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup: what it reads after rotations of every kind, and what it says where there is nothing to read."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.documented_results import misfits, returns
from tests.integration.playbook_runs import Room, Run, in_force_or_waiting

ASK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Ask
      ansible.builtin.debug:
        msg: "{{ query('cloudops.console.vnc_password', item.name, which=item.which) | first | to_json | b64encode }}"
      loop: "{{ asked }}"
      ignore_errors: true
"""
WHICH = ("in_force", "current", "previous", "pending", "all")
WRONG = ("previous", "pending", "newest")


def ask(room: Room, *pairs: tuple[str, str]) -> dict[tuple[str, str], object]:
    """Return what the lookup answers, the text of its error where it refuses; ansible-core 2.22 masks no Base64."""
    run = room.play(ASK, asked=[{"name": name, "which": which} for name, which in pairs])
    return {(each["item"]["name"], each["item"]["which"]): answer(each) for each in run.one("Ask")["results"]}


def answer(result: dict[str, Any]) -> object:
    return result["msg"] if result.get("failed") else json.loads(base64.b64decode(result["msg"]))


@pytest.mark.cores(full=True)
def test_every_kind_of_password(room: Room, cloud: Emulator) -> None:
    """Twice rotated, once left in doubt, and once more: current, previous, pending and all, for two kinds of hosts."""
    room.keep("web-0001", "mail-0008")
    kept = {name: room.instance(name) for name in room.hosts}
    first = room.rotate()
    one = in_force_or_waiting(cloud)
    assert first.rc == 0
    assert room.rotate(force=True).rc == 0
    two = in_force_or_waiting(cloud)
    cloud.add_fault("error", action="ModifyInstanceVncPasswd", when="after", first=2)
    doubtful = room.rotate(force=True, canary=0)
    assert set(doubtful.outcomes.values()) == {"ambiguous"}
    three = {row["instance_id"]: row["password"] for row in cloud.received()[-2:]}
    answers = ask(room, *((name, which) for name in kept for which in WHICH))
    for name, instance_id in kept.items():
        assert answers[name, "current"] == two[instance_id]
        assert answers[name, "previous"] == one[instance_id]
        assert answers[name, "pending"] == three[instance_id]
        everything = answers[name, "all"]
        assert isinstance(everything, dict)
        assert list(misfits("_raw", returns("vnc_password", "lookup")["_raw"], [everything])) == []
        assert everything["pending"]["maybe_applied"] is True
        # The first one can no longer come into force: the last start was before it, and the second one followed
        assert answers[name, "in_force"] == everything["in_force"] == [two[instance_id], three[instance_id]]
        assert everything["in_force_complete"] is (name == "web-0001")
        assert cloud.instance(instance_id)["in_force"] in (everything["in_force"] if name == "web-0001" else [""])
        assert everything["history"][0]["password"] == one[instance_id]
        assert (everything["provider"], everything["instance_id"]) == ("alibaba", instance_id)
        rotated_at = dt.datetime.strptime(everything["rotated_at"], "%Y-%m-%dT%H:%M:%S%z")
        assert abs((dt.datetime.now(dt.timezone.utc) - rotated_at).total_seconds()) < 120

    resumed = room.rotate()
    assert set(resumed.outcomes.values()) == {"resumed"}
    assert in_force_or_waiting(cloud) == {**in_force_or_waiting(cloud), **three}
    answers = ask(room, ("mail-0008", "current"), ("mail-0008", "all"), ("web-0001", "all"))
    assert answers["mail-0008", "current"] == three[kept["mail-0008"]]
    slow, fast = answers["mail-0008", "all"], answers["web-0001", "all"]
    assert isinstance(slow, dict)
    assert isinstance(fast, dict)
    assert (slow["reboot"], slow["in_force_complete"], slow["pending"]) == ("needed", False, None)
    assert slow["in_force"] == [slow["current"], slow["previous"]]
    assert (fast["reboot"], fast["in_force"], fast["pending"]) == ("none", [fast["current"]], None)


def test_a_restart_is_noticed_without_a_new_password(room: Room, cloud: Emulator) -> None:
    """A start two minutes later clears the reboot state; the cloud is written to no more."""
    room.keep("mail-0008")
    assert room.rotate().rotation["reboot_needed"] == ["mail-0008"]
    password = cloud.received()[0]["password"]
    cloud.restart([room.instance("mail-0008")], started_at=dt.datetime.now(dt.timezone.utc).timestamp() + 120)
    again = room.rotate()
    assert (again.outcomes, again.reboots) == ({"mail-0008": "fresh"}, {"mail-0008": "none"})
    assert again.rotation["changed"] is False
    assert len(cloud.received()) == 1
    everything = ask(room, ("mail-0008", "all"))["mail-0008", "all"]
    assert isinstance(everything, dict)
    assert (everything["current"], everything["reboot"]) == (password, "none")
    assert (everything["in_force"], everything["in_force_complete"]) == ([password], True)


def test_what_there_is_not(room: Room, cloud: Emulator) -> None:
    """Unknown, never rotated, excluded, another cloud, no id: each is named, with the next step; nothing is written."""
    room.keep("web-0001", "app-0002")
    room.hosts |= {
        "left-out": {**room.hosts["app-0002"], "console_exclude": True},
        "in-huawei": {"console_provider": "huawei", "console_region": "eu-west-101", "console_instance_id": "8f2a"},
        "no-id": {"console_region": "cn-hangzhou"},
    }
    assert room.rotate("--limit", "web-0001").rc == 0
    before = room.ledger.read_bytes()
    names = ("nobody", "app-0002", "left-out", "in-huawei", "no-id", "web-0001")
    answers = ask(room, *((name, "current") for name in names), *(("web-0001", which) for which in WRONG))
    said = {name: str(answers[name, "current"]) for name in names}
    assert "nobody" in said["nobody"]
    assert f"The ledger sqlite://{room.ledger} has no password of nobody" in said["nobody"]
    assert "the inventory has no such host" in said["nobody"]
    assert "console_" not in said["nobody"]
    assert f"The ledger sqlite://{room.ledger} has no record of app-0002" in said["app-0002"]
    assert "Rotate it first" in said["app-0002"]
    assert "excluded" in said["left-out"]
    assert "unsupported" in said["in-huawei"]
    assert "console_instance_id" in said["no-id"]
    assert said["web-0001"] == cloud.received()[0]["password"]
    for which in ("previous", "pending"):
        assert f"has no {which} password" in str(answers["web-0001", which])
        assert "which='all'" in str(answers["web-0001", which])
    quoted = "which is 'newest'. Use one of in_force, current, pending, previous, all"
    assert quoted in str(answers["web-0001", "newest"])
    assert room.ledger.read_bytes() == before


@pytest.mark.cores(full=True)
def test_without_a_name(room: Room) -> None:
    """Nothing was asked for; an empty answer would look like one."""
    run = room.play("""
      - hosts: localhost
        gather_facts: false
        tasks:
          - name: Ask
            ansible.builtin.debug:
              msg: "{{ query('cloudops.console.vnc_password') }}"
    """)
    assert run.rc == 2
    assert "Give at least one inventory name" in run.text
    assert "Traceback" not in run.text


@pytest.mark.full
def test_where_the_ledger_is_found(room: Room, cloud: Emulator) -> None:
    """Variables, then the environment; without a key or with another one there is an error that says what to do."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    password = cloud.received()[0]["password"]

    def look(options: str = "", **variables: str) -> Run:
        room.variables = dict(variables)
        return room.play(f"""
          - hosts: localhost
            gather_facts: false
            tasks:
              - name: Ask
                ansible.builtin.debug:
                  msg: "{{{{ lookup('cloudops.console.vnc_password', 'web-0001'{options}) }}}}"
        """)

    address = f"sqlite://{room.ledger}"
    keyless = look(vnc_rotation_ledger=address)
    assert keyless.rc == 2
    assert "there is no key" in keyless.text.lower()
    assert "--vault-password-file" in keyless.text
    other = look(vnc_rotation_ledger=address, vnc_rotation_ledger_key="another")
    assert other.rc == 2
    assert "encrypted with another key than the passphrase vnc_rotation_ledger_key" in other.text
    given = look(", ledger_key='another'", vnc_rotation_ledger=address)
    assert "encrypted with another key than the passphrase ledger_key" in given.text
    room.environ = {"CLOUDOPS_CONSOLE_LEDGER": address, "CLOUDOPS_CONSOLE_LEDGER_KEY": room.ledger_key}
    assert look().one("Ask")["msg"] == password
    elsewhere = look(vnc_rotation_ledger=f"sqlite://{room.path}/elsewhere.db")
    assert "no record of web-0001" in elsewhere.text
    assert not (room.path / "elsewhere.db").exists()
    assert look(vnc_rotation_ledger="redis://x").rc == 2
