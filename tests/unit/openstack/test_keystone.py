# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Keystone is asked, what its catalogue means, and the addresses of consoles."""

from __future__ import annotations

import datetime as dt
import json
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    NotFound,
    UnexpectedAnswer,
)
from ansible_collections.cloudops.console.plugins.module_utils._openstack import addresses, keystone
from ansible_collections.cloudops.console.plugins.module_utils._openstack.credentials import KeystoneCredentials, Named
from ansible_collections.cloudops.console.plugins.module_utils._openstack.models import Project, Token

from tests.unit.openstack import recorded_answers

KS = "http://127.0.0.1:15000/v3"
AT = dt.datetime(2026, 11, 21, 17, 46, 18, tzinfo=dt.timezone.utc)


def body(login: KeystoneCredentials) -> t.Any:
    request = keystone.token_request(login)
    assert (request.method, request.url) == ("POST", f"{KS}/auth/tokens")
    assert login.secret not in repr(request)
    return json.loads(request.body)["auth"]


def token(*regions: str, **more: t.Any) -> Token:
    return Token.model_validate(recorded_answers.token("2026-11-21T18:46:18.000000Z", *regions, **more)["token"])


def scoped(login: KeystoneCredentials, given: Token | None = None) -> keystone.ScopedToken:
    return keystone.scoped_token(given or token(), "value", AT, login, allow_plain_http=False)


def test_password() -> None:
    login = KeystoneCredentials(
        "password",
        KS,
        "pw",
        user=Named(name="demo", domain_id="default"),
        project=Named(name="p", domain_name="Default"),
    )
    assert body(login) == {
        "identity": {
            "methods": ["password"],
            "password": {"user": {"name": "demo", "domain": {"id": "default"}, "password": "pw"}},
        },
        "scope": {"project": {"name": "p", "domain": {"name": "Default"}}},
    }


def test_application_credential_asks_for_no_scope() -> None:
    login = KeystoneCredentials(
        "application_credential", KS, "hidden", application_credential=Named(id="c"), project=Named(id="p")
    )
    assert body(login) == {
        "identity": {"methods": ["application_credential"], "application_credential": {"id": "c", "secret": "hidden"}}
    }
    login = KeystoneCredentials(
        "application_credential", KS, "hidden", application_credential=Named(name="c"), user=Named(id="u")
    )
    assert body(login)["identity"]["application_credential"] == {"name": "c", "user": {"id": "u"}, "secret": "hidden"}


def test_token_is_exchanged_or_looked_at() -> None:
    assert body(KeystoneCredentials("token", KS, "gAAAA", project=Named(id="p"))) == {
        "identity": {"methods": ["token"], "token": {"id": "gAAAA"}},
        "scope": {"project": {"id": "p"}},
    }
    request = keystone.token_request(KeystoneCredentials("token", KS, "gAAAA"))
    assert request.method == "GET"
    assert request.headers["x-auth-token"] == request.headers["x-subject-token"] == "gAAAA"
    assert keystone.token_value(KeystoneCredentials("token", KS, "gAAAA"), "") == "gAAAA"
    with pytest.raises(UnexpectedAnswer, match="has no token"):
        keystone.token_value(KeystoneCredentials("password", KS, "pw"), "")


def test_catalogue() -> None:
    found = scoped(KeystoneCredentials("password", KS, "pw"))
    assert found == keystone.ScopedToken(
        "value", "http://127.0.0.1:18774/public/v2.1", "RegionOne", recorded_answers.PROJECT, 3540.0
    )
    assert "value" not in repr(found)
    inside = scoped(KeystoneCredentials("password", KS, "pw", region="B", interface="internal"), token("A", "B"))
    assert (inside.url, inside.region) == ("http://127.0.0.1:18774/internal/v2.1", "B")
    own = scoped(KeystoneCredentials("password", KS, "pw", endpoint="http://127.0.0.1:8774"), token("A", "B"))
    assert own.url == "http://127.0.0.1:8774/v2.1"


