# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables as Ansible means them: what is left out, what is a template, and which type comes of it."""

from __future__ import annotations

import base64
import json

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration.playbook_runs import Room, contents, in_force_or_waiting

KEY = ("console_access_key_id", "console_access_key_secret")
LEFT_OUT = "{{ nowhere | default(omit) }}"
PLACEHOLDERS = ("omit_place_holder", "<<Omit>>")


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(12, seed=12, regions=1, accounts=1, stopped=0)


def by_profile(room: Room, *hosts: str) -> None:
    """Put the key of these hosts into the profile ops, and nothing else into the file."""
    name, secret = (next(iter(room.hosts.values()))[one] for one in KEY)
    profile = {"name": "ops", "mode": "AK", "access_key_id": name, "access_key_secret": secret}
    document = {"current": "", "profiles": [profile]}
    room.write("home/.aliyun/config.json", json.dumps(document)).chmod(0o600)
    for host in hosts:
        for one in KEY:
            del room.hosts[host][one]
        room.hosts[host]["console_profile"] = "ops"


def no_placeholder(room: Room, cloud: Emulator, text: str) -> None:
    written = [data for _mode, data in contents(room.reports).values()]
    everything = [text.encode(), json.dumps(cloud.log()).encode(), room.ledger.read_bytes(), *written]
    assert written
    assert not [word for word in PLACEHOLDERS for data in everything if word.encode() in data]


@pytest.mark.cores
def test_what_is_left_out_is_not_given(room: Room, cloud: Emulator) -> None:
    """The same as an empty value, as a whole and as a part of a text."""
    room.keep(*list(room.hosts)[:8])
    token, secret, kept, every, part, null, native, lacking = room.hosts
    by_profile(room, secret, kept, null)
    room.hosts[token]["console_security_token"] = LEFT_OUT
    room.hosts[secret]["console_access_key_secret"] = LEFT_OUT
    room.hosts[kept]["console_exclude"] = LEFT_OUT
    optional = ("console_provider", "console_profile", "console_security_token", "console_exclude")
    room.hosts[every] |= {**dict.fromkeys(optional, "{{ given }}"), "given": LEFT_OUT}
    room.hosts[part]["console_security_token"] = f"{LEFT_OUT}\n"
    room.hosts[part]["console_region"] = f"{LEFT_OUT}{room.hosts[part]['console_region']}{LEFT_OUT}"
    room.hosts[null] |= {"console_security_token": None, "console_access_key_id": "{{ none }}", "console_exclude": ""}
    room.hosts[native] |= {"console_security_token": "{{ null }}", "null": None, "console_exclude": "{{ omit }}"}
    room.hosts[lacking]["console_region"] = LEFT_OUT
    run = room.rotate(canary=0, max_failures="100%")
    assert run.outcomes == {**dict.fromkeys(room.hosts, "rotated"), lacking: "unmapped"}, run.text
    assert run.rotation["problems"][lacking]["message"].startswith("This host has no console_region")
    no_placeholder(room, cloud, run.text)


@pytest.mark.cores
@pytest.mark.parametrize("native", [False, True])
def test_ansible_says_what_a_template_is(room: Room, cloud: Emulator, native: bool) -> None:
    """Comments, templates of templates, types, and what Ansible itself says of a host; and what is no template."""
    room.environ["ANSIBLE_JINJA2_NATIVE"] = str(native)
    room.keep(*list(room.hosts)[:7])
    comment, nested, other, group, header, unsafe, types = room.hosts
    ids = {name: room.instance(name) for name in room.hosts}
    room.groups = {"shop": list(room.hosts)}
    room.hosts[comment]["console_instance_id"] += "{# the shop's first #}"
    room.hosts[comment]["console_profile"] = "{# none yet #}"
    room.variables["ids"] = ids
    mine = "{{ ids[inventory_hostname] }}"
    room.hosts[nested] |= {"console_instance_id": "{{ one }}", "one": "{{ two }}", "two": mine}
    room.hosts[other]["console_region"] = f"{{{{ hostvars['{group}'].console_region }}}}"
    region = f"{{{{ '{room.hosts[group]['console_region']}' if 'shop' in group_names and groups.shop | length == 7 }}}}"
    room.hosts[group]["console_region"] = region
    marks = "#jinja2: variable_start_string:'[[', variable_end_string:']]'"
    room.hosts[header]["console_instance_id"] = f"{marks}\n[[ ids[inventory_hostname] ]]"
    room.hosts[types] |= {"console_exclude": "{{ 1 == 2 }}", "console_profile": "{{ '' }}"}
    by_profile(room, unsafe)
    del room.hosts[unsafe]["console_profile"]
    room.write(f"host_vars/{unsafe}.yml", "console_profile: !unsafe '{{ x }}'\n")
    run = room.rotate(canary=0, max_failures="100%")
    assert run.outcomes == {**dict.fromkeys(room.hosts, "rotated"), unsafe: "failed"}, run.text
    assert "{{ x }}" in run.rotation["problems"][unsafe]["message"], "the profile of that name, not a template"
    assert {one["instance_id"] for one in cloud.received()} == {ids[name] for name in room.hosts if name != unsafe}
    if not native:
        looks_up(room, cloud, {name: ids[name] for name in room.hosts if name != unsafe})


