# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chosen password, set by a module that runs elsewhere, and recorded here: whatever the module or the ledger does."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime as dt
import os
import subprocess
import sys
import typing as t
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.facts import FACTS
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils import _recording
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger, store
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import utc_now

from tests.unit.ledgers_and_runs import KEY, QUICK, opened, records_of, sqlite_ledger
from tests.unit.rotation.one_host_runs import Wrapped, lost

WANTED = "Mine01"
SEEN = {"status": "Running", "io_optimized": True, "started_at": "2026-01-01T00:00:00Z"}
SET = {
    "changed": True,
    "reboot": "none",
    "request_id": "R-1",
    "acknowledged_at": "2026-01-02T03:04:05Z",
    "answer_lost": False,
}
Answer = Mapping[str, t.Any] | Exception
Found = t.TypeVar("Found")


def refused(kind: str, *, answer_lost: bool = False, status: int | None = 403) -> Answer:
    failure = {"kind": kind, "code": "Some.Code", "message": "It failed.", "request_id": "R-2", "status": status}
    return {"failed": True, "msg": "It failed.", "failure": failure, "answer_lost": answer_lost}


class Host:
    """Answers in place of modules, and counts their runs."""

    def __init__(
        self,
        *,
        sets: Answer | None = None,
        looks: Answer | None = None,
        at_look: Callable[[], None] = lambda: None,
        at_set: Callable[[], None] = lambda: None,
    ) -> None:
        self.runs: list[str] = []
        self._answers = {"instance_info": looks or {"instances": [SEEN]}, "vnc_password": sets or SET}
        self._at = {"instance_info": at_look, "vnc_password": at_set}

    def __call__(self, module: str, options: Mapping[str, t.Any], /) -> dict[str, t.Any]:
        self.runs.append(module)
        if module == "instance_info":
            assert set(options) == {"region", "instance_ids"}
        else:
            assert options == {"region": KEY.region, "instance_id": KEY.instance_id, "password": WANTED}
        self._at[module]()
        answer = self._answers[module]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def recorded(ledger: Ledger, host: Host) -> dict[str, t.Any]:
    options = _recording.RecordingOptions(
        name="web",
        key=KEY,
        password=WANTED,
        module_options={"region": KEY.region, "instance_id": KEY.instance_id, "password": WANTED},
        facts=FACTS,
        policy=QUICK,
        run_id="r",
        check_mode=False,
    )
    return asyncio.run(_recording.record_password(options, ledger, host))


def stored(path: Path) -> Record:
    return asyncio.run(records_of(path, [KEY])).get(KEY, EMPTY)


