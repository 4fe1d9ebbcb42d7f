# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said where a cloud cannot do something: which cloud, what, and the next step, in the words of its reader."""

from __future__ import annotations

import typing as t
from types import SimpleNamespace

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Facts
from ansible_collections.cloudops.console.plugins.module_utils._naming import as_option, naming
from ansible_collections.cloudops.console.plugins.module_utils._provider import Session
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import host_variable

BARE = Session(t.cast("t.Any", SimpleNamespace(facts=Facts(name="bare", title="Bare Cloud"))), t.cast("t.Any", None))
URL = "cloudops.console.vnc_url_info returns a console URL"
SAID = {
    "passwords": f"Bare Cloud has no VNC password. Nothing was changed. Check {{provider}}. {URL}.",
    "terminals": f"Bare Cloud has no terminal sessions. Check {{provider}}. {URL}.",
    "restarts": "cloudops.console does not restart instances of Bare Cloud. Check {provider}. Otherwise restart the "
    "instance with the tools of its cloud.",
    "outputs": f"Bare Cloud has no console output. Check {{provider}}. {URL}.",
    "screenshots": "Bare Cloud takes no screenshots. Set screenshot to false. cloudops.console.vnc_url_info opens the "
    "screen itself.",
}


@pytest.mark.parametrize(("names", "provider"), [(as_option, "provider"), (host_variable, "console_provider")])
@pytest.mark.parametrize("ability", SAID)
def test_what_a_cloud_cannot_do(ability: str, names: t.Callable[[str], str], provider: str) -> None:
    with naming(names), pytest.raises(ConsoleError) as refused:
        getattr(BARE, ability)
    with naming(names):
        assert refused.value.message == SAID[ability].format(provider=provider)


def test_each_ability_is_asked_for() -> None:
    """A new one needs its sentence."""
    optional = {name for name, value in vars(Session).items() if isinstance(value, property)}
    assert optional - {"provider", "client"} == set(SAID)
