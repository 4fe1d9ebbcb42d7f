# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented API, asked with hvac: the emulated server and a real one give the same answers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import hvac
import pytest
from hvac import exceptions

from tests.emulator.kv.admin import POLICY, READER, Admin
from tests.emulator.kv.client import KvServer
from tests.fidelity.kv.conftest import connect

PATH = "console/alibaba/cn-hangzhou/i-1"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z")


@pytest.fixture
def kv(client: hvac.Client) -> Any:
    return client.secrets.kv.v2


def write(kv: Any, mount: str, cas: int | None = None, path: str = PATH, **data: Any) -> dict[str, Any]:
    return dict(kv.create_or_update_secret(path, data or {"x": 1}, cas=cas, mount_point=mount)["data"])


def read(kv: Any, mount: str, path: str = PATH) -> dict[str, Any]:
    return dict(kv.read_secret_version(path, mount_point=mount, raise_on_deleted_version=True)["data"])


def errors(call: Any) -> tuple[type, list[str]]:
    with pytest.raises(exceptions.VaultError) as caught:
        call()
    return type(caught.value), list(caught.value.errors or [])


def test_versions(kv: Any, mount: str) -> None:
    first = write(kv, mount, 0, x=1, y=None, z=[{"deep": True}])
    assert first["version"] == 1
    assert STAMP.fullmatch(first["created_time"])
    assert (first["deletion_time"], first["destroyed"], first["custom_metadata"]) == ("", False, None)
    assert read(kv, mount)["data"] == {"x": 1, "y": None, "z": [{"deep": True}]}
    assert write(kv, mount, 1)["version"] == 2
    assert write(kv, mount)["version"] == 3
    described = kv.read_secret_metadata(PATH, mount_point=mount)["data"]
    assert described["current_version"] == 3
    assert set(described["versions"]) == {"1", "2", "3"}
    assert (described["max_versions"], described["delete_version_after"]) == (0, "0s")


@pytest.mark.parametrize("cas", [0, 1, 3, 99])
def test_check_and_set(kv: Any, mount: str, cas: int) -> None:
    write(kv, mount)
    write(kv, mount)
    words = ["check-and-set parameter did not match the current version"]
    assert errors(lambda: write(kv, mount, cas)) == (exceptions.InvalidRequest, words)
    assert read(kv, mount)["metadata"]["version"] == 2


def test_check_and_set_of_what_is_not_there(kv: Any, mount: str) -> None:
    assert errors(lambda: write(kv, mount, 1))[0] is exceptions.InvalidRequest
    assert errors(lambda: read(kv, mount)) == (exceptions.InvalidPath, [])


def test_check_and_set_required(kv: Any, mount: str) -> None:
    kv.configure(cas_required=True, mount_point=mount)
    words = ["check-and-set parameter required for this call"]
    assert errors(lambda: write(kv, mount)) == (exceptions.InvalidRequest, words)
    assert write(kv, mount, 0)["version"] == 1


def test_deleted_undeleted_destroyed(kv: Any, mount: str) -> None:
    """A deleted version is 404 with its metadata; its number still counts for check-and-set."""
    write(kv, mount, 0)
    kv.delete_latest_version_of_secret(PATH, mount_point=mount)
    with pytest.raises(exceptions.InvalidPath) as caught:
        read(kv, mount)
    body = caught.value.json
    assert body["data"]["data"] is None
    assert body["data"]["metadata"]["version"] == 1
    assert STAMP.fullmatch(body["data"]["metadata"]["deletion_time"])
    assert errors(lambda: write(kv, mount, 0))[0] is exceptions.InvalidRequest
    kv.undelete_secret_versions(PATH, [1], mount_point=mount)
    assert read(kv, mount)["data"] == {"x": 1}
    assert write(kv, mount, 1)["version"] == 2
    kv.destroy_secret_versions(PATH, [2], mount_point=mount)
    with pytest.raises(exceptions.InvalidPath) as caught:
        read(kv, mount)
    assert caught.value.json["data"]["metadata"]["destroyed"] is True
    kv.delete_metadata_and_all_versions(PATH, mount_point=mount)
    assert errors(lambda: read(kv, mount)) == (exceptions.InvalidPath, [])
    assert write(kv, mount, 0)["version"] == 1


