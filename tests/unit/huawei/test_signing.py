# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signature against values made with the vendor's own signer."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._huawei import signing

FILE = Path(__file__).parents[2] / "fidelity" / "servers" / "huawei_signatures.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_vendor_vectors(vector: dict[str, t.Any]) -> None:
    headers = dict(vector["headers"])
    if vector["project_id"]:
        headers["X-Project-Id"] = vector["project_id"]
    query = signing.canonical_query((name, str(value)) for name, value in vector["query"])
    assert f"{vector['path']}{'?' if query else ''}{query}" == vector["sent_uri"]
    signed = signing.signed_headers(
        method=vector["method"],
        host=vector["host"],
        path=vector["path"],
        query=query,
        headers=headers,
        access_key_id=vector["ak"],
        access_key_secret=vector["sk"],
        body=vector["body"].encode(),
    )
    assert signed["authorization"] == vector["authorization"]
    lower = {name.lower(): value for name, value in headers.items()} | {"host": vector["host"]}
    digest = hashlib.sha256(vector["body"].encode()).hexdigest()
    request = signing.canonical_request(vector["method"], vector["path"], query, lower, digest)
    assert request == vector["canonical_request"]
    assert signing.string_to_sign(lower["x-sdk-date"], request) == vector["string_to_sign"]


def test_path_is_decoded_encoded_and_closed() -> None:
    assert signing.canonical_path("/v1/a%2Fb/c d~") == "/v1/a/b/c%20d~/"
    assert signing.canonical_path("/") == "/"


def test_headers_with_underscore_are_not_signed() -> None:
    assert signing.signed_names({"x-b": "", "x_a": "", "host": ""}) == ["host", "x-b"]


def test_date_is_utc() -> None:
    moment = dt.datetime(2025, 12, 10, 9, 9, 10, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert signing.date_of(moment) == "20251210T080910Z"