def looks_up(room: Room, cloud: Emulator, ids: dict[str, str]) -> None:
    """The lookup reads the same variables in the same way, and of the ledger what is not left out."""
    room.variables |= {"vnc_rotation_vault_token": LEFT_OUT, "vnc_rotation_ledger_vault_id": LEFT_OUT}
    room.variables["vnc_rotation_ledger"] += LEFT_OUT
    ask = "{{ query('cloudops.console.vnc_password', *names) | to_json | b64encode }}"
    task = {"name": "Ask", "ansible.builtin.debug": {"msg": ask}}
    run = room.play(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]), names=list(ids))
    found = json.loads(base64.b64decode(run.one("Ask")["msg"]))
    assert found == [in_force_or_waiting(cloud)[ids[name]] for name in ids]


@pytest.mark.cores(full=True)
def test_what_cannot_be_resolved(room: Room, cloud: Emulator) -> None:
    """The message names the host, our variable and the one that is undefined, and no value."""
    room.keep(*list(room.hosts)[:12])
    direct, nested, attribute, whole, foreign, excluded, nova, loop, dotted, ghost, wanted, deeper = room.hosts
    room.hosts[dotted] |= {"console_region": "{{ shop.region }}", "shop": {"x": 1}}
    room.hosts[ghost]["console_region"] = "{{ hostvars['gh0st'].console_region }}"
    room.hosts[wanted]["console_region"] = "{{ nowhere_defined | mandatory }}"
    room.hosts[deeper] |= {"console_region": "{{ one }}", "one": "x{{ shop.two }}", "shop": {"x": 1}}
    room.hosts[direct]["console_region"] = "{{ nowhere_defined }}"
    room.hosts[nested] |= {KEY[1]: "{{ one }}", "one": "x{{ two }}", "two": "{{ three_times }}"}
    room.hosts[attribute] |= {KEY[1]: "{{ all_of_them['Sesame0pen'] }}", "all_of_them": {"Other0pen": 1}}
    room.hosts[whole]["console_instance_id"] = "{{ [1, 'Sesame0pen'] }}"
    room.hosts[foreign] |= {"console_banner": "{{ nowhere_defined }}", "console_cloud": "{{ nowhere_defined }}"}
    room.hosts[excluded] |= {"console_exclude": "{{ true }}", "console_region": "{{ nowhere_defined }}"}
    room.hosts[nova] = {"console_provider": "openstack", "console_project_id": "{{ nowhere_defined }}"}
    room.hosts[loop]["console_region"] = "{{ console_region }}"
    run = room.rotate(canary=0, max_failures="100%")
    assert run.outcomes == {
        **dict.fromkeys((direct, nested, attribute, whole, loop, dotted, ghost, wanted, deeper), "unmapped"),
        foreign: "rotated",
        excluded: "excluded",
        nova: "unsupported",
    }
    messages = {name: problem["message"] for name, problem in run.rotation["problems"].items()}
    assert "console_region cannot be resolved: nowhere_defined is undefined" in messages[direct]
    assert f"{KEY[1]} cannot be resolved: three_times is undefined" in messages[nested]
    assert f"{KEY[1]} cannot be resolved: all_of_them[...] is undefined" in messages[attribute]
    assert "cannot be resolved: shop.region is undefined" in messages[dotted]
    assert "cannot be resolved: hostvars[...].console_region is undefined" in messages[ghost]
    assert "cannot be resolved: nowhere_defined is undefined" in messages[wanted]
    assert "cannot be resolved: shop.two is undefined" in messages[deeper]
    assert "console_instance_id cannot be resolved: it is a list or a dictionary" in messages[whole]
    assert "Sesame0pen" not in run.text
    assert "Other0pen" not in run.text
    assert len(cloud.received()) == 1
    assert cloud.counters()["calls"] == 2
