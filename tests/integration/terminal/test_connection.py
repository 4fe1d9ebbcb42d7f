# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible over terminal sessions, with a real OpenSSH server: as over ssh, and no session is left open."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.terminal import ports
from tests.integration.terminal.reach import Reach
from tests.integration.terminal.sshd import serving

pytestmark = pytest.mark.usefixtures("_no_session_is_left_open")

MEGABYTE = 1_000_000
SESSION_CHECK = Path(__file__).resolve().parents[3] / "docs" / "examples" / "awx" / "project" / "session_check.yml"
PING = "- ansible.builtin.ping:"
BACK_AND_FORTH = """
- ansible.builtin.copy:
    src: "{{ near }}"
    dest: "{{ far }}"
    mode: "0600"
- ansible.builtin.fetch:
    src: "{{ far }}"
    dest: "{{ back }}"
    flat: true
"""


def made(path: Path, size: int) -> str:
    """Make a file of noise, which no compression makes smaller; return its checksum."""
    data = random.Random(size).randbytes(size)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def message(run: Any) -> str:
    """Return why the only host was unreachable."""
    (counts,) = run.recap.values()
    assert counts["unreachable"], run.text
    return str(next(event.result["msg"] for event in run.events if event.result.get("unreachable")))


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("pipelining", [pytest.param(False, marks=pytest.mark.full), True], ids=["files", "pipelining"])
def test_many_tasks_are_one_session(reach: Reach, pipelining: bool) -> None:
    """The complaint about other plugins: a session per task, and sessions that loops leave open."""
    reach.room.environ["ANSIBLE_PIPELINING"] = str(pipelining)
    run = reach.play(
        """
- ansible.builtin.setup:
    gather_subset: [min]
- ansible.builtin.ping:
- ansible.builtin.command: echo {{ item }}
  loop: [1, 2, 3]
- ansible.builtin.copy:
    content: hello
    dest: "{{ ansible_remote_tmp }}/hello"
    mode: "0600"
"""
    )
    assert run.rc == 0, run.text
    # At the end of a play, newer releases kill the workers' group: the connection still persists
    again = reach.play(PING, "-vvv")
    assert again.rc == 0
    # Longer than ssh's, and yet what the user asks for
    assert "ConnectTimeout=60" in again.text
    assert "ConnectTimeout=33" in reach.play(PING, "-vvv", "--timeout", "33").text
    assert [one["connections"] for one in reach.cloud.sessions()] == [1]
    assert len(reach.masters()) == 1


@pytest.mark.cores(full=True)
@pytest.mark.parametrize(
    ("method", "megabytes"),
    [
        ("sftp", 4),
        *(pytest.param(*more, marks=pytest.mark.full) for more in (("sftp", 20), ("scp", 20), ("piped", 2))),
    ],
)
def test_large_files_arrive_as_they_are(reach: Reach, method: str, megabytes: int) -> None:
    """No bucket in between, and no other method that hides a loss. Piped is for small ones: it holds them in memory."""
    room = reach.room
    room.variables["ansible_ssh_transfer_method"] = method
    size = megabytes * MEGABYTE
    near, far, back = (room.path / name for name in ("near", "far-file", "back"))
    expected = made(near, size)
    run = reach.play(BACK_AND_FORTH, near=str(near), far=str(far), back=str(back))
    assert run.rc == 0, run.text
    assert checksum(far) == checksum(back) == expected
    (session,) = reach.cloud.sessions()
    assert session["input_bytes"] > size
    assert session["output_bytes"] > size


@pytest.mark.cores(full=True)
def test_losses_and_restarts_change_no_byte(reach: Reach) -> None:
    """A bad line all the time, and a restart of the service again and again during the transfers."""
    room = reach.room
    near, far, back = (room.path / name for name in ("near", "far-file", "back"))
    expected = made(near, 4 * MEGABYTE)
    reach.cloud.configure(
        session_loss=0.003, session_duplication=0.003, session_reordering=0.003, session_pace=8 * MEGABYTE
    )
    ended = threading.Event()
    restarts: list[int] = []

    def restart() -> None:
        while not ended.wait(4):
            restarts.append(reach.cloud.close_sessions(random.Random(len(restarts)).choice((1012, 1005))))

    thread = threading.Thread(target=restart)
    thread.start()
    try:
        run = reach.play(BACK_AND_FORTH, near=str(near), far=str(far), back=str(back))
    finally:
        ended.set()
        thread.join()
    assert run.rc == 0, run.text
    assert checksum(far) == checksum(back) == expected
    assert sum(restarts) >= 1
    (session,) = reach.cloud.sessions()
    assert session["dials"] == 1
    assert session["connections"] > 1