def test_ten_versions_are_kept(kv: Any, mount: str) -> None:
    for number in range(12):
        write(kv, mount, number)
    described = kv.read_secret_metadata(PATH, mount_point=mount)["data"]
    assert sorted(map(int, described["versions"])) == list(range(3, 13))
    assert described["oldest_version"] == 3


def test_versions_that_expire(kv: Any, mount: str) -> None:
    """The answer to the write says so, and so does reading, while the version still stands."""
    kv.configure(delete_version_after="3h25m19s", mount_point=mount)
    assert kv.read_configuration(mount_point=mount)["data"]["delete_version_after"] == "3h25m19s"
    assert STAMP.fullmatch(write(kv, mount)["deletion_time"])
    assert STAMP.fullmatch(read(kv, mount)["metadata"]["deletion_time"])


def test_lists(kv: Any, mount: str) -> None:
    write(kv, mount)
    write(kv, mount, path="console/alibaba/cn-hangzhou/i-2")
    kv.delete_latest_version_of_secret(PATH, mount_point=mount)
    assert kv.list_secrets("console/alibaba/cn-hangzhou", mount_point=mount)["data"]["keys"] == ["i-1", "i-2"]
    assert kv.list_secrets("console", mount_point=mount)["data"]["keys"] == ["alibaba/"]
    assert errors(lambda: kv.list_secrets("elsewhere", mount_point=mount)) == (exceptions.InvalidPath, [])


def test_the_list_as_a_query(admin: Admin, kv: Any, mount: str) -> None:
    write(kv, mount)
    names = admin.call("GET", f"{mount}/metadata/console/alibaba/cn-hangzhou?list=true")["data"]["keys"]
    assert names == ["i-1"]


def limited(admin: Admin, mount: str, policy: str) -> hvac.Client:
    name = admin.make_policy(policy.format(mount=mount, prefix="console"))
    return connect(admin, admin.make_token(name))


def test_policies(admin: Admin, kv: Any, mount: str) -> None:
    write(kv, mount)
    reader, writer = limited(admin, mount, READER), limited(admin, mount, POLICY)
    assert read(reader.secrets.kv.v2, mount)["data"] == {"x": 1}
    kind, words = errors(lambda: write(reader.secrets.kv.v2, mount, 1))
    assert kind is exceptions.Forbidden
    assert "permission denied" in words[0]
    assert write(writer.secrets.kv.v2, mount, 1)["version"] == 2
    assert write(writer.secrets.kv.v2, mount, 0, path="console/new")["version"] == 1
    assert errors(lambda: write(writer.secrets.kv.v2, mount, 0, path="other/new"))[0] is exceptions.Forbidden
    listed = writer.secrets.kv.v2.list_secrets("console/alibaba/cn-hangzhou", mount_point=mount)
    assert listed["data"]["keys"] == ["i-1"]
    assert errors(lambda: reader.secrets.kv.v2.list_secrets("console", mount_point=mount))[0] is exceptions.Forbidden


def test_capabilities(admin: Admin, mount: str) -> None:
    path = f"{mount}/data/{PATH}"
    assert limited(admin, mount, READER).sys.get_capabilities([path])["data"][path] == ["read"]
    writer = limited(admin, mount, POLICY).sys.get_capabilities([path, f"{mount}/x"])["data"]
    assert writer[path] == ["create", "read", "update"]
    assert writer[f"{mount}/x"] == ["deny"]


