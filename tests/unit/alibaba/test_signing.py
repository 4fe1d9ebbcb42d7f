# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signature against the published example and the vendor's own signer; encoding and order for any parameters."""

from __future__ import annotations

import json
import re
import string
import typing as t
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.signing import (
    canonical_query,
    canonical_request,
    percent_encode,
    signed_headers,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.alibaba import signature as other_side

# The same file that the emulator's own signer is held against
VECTORS = json.loads((Path(__file__).parents[2] / "fidelity" / "alibaba_signatures.json").read_text(encoding="utf-8"))
UNRESERVED = set(string.ascii_letters + string.digits + "-_.~")
TEXTS = st.text(max_size=20)
PARAMS = st.dictionaries(st.text(min_size=1, max_size=12), TEXTS, max_size=8)


def sign(vector: dict[str, t.Any], query: str) -> dict[str, str]:
    return signed_headers(
        method=vector["method"],
        host=vector["host"],
        query=query,
        headers=vector["headers"],
        access_key_id=vector["access_key_id"],
        access_key_secret=vector["access_key_secret"],
        body=vector["body"].encode(),
    )


@pytest.mark.parametrize("vector", VECTORS["v3"], ids=lambda vector: str(vector["name"]))
def test_vectors(vector: dict[str, t.Any]) -> None:
    expected = vector["expected"]
    assert vector["path"] == "/"
    query = canonical_query(vector["query"])
    assert query == expected["canonical_query"]
    headers = sign(vector, query)
    assert headers["x-acs-content-sha256"] == expected["x_acs_content_sha256"]
    assert headers["host"] == vector["host"]
    sent = {name: value for name, value in headers.items() if name != "authorization"}
    made = canonical_request(vector["method"], query, sent, expected["x_acs_content_sha256"])
    assert made == expected["canonical_request"]
    assert headers["authorization"] == expected["authorization"]


def test_there_are_vectors() -> None:
    assert len(VECTORS["v3"]) >= 3
    assert any("PUBLISHED" in vector["source"] for vector in VECTORS["v3"])


@given(TEXTS)
def test_percent_encoding(text: str) -> None:
    """RFC 3986: only unreserved characters stay, hexadecimal digits are capitals, and it can be undone."""
    encoded = percent_encode(text)
    rest = re.sub("%[0-9A-F]{2}", "", encoded)
    assert set(rest) <= UNRESERVED
    assert unquote(encoded, errors="strict") == text
    assert all(char in encoded for char in set(text) & UNRESERVED)


@given(PARAMS)
def test_the_query_is_in_order_and_holds_everything(params: dict[str, str]) -> None:
    query = canonical_query(params)
    assert dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))) == params
    names = [unquote(pair.partition("=")[0]) for pair in query.split("&")] if query else []
    assert names == sorted(params)


@given(PARAMS)
def test_the_order_of_the_parameters_makes_no_difference(params: dict[str, str]) -> None:
    assert canonical_query(params) == canonical_query(dict(reversed(list(params.items()))))


@given(PARAMS, st.sampled_from(["", "body", "é"]))
def test_the_other_side_agrees(params: dict[str, str], body: str) -> None:
    """The emulator's verifier is written from the vendor's page by itself."""
    vector = {**VECTORS["v3"][0], "body": body}
    query = canonical_query(params)
    headers = sign(vector, query)
    claim = other_side.read_claim(headers["authorization"])
    assert claim is not None
    request = other_side.canonical_request(
        vector["method"],
        "/",
        list(params.items()),
        headers,
        claim.signed_headers,
        headers["x-acs-content-sha256"],
    )
    text = other_side.string_to_sign(request)
    assert other_side.signature(vector["access_key_secret"], text) == claim.signature
    assert other_side.unsigned_headers(claim, headers) == []


@pytest.mark.parametrize("part", ["method", "host", "body", "access_key_secret"])
def test_every_part_counts(part: str) -> None:
    vector = VECTORS["v3"][0]
    query = canonical_query(vector["query"])
    changed = sign({**vector, part: "changed"}, query)
    assert changed["authorization"] != sign(vector, query)["authorization"]
    assert sign(vector, f"{query}&X=1")["authorization"] != sign(vector, query)["authorization"]


def test_given_headers_are_not_changed() -> None:
    vector = VECTORS["v3"][0]
    before = dict(vector["headers"])
    sign(vector, "")
    assert vector["headers"] == before
