# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a ledger asks of a server, step by step, and what a real OpenBao answered.

``python -m tests.fidelity.kv.exchanges`` starts a real server, takes the steps and writes exchanges.json anew.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator.kv.admin import POLICY, READER, Admin, RefusedError
from tests.openbao.cluster import running

RECORDED = Path(__file__).with_name("exchanges.json")
MOUNT, PREFIX = "team/secret", "console"
RECORD = f"{MOUNT}/data/{PREFIX}/alibaba/cn-hangzhou/i-1"
# Moments and what is drawn by lot, by its form or by its name.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
DRAWN = {"client_token", "ttl"}
# Of the answers that tell more than a ledger reads, what it goes by.
AUTH = ("client_token", "lease_duration", "policies", "renewable")
READ = {
    "auth/token/lookup-self": ("policies", "renewable", "ttl"),
    f"sys/internal/ui/mounts/{MOUNT}/{PREFIX}": ("options", "path", "type"),
    f"{MOUNT}/config": ("cas_required", "delete_version_after", "max_versions"),
}


@dataclass(frozen=True)
class Step:
    """One call.

    :param who: whose token it has: root's, writer's, reader's, one that is none (stranger), or the one just logged in.
    """

    who: str
    method: str
    path: str
    body: dict[str, Any] | None = None


def write(who: str, path: str, cas: int | None, data: int = 1) -> Step:
    return Step(who, "POST", path, {"data": {"x": data}} | ({} if cas is None else {"options": {"cas": cas}}))


def versions(area: str, number: int) -> Step:
    return Step("root", "POST", RECORD.replace("/data/", f"/{area}/"), {"versions": [number]})


STEPS = (
    Step("writer", "GET", f"sys/internal/ui/mounts/{MOUNT}/{PREFIX}"),
    Step("stranger", "GET", f"sys/internal/ui/mounts/{MOUNT}/{PREFIX}"),
    Step("writer", "POST", "sys/capabilities-self", {"paths": [RECORD, f"{MOUNT}/other"]}),
    Step("writer", "GET", f"{MOUNT}/config"),
    Step("reader", "GET", f"{MOUNT}/config"),
    Step("writer", "GET", f"{MOUNT}/metadata/{PREFIX}/alibaba/cn-hangzhou?list=true"),
    Step("writer", "GET", RECORD),
    write("writer", RECORD, 1),
    write("writer", RECORD, None),
    write("writer", RECORD, 0),
    write("writer", RECORD, 0),
    write("writer", RECORD, 1, data=2),
    write("reader", RECORD, 2),
    write("stranger", RECORD, 2),
    Step("reader", "GET", RECORD),
    Step("stranger", "GET", RECORD),
    Step("writer", "GET", f"{MOUNT}/metadata/{PREFIX}/alibaba/cn-hangzhou?list=true"),
    Step("reader", "GET", f"{MOUNT}/metadata/{PREFIX}/alibaba/cn-hangzhou?list=true"),
    versions("delete", 2),
    Step("reader", "GET", RECORD),
    write("writer", RECORD, 1),
    versions("undelete", 2),
    Step("reader", "GET", RECORD),
    versions("destroy", 2),
    Step("reader", "GET", RECORD),
    Step("root", "GET", "nowhere/data/x"),
    Step("writer", "GET", "nowhere/data/x"),
    Step("writer", "GET", "auth/token/lookup-self"),
    Step("stranger", "GET", "auth/token/lookup-self"),
    Step("writer", "POST", "auth/token/renew-self"),
    Step("nobody", "POST", "auth/approle/login", {"role_id": "{role_id}", "secret_id": "{secret_id}"}),
    Step("login", "GET", "auth/token/lookup-self"),
    Step("login", "POST", "auth/token/revoke-self"),
    Step("login", "GET", "auth/token/lookup-self"),
    Step("nobody", "POST", "auth/approle/login", {"role_id": "{role_id}", "secret_id": "wrong"}),
    Step("nobody", "POST", "auth/approle/login", {"role_id": "wrong", "secret_id": "{secret_id}"}),
    Step("root", "POST", f"{MOUNT}/config", {"delete_version_after": "3h25m19s"}),
    Step("writer", "GET", f"{MOUNT}/config"),
    write("writer", f"{RECORD}0", 0),
    Step("writer", "GET", f"{RECORD}0"),
)


def answers(admin: Admin) -> Iterator[dict[str, Any]]:
    """Take all steps on a server on which nothing has been done, and give what it answers."""
    admin.make_mount(MOUNT, cas_required=True)
    names = {who: admin.make_policy(text.format(mount=MOUNT, prefix=PREFIX)) for who, text in _POLICIES.items()}
    tokens = {who: admin.make_token(name, ttl="1h") for who, name in names.items()}
    tokens |= {"root": admin.token, "stranger": "s.0123456789", "nobody": "", "login": ""}
    ids = dict(zip(("{role_id}", "{secret_id}"), admin.make_approle(names["writer"], token_ttl="20m"), strict=True))
    for step in STEPS:
        body = {key: ids.get(str(value), value) for key, value in (step.body or {}).items()}
        status, answer = _ask(Admin(admin.url, tokens[step.who], cafile=admin.cafile), step, body or None)
        if step.path == "auth/approle/login" and status == 200:
            tokens["login"] = answer["auth"]["client_token"]
        yield {"status": status, "answer": _alike(step, answer, {name: who for who, name in names.items()})}


_POLICIES = {"writer": POLICY, "reader": READER}


def _ask(admin: Admin, step: Step, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
    try:
        answer = admin.call(step.method, step.path, body)
    except RefusedError as refused:
        return refused.status, refused.body
    return 200 if answer else 204, answer


def _alike(step: Step, answer: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Leave out what differs from one time to another, and what no ledger reads."""
    kept: dict[str, Any] = {part: answer[part] for part in ("data", "errors") if part in answer}
    if kept.get("data") and step.path in READ:
        kept["data"] = {name: kept["data"][name] for name in READ[step.path]}
    if answer.get("auth"):
        kept["auth"] = {name: answer["auth"][name] for name in AUTH}
    text = json.dumps(_masked(kept))
    for name, who in names.items():
        text = text.replace(name, who)
    return dict(json.loads(text))


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _masked(inner, key) for key, inner in value.items()}
    if name in DRAWN:
        return f"{{{name}}}"
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    return "{time}" if isinstance(value, str) and TIME.fullmatch(value) else value


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as cluster:
        found = list(answers(cluster.admin))
        version = (cluster.nodes[0].health() or {})["version"]
    rows = ",\n  ".join(json.dumps(row) for row in found)
    RECORDED.write_text(
        f'{{\n "recorded_from": "OpenBao {version}",\n "answers": [\n  {rows}\n ]\n}}\n', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
