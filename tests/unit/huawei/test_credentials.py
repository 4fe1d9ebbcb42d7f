# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Order, completeness and hostile files; no message ever shows a key."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    TimedOut,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Request, Response
from ansible_collections.cloudops.console.plugins.module_utils._huawei import credentials as huawei_credentials
from ansible_collections.cloudops.console.plugins.module_utils._huawei.credentials import (
    Credentials,
    find_credentials,
    nothing_found,
)
from ansible_collections.cloudops.console.plugins.module_utils._key_material import LARGEST_FILE
from ansible_collections.cloudops.console.plugins.module_utils._models import Access as HuaweiAccess

from tests.unit.scripted_client import ScriptedClient, answer

SECRET = "file-secret-7%(x)s"
FILE = f"[basic]\nak = FILEAK\nsk = {SECRET}\nproject_id = pfile\n[global]\nak = GLOBALAK\nsk = globalsk\n"
ENVIRONMENT = {"HUAWEICLOUD_SDK_AK": "ENVAK", "HUAWEICLOUD_SDK_SK": "envsk", "HUAWEICLOUD_SDK_PROJECT_ID": "penv"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".huaweicloud").mkdir()
    (tmp_path / ".huaweicloud" / "credentials").write_text(FILE, encoding="utf-8")
    return tmp_path


def find(home: Path, access: HuaweiAccess | None = None, **env: str) -> Credentials | None:
    return find_credentials(access or HuaweiAccess(), {"HOME": str(home), **env})


def test_options_come_first(home: Path) -> None:
    found = find(home, HuaweiAccess(access_key_id="OPTAK", access_key_secret="optsk"), **ENVIRONMENT)
    assert found == Credentials("OPTAK", "optsk", source="the options")


def test_then_a_named_section(home: Path) -> None:
    found = find(home, HuaweiAccess(profile="global"), **ENVIRONMENT)
    assert found is not None
    assert found.access_key_id == "GLOBALAK"


def test_then_the_environment_with_its_own_project(home: Path) -> None:
    found = find(home, HuaweiAccess(), **ENVIRONMENT, HUAWEICLOUD_SDK_SECURITY_TOKEN="tok")
    assert found == Credentials("ENVAK", "envsk", "tok", "penv", source="the environment")


def test_then_the_file_with_its_own_project(home: Path) -> None:
    found = find(home, HUAWEICLOUD_SDK_AK="", HUAWEICLOUD_SDK_SK="", HUAWEICLOUD_SDK_PROJECT_ID="penv")
    assert found is not None
    assert (found.access_key_id, found.access_key_secret, found.project_id) == ("FILEAK", SECRET, "pfile")


def test_a_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("[basic]\nak=A\nsk=B\n", encoding="utf-8")
    found = find(tmp_path, HUAWEICLOUD_SDK_CREDENTIALS_FILE=str(tmp_path / "other"))
    assert found is not None
    assert found.access_key_id == "A"
    with pytest.raises(ConsoleError, match="There is no file"):
        find(tmp_path, HUAWEICLOUD_SDK_CREDENTIALS_FILE=str(tmp_path / "none"))


def test_the_home_directory_in_the_name_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("[basic]\nak=A\nsk=B\n", encoding="utf-8")
    found = find(tmp_path, HUAWEICLOUD_SDK_CREDENTIALS_FILE="~/other")
    assert found is not None
    assert found.source == "section basic of ~/other"


@pytest.mark.parametrize("text", ["[basic]\n", "[basic]\nak =\nsk =\n"])
def test_an_empty_section_counts_as_absent_unless_it_was_chosen(home: Path, text: str) -> None:
    path = home / ".huaweicloud" / "credentials"
    path.write_text(text, encoding="utf-8")
    assert find(home) is None
    with pytest.raises(ConsoleError, match="has no access key"):
        find(home, HuaweiAccess(profile="basic"))
    with pytest.raises(ConsoleError, match="has no access key"):
        find(home, HUAWEICLOUD_SDK_CREDENTIALS_FILE=str(path))


def test_nothing_leaves_the_metadata(tmp_path: Path) -> None:
    assert find(tmp_path) is None