def aside(work: Callable[[], Coroutine[t.Any, t.Any, Found]]) -> Found:
    """Do it in another thread, while this one is in an event loop of its own."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


def test_by_the_steps_of_a_rotation(ledger_path: Path) -> None:
    """The password is pending and readable for others while the module runs (I1); afterwards it is current."""
    found: list[Record] = []

    def look() -> None:
        found.append(aside(lambda: records_of(ledger_path, [KEY])).get(KEY, EMPTY))

    host = Host(at_set=look)
    began = utc_now()
    result = recorded(sqlite_ledger(ledger_path), host)
    assert (result["recorded"], result["changed"], result["request_id"]) == (True, True, "R-1")
    assert host.runs == ["instance_info", "vnc_password"]
    (meanwhile,) = found
    assert meanwhile.pending is not None
    assert meanwhile.pending.password == WANTED
    # The module has to begin, reads the instance, and then sets the password (I8)
    assert meanwhile.leased(began + dt.timedelta(seconds=_recording.START + 2 * QUICK.window))
    record = stored(ledger_path)
    assert (record.current, record.pending, record.version) == (WANTED, None, 2)


@pytest.mark.parametrize(
    ("answer", "pending", "ambiguous"),
    [
        (refused("permission"), False, False),
        (refused("permission", answer_lost=True), False, True),
        (refused("throttled"), True, False),
        (refused("timeout", answer_lost=True, status=None), True, True),
        (refused("timeout", status=None), True, False),
        (refused("of a later release", answer_lost=True), True, True),
        ({"failed": True, "msg": "MODULE FAILURE"}, True, True),
        ({"changed": True}, True, True),
    ],
)
def test_a_module_that_fails(ledger_path: Path, answer: Answer, pending: bool, ambiguous: bool) -> None:
    """Rejected for good or to be tried again, sent or perhaps sent; the module is run once, throttled or not."""
    host = Host(sets=answer)
    result = recorded(sqlite_ledger(ledger_path), host)
    assert (result["failed"], result["recorded"]) == (True, False)
    assert host.runs == ["instance_info", "vnc_password"]
    assert ("pending" in result["msg"]) is pending
    record = stored(ledger_path)
    assert (record.pending is not None) is pending
    assert record.leased(utc_now()) is ambiguous
    assert (WANTED in record.passwords) is (pending or ambiguous)
    assert WANTED not in str(result)


def test_a_host_that_is_gone_leaves_what_a_kill_leaves(ledger_path: Path) -> None:
    with pytest.raises(AnsibleConnectionFailure):
        recorded(sqlite_ledger(ledger_path), Host(sets=AnsibleConnectionFailure("gone")))
    record = stored(ledger_path)
    assert record.pending is not None
    assert (record.pending.password, record.pending.in_flight) == (WANTED, True)
    assert record.leased(utc_now())


def test_nothing_is_staged_where_the_instance_cannot_be_read(ledger_path: Path) -> None:
    result = recorded(sqlite_ledger(ledger_path), Host(looks=refused("permission")))
    assert (result["failed"], result["recorded"], result["instance_id"]) == (True, False, KEY.instance_id)
    with pytest.raises(ConsoleError, match="not known in cn-hangzhou"):
        recorded(sqlite_ledger(ledger_path), Host(looks={"instances": []}))
    assert stored(ledger_path) == EMPTY


def test_a_ledger_that_is_lost_after_the_write(ledger_path: Path) -> None:
    """I9: the host reports that the password is set, and the next run promotes it."""

    async def fail(number: int) -> None:
        if number > 1:
            raise lost()

    result = recorded(Wrapped(sqlite_ledger(ledger_path), fail), Host())
    assert (result["failed"], result["changed"], result["recorded"]) == (True, True, False)
    assert "which the cloud has accepted, failed" in result["msg"]
    assert "as pending" in result["msg"]
    assert result["failure"]["code"] == "Ledger.Unavailable"
    assert stored(ledger_path).pending is not None
    again = recorded(sqlite_ledger(ledger_path), Host())
    assert (again["recorded"], stored(ledger_path).current) == (True, WANTED)


def test_a_ledger_that_is_lost_before(ledger_path: Path) -> None:
    """I9: nothing is sent."""

    async def fail(_number: int) -> None:
        raise lost()

    host = Host()
    result = recorded(Wrapped(sqlite_ledger(ledger_path), fail), host)
    assert (result["failed"], result["changed"], result["recorded"]) == (True, False, False)
    assert host.runs == ["instance_info"]


@pytest.mark.parametrize(("theirs", "recorded_too"), [("Other1", False), (WANTED, True)])
def test_another_run_is_faster(ledger_path: Path, theirs: str, recorded_too: bool) -> None:
    """I7: it has staged, or has set and recorded, while the instance was read; nothing is sent."""
    now = utc_now()

    async def overtake() -> None:
        record = states.stage_chosen(EMPTY, theirs, run_id="other", now=now, lease_until=now)
        async with opened(ledger_path) as ledger:
            await store(ledger, KEY, record)
            if recorded_too:
                done = states.promote(
                    record, theirs, acknowledged_at=now, now=now, reboot="none", ambiguous=False, outcome="rotated"
                )
                await store(ledger, KEY, done)

    host = Host(at_look=lambda: aside(overtake))
    result = recorded(sqlite_ledger(ledger_path), host)
    assert host.runs == ["instance_info"]
    if recorded_too:
        assert (result["changed"], result["recorded"]) == (False, True)
    else:
        assert (result["failed"], result["recorded"], result["failure"]["kind"]) == (True, False, "wrong_state")


def test_options_before_variables_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    templar = Templar(loader=DataLoader())
    monkeypatch.setenv("CLOUDOPS_CONSOLE_LEDGER", "sqlite:///e")
    monkeypatch.setenv("CLOUDOPS_CONSOLE_LEDGER_KEY", "key of the environment")
    variables = {"vnc_rotation_ledger_key": "key of a variable", "vnc_rotation_allow_local_ledger": True}
    found = _recording.ledger_params({"vault_token": "t", "ledger_key": ""}, variables, templar)
    assert (found["ledger"], found["ledger_key"], found["vault_token"]) == ("sqlite:///e", "key of a variable", "t")
    assert (found["allow_local_ledger"], found["allow_plain_http"], found["vault_role_id"]) == (True, False, "")
    found = _recording.ledger_params({"ledger": "sqlite:///o", "ledger_key": "k"}, variables, templar)
    assert (found["ledger"], found["ledger_key"]) == ("sqlite:///o", "k")


def test_a_variable_that_cannot_be_resolved_is_named_and_not_quoted() -> None:
    text = trust_as_template("Ab{{ secret-of-the-ledger")
    with pytest.raises(ConsoleError) as caught:
        _recording.ledger_params({}, {"vnc_rotation_ledger_key": text}, Templar(loader=DataLoader()))
    assert "vnc_rotation_ledger_key cannot be resolved: AnsibleTemplateSyntaxError. Correct" in caught.value.message
    assert "secret-of-the-ledger" not in caught.value.message


def test_a_call_without_a_ledger_loads_none_of_it() -> None:
    """What a plain call costs is a promise: neither libraries nor the ledger are loaded."""
    action = "ansible_collections.cloudops.console.plugins.action.vnc_password"
    code = f"import sys, {action}; print(sorted(set(sys.modules) & {{'httpx', 'pydantic', 'sqlite3'}}))"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert done.stdout == "[]\n"
