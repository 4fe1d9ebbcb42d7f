# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what callbacks are told to a file, one JSON object a line; the file's name is in CONSOLE_RECORDER."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: recorder
type: aggregate
short_description: Write what callbacks are told to a file
description:
  - One JSON object a line.
"""


class CallbackModule(CallbackBase):
    """Sees the results that every callback sees, AWX's included."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "recorder"

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._write({"event": "play", "task": play.get_name()})

    def v2_runner_on_ok(self, result: Any) -> None:
        self._task("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._task("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._task("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._task("unreachable", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        hosts = {name: stats.summarize(name) for name in sorted(stats.processed)}
        self._write({"event": "stats", "hosts": hosts, "custom": stats.custom})

    def _task(self, event: str, result: Any) -> None:
        task = result._task
        self._write(
            {
                "event": event,
                "task": task.get_name(),
                "action": task.action,
                "host": result._host.get_name(),
                "result": result._result,
            }
        )

    def _write(self, row: dict[str, Any]) -> None:
        if name := os.environ.get("CONSOLE_RECORDER"):
            with Path(name).open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(row, default=str)}\n")