def test_the_old_version_of_the_agent(reach: Reach) -> None:
    """It acknowledges nothing, has no channel id, and does not tell that the far side has hung up."""
    reach.cloud.configure(session_version="1.01", agent_reports_end=False)
    near, far, back = (reach.room.path / name for name in ("near", "far-file", "back"))
    expected = made(near, 2 * MEGABYTE)
    run = reach.play(BACK_AND_FORTH, near=str(near), far=str(far), back=str(back))
    assert run.rc == 0, run.text
    assert checksum(back) == expected
    assert len(reach.cloud.sessions()) == 1


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("count", [8, pytest.param(20, marks=pytest.mark.full)])
def test_many_hosts_at_once(reach: Reach, count: int) -> None:
    names = reach.all_hosts(count)
    run = reach.play(PING, "--forks", str(count))
    assert run.rc == 0, run.text
    assert len(run.of("ansible.builtin.ping")) == len(names)
    assert sorted(one["connections"] for one in reach.cloud.sessions()) == [1] * count
    assert len(reach.masters()) == count


def test_become(reach: Reach) -> None:
    if (
        shutil.which("sudo") is None
        or subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("sudo is missing here, or wants a password (Debian and Ubuntu: install sudo)")
    run = reach.play(
        """
- ansible.builtin.command: id -un
  become: true
"""
    )
    assert run.rc == 0, run.text
    assert run.one("ansible.builtin.command")["stdout"] == "root"


def test_the_same_address_in_two_networks(reach: Reach) -> None:
    """Hosts with the same ansible_host, port and user but other instances share neither a master nor a host key."""
    names = reach.all_hosts(2)
    second = reach.room.instance(names[1])
    for name in names:
        reach.room.hosts[name] |= {"ansible_host": "10.0.0.7", "ansible_port": 22}
    # Not in the room, whose processes must all have ended before it stops
    folder = reach.room.path.with_name("second")
    with serving(folder) as other:
        ours = reach.sshd.key.with_suffix(".pub").read_text(encoding="ascii")
        with (folder / "authorized").open("a", encoding="ascii") as file:
            file.write(ours)
        text = reach.known_hosts.read_text(encoding="ascii")
        reach.known_hosts.write_text(
            "".join(line for line in text.splitlines(True) if not line.startswith(second))
            + f"{second} {other.public}\n",
            encoding="ascii",
        )
        where = {
            f"{reach.room.instance(name)}:22": port
            for name, port in zip(names, (reach.sshd.port, other.port), strict=True)
        }
        reach.cloud.configure(agent_ports=where)
        run = reach.play("- ansible.builtin.command: sh -c 'echo $SSH_CONNECTION'")
        reach.let_go()
    assert run.rc == 0, run.text
    found = {event.host: event.result["stdout"].split()[-1] for event in run.of("ansible.builtin.command")}
    assert found == {names[0]: str(reach.sshd.port), names[1]: str(other.port)}


def test_a_wrong_host_key_is_refused(reach: Reach) -> None:
    text = reach.known_hosts.read_text(encoding="ascii")
    reach.known_hosts.write_text(text.replace(reach.sshd.public[-20:], reach.sshd.public[-20:][::-1]), encoding="ascii")
    assert "Host key verification failed" in message(reach.play(PING))


def test_a_server_behind_the_instance(reach: Reach) -> None:
    (name,) = reach.room.hosts
    instance_id = reach.room.instance(name)
    reach.room.hosts[name] |= {"console_session_target_server": "db.example.com", "console_session_port": 2222}
    reach.cloud.configure(agent_ports={"db.example.com:2222": reach.sshd.port})
    reach.trust(f"{instance_id}-db.example.com-2222")
    run = reach.play(PING)
    assert run.rc == 0, run.text
    (session,) = reach.cloud.sessions()
    assert (session["target_server"], session["port"]) == ("db.example.com", "2222")


@pytest.mark.cores(full=True)
@pytest.mark.parametrize("pipelining", [False, True], ids=["files", "pipelining"])
def test_the_vendors_reason_is_the_hosts(reach: Reach, pipelining: bool) -> None:
    """With pipelining, ssh dies while Ansible still writes, and Ansible shows no more than the last words of ssh."""
    (name,) = reach.room.hosts
    reach.room.environ["ANSIBLE_PIPELINING"] = str(pipelining)
    reach.cloud.change_instance(reach.room.instance(name), status="Stopped")
    said = message(reach.play(PING))
    assert "InvalidInstance.NotRunning" in said
    assert "Start the instance" in said
    assert list(reach.control.iterdir()) == []


def test_the_reason_of_a_file_that_cannot_be_sent(reach: Reach) -> None:
    """The session breaks in the middle of a file: the host says why, and no other method hides it."""
    near = reach.room.path / "near"
    made(near, 8 * MEGABYTE)
    reach.cloud.configure(session_pace=8 * MEGABYTE)

    def end() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and not any(one["input_bytes"] > MEGABYTE for one in reach.cloud.sessions()):
            time.sleep(0.05)
        reach.cloud.close_sessions(1000, "SessionTimeout")

    thread = threading.Thread(target=end)
    thread.start()
    run = reach.play(BACK_AND_FORTH, near=str(near), far=str(reach.room.path / "far-file"), back="unused")
    thread.join()
    assert "SessionTimeout" in message(run)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"console_instance_id": ""}, "Set console_instance_id"),
    ({"console_instance_id": "-oProxyCommand=touch pwned"}, "has characters that no instance id has"),
    ({"console_session_target_server": "db; touch pwned"}, "Correct console_session_target_server"),
    ({"console_session_port": 0}, "Correct console_session_port"),
    ({"console_validate_certs": "ture"}, "console_validate_certs is neither true nor false"),
    ({"console_region": "nowhere/"}, "Set console_region"),
    ({"console_access_key_secret": "wrong"}, "SignatureDoesNotMatch"),
]


