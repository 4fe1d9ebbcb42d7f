# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX lays them out and runs them: a private data folder for ansible-runner, a project, an inventory script.

A job sees the hosts of its slice only, gets its number and what jobs before it left behind as extra variables, and is
ended with SIGKILL when it is cancelled or takes too long.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner

from tests.integration.playbook_runs import Room
from tests.integration.secret_scan import files_below

PROJECT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "awx" / "project"
SCRIPT = "#!/usr/bin/env python3\nprint(r'''{}''')\n"


@dataclass(frozen=True)
class Ended:
    """What AWX keeps of a job.

    :param artifacts: what set_stats left, for the nodes behind it.
    :param files: everything that ansible-runner has written, by its name.
    """

    status: str
    rc: int | None
    events: Sequence[dict[str, Any]]
    artifacts: dict[str, Any]
    failed: tuple[str, ...]
    output: str
    files: Mapping[str, bytes] = field(repr=False)

    def largest(self, *, without: str) -> tuple[int, str]:
        """Bytes and kind of the largest event but those of an action; the statistics at the end are Ansible's own."""
        return max(
            (len(json.dumps(one)), one["event"])
            for one in self.events
            if one["event"] != "playbook_on_stats" and one.get("event_data", {}).get("task_action") != without
        )

    def of(self, action: str) -> list[dict[str, Any]]:
        """Results of the tasks with that action."""
        found = (one["event_data"] for one in self.events if one["event"] in ("runner_on_ok", "runner_on_failed"))
        return [data["res"] for data in found if data.get("task_action") == action]


@dataclass
class Controller:
    """Launches jobs over a room's hosts; numbers them as AWX does."""

    room: Room
    variables: dict[str, Any] = field(default_factory=dict)
    number: int = 40

    def launch(
        self,
        playbook: str,
        *,
        hosts: Iterable[str] | None = None,
        limit: Iterable[str] = (),
        workflow: int | None = None,
        cancel: Callable[[], bool] | None = None,
        timeout: int = 0,
        check: bool = False,
        **extra: Any,
    ) -> Ended:
        """Run one job to its end."""
        self.number += 1
        folder = self.room.path / f"job_{self.number}"
        names = list(self.room.hosts) if hosts is None else list(hosts)
        identity = {f"{who}_job_id": self.number for who in ("awx", "tower")}
        if workflow is not None:
            identity |= {f"{who}_workflow_job_id": workflow for who in ("awx", "tower")}
        self._lay_out(folder, names, {**self.variables, **extra, **identity}, timeout)
        done = ansible_runner.run(
            private_data_dir=str(folder),
            playbook=playbook,
            ident=str(self.number),
            limit=",".join(limit) or None,
            cmdline="--check" if check else None,
            cancel_callback=cancel,
            quiet=True,
        )
        return _ended(done)

    def slices(self, playbook: str, count: int, cancel: Mapping[int, Callable[[], bool]] | None = None) -> list[Ended]:
        """Run a sliced job: hosts by name, in turn, all slices side by side; some of them are cancelled."""
        names, workflow = sorted(self.room.hosts), self.number + 1
        self.number = workflow

        def run(number: int) -> Ended:
            controller = Controller(self.room, self.variables, workflow + number)
            stop = (cancel or {}).get(number)
            return controller.launch(playbook, hosts=names[number::count], workflow=workflow, cancel=stop)

        with ThreadPoolExecutor(count) as pool:
            ended = list(pool.map(run, range(count)))
        self.number = workflow + count
        return ended

    def _lay_out(self, folder: Path, names: Sequence[str], extra: Mapping[str, Any], timeout: int) -> None:
        shutil.copytree(PROJECT, folder / "project", ignore=shutil.ignore_patterns("collections", "inventory.yml"))
        (folder / "env").mkdir()
        (folder / "inventory").mkdir()
        files = {
            "envvars": {**self.room.environment(), "ANSIBLE_UNSAFE_WRITES": "1", "AWX_JOB_ID": str(self.number)},
            "extravars": dict(extra),
            "settings": {"job_timeout": timeout, "suppress_ansible_output": True, "pexpect_timeout": 0.3},
        }
        for name, content in files.items():
            (folder / "env" / name).write_text(json.dumps(content), encoding="utf-8")
        inventory = {
            "all": {"hosts": names, "vars": self.room.variables},
            "_meta": {"hostvars": {name: self.room.hosts[name] for name in names}},
        }
        script = folder / "inventory" / "hosts"
        script.write_text(SCRIPT.format(json.dumps(inventory)), encoding="utf-8")
        script.chmod(0o700)


def _ended(done: Any) -> Ended:
    found = files_below(Path(done.config.artifact_dir))
    files = {name: content for name, content in found.items() if not name.startswith("name of ")}
    events = [json.loads(text) for name, text in files.items() if name.endswith(".json") and b'"event"' in text]
    events.sort(key=lambda event: int(event["counter"]))
    stats: dict[str, Any] = next((one["event_data"] for one in events if one["event"] == "playbook_on_stats"), {})
    return Ended(
        status=done.status,
        rc=done.rc,
        events=events,
        artifacts=dict(stats.get("artifact_data", {})),
        failed=tuple(sorted({**stats.get("failures", {}), **stats.get("dark", {})})),
        output=next((text.decode(errors="replace") for name, text in files.items() if name.endswith("/stdout")), ""),
        files=files,
    )
