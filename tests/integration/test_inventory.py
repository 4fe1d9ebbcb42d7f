# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of hosts: templates, vaulted values, what is missing or misspelt."""

from __future__ import annotations

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import Room, writes

VAULT_PASSWORD = "a-vault-password-9f3B"


def vaulted(text: str, password: str = VAULT_PASSWORD) -> str:
    """Return text as it is in an inventory, behind ``!vault``."""
    secret = VaultSecret(password.encode())
    return str(VaultLib([("default", secret)]).encrypt(text, secret).decode())


def put_vaulted(room: Room, host: str, variable: str, text: str) -> None:
    del room.hosts[host][variable]
    lines = "".join(f"  {line}\n" for line in text.splitlines())
    room.write(f"host_vars/{host}.yml", f"{variable}: !vault |\n{lines}")


@pytest.mark.cores
def test_templates_and_vaulted_values(room: Room, cloud: Emulator) -> None:
    """Every way to write a variable; the ledger's key is the play's vault secret here."""
    room.keep(*room.names()[:12])
    hosts = list(room.hosts)
    room.hosts[hosts[0]] |= {"site": "{{ town }}", "town": room.hosts[hosts[0]]["console_region"]}
    room.hosts[hosts[0]]["console_region"] = "{{ site }}"
    room.variables["ids"] = {hosts[1]: room.instance(hosts[1])}
    room.hosts[hosts[1]]["console_instance_id"] = "{{ ids[inventory_hostname] }}"
    put_vaulted(room, hosts[2], "console_access_key_secret", vaulted(room.hosts[hosts[2]]["console_access_key_secret"]))
    room.environ = {"SECRET_OF_3": room.hosts[hosts[3]]["console_access_key_secret"]}
    room.hosts[hosts[3]]["console_access_key_secret"] = "{{ lookup('ansible.builtin.env', 'SECRET_OF_3') }}"
    room.hosts[hosts[4]]["console_endpoint"] = f"{{{{ hostvars['{hosts[0]}'].console_endpoint }}}}"
    room.hosts[hosts[5]]["console_region"] = f"{{% if true %}}{room.hosts[hosts[5]]['console_region']}{{% endif %}}"
    room.hosts[hosts[6]]["console_exclude"] = "{{ 1 == 1 }}"
    room.hosts[hosts[7]]["console_exclude"] = "{{ 1 == 2 }}"
    room.hosts[hosts[8]]["console_region"] = "{{ nowhere_defined }}"
    room.hosts[hosts[9]]["console_access_key_secret"] = "{{ 'Sesame0pen' | no_such_filter }}"
    room.hosts[hosts[10]]["console_instance_id"] = "{{ 1 / 0 }}"
    put_vaulted(room, hosts[11], "console_access_key_secret", vaulted("whatever", "another-password"))
    del room.variables["vnc_rotation_ledger_key"]
    password = room.write("vault-password", VAULT_PASSWORD)

    run = room.rotate("--vault-password-file", str(password), canary=0)
    unmapped = {hosts[number]: "unmapped" for number in (8, 9, 10, 11)}
    assert run.outcomes == {**dict.fromkeys(hosts[:8], "rotated"), hosts[6]: "excluded", **unmapped}
    assert run.rc == 2
    assert run.failed_hosts == set(unmapped)
    for host, variable in zip(
        unmapped,
        ("console_region", "console_access_key_secret", "console_instance_id", "console_access_key_secret"),
        strict=True,
    ):
        message = run.rotation["problems"][host]["message"]
        assert variable in message
        assert "Correct" in message
        assert run.rotation["problems"][host]["failure"]["kind"] == "invalid"
    assert "Sesame0pen" not in run.text
    assert len(cloud.received()) == 7


def test_a_name_that_is_nearly_right(room: Room, cloud: Emulator) -> None:
    """What is missing is named, with the variable that was probably meant; of two hosts only one is wrong."""
    room.keep("web-0001", "app-0002", "db-0003")
    room.hosts["app-0002"]["console_instanceid"] = room.hosts["app-0002"].pop("console_instance_id")
    room.hosts["db-0003"]["console_provider"] = "alibabba"
    run = room.rotate()
    assert run.outcomes == {"web-0001": "rotated", "app-0002": "unmapped", "db-0003": "unmapped"}
    problems = {name: problem["message"] for name, problem in run.rotation["problems"].items()}
    assert "console_instance_id" in problems["app-0002"]
    assert "unknown variable console_instanceid" in problems["app-0002"]
    assert "'alibabba' is not known" in problems["db-0003"]
    assert "alibaba, huawei, openstack" in problems["db-0003"]
    assert len(cloud.received()) == 1


BENDING = {
    "console_region": [
        "cn-hangzhou.evil.example/",
        "cn-hangzhou/../x",
        "cn hangzhou",
        "cn-hangzhou\nX-Header: 1",
        "cn-hangzhoü",
        "cn-hangzhou#",
        "@evil.example",
        "-cn-hangzhou",
    ],
    "console_instance_id": [
        "i-1&Action=DeleteInstance",
        "i-1?x",
        "i-1/..",
        "i-1%26",
        "i-ünïcode",
        "i-1\nHost: evil.example",
        '"],"x":["',
        "i-1\x00",
        "i" * 129,
    ],
    "console_endpoint": [
        "http://127.0.0.1:1/path",
        "http://user:pw@127.0.0.1:1",
        "http://127.0.0.1:99999",
        "ftp://127.0.0.1",
        "https://evil.example?x=",
        "https://evil.example#",
        "http://[::1",
    ],
}


@pytest.mark.full
def test_values_that_could_bend_a_url(room: Room, cloud: Emulator) -> None:
    """Each is refused with its variable's name, none is sent, and a host that is right is still served."""
    right, *others = room.hosts.values()
    room.hosts = {"right": right}
    for variable, values in BENDING.items():
        for number, (value, host) in enumerate(zip(values, others, strict=False)):
            room.hosts[f"{variable.removeprefix('console_')}-{number}"] = {**host, variable: value}
    run = room.rotate(canary=0, max_failures="100%")
    assert run.outcomes["right"] == "rotated"
    problems = run.rotation["problems"]
    assert set(problems) == set(room.hosts) - {"right"}
    for name, problem in problems.items():
        assert problem["outcome"] in ("unmapped", "failed"), name
        assert problem["failure"]["kind"] == "invalid", name
        assert f"console_{name.rpartition('-')[0]}" in problem["message"]
    assert len(cloud.received()) == 1
    assert cloud.counters()["calls"] == 2, "one to look at the instance, one to set its password"


@pytest.mark.full
def test_plain_http_is_for_loopback(room: Room, cloud: Emulator) -> None:
    """192.0.2.1 is the address of no host: with permission the call is tried, and fails before anything is known."""
    room.keep("web-0001")
    room.hosts["web-0001"]["console_endpoint"] = "http://192.0.2.1:9"
    refused = room.rotate()
    problem = refused.rotation["problems"]["web-0001"]
    assert problem["failure"]["kind"] == "invalid"
    assert "is not encrypted" in problem["message"]
    assert "allow_plain_http" in problem["message"]
    allowed = room.rotate(allow_plain_http=True, timeout=0.2)
    assert allowed.rotation["problems"]["web-0001"]["failure"]["kind"] == "network"
    assert writes(cloud) == 0
