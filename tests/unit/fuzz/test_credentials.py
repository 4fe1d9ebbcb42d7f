# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files, programs and services that give credentials can hold anything: credentials come of it, or an error of ours."""

from __future__ import annotations

import json
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import chain as alibaba
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Response
from ansible_collections.cloudops.console.plugins.module_utils._huawei import credentials as huawei
from ansible_collections.cloudops.console.plugins.module_utils._models import AUTH_NAMES, Access, parse_time
from ansible_collections.cloudops.console.plugins.module_utils._openstack import credentials as openstack
from ansible_collections.cloudops.console.plugins.module_utils._openstack import keystone
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.example_counts import MEMORY, examples
from tests.unit.fuzz.hostile_values import SECRET, bodies, headers, json_values, outcome, outcome_of, statuses, texts
from tests.unit.fuzz.right_answers import IMPATIENT, Said

ROLE = "acs:ram::1234567890123456:role/console"
PROFILE = {
    "name": "default",
    "mode": "AK",
    "access_key_id": "LTAI",
    "access_key_secret": SECRET,
    "sts_token": SECRET,
    "ram_role_arn": ROLE,
    "ram_role_name": "role",
    "ram_session_name": "me",
    "expired_seconds": 900,
    "source_profile": "default",
    "process_command": f"/nonexistent/program {SECRET}",
    "credentials_uri": f"http://127.0.0.1:1/{SECRET}",
    "oidc_provider_arn": "acs:ram::1:oidc-provider/x",
    "oidc_token_file": "/nonexistent/token",
    "sts_region": "cn-hangzhou",
}
_MODES = ("AK", "StsToken", "RamRoleArn", "ChainableRamRoleArn", "EcsRamRole", "CredentialsURI", "External", "OIDC")
PROFILES = [{"current": "default", "profiles": [{**PROFILE, "mode": mode}]} for mode in _MODES]
ISSUED = {
    "Code": "Success",
    "AccessKeyId": "STS.x",
    "AccessKeySecret": SECRET,
    "SecurityToken": SECRET,
    "Expiration": "2126-01-02T03:04:05Z",
}
CLOUDS = {
    "clouds": {
        "a": {
            "auth": {
                "auth_url": "http://127.0.0.1:5000/v3",
                "username": "ops",
                "password": SECRET,
                "user_domain_name": "Default",
                "project_name": "p",
                "project_domain_name": "Default",
            },
            "region_name": "R",
            "interface": "public",
            "profile": "x",
        }
    }
}

_ini_names = st.one_of(
    st.sampled_from(
        (
            "type",
            "access_key_id",
            "access_key_secret",
            "role_arn",
            "role_name",
            "ak",
            "sk",
            "security_token",
            "project_id",
        )
    ),
    texts,
)
_ini_lines = st.one_of(
    st.builds("[{}]".format, texts),
    st.sampled_from(
        ("[default]", "[basic]", "[DEFAULT]", "[", "[]", "[a]", "=", ":", ";", "#", "type = access_key", "")
    ),
    st.sampled_from((f"access_key_secret = {SECRET}", f"sk = {SECRET}", f" {SECRET}", "type = ram_role_arn", "ak = x")),
    st.builds("{}{}{}".format, _ini_names, st.sampled_from((" = ", ":", "=", "", "\n ", "%(x)s")), texts),
    texts,
)
ini_files = st.one_of(
    st.lists(_ini_lines, max_size=12).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass")),
    st.lists(_ini_lines, max_size=9).map(
        lambda lines: "\n".join(["[default]", "[basic]", *lines]).encode("utf-8", "replace")
    ),
    st.binary(max_size=300),
)

_YAML = (
    "&a [*a]",
    "a: &a {<<: *a}",
    "clouds: {a: &x {auth: {auth_url: 'http://127.0.0.1/v3', password: " + SECRET + "}, <<: *x}}",
    "clouds:\n  a: !!python/object/apply:os.system [id]",
    "clouds: {? [1, 2] : 3}",
    "clouds: {? {a: b} : 3}",
    "clouds: {a: !!binary '='}",
    "clouds: {a: !!timestamp x, b: !!int x, c: !!float y, d: !!bool z, e: !!set {}, f: !!omap [], g: !!pairs [1]}",
    "clouds: {a: {auth: !!int 'x'}}",
    "---\n---\n",
    "%YAML 9.9\n---\nclouds: 1",
    "[" * 3000,
    "a: " * 3000,
    "clouds: {a: {<<: [1, 2]}}",
    "clouds: {<<: 1}",
    "x: &x " + "[&y " * 500,
    "\0",
    "clouds: {a: {auth: {auth_url: '\\ud800'}}}",
    'clouds: {a: {auth: {auth_url: "\\uD800"}}}',
)
# Each alias doubles what is behind it; a walk through all of it would not end.
_LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)) + "clouds: *a39\n"
yaml_files = st.one_of(
    bodies(CLOUDS),
    st.sampled_from((*_YAML, _LAUGHS)).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(texts, max_size=6)
    .map(lambda parts: "clouds: {a: " + ": ".join(parts))
    .map(lambda text: text.encode("utf-8", "replace")),
    st.binary(max_size=200),
)


