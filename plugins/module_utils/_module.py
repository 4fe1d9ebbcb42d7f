# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The glue between AnsibleModule and one coroutine: shared options, the call, and the one place of fail_json."""

from __future__ import annotations

import asyncio
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._masking import register_result, without_secrets
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Facts
from ansible_collections.cloudops.console.plugins.module_utils._options import access_of, policy_of
from ansible_collections.cloudops.console.plugins.module_utils._provider import Session, facts_of, open_session

Result = dict[str, t.Any]


class Call(t.Protocol):
    """What a module does with an open session; returns its result without the shared parts."""

    async def __call__(self, module: AnsibleModule, session: Session) -> Result:
        """Run the one call of the module; raises ConsoleError."""


class Check(t.Protocol):
    """What can be checked before anything is read or sent."""

    def __call__(self, params: t.Mapping[str, t.Any], facts: Facts) -> None:
        """Raise ConsoleError where the options break a known rule of the cloud."""


def _nothing(_error: ConsoleError) -> Result:
    return {}


def run_module(
    module: AnsibleModule,
    call: Call,
    check: Check | None = None,
    more: t.Callable[[ConsoleError], Result] = _nothing,
) -> None:
    """Check the libraries and the options, run call, and leave through exit_json or fail_json.

    :param more: returns further parts of a failed result.
    """
    if _deps.MISSING is not None:
        module.fail_json(msg=_deps.missing_text(_deps.MISSING), exception=_deps.MISSING.traceback)
    access = access_of(module.params)
    shared: Result = {"provider": access.provider, "region": access.region}
    # From ansible-core 2.22 on, its own would hold secrets, and a registered result would keep them
    given: Result = {"invocation": {"module_args": without_secrets(module.argument_spec, module.params)}}
    if module.params.get("instance_id"):
        shared["instance_id"] = module.params["instance_id"]
    try:
        if check is not None:
            check(module.params, facts_of(access.provider))
        result = asyncio.run(_run(module, access, call))
    except ConsoleError as error:
        failed: Result = {"msg": error.message, "failure": error.failure, "request_id": error.request_id, **more(error)}
        module.fail_json(**failed, **shared, **given)
    register_result(result)
    module.exit_json(**{"changed": False, "request_id": None, **shared, **result, **given})


async def _run(module: AnsibleModule, access: Access, call: Call) -> Result:
    async with open_session(access, policy_of(module.params, patient=False)) as session:
        result = await call(module, session)
        # A clouds file or a catalogue may be what names the region
        return {"region": session.provider.region, **result}