@pytest.mark.cores(full=True)
def test_what_a_user_gets_wrong(reach: Reach) -> None:
    """Each host of one run has something else that is wrong, and says what."""
    names = reach.all_hosts(len(WRONG))
    for name, (given, _words) in zip(names, WRONG, strict=True):
        reach.room.hosts[name] |= given
    said = {event.host: event.result["msg"] for event in reach.play(PING).events if event.result.get("unreachable")}
    assert set(said) == set(names)
    assert [words for name, (_given, words) in zip(names, WRONG, strict=True) if words not in said[name]] == []
    assert reach.cloud.sessions() == []
    assert not list(reach.room.path.rglob("pwned"))


def test_a_missing_library_is_said(reach: Reach) -> None:
    reach.room.write("hidden/websockets.py", "raise ImportError('hidden')\n")
    reach.room.environ["PYTHONPATH"] = str(reach.room.path / "hidden")
    said = message(reach.play(PING))
    assert "websockets" in said
    assert "pip install" in said


def test_a_wait_ends_with_the_time_out(reach: Reach) -> None:
    """A port that never speaks is given up when ansible_timeout says so, and its session ended."""
    reach.room.variables["ansible_ssh_timeout"] = 4
    with ports.listening(ports.mute) as port:
        (name,) = reach.room.hosts
        reach.cloud.configure(agent_ports={f"{reach.room.instance(name)}:22": port})
        run = reach.play(PING)
        assert "timed out" in message(run)
        assert run.seconds < 30


@pytest.mark.parametrize("arguments", ["", "-o ControlMaster=auto -o ControlPersist=1s"], ids=["without", "brief"])
def test_without_persistence_every_session_ends(reach: Reach, arguments: str) -> None:
    reach.room.environ["ANSIBLE_SSH_ARGS"] = arguments
    run = reach.play(PING)
    assert run.rc == 0, run.text
    reach.wait_for_end()
    assert all(one["ended"] for one in reach.cloud.sessions())
    assert reach.masters() == []


@pytest.mark.cores(full=True)
def test_a_reset_connection_ends_its_session(reach: Reach) -> None:
    """With variables that are templates, which older releases pass on as they are written; one is left out."""
    (name,) = reach.room.hosts
    given = reach.room.hosts[name]
    left_out = {"console_session_port": "{{ nothing | default(omit) }}", "console_validate_certs": ""}
    reach.room.hosts[name] = {
        **given,
        "id": given["console_instance_id"],
        "console_instance_id": "{{ id }}",
        **left_out,
    }
    run = reach.play(f"{PING}\n- ansible.builtin.meta: reset_connection\n{PING}")
    assert run.rc == 0, run.text
    assert len(reach.cloud.sessions()) == 2


def _killed(reach: Reach) -> None:
    """Kill ansible and all that it has in its group while a task runs."""
    inventory = reach.room.inventory()
    play = reach.room.write(
        "long.yml", "- hosts: all\n  gather_facts: false\n  tasks:\n  - ansible.builtin.command: sleep 5\n"
    )
    command = [str(reach.room.core.bin / "ansible-playbook"), "-i", str(inventory), str(play)]
    with subprocess.Popen(
        command,
        env=reach.room.environment(),
        cwd=reach.room.path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        end = time.monotonic() + 60
        while time.monotonic() < end and not any(one["input_bytes"] > 4000 for one in reach.cloud.sessions()):
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)


def test_a_killed_ansible_leaves_what_persists_and_no_more(reach: Reach) -> None:
    """Workers of newer releases finish their task, a master continues as ControlPersist says; then all has ended."""
    reach.room.environ["ANSIBLE_SSH_ARGS"] = "-o ControlMaster=auto -o ControlPersist=1s"
    _killed(reach)
    reach.wait_for_end()
    assert all(one["ended"] for one in reach.cloud.sessions())


def test_a_killed_ssh_ends_its_session(reach: Reach) -> None:
    assert reach.play(PING).rc == 0
    reach.kill_masters()
    reach.wait_for_end()
    assert [one["ended"] for one in reach.cloud.sessions()] == [True]


def test_the_playbook_of_the_awx_example(reach: Reach) -> None:
    """It reaches hosts through sessions, and leaves out those that have none."""
    reach.room.hosts["elsewhere"] = {"console_provider": "openstack"}
    del reach.room.variables["ansible_connection"]
    run = reach.room.run("ansible-playbook", "-i", str(reach.room.inventory()), str(SESSION_CHECK))
    assert run.rc == 0, run.text
    assert [event.host for event in run.of("Get an answer")] == [
        name for name in reach.room.hosts if name != "elsewhere"
    ]
    assert len(reach.cloud.sessions()) == 1
