# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""vnc_password on instances that a ledger manages: it warns, or it records what it sets by the steps of a rotation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.ledger_server import Shared
from tests.integration.playbook_runs import SET_PASSWORD, Event, Room, Run
from tests.integration.test_lookup import ask

SET = "ModifyInstanceVncPasswd"


def set_on(room: Room, password: str, *arguments: str, **variables: Any) -> Run:
    return room.play(SET_PASSWORD, *arguments, wanted=password, **{"call_retries": 0, "call_timeout": 10, **variables})


def results(run: Run) -> dict[str, dict[str, Any]]:
    found: list[Event] = run.of("Set")
    return {event.host: event.result for event in found}


def only(run: Run) -> dict[str, Any]:
    (result,) = results(run).values()
    return result


def sent(cloud: Emulator) -> list[str]:
    return [row["password"] for row in cloud.received()]


def says(run: Run, text: str) -> bool:
    """Whether it was printed; ansible-core 2.16 breaks lines also within words."""
    return "".join(text.split()) in "".join(run.text.split())


@pytest.mark.cores(full=True)
def test_a_known_password_comes_under_management(room: Room, cloud: Emulator) -> None:
    """In check mode nothing is written; then it is set and recorded, and then there is nothing to do, nor to rotate."""
    room.keep("web-0001", "mail-0008")
    forecast = set_on(room, "Known1", "--check", record=True)
    assert forecast.rc == 0, forecast.text
    assert {name: (one["changed"], one["recorded"]) for name, one in results(forecast).items()} == {
        "web-0001": (True, True),
        "mail-0008": (True, True),
    }
    assert not room.ledger.exists()
    assert sent(cloud) == []

    first = set_on(room, "Known1", record=True)
    assert first.rc == 0, first.text
    found = results(first)
    assert {name: (one["changed"], one["recorded"], one["reboot"]) for name, one in found.items()} == {
        "web-0001": (True, True, "none"),
        "mail-0008": (True, True, "needed"),
    }
    assert {one["ledger"] for one in found.values()} == {f"sqlite://{room.ledger}"}
    assert all(one["request_id"] and one["acknowledged_at"] and not one["answer_lost"] for one in found.values())
    assert sent(cloud) == ["Known1", "Known1"]

    again = set_on(room, "Known1", record=True)
    assert {name: (one["changed"], one["recorded"], one["reboot"]) for name, one in results(again).items()} == {
        "web-0001": (False, True, "none"),
        "mail-0008": (False, True, "needed"),
    }
    answers = ask(room, ("web-0001", "in_force"), ("mail-0008", "current"))
    assert list(answers.values()) == [["Known1"], "Known1"]
    rotation = room.rotate()
    assert rotation.outcomes == {"web-0001": "fresh", "mail-0008": "fresh"}
    assert sent(cloud) == ["Known1", "Known1"]


@pytest.mark.full
@pytest.mark.cores
def test_a_managed_one_is_changed(room: Room, cloud: Emulator) -> None:
    """Delegated, as playbooks do it. The former password goes into history, and can be chosen again."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    (rotated,) = sent(cloud)
    delegated = SET_PASSWORD.replace("connection: local", "connection: nowhere") + "      delegate_to: localhost\n"
    run = room.play(delegated, "--diff", wanted="Chose1", record=True)
    assert only(run)["recorded"] is True, run.text
    assert list(ask(room, ("web-0001", "in_force"), ("web-0001", "previous")).values()) == [["Chose1"], rotated]
    assert only(set_on(room, rotated, record=True))["changed"] is True
    assert list(ask(room, ("web-0001", "current"), ("web-0001", "previous")).values()) == [rotated, "Chose1"]
    assert sent(cloud) == [rotated, "Chose1", rotated]


@pytest.mark.full
def test_a_ledger_on_a_server(room: Room, cloud: Emulator, shared: Shared) -> None:
    """Given by the task's own options, in an AWX job."""
    room.keep("web-0001")
    room.variables = {}
    options = f"""
        ledger: "{shared.address}"
        vault_token: "{{{{ token }}}}"
        vault_ca_cert: "{shared.admin.cafile}"
        record: true
"""
    play = SET_PASSWORD.replace('        record: "{{ record | default(omit) }}"\n', options.removeprefix("\n"))
    run = room.play(play, wanted="Known1", token=shared.token(), awx_job_id=7)
    assert only(run)["recorded"] is True, run.text
    assert only(run)["ledger"] == shared.address
    found = [(record["current"], record["pending"]) for record in shared.records(room).values()]
    assert found == [("Known1", None)]
    assert room.play(play, wanted="Known1", token="wrong").rc == 2
    assert sent(cloud) == ["Known1"]


