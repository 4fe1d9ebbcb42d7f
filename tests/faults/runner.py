# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""One rotation as the action does it, in a process of its own and without ansible-playbook: -m … OPTIONS.json."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.plugin_utils._actions import new_run_id
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import ledger_options, opened_ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import parse_max_failures
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import RotationOptions, parse_age
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import prepare, write_reports
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions, rotate_fleet
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars

from tests.faults import call_starts
from tests.faults.kill_switch import install


def order_of(options: dict[str, Any]) -> RunOptions:
    return RunOptions(
        hosts=[HostVars(name, values) for name, values in options["hosts"].items()],
        defaults=Access(),
        rotation=RotationOptions(parse_age(options["max_age"]), options["force"], options["operation"]),
        run_id=new_run_id(),
        policy=Policy(timeout=options["timeout"], retries=options["retries"]),
        max_failures=parse_max_failures(options["max_failures"]),
        concurrency=options["concurrency"],
        per_second=options["requests_per_second"],
        canary=options["canary"],
        check_mode=options["check"],
    )


def rotate(options: dict[str, Any]) -> dict[str, Any]:
    order = order_of(options)
    prepare(options["report_dir"])
    which = ledger_options({"ledger_vault_id": "", **options}, policy=order.policy)

    async def work() -> FleetResult:
        async with opened_ledger(which, [], read_only=order.check_mode) as ledger:
            return await rotate_fleet(order, ledger, lambda line: print(line, flush=True))

    fleet = asyncio.run(work())
    report = {} if order.check_mode else write_reports(fleet, options["report_dir"])
    return fleet.to_result(report)


def main(path: str) -> int:
    install()
    options = json.loads(Path(path).read_text(encoding="utf-8"))
    moments = call_starts.record() if options.get("turns") else {}
    try:
        result = rotate(options)
    except ConsoleError as error:
        result = {"failed": True, "changed": False, "msg": error.message, "failure": error.failure}
    if moments:
        Path(options["turns"]).write_text(json.dumps(list(moments.values())), encoding="utf-8")
    Path(options["result"]).write_text(json.dumps(result, default=str), encoding="utf-8")
    print(result["msg"])
    return 2 if result.get("failed") or result.get("problems") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
