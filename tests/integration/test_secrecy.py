# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that a run writes holds a secret: at -vvvvv, with invocations and a log file, when all is well and when not.

What is scanned: standard output and error, what callbacks are told, the log file, everything below the home folder
(Ansible's own remains, the reports) and the bytes of the ledger. What is looked for: every key, token and password
that the cloud ever saw, the ledger's key and the vault's password.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import ROTATE, ROTATION, Room, Run
from tests.integration.scan import files_below, leaks
from tests.integration.test_inventory import VAULT_PASSWORD, put_vaulted, vaulted

TALKATIVE = {"ANSIBLE_INJECT_INVOCATION": "true", "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "true"}


def talk(room: Room) -> None:
    """Let everything be said and logged."""
    room.environ |= {**TALKATIVE, "ANSIBLE_LOG_PATH": str(room.path / "logs" / "ansible.log")}
    (room.path / "logs").mkdir(exist_ok=True)


def remains(room: Room, *runs: Run) -> dict[str, bytes]:
    """Return all that the runs have written."""
    places = files_below(room.home, room.path / "logs", room.ledger.parent)
    places |= {path.name: path.read_bytes() for path in room.path.glob("events-*.jsonl")}
    return places | {f"output {number}": run.text.encode() for number, run in enumerate(runs)}


def known(room: Room, *more: str) -> set[str]:
    """Return every secret there is; the passwords of instances that never got one are empty."""
    passwords = {row["password"] for row in room.cloud.received()}
    keys = {str(host.get("console_access_key_secret", "")) for host in room.hosts.values()}
    return {*room.cloud.secrets(), *passwords, *keys, room.ledger_key, *more} - {""}


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text,
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: json.dumps({"a": text}),
        lambda text: text.encode().hex(),
        *(
            lambda text, lead=lead: base64.b64encode(f"{lead}{text}, and more".encode()).decode()
            for lead in ("", "a", "ab")
        ),
        lambda text: base64.urlsafe_b64encode(f"??>{text}".encode()).decode(),
    ],
)
def test_the_scan_finds_what_is_there(tmp_path: Any, disguise: Any) -> None:
    secrets = ["Kx7Qa2", "s3cr3t/with+odd=chars&more"]
    for secret in secrets:
        (tmp_path / "log").write_text(f"some text {disguise(secret)} some text", encoding="utf-8")
        assert list(leaks(files_below(tmp_path), secrets)) == [secret]
    (tmp_path / "log").write_text("some text, nothing in it", encoding="utf-8")
    assert leaks(files_below(tmp_path), secrets) == {}


@pytest.mark.cores
def test_when_all_is_well(room: Room, cloud: Emulator) -> None:
    """Rotation, forced rotation with a diff, lookup, both modules; the ledger's key is its own, then the vault's."""
    room.keep("web-0001", "app-0002", "db-0003", "mail-0008")
    secret = room.hosts["app-0002"]["console_access_key_secret"]
    put_vaulted(room, "app-0002", "console_access_key_secret", vaulted(secret))
    password = room.write("vault-password", VAULT_PASSWORD)
    talk(room)
    play = f"""
      - ansible.builtin.import_playbook: {ROTATE}
      - hosts: web-0001
        gather_facts: false
        connection: local
        vars:
          ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
        module_defaults:
          group/cloudops.console.alibaba: &access
            region: "{{{{ console_region }}}}"
            endpoint: "{{{{ console_endpoint }}}}"
            access_key_id: "{{{{ console_access_key_id }}}}"
            access_key_secret: "{{{{ console_access_key_secret }}}}"
        tasks:
          - name: The lookup, used and not shown
            cloudops.console.vnc_password:
              instance_id: "{{{{ console_instance_id }}}}"
              password: "{{{{ lookup('cloudops.console.vnc_password', inventory_hostname) }}}}"
            register: changed
          - name: Describe
            cloudops.console.instance_info:
              instance_ids: ["{{{{ console_instance_id }}}}"]
            register: found
          - name: Show what can be shown
            ansible.builtin.debug:
              msg: [ "{{{{ changed }}}}", "{{{{ found }}}}", "{{{{ vnc_rotation_result }}}}" ]
    """
    vault = ("--vault-password-file", str(password), "-vvvvv")
    first = room.play(play, *vault)
    second = room.play(play, *vault, "--diff", vnc_rotation_force=True, vnc_rotation_ledger_key="")
    # The first run made the ledger with its own key, which the vault's secret does not open.
    assert (first.rc, second.rc) == (0, 2)
    assert "encrypted with another key" in second.text
    room.ledger.unlink()
    third = room.play(play, *vault, "--diff", vnc_rotation_ledger_key="")
    assert third.rc == 0
    assert len(cloud.received()) == 10
    assert '"invocation"' in first.stdout
    secrets = known(room, secret, VAULT_PASSWORD)
    assert len(secrets) >= 10
    assert leaks({"where the keys stand": room.inventory().read_bytes()}, secrets), "what is there is found"
    assert leaks(remains(room, first, second, third), secrets) == {}


FAULTS: dict[str, dict[str, Any]] = {
    "web-0001": {"kind": "garbage"},
    "app-0002": {"kind": "truncate"},
    "db-0003": {"kind": "drop_answer"},
    "cache-0004": {"kind": "oversized"},
    "queue-0005": {"kind": "error", "status": 500},
    "build-0006": {"kind": "html"},
    "proxy-0007": {"kind": "reset"},
    "mail-0008": {"kind": "delay", "seconds": 3},
    "web-0009": {"kind": "error", "status": 403, "code": "Forbidden.RAM"},
    "app-0010": {"kind": "error", "status": 400, "code": "IncorrectVncPassword.Malformed"},
    "db-0011": {"kind": "error", "status": 403, "code": "IncorrectInstanceStatus"},
}


