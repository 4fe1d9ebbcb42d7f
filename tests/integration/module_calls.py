# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module's own main() in this process, against the emulated clouds.

For wide tables of cases: the same code, options and results as in a playbook, without the half second of each task.
The targets and playbooks beside it prove the way through ansible-playbook.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, InstanceData
from tests.emulator.server_fleet import ServerData
from tests.integration import documented_results

Options = dict[str, Any]

MODULES = "ansible_collections.cloudops.console.plugins.modules"
# Never a credential, a proxy or a file of the user that runs the tests.
_FOREIGN = ("ALIBABA_CLOUD_", "HUAWEICLOUD_", "OS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class Outcome:
    """What a module printed."""

    result: Options

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def kind(self) -> str | None:
        """The kind of its failure, None where it did not fail as our modules do."""
        kind = self.result.get("failure", {}).get("kind")
        return None if kind is None else str(kind)

    @property
    def code(self) -> str | None:
        code = self.result.get("failure", {}).get("code")
        return None if code is None else str(code)

    @property
    def message(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def text(self) -> str:
        """All of it, for a look at what must not stand there."""
        return json.dumps(self.result)


def call(module: str, options: Mapping[str, Any], *, check: bool = False) -> Outcome:
    """Run a module with these options; those that are None are not given."""
    given = {name: value for name, value in options.items() if value is not None}
    printed = io.StringIO()
    run = importlib.import_module(f"{MODULES}.{module}").main
    given["_ansible_check_mode"] = check
    with patch_module_args(given), contextlib.redirect_stdout(printed), pytest.raises(SystemExit):
        run()
    result: Options = json.loads(printed.getvalue().strip().splitlines()[-1])
    documented_results.check(f"{documented_results.PREFIX}{module}", result)
    return Outcome(result)


@contextlib.contextmanager
def bare_environment(home: Path) -> Iterator[pytest.MonkeyPatch]:
    """A home of its own and nothing of this machine's credentials and proxies."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith(_FOREIGN):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
        patch.chdir(home)
        yield patch


def alibaba(cloud: Emulator, fleet: Fleet, **more: Any) -> Options:
    """Return the options that lead to the first account of Alibaba Cloud, in its first region."""
    key = fleet["accounts"][0]["access_keys"][0]
    return {
        "region": fleet["regions"][0],
        "endpoint": cloud.url,
        "access_key_id": key["access_key_id"],
        "access_key_secret": key["access_key_secret"],
        "retries": 0,
        **more,
    }


def huawei(cloud: Emulator, fleet: Fleet, **more: Any) -> Options:
    """Return the options that lead to the first project of Huawei Cloud; it is named, and IAM is not asked."""
    account = fleet["huawei"]["accounts"][0]
    key, project = account["access_keys"][0], account["projects"][0]
    return {
        "provider": "huawei",
        "region": project["name"],
        "endpoint": cloud.huawei_url,
        "project_id": project["id"],
        "access_key_id": key["access_key_id"],
        "access_key_secret": key["access_key_secret"],
        "retries": 0,
        **more,
    }


def options(provider: str, cloud: Emulator, fleet: Fleet, **more: Any) -> Options:
    """Return the options that lead to the first account of this cloud."""
    return {"alibaba": alibaba, "huawei": huawei, "openstack": openstack}[provider](cloud, fleet, **more)


def instances(provider: str, fleet: Fleet) -> Sequence[InstanceData | ServerData]:
    """Return what the fleet has on this cloud."""
    if provider == "alibaba":
        return fleet["instances"]
    return fleet["huawei"]["servers"] if provider == "huawei" else fleet["openstack"]["servers"]


def logins(cloud: Emulator, fleet: Fleet, user: str = "operator") -> dict[str, Options]:
    """Return the option auth by the kind of login; a token is not among them."""
    nova = fleet["openstack"]
    one = next(row for row in nova["users"] if row["name"] == user)
    found: dict[str, Options] = {
        "password": {
            "auth_url": cloud.auth_url,
            "username": one["name"],
            "password": one["password"],
            "user_domain_id": "default",
            "project_id": nova["projects"][0]["id"],
        }
    }
    if credentials := one.get("application_credentials"):
        found["v3applicationcredential"] = {
            "auth_url": cloud.auth_url,
            "application_credential_id": credentials[0]["id"],
            "application_credential_secret": credentials[0]["secret"],
        }
    return found


def openstack(cloud: Emulator, fleet: Fleet, user: str = "operator", **more: Any) -> Options:
    """Return the options that lead to the project operations, by a password."""
    return {"provider": "openstack", "auth": logins(cloud, fleet, user)["password"], "retries": 0, **more}


def token(cloud: Emulator, fleet: Fleet) -> str:
    """Log in to Keystone by hand, as ``openstack token issue`` does."""
    given = logins(cloud, fleet)["password"]
    user = {"name": given["username"], "domain": {"id": "default"}, "password": given["password"]}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": given["project_id"]}}}}
    request = urllib.request.Request(
        f"{cloud.auth_url}/auth/tokens", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return str(answer.headers["X-Subject-Token"])
