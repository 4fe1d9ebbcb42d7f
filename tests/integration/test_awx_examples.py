# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What configure_awx hands to AWX, held to what our own code, its role and the modules of awx.awx take."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.emulator.awx import rules
from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.integration import module_calls
from tests.integration.playbook_runs import Core, Room
from tests.tools import bundled
from tests.tools.environment import ROOT

Objects = dict[str, list[dict[str, Any]]]
PROJECT = ROOT / "docs" / "examples" / "awx" / "project"
PLAYBOOKS = ROOT / "playbooks"
# What is no playbook there: the inventory's sources
SOURCES = ("inventory.yml", "alibaba.console.yml")
# What infra.aap_configuration calls each list, and the module that its items are for
LISTS = {
    "controller_credential_types": "credential_type",
    "controller_credentials": "credential",
    "controller_execution_environments": "execution_environment",
    "controller_projects": "project",
    "controller_inventories": "inventory",
    "controller_inventory_sources": "inventory_source",
    "controller_notifications": "notification_template",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
    "controller_schedules": "schedule",
}
NODE = "workflow_job_template_node"
# Read by the ledger on a KV v2 server only, where the collection has it
VAULT = {"VAULT_TOKEN", "VAULT_ROLE_ID", "VAULT_SECRET_ID", "VAULT_NAMESPACE", "VAULT_CACERT"}
TYPES = {"text": {"str"}, "integer": {"int", "float"}, "float": {"float"}, "multiplechoice": {"bool", "str"}}
SHOW = """
- hosts: localhost
  gather_facts: false
  vars_files:
    - {playbooks}/vars/awx_defaults.yml
    - {playbooks}/vars/awx_objects.yml
  tasks:
    - name: objects
      ansible.builtin.set_fact:
        objects: "{{{{ dict({names} | zip(query('ansible.builtin.vars', *{names}))) }}}}"
"""


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return make_fleet(6, seed=51, regions=1, accounts=1, stopped=0, not_io_optimized=1 / 2, huawei=2)


@pytest.fixture
def objects(room: Room) -> Objects:
    """The lists as Ansible renders them from the example's variables file."""
    keys = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "VAULT_ROLE_ID", "VAULT_SECRET_ID")
    room.environ = dict.fromkeys((*keys, "LOGIN_SSH_KEY"), "given")
    example = PROJECT.parent / "awx.yml"
    run = room.play(SHOW.format(playbooks=PLAYBOOKS, names=list(LISTS)), "-e", f"@{example}")
    assert run.rc == 0, run.text
    found: Objects = run.one("objects")["ansible_facts"]["objects"]
    assert all(found.values())
    return found


def survey_of(objects: Objects) -> list[dict[str, Any]]:
    (workflow,) = objects["controller_workflows"]
    asking = [one for one in objects["controller_templates"] if one["survey_enabled"]]
    assert {one["name"] for one in asking} == {"VNC forecast", "VNC rotate"}
    assert all(one["survey_spec"] == workflow["survey_spec"] for one in asking)
    questions: list[dict[str, Any]] = workflow["survey_spec"]["spec"]
    return questions


def test_the_lists_hold_options_of_the_modules(objects: Objects, core: Core) -> None:
    """infra.aap_configuration hands them to these modules under the same names, and so does the playbook."""
    done = subprocess.run(
        [str(core.bin / "ansible-doc"), "--json", *(f"awx.awx.{one}" for one in (*LISTS.values(), NODE))],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(bundled.ensure())},
        capture_output=True,
        text=True,
        check=True,
    )
    known = {name.rpartition(".")[2]: doc["doc"]["options"] for name, doc in json.loads(done.stdout).items()}
    tasks = playbook_tasks()
    for name, module in LISTS.items():
        given = {key for one in objects[name] for key in one} - {"simplified_workflow_nodes"}
        assert given <= set(known[module]), name
        assert given <= tasks[module], f"{name}: the playbook leaves something out"
    nodes = {key for one in objects["controller_workflows"][0]["simplified_workflow_nodes"] for key in one}
    assert nodes <= tasks[NODE] & set(known[NODE])