@pytest.mark.cores(full=True)
def test_a_plain_call_warns(room: Room, cloud: Emulator) -> None:
    """The ledger has another password now; where it has the same one, or does not manage the instance, it is quiet."""
    room.keep("web-0001", "app-0002")
    assert room.rotate("--limit", "web-0001").rc == 0
    (rotated,) = sent(cloud)
    before = room.ledger.read_bytes()
    same = set_on(room, rotated)
    assert (same.rc, "manages" in same.text) == (0, False)
    forecast = set_on(room, "Hand01", "--check")
    assert says(forecast, f"manages {room.instance('web-0001')}, and would not have this password")
    run = set_on(room, "Hand01")
    assert run.rc == 0, run.text
    assert says(run, f"The ledger sqlite://{room.ledger} manages {room.instance('web-0001')}, and does not have")
    assert says(run, "Set record: true")
    assert not says(run, f"manages {room.instance('app-0002')}")
    assert "recorded" not in results(run)["web-0001"]
    assert room.ledger.read_bytes() == before
    assert sent(cloud)[-2:] == ["Hand01", "Hand01"]


@pytest.mark.full
def test_a_plain_call_never_fails_for_the_ledger(room: Room) -> None:
    """Without its key, with a template that fails, with a place that is none: a warning says that it was not seen."""
    room.keep("web-0001")
    assert room.rotate().rc == 0
    wrong: tuple[dict[str, Any], ...] = (
        {"vnc_rotation_ledger_key": ""},
        {"vnc_rotation_ledger_key": "{{ nowhere_defined }}"},
        {"vnc_rotation_ledger": "redis://x"},
    )
    for variables in wrong:
        run = set_on(room, "Hand01", **variables)
        assert run.rc == 0, run.text
        assert says(run, f"Could not check whether the ledger manages {room.instance('web-0001')}")
        assert only(run)["changed"] is True
        assert "Traceback" not in run.text
    quiet = set_on(room, "Hand01", vnc_rotation_ledger=f"sqlite://{room.path}/none.db")
    assert (quiet.rc, "ledger manages" in quiet.text) == (0, False)


@pytest.mark.full
def test_the_default_ledger_is_seen(room: Room) -> None:
    room.keep("web-0001")
    del room.variables["vnc_rotation_ledger"]
    assert "manages" not in set_on(room, "Hand01").text
    assert room.rotate().rc == 0
    assert "manages" in set_on(room, "Hand01").text


@pytest.mark.full
@pytest.mark.cores
def test_what_is_pending_comes_first(room: Room, cloud: Emulator) -> None:
    """Another password is refused before anything is sent; the same one is sent again and recorded."""
    room.keep("web-0001")
    cloud.add_fault("drop_answer", action=SET, first=1)
    lost = set_on(room, "Known1", record=True)
    assert (lost.rc, only(lost)["recorded"], only(lost)["answer_lost"]) == (2, False, True)
    assert "The ledger has the password as pending" in only(lost)["msg"]
    other = set_on(room, "Other1", record=True)
    assert other.rc == 2
    assert only(other)["failure"]["kind"] == "wrong_state"
    assert "another password pending" in only(other)["msg"]
    assert sent(cloud) == ["Known1"]
    again = set_on(room, "Known1", record=True)
    assert only(again)["recorded"] is True, again.text
    assert sent(cloud) == ["Known1", "Known1"]
    assert list(ask(room, ("web-0001", "in_force")).values()) == [["Known1"]]