@pytest.mark.parametrize(
    ("login", "given", "kind", "said"),
    [
        (KeystoneCredentials("password", KS, "pw"), token("A", "B"), NotFound, "several regions: A, B"),
        (KeystoneCredentials("password", KS, "pw", region="C"), token("A", "B"), NotFound, "in region C.*it has: A, B"),
        (KeystoneCredentials("password", KS, "pw"), Token(project=Project(id="p")), NotFound, "it has: none"),
        (KeystoneCredentials("password", KS, "pw"), token(project=None), AuthenticationError, "for no project"),
        (
            KeystoneCredentials("password", KS, "pw", project=Named(id="q")),
            token(),
            AuthenticationError,
            "and not for q",
        ),
    ],
)
def test_catalogue_without_what_is_wanted(
    login: KeystoneCredentials, given: Token, kind: type[ConsoleError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        scoped(login, given)


def test_a_catalogue_in_clear_is_refused() -> None:
    given = Token.model_validate(
        json.loads(json.dumps(recorded_answers.token()).replace("127.0.0.1", "nova.example.com"))["token"]
    )
    with pytest.raises(ConsoleError, match="The compute URL of the catalogue is not encrypted"):
        scoped(KeystoneCredentials("password", KS, "pw"), given)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://nova.example.com", "https://nova.example.com/v2.1"),
        ("https://nova.example.com:8774/", "https://nova.example.com:8774/v2.1"),
        ("https://cloud.example.com/compute", "https://cloud.example.com/compute/v2.1"),
        ("https://cloud.example.com/v1/compute/", "https://cloud.example.com/v1/compute/v2.1"),
        ("https://cloud.example.com/compute/v2.1", "https://cloud.example.com/compute/v2.1"),
        ("https://nova.example.com/v2", "https://nova.example.com/v2"),
        ("https://nova.example.com/v2.1/" + 32 * "a", "https://nova.example.com/v2.1/" + 32 * "a"),
        ("https://nova.example.com/v2/123456", "https://nova.example.com/v2/123456"),
    ],
)
def test_compute_url(url: str, wanted: str) -> None:
    assert addresses.compute_url(url) == wanted


@pytest.mark.parametrize(
    ("urls", "wanted"),
    [
        (["https://n/v2/" + 32 * "a", "https://n/v2.1"], "https://n/v2.1"),
        (["https://n/v2", "https://n/v2.1/" + 32 * "a"], "https://n/v2.1/" + 32 * "a"),
        (["https://n/v2", "https://n/compute"], "https://n/compute/v2.1"),
        (["https://n/v2.1", "https://other/v2.1"], "https://n/v2.1"),
        (["https://n/v2"], "https://n/v2"),
    ],
)
def test_of_several_endpoints_the_newest_version(urls: list[str], wanted: str) -> None:
    endpoints = [{"interface": "public", "region": "R", "region_id": "R", "url": url} for url in urls]
    given = Token.model_validate(
        {"project": {"id": "p"}, "catalog": [{"type": "compute", "endpoints": [one]} for one in endpoints]}
    )
    assert scoped(KeystoneCredentials("password", KS, "pw"), given).url == wanted


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://ks/", "https://ks/v3"),
        ("https://ks/v3/", "https://ks/v3"),
        ("https://ks:5000/v2.0", "https://ks:5000/v3"),
        ("https://ks/identity", "https://ks/identity/v3"),
    ],
)
def test_keystone_url(url: str, wanted: str) -> None:
    assert addresses.keystone_url(url) == wanted


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("http://127.0.0.1:16080/vnc_auto.html?path=%3Ftoken%3D3c31", "ws://127.0.0.1:16080/?token=3c31"),
        ("https://h:6080/vnc_auto.html?token=3c31", "wss://h:6080/?token=3c31"),
        ("https://h/vnc_auto.html?path=websockify%3Ftoken%3D3c31", "wss://h/websockify?token=3c31"),
        ("http://127.0.0.1:6082/spice_auto.html?token=bac5", "ws://127.0.0.1:6082/?token=bac5"),
        ("ws://127.0.0.1:6083/?token=5e26", "ws://127.0.0.1:6083/?token=5e26"),
        ("http://127.0.0.1:16080/vnc_auto.html", None),
    ],
)
def test_websocket_url(url: str, wanted: str | None) -> None:
    assert addresses.websocket_url(url) == wanted


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//x", "https://u@x/", "https://x/ y", "https://[x", ""])
def test_no_console_url(url: str) -> None:
    assert not addresses.is_console_url(url)
