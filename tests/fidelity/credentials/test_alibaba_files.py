# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same files and surroundings, read by alibabacloud-credentials and by the collection."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider import DefaultCredentialsProvider
from alibabacloud_credentials.utils import auth_constant, auth_util
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.chain import find_credentials
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy, Trust
from ansible_collections.cloudops.console.plugins.module_utils._models import Access

from tests.fidelity.credentials.alibaba_rows import DIFFERENT, PREFIX, SAME, Difference, Row
from tests.fidelity.credentials.documented import differences

Key = tuple[str, str, str]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home directory, and no credentials of the user that runs the tests; the SDK reads them when it is loaded."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path))
        patch.setenv(f"{PREFIX}ECS_METADATA_DISABLED", "true")
        patch.chdir(tmp_path)
        yield tmp_path
    _load_anew()


@pytest.mark.parametrize("row", SAME, ids=lambda row: row.name)
def test_the_same_is_found(row: Row, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _prepare(row, home, monkeypatch)
    theirs = _by_the_sdk()
    assert theirs[0].startswith("LTAI")
    assert _by_us() == theirs


@pytest.mark.parametrize("row", DIFFERENT, ids=lambda row: row.name)
def test_the_difference_is_as_documented(row: Difference, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _prepare(row, home, monkeypatch)
    if row.theirs:
        assert _by_the_sdk()[0] == row.theirs
    else:
        with pytest.raises(CredentialException):
            _by_the_sdk()
    if row.ours.startswith("LTAI"):
        assert _by_us()[0] == row.ours
    else:
        with pytest.raises(ConsoleError, match=f"(?i){row.ours}"):
            _by_us()


def test_each_difference_is_in_the_documentation() -> None:
    assert differences("alibabacloud-credentials") == [row.name for row in DIFFERENT]


def _prepare(row: Row, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in row.files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o700)
    for name, value in row.env.items():
        monkeypatch.setenv(name, value.replace("{home}", str(home)))


def _by_us() -> Key:
    async def ask() -> Key:
        async with Client(Trust(), Policy()) as client:
            found = await find_credentials(Access()).current(client)
        return found.access_key_id, found.access_key_secret, found.security_token

    return asyncio.run(ask())


def _by_the_sdk() -> Key:
    _load_anew()
    found = DefaultCredentialsProvider().get_credentials()
    return found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token() or ""


def _load_anew() -> None:
    importlib.reload(auth_util)
    importlib.reload(auth_constant)
