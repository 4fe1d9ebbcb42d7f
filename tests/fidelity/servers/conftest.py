# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator with servers of Huawei and OpenStack for these tests, put back to its start before each of them.

Where a client is not installed, ``test_clients`` alone runs here, and says so; the other tests of the suite go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, make_fleet
from tests.fidelity.servers.test_clients import missing

if TYPE_CHECKING:
    from huaweicloudsdkecs.v2 import EcsClient
    from openstack.connection import Connection

    from tests.fidelity.servers.clients import HuaweiPlace, OpenstackPlace

collect_ignore_glob = ["test_[!c]*.py", "test_co*.py"] if missing() else []


@pytest.fixture(scope="session")
def estate() -> Fleet:
    return make_fleet(2, seed=3, huawei=40, openstack=30)


@pytest.fixture(scope="session")
def server_emulator(estate: Fleet) -> Iterator[Emulator]:
    with Emulator.start(estate) as running:
        yield running


@pytest.fixture
def cloud(server_emulator: Emulator) -> Emulator:
    server_emulator.reset()
    server_emulator.configure(rpc_response_seconds=0.0)
    return server_emulator


@pytest.fixture
def huawei(estate: Fleet) -> HuaweiPlace:
    from tests.fidelity.servers.clients import HuaweiPlace

    return HuaweiPlace(estate["huawei"])


@pytest.fixture
def ecs(cloud: Emulator, huawei: HuaweiPlace) -> EcsClient:
    from tests.fidelity.servers.clients import huawei_client

    return huawei_client(cloud, huawei.key, huawei.region, huawei.project_id)


@pytest.fixture
def stack(estate: Fleet) -> OpenstackPlace:
    from tests.fidelity.servers.clients import OpenstackPlace

    return OpenstackPlace(estate["openstack"])


@pytest.fixture
def nova(cloud: Emulator, stack: OpenstackPlace) -> Iterator[Connection]:
    from tests.fidelity.servers.clients import connect

    with connect(cloud, stack.password_login("operator")) as connection:
        yield connection
