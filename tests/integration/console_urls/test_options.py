# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What vnc_url_info refuses by itself, before anything is sent."""

from __future__ import annotations

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration.console_urls.url_calls import (
    CLOUDS,
    Case,
    ask,
    hold,
    options,
)

PLAIN = {"auth_url": "http://192.0.2.1/v3", "token": "gAAAAABx"}
NO_URL = {"username": "somebody", "password": "Sesame0pen"}
BEFORE = [
    *(
        Case(f"{cloud}, type {kind}", "invalid", ("no console of type", kind, "novnc"), cloud, {"type": kind})
        for cloud in ("alibaba", "huawei")
        for kind in ("serial", "spice-html5", "mks", "spice-direct")
    ),
    *(
        Case(f"{cloud}, validate", "invalid", ("cannot be validated", "validate"), cloud, {"validate": True})
        for cloud in ("alibaba", "huawei")
    ),
    *(
        Case(f"validate {kind}", "invalid", ("cannot be validated",), changes={"validate": True, "type": kind})
        for kind in ("serial", "spice-html5", "mks", "spice-direct")
    ),
    *(
        Case(f"{cloud}, a name", "invalid", ("is not a UUID", "web-01", "id"), cloud, {"instance_id": "web-01"})
        for cloud in ("huawei", "openstack")
    ),
    *(Case(f"{cloud}, bent id", "invalid", ("instance id",), cloud, {"instance_id": "a/../b?x=1"}) for cloud in CLOUDS),
    *(Case(f"{cloud}, no id", "invalid", ("instance id is empty",), cloud, {"instance_id": ""}) for cloud in CLOUDS),
    Case("huawei, no region", "invalid", ("region is empty",), "huawei", {"region": None}),
    Case("huawei, bent project", "invalid", ("project id",), "huawei", {"project_id": "a/b"}),
    Case("no auth_url", "invalid", ("auth_url",), changes={"auth": NO_URL, "cloud": "envvars"}),
    Case("unknown auth_type", "invalid", ("auth_type 'v2password'",), changes={"auth_type": "v2password"}),
    Case(
        "plain http",
        "invalid",
        ("not encrypted",),
        changes={"auth": PLAIN},
    ),
    *(
        Case(f"timeout {number}", "invalid", ("timeout", "0.1"), changes={"timeout": number})
        for number in (0, 601, "nan", "inf")
    ),
]


@pytest.mark.parametrize("case", BEFORE, ids=lambda case: case.name)
def test_refused_before_anything_is_sent(cloud: Emulator, fleet: Fleet, case: Case) -> None:
    given = {**options(case.provider, cloud, fleet), **case.changes}
    hold(case, ask(given), cloud)
    assert cloud.counters()["calls"] == 0


def test_an_unknown_type_is_the_argument_specs_matter(cloud: Emulator, fleet: Fleet) -> None:
    outcome = ask(options("openstack", cloud, fleet, type="xvpvnc"))
    assert outcome.failed
    assert "value of type must be one of: novnc" in outcome.message
    assert cloud.counters()["calls"] == 0