def test_unsupported_sources_are_named() -> None:
    assert "HUAWEICLOUD_SDK_IDP_ID names an identity provider" in str(nothing_found({"HUAWEICLOUD_SDK_IDP_ID": "x"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[basic]\nak = A\n", "lack the secret access key"),
        ("[basic]\nsk = hidden-sk\n", "lack the access key id"),
        ("[basic]\nproject_id = p\n", "has no access key"),
        ("[basic]\nidp_id = x\nid_token_file = y\n", "identity provider"),
        ("ak = A\nsk = hidden-sk\n", "does not have the form"),
        ("[basic]\nak = A\nak = B\nsk = hidden-sk\n", "does not have the form"),
        ("[basic]\nak = A\nsk = hidden-sk \u00e9\n", "spaces or other characters"),
        ("[basic]\nak = A\nsk = hidden-sk\n  more\n", "spaces or other characters"),
        ("x" * (LARGEST_FILE + 1), "more than"),
    ],
)
def test_hostile_files(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / ".huaweicloud").mkdir()
    (tmp_path / ".huaweicloud" / "credentials").write_text(text, encoding="utf-8")
    with pytest.raises(ConsoleError, match=said) as caught:
        find(tmp_path)
    assert "hidden-sk" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_of_bytes_and_a_missing_section(home: Path) -> None:
    with pytest.raises(ConsoleError, match="It has: basic, global"):
        find(home, HuaweiAccess(profile="nope"))
    (home / ".huaweicloud" / "credentials").write_bytes(b"[basic]\nak=\xff\xfe")
    with pytest.raises(ConsoleError, match="does not have the form"):
        find(home)


def test_names_of_any_characters_are_shown_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "creden\x1btials"
    path.write_text(f"[\x1b[2Jops]\nak = A\n[{'x' * 9000}]\nak = A\n", encoding="utf-8")
    for profile in ("nobody", "\x1b[2Jops", "x" * 9000):
        with pytest.raises(ConsoleError) as caught:
            find(tmp_path, HuaweiAccess(profile=profile), HUAWEICLOUD_SDK_CREDENTIALS_FILE=str(path))
        assert caught.value.message.isprintable(), profile[:20]
        assert len(caught.value.message) < 1000


def test_secrets_stay_out_of_repr(home: Path) -> None:
    assert SECRET not in repr(find(home))


KEY = {"access": "TMPAK", "secret": "tmpsk", "securitytoken": "tmptok", "expires_at": "2026-01-02T03:04:05.000000Z"}
TOKEN = "PUT /meta-data/latest/api/token"
KEYS = "GET /openstack/latest/securitykey"


async def fetch(client: ScriptedClient) -> Credentials:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(huawei_credentials, "Client", lambda *_given, **_more: client)
        return await huawei_credentials.fetch_credentials()


def test_metadata() -> None:
    client = ScriptedClient({TOKEN: answer(200, b"mdtoken\n"), KEYS: answer(200, {"credential": KEY})})
    found = asyncio.run(fetch(client))
    assert (found.access_key_id, found.security_token) == ("TMPAK", "tmptok")
    assert found.expires_at == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc)
    assert client.sent[0].headers["x-metadata-token-ttl-seconds"] == "21600"
    assert client.sent[1].headers["x-metadata-token"] == "mdtoken"


@pytest.mark.parametrize("status", [404, 405, 503])
def test_metadata_without_tokens(status: int) -> None:
    client = ScriptedClient({TOKEN: answer(status, b"no"), KEYS: answer(200, {"credential": KEY})})
    assert asyncio.run(fetch(client)).access_key_id == "TMPAK"
    assert "x-metadata-token" not in client.sent[1].headers


def test_metadata_without_an_agency() -> None:
    client = ScriptedClient({TOKEN: answer(404), KEYS: answer(401, b"Please configure Cloud Service Agency first")})
    with pytest.raises(AuthenticationError, match="no agency"):
        asyncio.run(fetch(client))


def test_no_metadata_service() -> None:
    def refuse(_request: Request) -> Response:
        raise TimedOut("no connection")

    with pytest.raises(AuthenticationError, match="no Huawei Cloud credentials"):
        asyncio.run(fetch(ScriptedClient(refuse)))


def test_a_silent_metadata_service_costs_the_probe_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(ScriptedClient):
        async def send(self, request: Request) -> Response:
            del request
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(huawei_credentials, "PROBE_SECONDS", 0.02)
    with pytest.raises(AuthenticationError, match="no Huawei Cloud credentials"):
        asyncio.run(fetch(Silent({})))


def test_a_stranger_at_the_address() -> None:
    for body in (b"two words", b"", b"x\r\ny", b"\xff"):
        with pytest.raises(AuthenticationError, match="no Huawei Cloud credentials"):
            asyncio.run(fetch(ScriptedClient({TOKEN: answer(200, body)})))


def test_the_metadata_is_asked_past_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    async def asked() -> str:
        async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0]
            body = json.dumps({"credential": KEY}).encode()
            status = b"404 No" if line.startswith(b"PUT") else b"200 OK"
            writer.write(
                b"HTTP/1.1 %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (status, len(body), body)
            )
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(answering, "127.0.0.1", 0) as server:
            monkeypatch.setattr(
                huawei_credentials, "METADATA_SERVICE", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            )
            return (await huawei_credentials.fetch_credentials()).access_key_id

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert asyncio.run(asked()) == "TMPAK"