@pytest.mark.full
def test_the_next_rotation_completes_it(room: Room, cloud: Emulator) -> None:
    room.keep("web-0001")
    cloud.add_fault("drop_answer", action=SET, first=1)
    assert set_on(room, "Known1", record=True).rc == 2
    assert room.rotate().outcomes == {"web-0001": "resumed"}
    assert sent(cloud) == ["Known1", "Known1"]


@pytest.mark.full
def test_what_is_refused_leaves_nothing(room: Room, cloud: Emulator) -> None:
    """By the cloud for good, and before the ledger is asked: rule, instance, region."""
    room.keep("web-0001")
    cloud.add_fault("error", action=SET, status=403, code="Forbidden.RAM", first=1)
    refused = set_on(room, "Known1", record=True)
    assert only(refused)["failure"]["kind"] == "permission"
    assert (only(refused)["recorded"], only(refused)["answer_lost"]) == (False, False)
    assert "pending" not in only(refused)["msg"]
    bad = set_on(room, "short", record=True)
    assert only(bad)["failure"]["kind"] == "invalid"
    unknown = set_on(room, "Known1", record=True, console_instance_id="i-nowhere0000000000")
    assert only(unknown)["failure"]["kind"] == "not_found"
    placeless = set_on(room, "Known1", record=True, console_region="")
    assert "Record needs the option region too" in only(placeless)["msg"]
    cloud.add_fault("error", action="DescribeInstances", status=403, code="Forbidden.RAM", first=1)
    unseen = set_on(room, "Known1", record=True)
    assert (only(unseen)["failure"]["kind"], only(unseen)["recorded"]) == ("permission", False)
    assert room.rotate().outcomes == {"web-0001": "rotated"}
    assert sent(cloud)[0] == "Known1"
    assert "Known1" not in sent(cloud)[1:]


def test_where_it_cannot_be_recorded(room: Room, cloud: Emulator) -> None:
    """No key, a file in an AWX job, async: refused before anything is sent (I9)."""
    room.keep("web-0001")
    keyless = set_on(room, "Known1", record=True, vnc_rotation_ledger_key="")
    assert only(keyless)["failure"]["code"] == "Ledger.NoKey"
    in_awx = set_on(room, "Known1", record=True, awx_job_id=7)
    assert "deleted at the end of this AWX job" in only(in_awx)["msg"]
    later = room.play(SET_PASSWORD + "      async: 30\n", wanted="Known1", record=True)
    assert "record and async" in only(later)["msg"]
    assert not any(run.rc == 0 for run in (keyless, in_awx, later))
    assert sent(cloud) == []
    kept = set_on(room, "Known1", record=True, awx_job_id=7, vnc_rotation_allow_local_ledger=True)
    assert only(kept)["recorded"] is True, kept.text


def test_async_is_for_plain_calls(room: Room, cloud: Emulator) -> None:
    room.keep("web-0001")
    room.variables["ansible_async_dir"] = str(room.path / "async")
    run = room.play(SET_PASSWORD + "      async: 30\n      poll: 1\n", wanted="Plain1")
    assert run.rc == 0, run.text
    assert sent(cloud) == ["Plain1"]


def test_a_wrong_record_is_the_modules_to_refuse(room: Room, cloud: Emulator) -> None:
    room.keep("web-0001")
    run = set_on(room, "Known1", record="perhaps")
    assert run.rc == 2
    assert "record" in only(run)["msg"]
    assert sent(cloud) == []