def playbook_tasks() -> dict[str, set[str]]:
    """The options that the playbook gives to each module of awx.awx."""
    (play,) = yaml.safe_load((PLAYBOOKS / "configure_awx.yml").read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {}
    for task in play["tasks"]:
        for action, options in task.items():
            if action.startswith("awx.awx."):
                found.setdefault(action.removeprefix("awx.awx."), set()).update(options)
    return found


def test_answers_are_arguments_of_the_role(objects: Objects) -> None:
    text = (ROOT / "roles/vnc_rotation/meta/argument_specs.yml").read_text(encoding="utf-8")
    options = yaml.safe_load(text)["argument_specs"]["rotate"]["options"]
    questions = survey_of(objects)
    for question in questions:
        option = options[question["variable"]]
        assert option["type"] in TYPES[question["type"]], question["variable"]
        bounds = [question[key] for key in ("min", "max") if question["type"] in ("integer", "float")]
        for value in question.get("choices", [question["default"], *bounds]):
            spec = {"answer": {key: option[key] for key in ("type", "choices") if key in option}}
            assert ArgumentSpecValidator(spec).validate({"answer": value}).error_messages == []
        assert str(question["default"]).lower() == str(option["default"]).lower(), question["variable"]
    assert {question["variable"] for question in questions} == {
        *("vnc_rotation_max_age", "vnc_rotation_force", "vnc_rotation_canary", "vnc_rotation_max_failures"),
        "vnc_rotation_requests_per_second",
    }


def test_answers_steer_a_rotation(objects: Objects, room: Room) -> None:
    answers = {question["variable"]: question["default"] for question in survey_of(objects)}
    extra = ("--extra-vars", json.dumps(answers))
    first = room.rotate(*extra)
    assert first.rc == 0, first.text
    assert first.acted() == set(room.hosts)
    assert room.rotate(*extra).acted() == set()
    forced = room.rotate("--extra-vars", json.dumps({**answers, "vnc_rotation_force": "true"}), "--check")
    assert forced.acted() == set(room.hosts)


def literals() -> Iterator[str]:
    for path in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_every_injected_variable_is_read(objects: Objects) -> None:
    known = set(literals())
    injected = {name for one in objects["controller_credential_types"] for name in one["injectors"]["env"]}
    assert len(injected) == 14
    assert injected - known - (set() if any("vault+https" in text for text in known) else VAULT) == set()


def injected(objects: Objects, name: str, **inputs: str) -> dict[str, str]:
    """The environment that AWX makes of a credential: what was not filled in is empty."""
    (of_type,) = (one for one in objects["controller_credential_types"] if one["name"] == name)
    fields = of_type["inputs"]["fields"]
    assert all(one.get("secret") for one in fields if one["id"].endswith(("secret", "token", "secret_id")))
    given = {one["id"]: one.get("default", "") for one in fields} | inputs
    assert set(given) == {one["id"] for one in fields}
    env = of_type["injectors"]["env"]
    return {name: rules.ENVIRONMENT.from_string(template).render(given) for name, template in env.items()}


@pytest.mark.parametrize("cloud_name", ["Alibaba Cloud", pytest.param("Huawei Cloud", marks=pytest.mark.full)])
def test_an_empty_optional_input_counts_as_not_given(
    objects: Objects, room: Room, cloud: Emulator, cloud_name: str
) -> None:
    options = (module_calls.alibaba if cloud_name == "Alibaba Cloud" else module_calls.huawei)(cloud, room.fleet)
    key = {name: options.pop(name) for name in ("access_key_id", "access_key_secret")}
    if cloud_name == "Huawei Cloud":
        key["project_id"] = options.pop("project_id")
    environment = injected(objects, cloud_name, **key)
    assert "" in environment.values()
    room.environ = environment
    run = room.play(
        f"""
        - hosts: localhost
          gather_facts: false
          tasks:
            - cloudops.console.instance_info: {json.dumps(options)}
        """
    )
    assert run.rc == 0, run.text
    assert run.one("cloudops.console.instance_info")["instances"]


def test_the_notification_tells_what_the_artifact_holds(objects: Objects, room: Room) -> None:
    (messages,) = (one["messages"] for one in objects["controller_notifications"])
    room.environ = {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    run = room.rotate()
    artifacts = run.custom.get("_run", run.custom)
    job = {**rules.JOB_STUB, "name": "VNC rotate", "status": "successful", "artifacts": artifacts}
    context = {**rules.CONTEXT, "job": job}
    said = {part: rules.ENVIRONMENT.from_string(text).render(context) for part, text in messages["success"].items()}
    assert said["message"] == "VNC rotate #42: successful"
    assert f"Run {run.rotation['run_id']}: {len(room.hosts)} rotated" in said["body"]
    needed = run.rotation["reboot_needed"]
    assert f"{len(needed)} hosts need a reboot: {', '.join(needed)}" in said["body"]
    assert "with a problem" not in said["body"]
    assert "left no summary" not in said["body"]


def test_every_template_has_its_playbook(objects: Objects) -> None:
    wanted = {one["playbook"] for one in objects["controller_templates"]}
    there = {path.name for path in PROJECT.glob("*.yml")}
    sources = {source["source_path"] for source in objects["controller_inventory_sources"]}
    assert sources == set(SOURCES)
    assert wanted == there - sources


def test_every_playbook_of_the_project_leads_somewhere(room: Room) -> None:
    paths = sorted(path for path in PROJECT.glob("*.yml") if path.name not in SOURCES)
    assert paths
    for path in paths:
        (play,) = yaml.safe_load(path.read_text("utf-8"))
        if imported := play.get("ansible.builtin.import_playbook"):
            assert (PLAYBOOKS / f"{imported.rpartition('.')[2]}.yml").exists(), imported
    run = room.run(
        "ansible-playbook", "-i", str(PROJECT / "inventory.yml"), *(str(path) for path in paths), "--syntax-check"
    )
    assert run.rc == 0, run.text
    assert run.stdout.count("playbook: ") == len(paths)


def test_the_project_asks_for_this_release() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    (wanted,) = yaml.safe_load((PROJECT / "collections/requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert wanted == {"name": "cloudops.console", "version": version}


@pytest.mark.parametrize("name", ["alibaba.console.yml", "session_check.yml"])
def test_the_guide_prints_files_of_the_project(name: str) -> None:
    guide = (ROOT / "docs/docsite/rst/awx_guide.rst").read_text("utf-8")
    blocks = re.findall(r"\.\. code-block:: yaml\n\n((?: {4}.*\n|\n)+)", guide)
    printed = [yaml.safe_load(textwrap.dedent(block)) for block in blocks if "{{" not in block]
    assert yaml.safe_load((PROJECT / name).read_text("utf-8")) in printed
