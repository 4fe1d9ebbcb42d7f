# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What serial and timeout of the restarts can be."""

from __future__ import annotations

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import check_waves


@pytest.mark.parametrize("serial", [None, 1, "1", 25, "10%", "100%", [1, "5", "20%"]])
def test_waves(serial: object) -> None:
    check_waves(serial, None)


@pytest.mark.parametrize("serial", ["many", "", 0, -1, "0%", "101%", "10 %", 1.5, "1,5", True, [], [1, "x"], {}, "1\n"])
def test_no_waves(serial: object) -> None:
    with pytest.raises(ConsoleError, match="reboot_serial is neither a number of hosts nor a share"):
        check_waves(serial, None)


@pytest.mark.parametrize("timeout", [0, "300", 3600])
def test_waiting(timeout: object) -> None:
    check_waves(None, timeout)


@pytest.mark.parametrize("timeout", [-1, 3601, "long", "", []])
def test_no_waiting(timeout: object) -> None:
    with pytest.raises(ConsoleError, match=r"reboot_timeout is .* from 0 to 3600"):
        check_waves(None, timeout)
