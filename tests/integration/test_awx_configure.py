# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""configure_awx from the installed package, with the real modules of awx.awx, against an AWX on loopback."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.awx.server import Awx
from tests.emulator.awx.store import Store
from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration.conftest import cores
from tests.integration.package import Package
from tests.integration.playbook_runs import Room, Run
from tests.tools import bundled

EXAMPLES = Path("docs", "examples")
SECRETS = {
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "alibaba-key-secret-4711",
    "VAULT_SECRET_ID": "approle-secret-id-4712",
    "LEDGER_VAULT_PASSWORD": "ledger-vault-password-4713",
    "LOGIN_SSH_KEY": "login-ssh-key-4714",
}
EDGES = ("success_nodes", "failure_nodes", "always_nodes")
NOT_SECRET = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tExample", "VAULT_ROLE_ID": "role-of-awx"}


def configure(room: Room, package: Package, awx: Awx, *arguments: str, **variables: Any) -> Run:
    """Run the playbook with the example's variables file."""
    room.environ = {
        "ANSIBLE_COLLECTIONS_PATH": f"{package.path}:{bundled.ensure()}",
        "ANSIBLE_INJECT_INVOCATION": "true",
        "ANSIBLE_PIPELINING": "true",
        "CONTROLLER_HOST": awx.url,
        "CONTROLLER_OAUTH_TOKEN": awx.token,
        **SECRETS,
        **NOT_SECRET,
        **room.environ,
    }
    # Some thirty modules, one after the other
    room.longest = 300
    example = package.home / EXAMPLES / "awx" / "awx.yml"
    extra = ["-e", json.dumps(variables)] if variables else []
    return room.run("ansible-playbook", "cloudops.console.configure_awx", "-e", f"@{example}", *extra, *arguments)


@dataclass(frozen=True)
class Configured:
    """An AWX that was empty before the example's variables file, with four slices; reset() brings it back."""

    awx: Awx
    run: Run
    store: Store

    def reset(self) -> Awx:
        self.awx.store = copy.deepcopy(self.store)
        self.awx.writes.clear()
        return self.awx


@pytest.fixture(scope="module")
def configured(
    package: Package, emulator: Emulator, fleet: Fleet, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Configured]:
    room = Room(tmp_path_factory.mktemp("awx") / "room", cores()[0], emulator, fleet)
    with Awx(playbooks(package)) as awx:
        run = configure(room, package, awx, "-vvv", configure_awx_slices=4)
        yield Configured(awx, run, copy.deepcopy(awx.store))


@pytest.fixture
def awx(configured: Configured) -> Awx:
    return configured.reset()


@pytest.fixture
def empty(package: Package) -> Iterator[Awx]:
    with Awx(playbooks(package)) as running:
        yield running


def playbooks(package: Package) -> list[str]:
    return [path.name for path in (package.home / EXAMPLES / "awx" / "project").glob("*.yml")]


def names(awx: Awx, kind: str) -> list[str]:
    return [one["name"] for one in awx.store.objects[kind].values()]


def named(awx: Awx, kind: str, name: str) -> dict[str, Any]:
    (found,) = (one for one in awx.store.objects[kind].values() if one["name"] == name)
    return found


def test_an_empty_awx_is_configured(configured: Configured, awx: Awx) -> None:
    first = configured.run
    assert first.rc == 0, first.text
    assert [secret for secret in (*SECRETS.values(), awx.token) if secret in first.text] == []
    assert names(awx, "credentials") == ["VNC Alibaba Cloud", "VNC ledger", "VNC ledger key", "VNC login"]
    assert named(awx, "credentials", "VNC ledger")["inputs"] == {
        "role_id": NOT_SECRET["VAULT_ROLE_ID"],
        "secret_id": SECRETS["VAULT_SECRET_ID"],
    }
    assert names(awx, "job_templates") == [
        "VNC preflight",
        "VNC forecast",
        "VNC rotate",
        "VNC collected report",
        "VNC reboot report",
        "VNC reboot wave",
        "VNC reconcile",
        "VNC session check",
    ]
    assert names(awx, "schedules") == names(awx, "workflow_job_templates") == ["VNC rotation"]


def test_each_file_for_the_inventory_plugin_is_a_source_with_its_credential(awx: Awx) -> None:
    assert names(awx, "inventory_sources") == ["VNC instances", "VNC instances on Alibaba Cloud"]
    (key,) = (key for key, one in awx.store.objects["credentials"].items() if one["name"] == "VNC Alibaba Cloud")
    source = named(awx, "inventory_sources", "VNC instances on Alibaba Cloud")
    assert (source["source"], source["source_path"], source["credential"]) == ("scm", "alibaba.console.yml", key)
    assert named(awx, "inventory_sources", "VNC instances")["credential"] is None


def test_only_what_logs_in_gets_the_key_for_ssh(awx: Awx) -> None:
    (key,) = (key for key, one in awx.store.objects["credentials"].items() if one["name"] == "VNC login")
    templates = awx.store.objects["job_templates"]
    holders = [
        one["name"]
        for number, one in templates.items()
        if key in awx.store.associated.get(("job_templates", number, "credentials"), [])
    ]
    assert holders == ["VNC session check"]


