# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all models of vendors' answers have in common: when their schemas are built, and what they show of secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import models as alibaba
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import terminal as sessions
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import profiles, sources, sts
from ansible_collections.cloudops.console.plugins.module_utils._errors import UnexpectedAnswer
from ansible_collections.cloudops.console.plugins.module_utils._huawei import models as huawei
from ansible_collections.cloudops.console.plugins.module_utils._openstack import models as openstack
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import VendorModel, json_object, read_model

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = ROOT / ".build" / "collections"
SECRET = "hUshQx7zeK9w"

# Imports every file, and then names what was built meanwhile; the last of it is built on purpose.
BUILT = """
import importlib, json, sys
from pathlib import Path
import pydantic

made = []
init = pydantic.TypeAdapter.__init__
pydantic.TypeAdapter.__init__ = lambda self, kind, **more: (made.append(str(kind)), init(self, kind, **more))[1]
root, base = Path(sys.argv[1]), "ansible_collections.cloudops.console.plugins"
for path in sorted((root / "plugins").rglob("*.py")):
    parts = path.relative_to(root / "plugins").with_suffix("").parts
    importlib.import_module(".".join((base, *(part for part in parts if part != "__init__"))))

def below(kind):
    return [each for child in kind.__subclasses__() for each in (child, *below(child))]

def built():
    ours = [model for model in below(pydantic.BaseModel) if model.__module__.startswith(base)]
    return [len(ours), made + [model.__name__ for model in ours if model.__pydantic_complete__]]

before = built()
importlib.import_module(base + ".module_utils._alibaba.models").Refusal.model_validate({})
importlib.import_module(base + ".plugin_utils._ledger.record_json").from_json(b"")
print(json.dumps([before, built()]))
"""


def test_no_schema_is_built_while_a_file_is_imported() -> None:
    """Each costs a millisecond, and most calls need two or three of them."""
    environment = {**os.environ, "PYTHONPATH": str(COLLECTIONS), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", BUILT, str(ROOT)], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    (count, before), (_count, after) = json.loads(done.stdout.splitlines()[-1])
    assert count > 40
    assert before == []
    assert "Refusal" in after
    assert len(after) == 2


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[1]",
        b"null",
        b'{"a":1}{"a":2}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":"\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' * 100_000,
        b'{"a":[' + b"{}," * 2_500_000 + b"{}]}",
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_what_is_no_json_object(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is never shown
        json_object(text)


def test_a_json_object() -> None:
    assert json_object(b' {"a":"\\ud83d\\ude00","b":1,"b":[null,1.5]} ') == {"a": "\U0001f600", "b": [None, 1.5]}


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (alibaba.VncUrl, ("RequestId", "VncUrl")),
        (sessions.Started, ("RequestId", "SessionId", "WebSocketUrl", "SecurityToken")),
        (sts.Issued, ("AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration")),
        (sources.Output, ("access_key_id", "access_key_secret", "sts_token")),
        (profiles.Profile, ("name", "access_key_secret", "sts_token", "process_command")),
        (huawei.SecurityKey, ("access", "secret", "securitytoken")),
        (openstack.RemoteConsole, ("protocol", "type", "url")),
    ],
)
def test_nothing_shows_what_is_in_a_model(model: type[VendorModel], names: tuple[str, ...]) -> None:
    one = model.model_validate(dict.fromkeys(names, SECRET))
    assert SECRET in one.model_dump().values()
    assert SECRET not in f"{one} {one!r} {[one]}"


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (sts.Issued, {"AccessKeySecret": [SECRET], SECRET: SECRET}),
        (profiles.ProfilesFile, {"profiles": [{SECRET: 1}, SECRET]}),
        (huawei.SecurityKeyHolder, {"credential": {"secret": {SECRET: SECRET}}}),
    ],
)
def test_no_exception_is_kept_that_quotes_the_document(model: type[VendorModel], document: dict[str, t.Any]) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        read_model(model, document, status=200)
    assert SECRET not in f"{caught.value.message} {caught.value.failure}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
