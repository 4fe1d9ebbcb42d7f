# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""How STS is asked: where it is, and the signature V1."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import sts
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.cache import Credentials
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

VECTORS = json.loads(
    (Path(__file__).resolve().parents[2] / "fidelity/alibaba_signatures.json").read_text(encoding="utf-8")
)["v1"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_v1_signatures(vector: dict[str, t.Any]) -> None:
    own = ("AccessKeyId", "SignatureMethod", "SignatureVersion", "SecurityToken")
    given = vector["params"]
    keys = Credentials(given["AccessKeyId"], vector["access_key_secret"], given.get("SecurityToken", ""))
    params = {name: value for name, value in given.items() if name not in own}
    signed = dict(parse_qsl(sts.signed_query(vector["method"], params, keys), strict_parsing=True))
    assert signed.pop("Signature") == vector["expected"]["signature"]
    assert signed == given


@pytest.mark.parametrize(
    ("env", "given", "url"),
    [
        ({}, {}, "https://sts.aliyuncs.com"),
        ({"STS_REGION": "cn-beijing"}, {}, "https://sts.cn-beijing.aliyuncs.com"),
        ({"STS_REGION": "cn-beijing", "VPC_ENDPOINT_ENABLED": "true"}, {}, "https://sts-vpc.cn-beijing.aliyuncs.com"),
        ({"VPC_ENDPOINT_ENABLED": "true"}, {}, "https://sts.aliyuncs.com"),
        ({"STS_REGION": "cn-beijing"}, {"region": "eu-central-1"}, "https://sts.eu-central-1.aliyuncs.com"),
        ({"VPC_ENDPOINT_ENABLED": "true"}, {"region": "eu-west-1", "vpc": False}, "https://sts.eu-west-1.aliyuncs.com"),
        ({}, {"region": "eu-west-1", "vpc": True}, "https://sts-vpc.eu-west-1.aliyuncs.com"),
        ({"STS_ENDPOINT": "sts-vpc.cn-hangzhou.aliyuncs.com"}, {}, "https://sts-vpc.cn-hangzhou.aliyuncs.com"),
        ({"STS_ENDPOINT": "https://sts.example.com/"}, {"region": "x"}, "https://sts.example.com"),
        ({"STS_ENDPOINT": "a.example.com"}, {"given": "b.example.com"}, "https://b.example.com"),
        ({"STS_ENDPOINT": "http://127.0.0.1:8080"}, {}, "http://127.0.0.1:8080"),
    ],
)
def test_where_sts_is(env: dict[str, str], given: dict[str, t.Any], url: str) -> None:
    assert sts.find_endpoint({f"ALIBABA_CLOUD_{name}": value for name, value in env.items()}, **given) == url


@pytest.mark.parametrize(
    "endpoint", ["http://sts.example.com", "https://u:p@x", "https://x/path?secret", "https://", "a b"]
)
def test_where_sts_is_not(endpoint: str) -> None:
    with pytest.raises(ConsoleError) as caught:
        sts.find_endpoint({"ALIBABA_CLOUD_STS_ENDPOINT": endpoint})
    assert "endpoint of STS" in caught.value.reason
    assert "ALIBABA_CLOUD_STS_ENDPOINT" in caught.value.advice
    assert "secret" not in caught.value.message
