# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fresh console URL of one host, on the screen or in the browser. The documentation is in the module of that name.

The URL is in no result, because it opens the console, and callbacks and logs keep results.
"""

from __future__ import annotations

import asyncio
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Console
from ansible_collections.cloudops.console.plugins.module_utils._naming import Naming
from ansible_collections.cloudops.console.plugins.module_utils._options import (
    access_of,
    connection_options,
    policy_of,
)
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES, facts_of, open_session
from ansible_collections.cloudops.console.plugins.plugin_utils._actions import ConsoleAction, Params, register_keys
from ansible_collections.cloudops.console.plugins.plugin_utils._at_terminal import ask, refuse_in_awx, show
from ansible_collections.cloudops.console.plugins.plugin_utils._browser import open_in_browser
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import read_host_vars
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.one_host import (
    WANTED,
    instance_of,
    variable_of,
)

_QUESTION = "Anyone who sees this screen can open the console of {}. Some URLs are valid for 15 seconds only."
_OTHERWISE = "To open the URL in the browser instead, set O(browser) to true; in open_console, -e console_open=true."

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    **connection_options(providers=NAMES),
    "host": {"type": "str", "required": True},
    "type": {
        "type": "str",
        "choices": ["novnc", "spice-html5", "serial", "mks", "spice-direct"],
        "default": "novnc",
    },
    "browser": {"type": "bool", "default": False},
}


class ActionModule(ConsoleAction):
    argument_spec = ARGUMENT_SPEC

    def names(self) -> Naming:
        """The host gives what the task does not."""
        return variable_of

    def perform(self, params: Params, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """Get the URL, show it where it is wanted, return everything else about it."""
        refuse_in_awx(task_vars, "no URL")
        (host,) = read_host_vars([params["host"]], task_vars["hostvars"], self._templar, used=WANTED)
        register_keys([host])
        access, instance_id = instance_of(host, access_of(params))
        facts_of(access.provider).check_console(params["type"], prove=False)
        if not params["browser"]:
            ask(_QUESTION.format(params["host"]), _OTHERWISE)
        console, region = asyncio.run(_console(access, policy_of(params, patient=False), instance_id, params["type"]))
        if params["browser"]:
            open_in_browser(console.vnc_url)
        else:
            show(_told(params["host"], console))
        shown = {name: value for name, value in console.to_result().items() if not name.endswith("_url")}
        where = {"provider": access.provider, "region": region, "instance_id": instance_id}
        return {"changed": False, **shown, **where, "browser": params["browser"]}


async def _console(access: Access, policy: Policy, instance_id: str, console_type: str) -> tuple[Console, str]:
    async with open_session(access, policy) as session:
        instance = await session.describe(instance_id)
        console = await session.provider.console(session.client, instance, console_type)
        return console, session.provider.region


def _told(name: str, console: Console) -> str:
    life = (
        f"Open it within {console.expires_in} seconds."
        if console.expires_in
        else "Open it now: the cloud does not say how long it lives."
    )
    return f"\nThe console of {name}. {life} Anyone who has it can open the console.\n\n{console.vnc_url}\n"
