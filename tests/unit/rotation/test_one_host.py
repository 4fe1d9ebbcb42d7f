# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory says of one host, for a call about it."""

from __future__ import annotations

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.one_host import instance_of
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import KNOWN_VARIABLES

DEFAULTS = Access(region="cn-hangzhou")


def host(**values: object) -> HostVars:
    return HostVars("web", {"console_instance_id": "i-1", **values})


@pytest.mark.parametrize(
    ("value", "verified"), [(False, False), ("false", False), ("no", False), (True, True), ("yes", True), ("", True)]
)
def test_certificates(value: object, *, verified: bool) -> None:
    """Also as a truth value, which the inventory plugin gives."""
    access, instance_id = instance_of(host(console_validate_certs=value), DEFAULTS)
    assert (access.validate_certs, instance_id) == (verified, "i-1")


def test_neither_true_nor_false() -> None:
    with pytest.raises(ConsoleError, match="neither true nor false"):
        instance_of(host(console_validate_certs="perhaps"), DEFAULTS)


def test_every_variable_is_known() -> None:
    """Those of the inventory plugin too."""
    instance_of(host(**{name: "" for name in KNOWN_VARIABLES if name != "console_instance_id"}), DEFAULTS)
