# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cloud and which login: order, merging, unsupported and hostile files; no message ever shows a secret."""

from __future__ import annotations

import builtins
import json
import re
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import AuthenticationError, ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._key_material import LARGEST_FILE
from ansible_collections.cloudops.console.plugins.module_utils._models import Access as OpenStackAccess
from ansible_collections.cloudops.console.plugins.module_utils._openstack.credentials import (
    KeystoneCredentials,
    Named,
    find_credentials,
)

CLOUDS = """
common: &common
  region_name: RegionTwo
  verify: false
clouds:
  first:
    <<: *common
    auth:
      auth_url: https://ks.example.com:5000
      username: demo
      project_name: demo
      user_domain_name: Default
      project_domain_id: default
    interface: internalURL
    cacert: /ca.pem
  second:
    auth_type: v3applicationcredential
    auth:
      auth_url: https://ks.example.com/identity/v3
      application_credential_id: 0123
"""
SECURE = """
clouds:
  first:
    auth:
      password: 0123
  second:
    auth:
      application_credential_secret: hidden-secret
"""
ENVIRONMENT = {
    "OS_AUTH_URL": "https://env.example.com/v3",
    "OS_USERNAME": "u",
    "OS_PASSWORD": "hidden-env",
    "OS_USER_DOMAIN_NAME": "Default",
    "OS_PROJECT_ID": "penv",
    "OS_REGION_NAME": "RegionEnv",
    "OS_INTERFACE": "admin",
}
OPTION = {
    "auth_url": "https://opt.example.com:5000/v3",
    "user_id": "uid",
    "password": "hidden-opt",
    "project_id": "popt",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / ".config" / "openstack"
    folder.mkdir(parents=True)
    (folder / "clouds.yaml").write_text(CLOUDS, encoding="utf-8")
    (folder / "secure.yaml").write_text(SECURE, encoding="utf-8")
    return tmp_path


def find(
    home: Path, auth: dict[str, str] | None = None, env: dict[str, str] | None = None, **more: t.Any
) -> KeystoneCredentials:
    access = OpenStackAccess(auth=tuple((auth or {}).items()), **more)
    return find_credentials(access, {"HOME": str(home), **(env or {})})


def test_a_named_cloud_with_its_secure_file(home: Path) -> None:
    found = find(home, cloud="first")
    folder = home / ".config" / "openstack"
    assert found == KeystoneCredentials(
        "password",
        "https://ks.example.com:5000/v3",
        "0123",
        user=Named(name="demo", domain_name="Default"),
        project=Named(name="demo", domain_id="default"),
        region="RegionTwo",
        interface="internal",
        verify=False,
        source=f"cloud first of {folder / 'clouds.yaml'} and {folder / 'secure.yaml'}",
    )
    assert "0123" not in repr(found)


def test_an_application_credential(home: Path) -> None:
    found = find(home, env={"OS_CLOUD": "second"})
    assert (found.method, found.secret, found.application_credential) == (
        "application_credential",
        "hidden-secret",
        Named(id="0123"),
    )
    assert found.project == Named()


def test_order(home: Path) -> None:
    assert find(home, OPTION, ENVIRONMENT).auth_url == "https://opt.example.com:5000/v3"
    assert find(home, None, ENVIRONMENT, cloud="first").region == "RegionTwo"
    assert find(home, None, {**ENVIRONMENT, "OS_CLOUD": "first"}).region == "RegionTwo"
    found = find(home, None, {**ENVIRONMENT, "OS_CLOUD": ""})
    assert (found.region, found.interface, found.project) == ("RegionEnv", "admin", Named(id="penv"))
    assert find(home, None, {**ENVIRONMENT, "OS_CLOUD": "envvars"}).source == "the environment"


def test_options_lie_over_the_cloud(home: Path) -> None:
    found = find(
        home,
        {"password": "other"},
        cloud="first",
        region="RegionOpt",
        project_id="popt",
        interface="public",
        endpoint="https://nova.example.com/v2.1/",
    )
    assert (found.secret, found.region, found.project) == ("other", "RegionOpt", Named(id="popt"))
    assert (found.interface, found.endpoint) == ("public", "https://nova.example.com/v2.1")


def test_one_entry_needs_no_name_and_two_do(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match="to one of: first, second"):
        find(home)
    here = tmp_path / "here" / "clouds.json"
    here.write_text(json.dumps({"clouds": {"only": {"auth": OPTION}}}), encoding="utf-8")
    assert find(home).project == Named(id="popt")


def test_a_profile_of_the_public_file(home: Path) -> None:
    folder = home / ".config" / "openstack"
    entry = {"clouds": {"mine": {"profile": "vendor", "auth": {"user_id": "u", "password": "p"}}}}
    (folder / "clouds.yaml").write_text(json.dumps(entry), encoding="utf-8")
    with pytest.raises(ConsoleError, match="the profile 'vendor'"):
        find(home)
    public = {"public-clouds": {"vendor": {"auth": {"auth_url": "https://v.example.com"}, "region_name": "R"}}}
    (folder / "clouds-public.yml").write_text(json.dumps(public), encoding="utf-8")
    found = find(home)
    assert (found.auth_url, found.region) == ("https://v.example.com/v3", "R")


def write(home: Path, text: str, name: str = "clouds.yaml") -> Path:
    path = home / ".config" / "openstack" / name
    path.write_text(text, encoding="utf-8")
    return path


ENTRY = "clouds:\n  lab:\n    auth: {auth_url: 'https://ks.example.com', user_id: u, password: p, project_id: x}\n"


def test_an_unknown_region_names_those_of_the_file(home: Path) -> None:
    write(home, ENTRY + "    regions:\n      - One\n      - name: Two\n        values: {interface: admin}\n")
    with pytest.raises(ConsoleError) as caught:
        find(home, cloud="lab", region="Three")
    assert "has no region 'Three'. It has: One, Two." in caught.value.message


def test_a_region_needs_its_name_and_values(home: Path) -> None:
    for one in ("{values: {}}", "{name: One, interface: admin}", "[One]", "{name: One, values: text}"):
        path = write(home, ENTRY + f"    regions: [{one}]\n")
        with pytest.raises(ConsoleError, match=re.escape(str(path))):
            find(home, cloud="lab")
    write(home, ENTRY + "    regions: One\n")
    with pytest.raises(ConsoleError, match="is not a list"):
        find(home, cloud="lab")


def test_a_file_of_certificates_that_cannot_be_read_is_named_where_it_is_named(home: Path) -> None:
    path = write(home, ENTRY + "    cacert: ~/root.pem\n")
    for _turn in range(2):
        with pytest.raises(ConsoleError) as caught:
            find(home, cloud="lab")
        assert caught.value.message.startswith(f"The cacert in cloud lab of {path} names {home}/root.pem, which is not")
        (home / "root.pem").write_text("no certificate", encoding="ascii")
    with pytest.raises(ConsoleError, match=r"OS_CACERT names /nothing\.pem"):
        find(home, None, {**ENVIRONMENT, "OS_CACERT": "/nothing.pem"})


def test_certificates_are_not_read_where_they_are_not_used(home: Path) -> None:
    write(home, ENTRY + "    cacert: ~/nothing.pem\n")
    assert find(home, cloud="lab", ca_cert="/own.pem").ca_cert == "/own.pem"
    assert find(home, cloud="lab", validate_certs=False).ca_cert == ""


def test_a_user_of_the_system_in_a_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pathlib.Path.expanduser", lambda path: home / "other" / Path(*path.parts[1:]))
    (home / "other").mkdir()
    (home / "other" / "own.yaml").write_text(ENTRY, encoding="utf-8")
    assert find(home, env={"OS_CLIENT_CONFIG_FILE": "~other/own.yaml"}).user == Named(id="u")


def test_token_beside_an_endpoint(tmp_path: Path) -> None:
    found = find(tmp_path, {"token": "gAAAA"}, endpoint="http://127.0.0.1:8774/v2.1")
    assert (found.method, found.auth_url) == ("token", "")


def test_nothing(tmp_path: Path) -> None:
    with pytest.raises(AuthenticationError, match="There are no OpenStack credentials"):
        find(tmp_path)
    with pytest.raises(ConsoleError, match=r"no clouds\.yaml to read cloud 'x'"):
        find(tmp_path, cloud="x")
    with pytest.raises(ConsoleError, match="OS_CLIENT_CONFIG_FILE names"):
        find(tmp_path, env={"OS_CLIENT_CONFIG_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"auth_url": "ftp://x"}, "is not a plain URL"),
        ({"auth_url": "https://u:hidden-opt@x.example.com"}, "is not a plain URL"),
        ({"auth_url": "https://[x"}, "is not a plain URL"),
        ({"auth_url": "http://ks.example.com/v3"}, "is not encrypted"),
        ({"password": ""}, "has no password"),
        ({"user_id": ""}, "has no user"),
        ({"user_id": "", "username": "demo"}, "names a user without a domain"),
        ({"project_id": "", "project_name": "demo"}, "names a project without a domain"),
        ({"system_scope": "all"}, "is not supported"),
        ({"trust_id": "x"}, "is not supported"),
        ({"application_credential_secret": "hidden-opt", "user_id": ""}, "has no application_credential_id"),
        ({"password": "", "token": "hidden-opt \n"}, "characters that no token has"),
    ],
)
def test_incomplete_options(tmp_path: Path, change: dict[str, str], said: str) -> None:
    with pytest.raises(ConsoleError, match=said) as caught:
        find(tmp_path, {**OPTION, **change})
    assert "hidden-opt" not in str(caught.value)


def test_unknown_kinds(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match="auth_type 'v3oidcpassword'"):
        find(tmp_path, OPTION, auth_type="v3oidcpassword")
    with pytest.raises(ConsoleError, match="The interface 'secret' is not known"):
        find(tmp_path, OPTION, interface="secret")


def test_the_default_domain_serves_both(tmp_path: Path) -> None:
    auth = {**OPTION, "user_id": "", "project_id": "", "username": "u", "project_name": "p"}
    for name, value in (("domain_name", "D"), ("default_domain_name", "D")):
        found = find(tmp_path, {**auth, name: value})
        assert (found.user.domain_name, found.project.domain_name) == ("D", "D")
    assert find(tmp_path, {**auth, "default_domain": "d1"}).user.domain_id == "d1"


BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}]\n"
    for before, name in zip("abcdefghijklmnopqrs", "bcdefghijklmnopqrst", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clouds: [hidden-text", "is not YAML"),
        ("clouds: !!python/object/apply:os.system [hidden-text]", "is not YAML"),
        ("? {a: b}\n: hidden-text", "has no 'clouds'|is not YAML"),
        ("hidden-text", "has no 'clouds'"),
        ("clouds: hidden-text", "has no 'clouds'"),
        ("clouds:\n  x: hidden-text", "is not a mapping"),
        ("clouds:\n  x:\n    auth: hidden-text", "is not a mapping"),
        ("clouds:\n  x:\n    auth: {auth_url: [hidden-text]}", "has no auth_url"),
        ("[" * 5000, "is not YAML"),
        (BOMB + "clouds:\n  x:\n    auth: *t", "is not a mapping"),
        ("x" * (LARGEST_FILE + 1), "more than"),
        ("clouds:\n  x: \ud800", "is not YAML"),
    ],
)
def test_hostile_files(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "here" / "clouds.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConsoleError, match=said) as caught:
        find(tmp_path)
    assert "hidden-text" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_names_of_any_characters_are_shown_on_one_line(tmp_path: Path) -> None:
    """A message goes to terminals, which take some for commands; and a name is no reason for one without end."""
    odd = "\x1b[2Jops\U0001342f"
    path = tmp_path / "clo\x1buds.json"
    path.write_text(json.dumps({"clouds": {odd: None, "x" * 9000: {"profile": odd}}}), encoding="utf-8")
    env = {"OS_CLIENT_CONFIG_FILE": str(path)}
    for cloud in ("", "nobody", odd, odd * 1000, "x" * 9000):
        with pytest.raises(ConsoleError) as caught:
            find(tmp_path, None, env, cloud=cloud)
        assert caught.value.message.isprintable(), cloud[:20]
        assert len(caught.value.message) < 1000
    with pytest.raises(ConsoleError) as caught:
        find(tmp_path, None, {"OS_CLIENT_CONFIG_FILE": f"{path}\x1bnone"})
    assert caught.value.message.isprintable()


def test_without_pyyaml(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: t.Any, **more: t.Any) -> t.Any:
        if name == "yaml":
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.delitem(sys.modules, "yaml", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConsoleError, match="PyYAML is needed to read") as caught:
        find(home, cloud="first")
    assert sys.executable in caught.value.message
    assert find(home, OPTION).secret == "hidden-opt"
