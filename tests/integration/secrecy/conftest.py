# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the matrix is run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import FULL

# Of all modules, those that the shorter run looks at with the default core, and of them that with the others.
SHORT = (
    "vnc_password-alibaba-record",
    "vnc_url_info-openstack",
    "terminal_session-alibaba",
    "instance_reboot-alibaba",
)
ON_OTHER_CORES = ("vnc_password-alibaba",)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the shorter run, leave out most of the matrix."""
    out = [item for item in items if not FULL and is_for_the_full_run(item)]
    if out:
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)


def is_for_the_full_run(item: pytest.Item) -> bool:
    values: dict[str, Any] = {}
    if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
        values = item.callspec.params
    if "subject" not in values:
        return False
    return values["subject"].name not in (SHORT if values["core"].name == "main" else ON_OTHER_CORES)
