# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which endpoints are taken, and where they lead."""

from __future__ import annotations

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._endpoint import checked_endpoint, is_loopback
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("ecs.cn-hangzhou.aliyuncs.com", "https://ecs.cn-hangzhou.aliyuncs.com"),
        ("https://ECS.example.com", "https://ecs.example.com"),
        ("https://ecs.example.com:8443/", "https://ecs.example.com:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_endpoints(given: str, kept: str) -> None:
    assert checked_endpoint(given, allow_plain_http=False) == kept


@pytest.mark.parametrize(
    "bent",
    [
        "",
        "https://",
        "ftp://ecs.example.com",
        "file:///etc/passwd",
        "https://user@ecs.example.com",
        "https://user:pw@ecs.example.com",
        "https://ecs.example.com/path",
        "https://ecs.example.com?x=1",
        "https://ecs.example.com#x",
        "https://ecs.example.com\n",
        "https://ecs.exa\tmple.com",
        " https://ecs.example.com",
        "https://ecs example.com",
        "https://ecs.example.com:port",
        "https://ecs.example.com:99999",
        "https://ecs.example.com\\@evil.example",
        "https://evil.example;.aliyuncs.com",
        "https://%65cs.example.com",
        "https://ecs.example.com%00",
        "https://\u0435cs.example.com",
        "https://ecs.example.com\u2100",
        "https://[::1",
    ],
)
def test_endpoints_that_bend_a_url(bent: str) -> None:
    with pytest.raises(ConsoleError, match="endpoint") as caught:
        checked_endpoint(bent, allow_plain_http=True)
    assert caught.value.kind == "invalid"
    assert "pw@" not in caught.value.message


@pytest.mark.parametrize(
    "host", ["ecs.example.com", "10.0.0.1", "127.evil.example", "localhost.evil.example", "[2001:db8::1]"]
)
def test_plain_http_elsewhere(host: str) -> None:
    with pytest.raises(ConsoleError, match="not encrypted") as caught:
        checked_endpoint(f"http://{host}", allow_plain_http=False)
    assert "allow_plain_http" in caught.value.advice
    assert checked_endpoint(f"http://{host}", allow_plain_http=True) == f"http://{host}"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("192.0.2.1", False),
        ("10.0.0.1", False),
        ("x", False),
    ],
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local
