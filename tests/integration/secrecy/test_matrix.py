# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module on every cloud with every outcome, at -vvvvv: no secret in any channel, however verbose Ansible is.

With the default ansible-core all of it; with the others the outcomes that say most, all of them with
CONSOLE_FULL=1 (``make secrecy``).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.conftest import FULL
from tests.integration.playbook_runs import Room, Run, hashed
from tests.integration.secrecy.evidence import counted, found_in, gather, known
from tests.integration.secrecy.module_outcomes import GIVEN, OUTCOMES, SUBJECTS, Outcome, Subject, prepare
from tests.integration.secrecy.process_watcher import Watcher

# What the other cores see in the shorter run: the service's error quotes the secrets.
SHORT = ("specification", "service error", "success")
# After these a restart may have begun, so its module looks for it.
UNSURE = ("garbage", "cut off", "service error", "timeout")
# With the default core a module that sets, and two that read; the shorter run knows the others by what they say most.
IN_FULL = (
    "vnc_password-alibaba",
    "instance_info-huawei",
    "terminal_session_info-alibaba",
)
CONSOLE_RESULTS = ("vnc_url", "websocket_url", "security_token")


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    count = len(OUTCOMES)
    return make_fleet(count, seed=41, regions=1, accounts=1, stopped=0, windows=0, huawei=count, openstack=count)


def masks(room: Room) -> bool:
    """Whether this ansible-core masks by itself what modules register: from 2.22 on."""
    return any(room.core.bin.parent.glob("lib/python3*/site-packages/ansible/module_utils/secrets.py"))


def chosen(room: Room, subject: Subject) -> tuple[Outcome, ...]:
    everything = FULL or (room.core.name == "main" and subject.name in IN_FULL)
    return tuple(one for one in OUTCOMES if everything or one.name in SHORT)


def play(room: Room, fleet: Fleet, subject: Subject, outcomes: tuple[Outcome, ...]) -> Run:
    """Call the module once for each outcome; the options are in variables, as secrets should."""
    calls: dict[str, Any] = {}
    tasks: list[dict[str, Any]] = []
    for number, outcome in enumerate(outcomes):
        options = outcome.change(subject.options(room.cloud, fleet, number))
        if subject.module == "instance_reboot" and outcome.name in UNSURE:
            options["wait_timeout"] = 2  # it says no more when it looks longer for a restart that may never have begun
        prepare(room.cloud, subject, outcome, options)
        name = f"call_{number}"
        calls[name] = options
        given = {key: f"{{{{ calls.{name}.{key} }}}}" for key in options}
        task = {"name": name, f"cloudops.console.{subject.module}": given, "register": name, "ignore_errors": True}
        # What the note of these modules says; their failures hold nothing, and are looked at in full
        hidden = subject.console and not outcome.kinds and not masks(room)
        tasks.append(task | ({"no_log": True} if hidden else {}))
    facts = {
        f"call_{number}": f"{{{{ [call_{number} is failed, call_{number}.failure.kind | default(none)] }}}}"
        for number in range(len(outcomes))
    }
    hashes = {
        key: f"{{{{ call_{len(outcomes) - 1}.{key} | default('', true) | string | hash('sha256') }}}}"
        for key in CONSOLE_RESULTS
    }
    tasks.append({"name": "tell", "ansible.builtin.debug": {"msg": {"calls": facts, "hashes": hashes}}})
    # Not of the first, which AnsibleModule itself refuses: from 2.22 on, it then returns the options as they are
    kept = f"{{{{ call_{len(outcomes) - 2} }}}}"
    tasks.append({"name": "keep", "ansible.builtin.set_fact": {"told": kept, "cacheable": True}})
    tasks.append({"name": "hand on", "ansible.builtin.set_stats": {"data": {"told": kept}}})
    room.variables |= {"calls": calls, "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    text = [{"hosts": next(iter(room.hosts)), "gather_facts": False, "connection": "local", "tasks": tasks}]
    return room.play(json.dumps(text), "-vvvvv", "--diff")


@pytest.mark.cores(default=True)
@pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.name for subject in SUBJECTS])
def test_every_module(
    room: Room, cloud: Emulator, fleet: Fleet, watcher: Watcher, subject: Subject, record_property: Any
) -> None:
    outcomes = chosen(room, subject)
    cloud.configure(restart_seconds=0.1)
    # A dozen calls in one run, and each of them may wait
    room.longest = 300
    run = play(room, fleet, subject, outcomes)
    assert run.rc == 0, run.text
    told = run.one("tell")["msg"]
    wrong = [
        f"{outcome.name}: {told['calls'][f'call_{number}']}: {run.of(f'call_{number}')[0].result.get('msg')}"
        for number, outcome in enumerate(outcomes)
        if not fits(subject, outcome, *told["calls"][f"call_{number}"])
    ]
    assert not wrong, "\n".join(wrong)
    secrets = known(room, *GIVEN)
    evidence = gather(room, watcher, run)
    record_property("channels", counted(evidence))
    assert '"invocation"' in run.stdout
    assert b"ansible-cloudops.console" in b"".join(evidence["syslog"].values())
    # The event loop of each module says this at DEBUG
    assert b"asyncio DEBUG Using selector" in b"".join(evidence["logging"].values())
    assert found_in(evidence, secrets) == {}
    if subject.console:
        handed_on = set(told["hashes"].values()) - {hashed("")}
        assert handed_on, "the next task has what it needs"
        assert hashed("$REDACTED$") not in handed_on


def fits(subject: Subject, outcome: Outcome, failed: bool, kind: str | None) -> bool:
    if subject.module == "instance_reboot" and outcome.name in UNSURE:
        return not failed or kind == "timeout"
    return (kind in outcome.kinds) if failed else not outcome.kinds
