# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes one JSON document to standard output at the end of a run, as ansible.posix.json does, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: as_json
type: stdout
short_description: One JSON document
description: For tests.
"""


class CallbackModule(CallbackBase):
    """Tasks and their results by host."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "as_json"

    def __init__(self) -> None:
        super().__init__()
        self.tasks: list[dict[str, Any]] = []

    def v2_runner_on_ok(self, result: Any) -> None:
        host = {result._host.get_name(): json.loads(self._dump_results(result._result))}
        self.tasks.append({"name": result._task.get_name(), "hosts": host})

    def v2_playbook_on_stats(self, *_arguments: Any) -> None:
        self._display.display(json.dumps({"tasks": self.tasks}))
