# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials from a program."""

from __future__ import annotations

import os
import sys
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import sources

from tests.unit.alibaba_credentials.credential_sources import Home, ak, failure, got


def program(home: Home, code: str, **fields: t.Any) -> None:
    path = home.file("helper.py", code)
    home.profiles(ak(mode="External", process_command=f"{sys.executable} -I '{path}' secret-argument", **fields))


SAYS = "import json, os, sys\nprint(json.dumps({}))"


def test_a_program(home: Home) -> None:
    program(
        home, SAYS.format("{'mode': 'StsToken', 'access_key_id': 'STS.x', 'access_key_secret': 's', 'sts_token': 't'}")
    )
    keys = home.keys()
    found = got(keys)
    assert (found.access_key_id, found.security_token) == ("STS.x", "t")
    assert keys.account == "profile/default"


def test_a_program_gives_a_plain_key(home: Home) -> None:
    program(home, SAYS.format("{'mode': 'AK', 'access_key_id': 'LTAIx', 'access_key_secret': 's', 'sts_token': None}"))
    assert got(home.keys()).security_token == ""


def test_a_program_gets_no_shell_and_no_secrets(home: Home) -> None:
    home.env.update(
        ALIBABA_CLOUD_ACCESS_KEY_SECRET="",
        ANSIBLE_VAULT_PASSWORD="hidden",
        LD_PRELOAD="hidden",
        LC_ALL="C",
        https_proxy="http://proxy.example.com",
        PATH=os.defpath,
    )
    written = home.path / "seen"
    program(
        home, f"import os, json\nopen({str(written)!r}, 'w').write(repr(dict(os.environ)))\nprint(json.dumps({{}}))"
    )
    assert "no access key" in failure(home.keys()).message
    environment = written.read_text()
    assert "hidden" not in environment
    assert "proxy.example.com" in environment
    home.profiles(ak(mode="External", process_command=f"{sys.executable} -c 'print(1)' ; touch {home.path}/made"))
    failure(home.keys())
    assert not (home.path / "made").exists()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise SystemExit(3)", "ended with status 3"),
        ("import os\nos.kill(os.getpid(), 9)", "ended with signal 9"),
        ("print('secret')", "does not write the JSON"),
        ("print('[' * 50000)", "does not write the JSON"),
        ("print('[\"secret\"]')", "does not write the JSON"),
        ("print('x' * 5_000_000)", "more than 64 KiB"),
        ("print('{\"mode\": 7}')", "does not write the JSON"),
        ('print(\'{"mode": "RamRoleArn"}\')', "the mode 'RamRoleArn'"),
        ('print(\'{"mode": "StsToken", "access_key_id": "a"}\')', "no sts_token"),
        ('print(\'{"access_key_id": "secret"}\')', "lack the access key secret"),
        (
            'print(\'{"access_key_id": "a", "access_key_secret": "b", "expiration": "secret"}\')',
            "an expiration that is no time",
        ),
        (
            'print(\'{"access_key_id": "a", "access_key_secret": "b", "expiration": "2001-01-02T03:04:05Z"}\')',
            "already expired",
        ),
        ("import sys\nsys.stderr.write('secret')\nsys.exit(1)", "ended with status 1"),
        ("", "does not write the JSON"),
        ("import sys\nsys.stdout.buffer.write(b'\\xff\\x00')", "does not write the JSON"),
    ],
    ids=range(15),
)
def test_programs_that_go_wrong(home: Home, code: str, reason: str) -> None:
    program(home, code)
    error = failure(home.keys())
    assert reason in error.message
    assert "profile default of ~/.aliyun/config.json" in error.message
    left = error.message.replace("access_key_secret", "").replace("access key secret", "")
    assert "secret" not in left


def test_a_program_that_is_not_there(home: Home) -> None:
    home.profiles(ak(mode="External", process_command="/nowhere/secret-program --secret"))
    error = failure(home.keys())
    assert "cannot be started: No such file or directory" in error.message
    assert "secret-program" not in error.message


HANGS = "import time\ntime.sleep(60)"
HANGS_BEHIND = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(__file__ + ".pid", "w").write(str(child.pid))
"""


@pytest.mark.parametrize("code", [HANGS, HANGS_BEHIND])
def test_a_program_that_hangs_is_stopped_with_what_it_started(
    home: Home, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(sources, "PROGRAM_SECONDS", 1.0)
    program(home, code)
    began = time.monotonic()
    error = failure(home.keys())
    assert error.kind == "timeout"
    assert time.monotonic() - began < 5
    if code == HANGS_BEHIND:
        pid = (home.path / "helper.py.pid").read_text()
        while Path(f"/proc/{pid}").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():
            assert time.monotonic() - began < 5
            time.sleep(0.01)
