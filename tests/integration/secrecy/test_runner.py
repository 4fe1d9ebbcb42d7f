# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""As AWX runs it: by ansible-runner, which keeps every event, the output, facts and statistics as artifacts."""

from __future__ import annotations

import json
from pathlib import Path

import ansible_runner
import pytest

from tests.emulator.client import Emulator
from tests.integration.playbook_runs import ROTATE, Room
from tests.integration.secrecy.evidence import found_in, known
from tests.integration.secret_scan import files_below


@pytest.mark.cores
def test_artifacts(room: Room, cloud: Emulator, tmp_path: Path) -> None:
    """One host is rotated, and one is refused with all that was sent in the message."""
    room.keep("web-0001", "app-0002")
    cloud.add_fault(
        "error",
        status=500,
        action="ModifyInstanceVncPasswd",
        instance_id=room.instance("app-0002"),
        message=f"The key was {room.hosts['app-0002']['console_access_key_secret']}.",
    )
    (tmp_path / "runner").mkdir()
    done = ansible_runner.run(
        private_data_dir=str(tmp_path / "runner"),
        inventory=str(room.inventory()),
        playbook=ROTATE,
        envvars={**room.environment(), "ANSIBLE_INJECT_INVOCATION": "true"},
        verbosity=5,
        quiet=True,
    )
    assert done.rc == 2, "one host has a problem"
    artifacts = files_below(Path(done.config.artifact_dir))
    events = [json.loads(text) for name, text in artifacts.items() if name.endswith(".json") and b'"event"' in text]
    assert {"playbook_on_start", "runner_on_ok", "playbook_on_stats"} <= {event["event"] for event in events}
    assert len(cloud.received()) == 2
    (outcomes,) = (
        [host["outcome"] for host in event["event_data"]["res"]["hosts"].values()]
        for event in events
        if event["event"] == "runner_on_ok"
        and "rotation_info" not in event["event_data"]["task_action"]
        and "hosts" in event["event_data"]["res"]
    )
    assert sorted(outcomes) == ["ambiguous", "rotated"]
    assert found_in({"artifacts": artifacts}, known(room)) == {}
