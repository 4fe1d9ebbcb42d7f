# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where openstacksdk is not installed, its half of these tests is left out; ``servers/test_clients`` says so."""

from __future__ import annotations

from tests.fidelity.servers.test_clients import missing

collect_ignore_glob = ["test_openstack_*.py"] if missing() else []
