# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same files and surroundings, read by openstacksdk and by the collection."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import certifi
import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.module_utils._openstack.credentials import METHODS, find_credentials
from openstack.config.cloud_region import CloudRegion

from tests.fidelity.credentials.documented import differences
from tests.fidelity.credentials.openstack_rows import DIFFERENT, REFUSED, SAME, Difference, Row

# openstacksdk warns of old spellings, which are the point here
pytestmark = pytest.mark.filterwarnings(
    "ignore::openstack.warnings.OpenStackDeprecationWarning",
    "ignore::openstack.warnings.ConfigurationWarning",
    "ignore::PendingDeprecationWarning",
)
Named = tuple[str, str, str, str]


@dataclass(frozen=True)
class Found:
    """What a login consists of; named are name, id, domain id and domain name."""

    method: str
    auth_url: str
    secret: str
    user: Named
    credential: str
    project: Named
    region: str
    interface: Any
    endpoint: str
    verify: bool
    ca_cert: str


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home directory with a certificate, and no credentials of the user that runs the tests."""
    for name in [name for name in os.environ if name.startswith(("OS_", "XDG_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "ca.pem").symlink_to(certifi.where())
    return tmp_path


@pytest.mark.parametrize("row", SAME, ids=lambda row: row.name)
def test_the_same_is_found(row: Row, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _prepare(row, home, monkeypatch)
    theirs = _by_the_sdk(row)
    assert theirs.secret.startswith(("secret", "0123", "null"))
    assert _by_us(row) == theirs


@pytest.mark.parametrize("row", DIFFERENT, ids=lambda row: row.name)
def test_the_difference_is_as_documented(row: Difference, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _prepare(row, home, monkeypatch)
    if isinstance(row.theirs, str):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the name of the class is what is held
            _by_the_sdk(row)
        assert caught.type.__name__ == row.theirs
    else:
        found = asdict(_by_the_sdk(row))
        assert {name: found[name] for name in row.theirs} == row.theirs
    if isinstance(row.ours, str):
        with pytest.raises(ConsoleError, match=f"(?i){row.ours}"):
            _by_us(row)
    else:
        found = asdict(_by_us(row))
        assert {name: found[name] for name in row.ours} == row.ours


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_both_refuse(row: Row, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _prepare(row, home, monkeypatch)
    with pytest.raises(Exception):  # noqa: B017, PT011 - theirs have no base in common
        _by_the_sdk(row)
    with pytest.raises(ConsoleError):
        _by_us(row)


def test_each_difference_is_in_the_documentation() -> None:
    assert differences("openstacksdk") == [row.name for row in DIFFERENT]


def _prepare(row: Row, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in row.files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, value in row.env.items():
        monkeypatch.setenv(name, value.replace("{home}", str(home)))


def _by_us(row: Row) -> Found:
    login = find_credentials(Access(provider="openstack", cloud=row.cloud, region=row.region))
    user, project = login.user, login.project
    return Found(
        login.method,
        login.auth_url,
        login.secret,
        (user.name, user.id, user.domain_id, user.domain_name),
        login.application_credential.id or login.application_credential.name,
        (project.name, project.id, project.domain_id, project.domain_name),
        login.region,
        login.interface,
        login.endpoint,
        login.verify,
        login.ca_cert,
    )


def _by_the_sdk(row: Row) -> Found:
    """Read it as ``openstack.connect(cloud=..., region_name=...)`` does."""
    config = _fresh_loader().OpenStackConfig()
    region: CloudRegion = config.get_one(cloud=row.cloud or None, region_name=row.region or None)
    auth = region.config["auth"]
    method = METHODS[region.config["auth_type"]]
    secret = {"application_credential": "application_credential_secret"}.get(method, method)
    verify, _cert = region.get_requests_verify_args()
    return Found(
        method,
        f"{auth['auth_url'].removesuffix('/v3')}/v3",
        auth.get(secret, ""),
        _named(auth, "user", auth.get("username", "")) if method == "password" else ("", "", "", ""),
        auth.get("application_credential_id", ""),
        _named(auth, "project", auth.get("project_name", "")),
        region.get_region_name("compute") or "",
        region.get_interface("compute"),
        region.get_endpoint("compute") or "",
        bool(verify),
        verify if isinstance(verify, str) else "",
    )


def _named(auth: dict[str, Any], what: str, name: str) -> Named:
    """What Keystone is sent: an id alone where there is one; the default domain where no other is given."""
    own = auth.get(f"{what}_id") or ""
    if own or not name:
        return ("", own, "", "")
    domains = [auth.get(f"{what}_domain_{part}") or auth.get(f"default_domain_{part}") or "" for part in ("id", "name")]
    return (name, "", domains[0], domains[1])


def _fresh_loader() -> ModuleType:
    """Where files are looked for is decided when the module is loaded, so it is loaded anew for each row."""
    spec = importlib.util.find_spec("openstack.config.loader")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
