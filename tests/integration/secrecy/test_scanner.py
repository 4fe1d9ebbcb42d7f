# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scan sees what is there: a secret of its own is planted in every channel, and found in it; so are disguises."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.integration.playbook_runs import Room
from tests.integration.secrecy.evidence import CHANNELS, SIGNED, found_in, gather
from tests.integration.secrecy.process_watcher import Watcher
from tests.integration.secret_scan import files_below, leaks

PLANTED = {channel: f"Planted-in-{channel}-0123" for channel in CHANNELS}
SCRIPT = """
mkdir -p {home} {ledger} {reports}
echo {secrets[home]} > {home}/file
echo {secrets[ledger]} > {ledger}/ledger.db-wal
echo {secrets[reports]} > {reports}/report
echo {secrets[left]} > "$TMPDIR/left"
echo {secrets[files]} > "$TMPDIR/passing"
sleep 0.4
rm "$TMPDIR/passing"
{python} -c 'import logging; logging.getLogger("library").debug("{secrets[logging]}")'
"""


def plant(room: Room) -> str:
    """Return a play that says, keeps and leaves each secret where its channel looks."""
    places = {"home": room.home, "ledger": room.ledger.parent, "reports": room.reports}
    script = room.write("script.sh", SCRIPT.format(**places, python=sys.executable, secrets=PLANTED))
    sleeping = "sleep 0.4 #"
    tasks = [
        {"ansible.builtin.debug": {"msg": PLANTED["stdout"]}},
        {"ansible.builtin.fail": {"msg": PLANTED["stderr"]}, "ignore_errors": True},
        {"ansible.builtin.set_stats": {"data": {"told": PLANTED["stats"]}}},
        {"ansible.builtin.set_fact": {"told": PLANTED["facts"], "cacheable": True}},
        {"ansible.builtin.debug": {"msg": PLANTED["log"]}},
        {"ansible.builtin.debug": {"msg": PLANTED["callbacks"]}},
        {"ansible.builtin.command": {"argv": ["true", PLANTED["syslog"]]}},
        {"ansible.builtin.command": {"argv": ["/bin/sh", "-c", f"{sleeping}{PLANTED['cmdline']}"]}},
        {"ansible.builtin.command": {"argv": ["sleep", "0.4"]}, "environment": {"TOLD": PLANTED["environ"]}},
        {"ansible.builtin.command": {"argv": ["/bin/sh", str(script)]}},
    ]
    return json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])


def test_what_is_planted_is_found_in_its_channel(room: Room, watcher: Watcher) -> None:
    room.environ["ANSIBLE_DISPLAY_FAILED_STDERR"] = "true"
    run = room.play(plant(room), "-vvvvv")
    assert run.rc == 0, run.text
    evidence = gather(room, watcher, run)
    found = found_in(evidence, PLANTED.values())
    seen = {channel: {place.partition(":")[0] for place in found.get(PLANTED[channel], [])} for channel in CHANNELS}
    assert [channel for channel in CHANNELS if channel not in seen[channel]] == []
    assert not list(watcher.folders[0].glob("passing")), "seen only while it was there"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: ACS3-HMAC-SHA256 Credential=LTAI,SignedHeaders=host,Signature=0123456789abcdef0123456789",
        "x-auth-token: gAAAAABkq0123456789-_abc",
        "'X-Subject-Token': 'gAAAAABkq0123456789-_abc'",
        "GET http://127.0.0.1:4711/?Action=DescribeInstances",
        "http://127.0.0.1:4711/compute/v2.1/servers/detail?name%3Dx",
    ],
)
def test_what_is_signed_is_found(text: str) -> None:
    assert SIGNED.search(text.encode())


@pytest.mark.parametrize(
    "text", ["Check its signature. Signature=$REDACTED$", "http://127.0.0.1:4711/identity/v3", "SignatureDoesNotMatch"]
)
def test_what_may_be_said_is_not(text: str) -> None:
    assert not SIGNED.search(text.encode())


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text,
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: json.dumps({"a": text}),
        lambda text: text.encode().hex(),
        *(
            lambda text, lead=lead: base64.b64encode(f"{lead}{text}, and more".encode()).decode()
            for lead in ("", "a", "ab")
        ),
        lambda text: base64.urlsafe_b64encode(f"??>{text}".encode()).decode(),
    ],
)
def test_disguises_are_seen_through(tmp_path: Path, disguise: Callable[[str], str]) -> None:
    secrets = ["Kx7Qa2", "s3cr3t/with+odd=chars&more"]
    for secret in secrets:
        (tmp_path / "log").write_text(f"some text {disguise(secret)} some text", encoding="utf-8")
        assert list(leaks(files_below(tmp_path), secrets)) == [secret]
    (tmp_path / "log").write_text("some text, nothing in it", encoding="utf-8")
    assert leaks(files_below(tmp_path), secrets) == {}
