# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every state that has no console, and hosts that cannot give one."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration.console_urls.url_calls import (
    NOVA_ACTIONS,
    Case,
    ask,
    asked_for_consoles,
    first,
    hold,
    options,
)

STATES = [
    *(("alibaba", state, "IncorrectInstanceStatus") for state in ("Stopped", "Stopping", "Pending")),
    ("alibaba", "Starting", "InstanceNotReady"),
    *(
        (cloud, state, state)
        for cloud in ("huawei", "openstack")
        for state in ("SHUTOFF", "SUSPENDED", "SHELVED", "SHELVED_OFFLOADED", "BUILD")
    ),
    *(("openstack", state, state) for state in ("PAUSED", "ERROR", "REBUILD", "MIGRATING", "HARD_REBOOT", "UNKNOWN")),
]


@pytest.mark.parametrize(("provider", "state", "code"), STATES, ids=str)
def test_states_without_a_console(cloud: Emulator, fleet: Fleet, provider: str, state: str, code: str) -> None:
    instance_id = first(provider, fleet)
    change = cloud.change_instance if provider == "alibaba" else cloud.change_server
    change(instance_id, status=state)
    given = options(provider, cloud, fleet)
    # Alibaba Cloud refuses by itself; the others would hand out an address that leads nowhere
    case = Case(state, "wrong_state", (instance_id,), provider, code=code, sent=int(provider == "alibaba"))
    outcome = ask(given)
    hold(case, outcome, cloud)
    if provider != "alibaba":
        assert state in outcome.message


@pytest.mark.parametrize("task", ["deleting", "migrating", "powering-off", "shelving", "rebuilding"])
def test_a_server_that_is_about_to_go(cloud: Emulator, fleet: Fleet, task: str) -> None:
    cloud.change_server(first("openstack", fleet), vm_state="active", task_state=task)
    outcome = ask(options("openstack", cloud, fleet))
    assert outcome.kind == "wrong_state", outcome.message
    assert asked_for_consoles(cloud) == 0


UNEXPECTED = "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the log.\n"


def test_invalid_state(cloud: Emulator, fleet: Fleet) -> None:
    """The state changed between the two calls: Nova's 500 is a wrong state and is not tried again."""
    message = f"{UNEXPECTED}<class 'nova.exception.InstanceInvalidState'>"
    cloud.add_fault("error", action=NOVA_ACTIONS, status=500, code="computeFault", message=message, shape="nova")
    for provider, more in (("openstack", {}), ("huawei", {"api": "nova"})):
        cloud.clear()
        given = options(provider, cloud, fleet, retries=2, **more)
        outcome = ask(given)
        case = Case("", "wrong_state", (given["instance_id"],), provider, code="computeFault", sent=1)
        hold(case, outcome, cloud)
        assert "launchpad" not in outcome.message


def test_messaging_timeout(cloud: Emulator, fleet: Fleet) -> None:
    cloud.configure(rpc_response_seconds=0.1)
    cloud.change_server(first("openstack", fleet), host_down=True)
    given = options("openstack", cloud, fleet, retries=2)
    case = Case("", "timeout", ("compute host", "operator"), code="computeFault", sent=1)
    hold(case, ask(given), cloud)


def test_a_dead_compute_host_of_huawei(cloud: Emulator, fleet: Fleet) -> None:
    message = f"{UNEXPECTED}<class 'oslo_messaging.exceptions.MessagingTimeout'>"
    cloud.add_fault("error", action=NOVA_ACTIONS, status=500, code="computeFault", message=message, shape="nova")
    given = options("huawei", cloud, fleet, retries=0, api="nova")
    hold(Case("", "timeout", ("compute host",), "huawei", code="computeFault", sent=1), ask(given), cloud)


def test_a_dead_compute_host_and_a_short_timeout(cloud: Emulator, fleet: Fleet) -> None:
    cloud.configure(rpc_response_seconds=1.0)
    cloud.change_server(first("openstack", fleet), host_down=True)
    given = options("openstack", cloud, fleet, timeout=0.3)
    case = Case("", "timeout", ("compute host", "60 seconds", "timeout"), sent=1)
    hold(case, ask(given), cloud)


def test_not_on_a_host(cloud: Emulator, fleet: Fleet) -> None:
    cloud.change_server(first("openstack", fleet), placed=False)
    given = options("openstack", cloud, fleet)
    case = Case("", "wrong_state", ("not ready",), code="conflictingRequest", sent=1)
    hold(case, ask(given), cloud)


def test_a_type_that_the_host_lacks(cloud: Emulator, fleet: Fleet) -> None:
    cloud.change_server(first("openstack", fleet), consoles=["serial"])
    given = options("openstack", cloud, fleet)
    hold(Case("", "invalid", ("another",), code="badRequest", sent=1), ask(given), cloud)


def test_a_driver_without_consoles(cloud: Emulator, fleet: Fleet) -> None:
    cloud.change_server(first("openstack", fleet), consoles=[])
    given = options("openstack", cloud, fleet)
    hold(Case("", "invalid", ("no such console",), code="notImplemented", sent=1), ask(given), cloud)


@pytest.mark.parametrize(("kind", "wanted"), [("spice-direct", "2.99"), ("mks", "2.8")])
def test_a_microversion_that_the_cloud_lacks(cloud: Emulator, fleet: Fleet, kind: str, wanted: str) -> None:
    cloud.configure(nova_max_version="2.7")
    given = options("openstack", cloud, fleet, type=kind)
    case = Case("", "invalid", (f"Version {wanted}", "2.7", "novnc"), code="computeFault", sent=1)
    hold(case, ask(given), cloud)


def test_a_nova_without_remote_consoles(cloud: Emulator, fleet: Fleet) -> None:
    cloud.configure(nova_max_version="2.5")
    outcome = ask(options("openstack", cloud, fleet))
    assert outcome.kind == "invalid"
    assert "2.6" in outcome.message
