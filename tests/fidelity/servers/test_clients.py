# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors' clients are there; without one of them, nothing else of this folder can run."""

from __future__ import annotations

from importlib.util import find_spec

PACKAGES = {"huaweicloudsdkecs": "huaweicloudsdkecs", "openstack": "openstacksdk", "websockets": "websockets"}


def missing() -> list[str]:
    """Return the packages to install."""
    return [package for module, package in PACKAGES.items() if find_spec(module) is None]


def test_clients_are_installed() -> None:
    assert missing() == []