@pytest.mark.full
@pytest.mark.cores
def test_a_second_run_writes_nothing(room: Room, package: Package, awx: Awx) -> None:
    run = configure(room, package, awx, configure_awx_slices=4)
    assert run.rc == 0, run.text
    assert awx.writes == []
    assert run.recap["localhost"]["changed"] == 0


def test_the_workflow_asks_before_it_rotates_and_before_it_restarts(awx: Awx) -> None:
    nodes = awx.store.objects["workflow_job_template_nodes"]
    templates = {key: one["name"] for kind in awx.store.objects.values() for key, one in kind.items() if "name" in one}

    def after(key: int) -> list[tuple[str, int]]:
        edges = {kind: awx.store.associated.get(("workflow_job_template_nodes", key, kind), []) for kind in EDGES}
        return [(kind, one) for kind, keys in edges.items() for one in keys]

    (key,) = set(nodes) - {one for node in nodes for _kind, one in after(node)}
    way = [templates[nodes[key]["unified_job_template"]]]
    while edges := after(key):
        ((kind, key),) = edges
        way += [kind, templates[nodes[key]["unified_job_template"]]]
    assert way == [
        *("VNC forecast", "success_nodes", "Rotate these passwords?"),
        *("success_nodes", "VNC rotate", "always_nodes", "VNC collected report"),
        *("always_nodes", "Restart these instances?", "success_nodes", "VNC reboot wave"),
    ]
    assert named(awx, "job_templates", "VNC forecast")["job_type"] == "check"
    assert named(awx, "job_templates", "VNC rotate")["job_slice_count"] == 4
    assert {one["timeout"] for one in awx.store.objects["workflow_approval_templates"].values()} == {86400}


def test_a_change_of_the_variables_file_changes_only_that(room: Room, package: Package, awx: Awx) -> None:
    run = configure(room, package, awx, "--tags", "project,job_templates", configure_awx_slices=2)
    assert run.rc == 0, run.text
    (template,) = (key for key, one in awx.store.objects["job_templates"].items() if one["name"] == "VNC rotate")
    assert [path for _method, path, _body in awx.writes] == [f"/api/v2/job_templates/{template}/"]
    assert awx.store.objects["job_templates"][template]["job_slice_count"] == 2


@pytest.mark.full
def test_check_mode_of_a_configured_awx_says_what_would_change(room: Room, package: Package, awx: Awx) -> None:
    variables = {"configure_awx_slices": 4, "configure_awx_image": "registry.example.com/other:2"}
    run = configure(room, package, awx, "--check", **variables)
    assert run.rc == 0, run.text
    assert run.recap["localhost"]["changed"] == 1
    assert awx.writes == []


def test_tags_leave_the_rest_alone(room: Room, package: Package, empty: Awx) -> None:
    run = configure(room, package, empty, "--tags", "credential_types")
    assert run.rc == 0, run.text
    assert {path for _method, path, _body in empty.writes} == {"/api/v2/credential_types/"}


@pytest.mark.full
def test_secrets_are_sent_again_on_request(room: Room, package: Package, awx: Awx) -> None:
    renewed = "alibaba-key-secret-renewed"
    room.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = renewed
    assert configure(room, package, awx, "--tags", "credentials").recap["localhost"]["changed"] == 0
    run = configure(room, package, awx, "--tags", "credentials", configure_awx_update_secrets=True)
    assert run.rc == 0, run.text
    assert named(awx, "credentials", "VNC Alibaba Cloud")["inputs"]["access_key_secret"] == renewed
    assert renewed not in run.text


@pytest.mark.parametrize(
    ("variables", "environment", "told"),
    [
        ({"configure_awx_image": ""}, {}, "configure_awx_image and configure_awx_project_url must be set"),
        ({}, {"VAULT_SECRET_ID": ""}, "empty values: VNC ledger."),
        ({"configure_awx_slices": 0}, {}, "configure_awx_slices must be at least 1"),
    ],
)
def test_an_incomplete_file_is_refused_before_any_call(
    room: Room,
    package: Package,
    empty: Awx,
    variables: dict[str, Any],
    environment: dict[str, str],
    told: str,
) -> None:
    room.environ = environment
    run = configure(room, package, empty, **variables)
    assert run.rc == 2
    assert told in " ".join(run.stdout.split())
    assert empty.writes == []


def test_without_schedule_and_notification(room: Room, package: Package, empty: Awx) -> None:
    run = configure(
        room, package, empty, "--tags", "notification,schedule", configure_awx_rrule="", configure_awx_notification={}
    )
    assert run.rc == 0, run.text
    assert empty.writes == []


def test_every_playbook_of_the_project_is_in_the_package(package: Package) -> None:
    project = package.home / EXAMPLES / "awx" / "project"
    files = [path for path in project.glob("*.yml") if path.name not in ("inventory.yml", "alibaba.console.yml")]
    plays = [play for path in files for play in yaml.safe_load(path.read_text("utf-8"))]
    own = [play for play in plays if "ansible.builtin.import_playbook" not in play]
    assert [play["vars"] for play in own] == [{"ansible_connection": "cloudops.console.terminal_session"}]
    imported = {play["ansible.builtin.import_playbook"] for play in plays if play not in own}
    assert "cloudops.console.collect_report" in imported
    for name in imported:
        assert (package.home / "playbooks" / f"{name.rpartition('.')[2]}.yml").is_file(), name
    assert (package.home / "roles" / "vnc_rotation" / "tasks" / "group_page.yml").is_file()