def test_mounts(admin: Admin, mount: str) -> None:
    shown = admin.call("GET", f"sys/internal/ui/mounts/{mount}/console/x")["data"]
    assert (shown["path"], shown["type"], shown["options"]["version"]) == (f"{mount}/", "kv", "2")
    stranger = connect(admin, admin.make_token("default"))
    found = stranger.adapter.get(f"/v1/sys/internal/ui/mounts/{mount}/x", raise_exception=False)
    assert found.status_code == 403


def test_version_1_takes_what_version_2_would_check(admin: Admin) -> None:
    name = admin.make_mount(version="1")
    assert admin.call("POST", f"{name}/data/x", {"options": {"cas": 7}, "data": {"y": 1}}) == {}
    assert admin.call("GET", f"sys/internal/ui/mounts/{name}")["data"]["options"]["version"] == "1"
    admin.remove_mount(name)


def test_a_mount_that_is_not_there(client: hvac.Client) -> None:
    kind, words = errors(lambda: read(client.secrets.kv.v2, "no-such-mount"))
    assert kind is exceptions.InvalidPath
    assert "no handler for route" in words[0]


def test_tokens(admin: Admin) -> None:
    client = connect(admin, admin.make_token("default", ttl="1h"))
    found = client.auth.token.lookup_self()["data"]
    assert 3500 < found["ttl"] <= 3600
    assert found["renewable"] is True
    renewed = client.auth.token.renew_self()["auth"]
    assert (renewed["lease_duration"], renewed["renewable"]) == (3600, True)
    client.auth.token.revoke_self()
    assert errors(client.auth.token.lookup_self)[0] is exceptions.Forbidden
    root = connect(admin).auth.token.lookup_self()["data"]
    assert root["ttl"] == 0


def test_approle(admin: Admin, mount: str) -> None:
    name = admin.make_policy(POLICY.format(mount=mount, prefix="console"))
    role_id, secret_id = admin.make_approle(name, token_ttl="20m", secret_id_num_uses=2)
    client = connect(admin, "")
    auth = client.auth.approle.login(role_id, secret_id)["auth"]
    assert (auth["lease_duration"], auth["renewable"]) == (1200, True)
    assert write(client.secrets.kv.v2, mount, 0)["version"] == 1
    assert errors(lambda: client.auth.approle.login(role_id, "wrong"))[0] is exceptions.InvalidRequest
    client.auth.approle.login(role_id, secret_id)
    assert errors(lambda: client.auth.approle.login(role_id, secret_id))[0] is exceptions.InvalidRequest


def test_a_sealed_server(one_emulated: KvServer) -> None:
    """A real one says the same, see the recorded exchanges."""
    client = connect(Admin(one_emulated.url, one_emulated.root_token))
    one_emulated.seal()
    assert errors(lambda: read(client.secrets.kv.v2, "secret")) == (exceptions.VaultDown, ["Vault is sealed"])
    one_emulated.reset()


def test_a_rate_limit(one_emulated: KvServer) -> None:
    client = connect(Admin(one_emulated.url, one_emulated.root_token))
    one_emulated.set_quotas({"calls": 1, "seconds": 30})
    write(client.secrets.kv.v2, "secret")
    assert errors(lambda: write(client.secrets.kv.v2, "secret"))[0] is exceptions.RateLimitExceeded
    one_emulated.reset()


def when_ready(call: Callable[[], object]) -> None:
    """A real server needs a moment until a new store is one of version 2."""
    until = time.monotonic() + 5.0
    while True:
        try:
            call()
        except exceptions.InvalidRequest as error:
            if "non-versioned to versioned" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def test_namespaces(admin: Admin) -> None:
    admin.call("POST", "sys/namespaces/team-a", {})
    inside = connect(admin, namespace="team-a")
    inside.sys.enable_secrets_engine("kv", path="kv", options={"version": "2"})
    when_ready(lambda: inside.secrets.kv.v2.configure(cas_required=False, mount_point="kv"))
    assert write(inside.secrets.kv.v2, "kv", 0)["version"] == 1
    assert errors(lambda: read(connect(admin).secrets.kv.v2, "kv"))[0] is exceptions.InvalidPath
