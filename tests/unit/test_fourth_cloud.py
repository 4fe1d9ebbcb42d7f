# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one more cloud needs: data, and a class that fits a protocol; modules and rotation ask for nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import string
import sys
import typing as t
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudops.console.plugins.module_utils import _http, _provider
from ansible_collections.cloudops.console.plugins.module_utils._endpoint import checked_endpoint
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, NotFound
from ansible_collections.cloudops.console.plugins.module_utils._models import (
    Access,
    Acknowledgement,
    Console,
    Facts,
    Instance,
    PasswordRule,
)
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.modules import terminal_session_info, vnc_password, vnc_url_info
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars

from tests.emulator.client import Emulator
from tests.unit.alibaba_credentials.credential_sources import Served, serve
from tests.unit.argument_specs import defaults_of
from tests.unit.ledgers_and_runs import QUICK, outcomes, run, run_options

FACTS = Facts(
    name="fourth",
    title="Fourth Cloud",
    vnc_password=PasswordRule(
        8, (string.ascii_letters, string.digits), "eight letters and digits", "https://example.com/"
    ),
)


class FourthProvider:
    """One account of a cloud that says everything with a GET and takes passwords by PUT."""

    facts = FACTS

    def __init__(self, access: Access, policy: _http.Policy, limiter: RateLimiter) -> None:
        self.region = access.region
        self.endpoint = checked_endpoint(access.endpoint, allow_plain_http=access.allow_plain_http)
        self.trust = _http.Trust(access.validate_certs, access.ca_cert or None)
        self.account = access.access_key_id
        self._policy = policy
        self._limiter = limiter

    async def describe_instance(self, client: _http.Client, instance_id: str) -> Instance:
        reply = await self._ask(client, "GET", f"/instances/{instance_id}")
        return Instance(instance_id, self.region, reply.value["status"], io_optimized=True)

    async def describe_instances(self, client: _http.Client, instance_ids: Sequence[str]) -> list[Instance]:
        found = []
        for instance_id in instance_ids:
            with contextlib.suppress(NotFound):
                found.append(await self.describe_instance(client, instance_id))
        return found

    async def find_instances(self, client: _http.Client, tags: Mapping[str, str]) -> list[Instance]:
        raise NotImplementedError

    async def console(self, client: _http.Client, instance: Instance, console_type: str) -> Console:
        reply = await self._ask(client, "GET", f"/instances/{instance.instance_id}/{console_type}")
        return Console(reply.value["url"], "vnc", console_type, None)

    async def set_vnc_password(self, client: _http.Client, instance_id: str, password: str) -> Acknowledgement:
        reply = await self._ask(client, "PUT", f"/instances/{instance_id}/password", password.encode())
        return Acknowledgement(None, reply.at, reply.ambiguous)

    async def _ask(
        self, client: _http.Client, method: str, path: str, body: bytes = b""
    ) -> _http.Reply[dict[str, t.Any]]:
        request = _http.Request(method, f"{self.endpoint}{path}", _http.JSON_HEADERS, body)
        return await _http.call(client, lambda: request, _read, policy=self._policy, limiter=self._limiter)


def _read(response: _http.Response) -> dict[str, t.Any]:
    if response.status == 404:
        raise NotFound("the instance is not known", status=404)
    return response.json_object()


def _facts_of(name: str) -> Facts:
    return FACTS if name == FACTS.name else facts_of(name)


def _open_provider(access: Access, policy: _http.Policy, limiter: RateLimiter) -> _provider.Provider:
    if access.provider == FACTS.name:
        return FourthProvider(access, policy, limiter)
    return open_provider(access, policy, limiter)


facts_of, open_provider = _provider.facts_of, _provider.open_provider


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry with its two lines for the cloud, wherever it was imported."""
    ours = [one for name, one in sys.modules.items() if name.startswith("ansible_collections.cloudops.console.")]
    for module in ours:
        for name, real, other in (
            ("facts_of", facts_of, _facts_of),
            ("open_provider", open_provider, _open_provider),
        ):
            if getattr(module, name, None) is real:
                monkeypatch.setattr(module, name, other)


@pytest.fixture
def cloud() -> Iterator[Served]:
    with serve() as running:
        running.say("GET /instances/i-1", {"status": "Running"})
        running.say("GET /instances/i-1/novnc", {"url": "https://console.example.com/?token=t"})
        running.say("PUT /instances/i-1/password", {})
        yield running


def module_result(cloud: Served, name: str, call: t.Any, **params: t.Any) -> dict[str, t.Any]:
    """What the coroutine of a module returns, with a session as the module opens it."""
    given = {**defaults_of(name), "instance_id": "i-1", **params}
    module = t.cast("AnsibleModule", SimpleNamespace(params=given, check_mode=False))

    async def work() -> dict[str, t.Any]:
        access = Access(provider=FACTS.name, region="north", endpoint=cloud.url)
        async with _provider.open_session(access, QUICK) as session:
            result: dict[str, t.Any] = await call(module, session)
            return result

    return asyncio.run(work())


def test_a_console_url(cloud: Served) -> None:
    found = module_result(cloud, "vnc_url_info", vnc_url_info.console_url)
    assert (found["vnc_url"], found["type"]) == ("https://console.example.com/?token=t", "novnc")
    assert cloud.requests == ["GET /instances/i-1", "GET /instances/i-1/novnc"]


def test_a_password(cloud: Served) -> None:
    done = module_result(cloud, "vnc_password", vnc_password.set_password, password="Abcd1234")
    assert (done["changed"], done["reboot"], done["answer_lost"]) == (True, "none", False)
    assert cloud.requests == ["GET /instances/i-1", "PUT /instances/i-1/password"]


def test_what_it_has_not_is_refused(cloud: Served) -> None:
    with pytest.raises(ConsoleError, match="Fourth Cloud has no terminal sessions"):
        module_result(cloud, "terminal_session_info", terminal_session_info.list_sessions)
    assert cloud.requests == []


def test_a_rotation(cloud: Served, ledger_path: Path) -> None:
    """Its rule makes the passwords, and its hosts go beside those of other clouds."""
    known = {"console_provider": FACTS.name, "console_region": "north", "console_endpoint": cloud.url}
    hosts = [
        HostVars("ours", {**known, "console_instance_id": "i-1"}),
        HostVars("gone", {**known, "console_instance_id": "i-2"}),
        HostVars("nova", {"console_provider": "openstack", "console_instance_id": "i-3"}),
    ]
    result = asyncio.run(run(run_options(t.cast("Emulator", cloud), hosts), ledger_path))
    assert outcomes(result) == {"ours": "rotated", "gone": "rejected", "nova": "unsupported"}
    assert cloud.requests.count("PUT /instances/i-1/password") == 1