def home(files: t.Mapping[str, bytes]) -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(dir=MEMORY)
    for name, content in files.items():
        path = Path(folder.name, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@settings(max_examples=examples(60))
@given(
    content=st.one_of(*(bodies(whole) for whole in PROFILES)), profile=st.one_of(st.just(""), st.just("default"), texts)
)
def test_alibaba_profiles(content: bytes, profile: str) -> None:
    with home({".aliyun/config.json": content}) as folder:
        access = Access(profile=profile)
        env = {"HOME": folder, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
        outcome(lambda: alibaba.find_credentials(access, env, policy=IMPATIENT))


@settings(max_examples=examples(60))
@given(content=ini_files, name=st.one_of(st.just(""), texts))
def test_alibaba_ini(content: bytes, name: str) -> None:
    with home({".alibabacloud/credentials.ini": content}) as folder:
        env = {"HOME": folder, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true", "ALIBABA_CLOUD_PROFILE": name}
        outcome(lambda: alibaba.find_credentials(Access(), env, policy=IMPATIENT))


_VARIABLES = (
    "ACCESS_KEY_ID",
    "ACCESS_KEY_SECRET",
    "SECURITY_TOKEN",
    "PROFILE",
    "CREDENTIALS_FILE",
    "ROLE_ARN",
    "OIDC_PROVIDER_ARN",
    "OIDC_TOKEN_FILE",
    "ROLE_SESSION_NAME",
    "CREDENTIALS_URI",
    "STS_ENDPOINT",
    "STS_REGION",
    "ECS_METADATA",
)


@settings(max_examples=examples(80))
@given(given_env=st.dictionaries(st.sampled_from(_VARIABLES), texts, max_size=5), role=st.booleans())
def test_alibaba_environment(given_env: dict[str, str], role: bool) -> None:
    with home({}) as folder:
        env = {f"ALIBABA_CLOUD_{name}": value for name, value in given_env.items()}
        env |= {"HOME": folder, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "" if role else "true"}
        # What is no secret may be shown: the names of files, of profiles, and the hosts of endpoints.
        outcome(lambda: alibaba.find_credentials(Access(), env, policy=IMPATIENT), hidden=())


@settings(max_examples=examples(100))
@given(status=statuses, headers=headers(), body=bodies(ISSUED), sts=st.booleans())
def test_alibaba_services(status: int, headers: t.Mapping[str, str], body: bytes, sts: bool) -> None:
    """A credentials URI, and STS, which wraps the same."""
    mode = "RamRoleArn" if sts else "CredentialsURI"
    content = json.dumps({"current": "default", "profiles": [{**PROFILE, "mode": mode}]}).encode()
    if sts and body.startswith(b"{"):
        body = b'{"RequestId":"R","Credentials":' + body + b"}"

    async def work() -> t.Any:
        with home({".aliyun/config.json": content}) as folder:
            env = {"HOME": folder, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
            keys = alibaba.find_credentials(Access(), env, policy=IMPATIENT)
            return await keys.current(Said(lambda _request: Response(status, headers, body)))

    assert outcome_of(work)


@settings(max_examples=examples(20))
@given(body=bodies({"mode": "StsToken", "access_key_id": "x", "access_key_secret": SECRET, "sts_token": SECRET}))
def test_alibaba_program(body: bytes) -> None:
    """The program of a profile writes anything."""
    with home({"said": body}) as folder:
        profile = {"name": "default", "mode": "External", "process_command": f"cat {folder}/said"}
        Path(folder, ".aliyun").mkdir()
        Path(folder, ".aliyun/config.json").write_text(json.dumps({"profiles": [profile]}))

        async def work() -> t.Any:
            keys = alibaba.find_credentials(Access(), {"HOME": folder, "PATH": "/usr/bin:/bin"}, policy=IMPATIENT)
            return await keys.current(Said(lambda _request: Response(500, {}, b"")))

        assert outcome_of(work)


@settings(max_examples=examples(60))
@given(content=ini_files, profile=st.one_of(st.just(""), st.just("default"), texts))
def test_huawei_file(content: bytes, profile: str) -> None:
    with home({".huaweicloud/credentials": content}) as folder:
        outcome(lambda: huawei.find_credentials(Access(profile=profile), {"HOME": folder}))


@settings(max_examples=examples(60))
@given(
    clouds=yaml_files,
    secure=st.one_of(st.none(), yaml_files),
    public=st.one_of(st.none(), bodies({"public-clouds": {"x": CLOUDS["clouds"]["a"]}})),
    suffix=st.sampled_from((".yaml", ".yml", ".json")),
    cloud=st.one_of(st.sampled_from(("", "a", "envvars")), texts),
)
def test_openstack_files(clouds: bytes, secure: bytes | None, public: bytes | None, suffix: str, cloud: str) -> None:
    named = {"clouds": clouds, "secure": secure, "clouds-public": public}
    files = {f".config/openstack/{stem}{suffix}": content for stem, content in named.items() if content is not None}
    with home(files) as folder:
        here = Path(folder, "nowhere")
        login = outcome(
            lambda: openstack.find_credentials(Access(provider="openstack", cloud=cloud), {"HOME": folder}, here)
        )
        if not isinstance(login, ConsoleError):
            outcome(lambda: keystone.token_request(login))


@settings(max_examples=examples(80))
@given(given_auth=st.dictionaries(st.sampled_from(AUTH_NAMES), texts, max_size=6), url=st.booleans(), kind=texts)
def test_openstack_auth(given_auth: dict[str, str], url: bool, kind: str) -> None:
    """The option auth, with parts of a login."""
    parts = {**given_auth, **({"auth_url": "http://127.0.0.1/v3", "password": "x"} if url else {})}
    access = Access(provider="openstack", auth=tuple(parts.items()), auth_type=kind if url else "")
    with home({}) as folder:
        login = outcome(lambda: openstack.find_credentials(access, {"HOME": folder}, Path(folder)), hidden=())
        if not isinstance(login, ConsoleError):
            outcome(lambda: keystone.token_request(login))


@settings(max_examples=examples(40))
@given(value=json_values)
def test_times(value: t.Any) -> None:
    """Keys are read by the same models as all answers; their times are what is left."""
    moment = parse_time(str(value)[:100])
    assert moment is None or moment.tzinfo is not None
