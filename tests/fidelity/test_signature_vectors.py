# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's own signature code against the known answers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.alibaba import signature as sign

VECTORS = json.loads(Path(__file__).with_name("alibaba_signatures.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS["v3"], ids=lambda vector: str(vector["name"]))
def test_v3(vector: dict[str, Any]) -> None:
    expected = vector["expected"]
    claim = sign.read_claim(expected["authorization"])
    assert claim is not None
    body_hash = hashlib.sha256(vector["body"].encode()).hexdigest()
    headers = {"host": vector["host"], "x-acs-content-sha256": body_hash, **vector["headers"]}
    query = list(vector["query"].items())
    request = sign.canonical_request(vector["method"], vector["path"], query, headers, claim.signed_headers, body_hash)
    assert body_hash == expected["x_acs_content_sha256"]
    assert sign.canonical_query(query) == expected["canonical_query"]
    assert request == expected["canonical_request"]
    assert sign.string_to_sign(request) == expected["string_to_sign"]
    assert claim.access_key_id == vector["access_key_id"]
    assert sign.signature(vector["access_key_secret"], expected["string_to_sign"]) == claim.signature
    assert sign.unsigned_headers(claim, headers) == []


@pytest.mark.parametrize("vector", VECTORS["v1"], ids=lambda vector: str(vector["name"]))
def test_v1(vector: dict[str, Any]) -> None:
    text = sign.v1_string_to_sign(vector["method"], vector["params"])
    assert text == vector["expected"]["string_to_sign"]
    assert sign.v1_signature(vector["access_key_secret"], text) == vector["expected"]["signature"]


@pytest.mark.parametrize("header", ["", "Bearer x", "ACS3-HMAC-SHA256 Credential=a", "ACS3-HMAC-SHA256 ,=,,="])
def test_no_claim(header: str) -> None:
    assert sign.read_claim(header) is None