@pytest.mark.cores
def test_when_nothing_is_well(room: Room, cloud: Emulator) -> None:
    """A rotation in which every host meets another fault, with keys that are refused; a ledger that cannot be read."""
    room.keep(*FAULTS, "cache-0012", "queue-0013")
    for name, fault in FAULTS.items():
        cloud.add_fault(**fault, action="ModifyInstanceVncPasswd", instance_id=room.instance(name))
    room.hosts["cache-0012"] |= {
        "console_access_key_id": "LTAI5tNobodyHasThisKey",
        "console_access_key_secret": "Wr0ngSecretOfAnAccount12345678",
    }
    room.hosts["queue-0013"] |= {
        "console_access_key_secret": "{{ 'An0therSecretInATemplate' | no_such_filter }}",
        "console_security_token": "ATokenThatNobodyGave0ut",
    }
    talk(room)
    run = room.rotate("-vvvvv", "--diff", canary=0, max_failures="100%", timeout=1.5)
    assert run.rc == 2
    assert not run.acted()
    other_key = room.play(
        f"""
        - hosts: localhost
          gather_facts: false
          tasks:
            - name: Another key
              {ROTATION}: {{hosts: [web-0001], ledger: "{{{{ vnc_rotation_ledger }}}}", ledger_key: "{{{{ other }}}}"}}
              vars: {{other: "An0therKeyOfTheLedger"}}
            - name: Not reached
              ansible.builtin.debug:
        """,
        "-vvvvv",
    )
    assert other_key.rc == 2
    secrets = known(room, "An0therSecretInATemplate", "ATokenThatNobodyGave0ut", "An0therKeyOfTheLedger")
    assert len({row["password"] for row in cloud.received()}) >= len(FAULTS)
    assert leaks(remains(room, run, other_key), secrets) == {}


def test_when_the_cloud_quotes_the_request(room: Room, cloud: Emulator) -> None:
    """The key is changed while the first password is under way: the refusal then shows the query that was signed."""
    room.keep("web-0001", "mail-0008")
    cloud.configure(latency=1.0)
    secret = room.hosts["web-0001"]["console_access_key_secret"]

    def change() -> None:
        end = time.monotonic() + 20
        while not cloud.received() and time.monotonic() < end:
            time.sleep(0.05)
        for name in room.hosts:
            cloud.change_key(room.hosts[name]["console_access_key_id"], secret="AnewSecretOfThisKey0123456789")

    talk(room)
    changing = threading.Thread(target=change)
    changing.start()
    try:
        run = room.rotate("-vvvvv", canary=0)
    finally:
        changing.join()
    assert {run.rotation["problems"][name]["failure"]["code"] for name in room.hosts} == {"SignatureDoesNotMatch"}
    assert len(cloud.received()) == 2
    assert leaks(remains(room, run), known(room, secret)) == {}


@pytest.mark.cores
def test_when_the_modules_fail(room: Room, cloud: Emulator) -> None:
    """Errors whose text quotes the request, answers that cannot be read, passwords that break the rule."""
    room.keep("web-0001", "app-0002", "db-0003", "cache-0004")
    sent = {"web-0001": "Sent01", "app-0002": "Sent02", "db-0003": "Sent03", "cache-0004": "br0ken-Rule"}
    quoting = {"web-0001": "SignatureDoesNotMatch", "app-0002": "IncorrectVncPassword.Malformed"}
    for name, code in quoting.items():
        echo = f"server string is: VncPassword={sent[name]}&VncPassword%3D{sent[name]} {quote(quote(sent[name]))}"
        cloud.add_fault(
            "error",
            status=400,
            code=code,
            message=echo,
            action="ModifyInstanceVncPasswd",
            instance_id=room.instance(name),
        )
    cloud.add_fault("garbage", action="ModifyInstanceVncPasswd", instance_id=room.instance("db-0003"))
    for name, password in sent.items():
        put_vaulted(room, name, "console_access_key_secret", vaulted(room.hosts[name]["console_access_key_secret"]))
        with (room.path / "host_vars" / f"{name}.yml").open("a", encoding="utf-8") as file:
            file.write(f"wanted: {password}\n")
    vault = room.write("vault-password", VAULT_PASSWORD)
    talk(room)
    run = room.play(
        """
        - hosts: all
          gather_facts: false
          connection: local
          tasks:
            - name: Set
              cloudops.console.vnc_password:
                region: "{{ console_region }}"
                instance_id: "{{ console_instance_id }}"
                endpoint: "{{ console_endpoint }}"
                access_key_id: "{{ console_access_key_id }}"
                access_key_secret: "{{ console_access_key_secret }}"
                password: "{{ wanted }}"
                retries: 0
              vars:
                ansible_python_interpreter: "{{ ansible_playbook_python }}"
        """,
        "-vvvvv",
        "--vault-password-file",
        str(vault),
    )
    assert run.failed_hosts == set(sent)
    codes = {event.host: event.result["failure"]["code"] for event in run.of("Set")}
    assert codes == {**quoting, "db-0003": None, "cache-0004": None}
    assert len(cloud.received()) == 3
    assert leaks(remains(room, run), known(room, *sent.values(), VAULT_PASSWORD)) == {}
