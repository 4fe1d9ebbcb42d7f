# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold: the invariants as functions from what cloud, witness and ledger say to a list of violations."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import in_force
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import OUTCOMES

from tests.emulator.views import InstanceView, ReceivedPassword
from tests.faults.run_folder import RunFolder

SET = "ModifyInstanceVncPasswd"
# What hides from the run how its call ended.
_HIDING = {"delay", "drop_request", "drop_answer", "apply_late", "reset", "truncate", "garbage", "html", "oversized"}
_POLICY = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z0-9]{6}\Z")


def by_instance(rows: Iterable[ReceivedPassword]) -> dict[str, list[ReceivedPassword]]:
    found: dict[str, list[ReceivedPassword]] = defaultdict(list)
    for row in rows:
        found[row["instance_id"]].append(row)
    return found


def nothing_is_lost(run_folder: RunFolder) -> list[str]:
    """I2, I6: what is in force or waits is in the record, at any moment, during all that happens.

    What is in force is also among the passwords that may open the console. Where it changes while we look, it is left
    to the next look.
    """
    views = run_folder.cloud.instances()  # before the ledger: what is applied has been committed before
    records = run_folder.records()
    opens = {view["instance_id"]: view["in_force"] for view in run_folder.cloud.instances()}
    steady = [view for view in views if opens[view["instance_id"]] == view["in_force"]]
    return lost(views, records) + unlisted(steady, records)


def unlisted(views: Iterable[InstanceView], records: Mapping[str, Record]) -> list[str]:
    """A password from before the first rotation is in no record, and the record says that it may be in force."""
    found = []
    for view in views:
        record = records.get(view["instance_id"], EMPTY)
        if not view["in_force"] and record.unknown_before:
            continue
        if view["in_force"] not in in_force(record):
            found.append(f"I6 {view['instance_id']}: what is in force is not among the passwords that may be")
    return found


def lost(views: Iterable[InstanceView], records: Mapping[str, Record]) -> list[str]:
    found = []
    for view in views:
        record = records.get(view["instance_id"])
        known = record.passwords if record else frozenset()
        for where, password in (("in force", view["in_force"]), ("waiting", view["waiting"])):
            if password and password not in known:
                found.append(f"I2 {view['instance_id']}: the password {where} is not in the record")
    return found


def written_ahead(run_folder: RunFolder) -> list[str]:
    """I1: a password that arrives is pending; one that arrives again may have been promoted meanwhile."""
    seen, known = run_folder.cloud.seen(), set[tuple[str, str]]()
    found = []
    for row in run_folder.cloud.received():
        where = seen[row["number"]]["place"] if row["number"] in seen else "unseen"
        first = (row["instance_id"], row["password"]) not in known
        known.add((row["instance_id"], row["password"]))
        if where != "pending" and (first or where not in ("current", "history")):
            found.append(f"I1 {row['instance_id']}: arrived while {where} in the record")
    return found


def rejected_for_good(run_folder: RunFolder) -> list[str]:
    """I4: a password leaves the record only if no call that carried it could have been applied."""
    records, calls = run_folder.records(), {row["number"]: row for row in run_folder.cloud.log(SET)}
    found = []
    for row in run_folder.cloud.received():
        record = records.get(row["instance_id"])
        if record is not None and row["password"] in record.passwords:
            continue
        call = calls.get(row["number"], {})
        hidden = _HIDING & set(call.get("faults", []))
        if row["applied_at"] is not None or hidden or not 400 <= int(call.get("status", 0)) < 500:
            found.append(f"I4 {row['instance_id']}: dropped after {hidden or call.get('status')}")
    return found


def one_candidate_at_a_time(run_folder: RunFolder) -> list[str]:
    """I3, I8: no other candidate while an earlier one is unresolved or may still be applied.

    The same password can be staged more than once, so what counts is when it was.
    """
    seen, found = run_folder.cloud.seen(), []
    for instance_id, rows in by_instance(run_folder.cloud.received()).items():
        stagings = _stagings(rows, seen)
        for earlier, later in itertools.pairwise(stagings):
            begin = min(row["time"] for row in later)
            if earlier[0]["password"] == later[0]["password"]:
                continue
            if any(row["time"] > begin or (row["applied_at"] or 0) > begin for row in earlier):
                found.append(f"I8 {instance_id}: an older password arrived or was applied after a newer one")
    return found


def _stagings(rows: Iterable[ReceivedPassword], seen: Mapping[int, Mapping[str, Any]]) -> list[list[ReceivedPassword]]:
    """The arrivals of one instance by what was staged when; what arrives later than promoted belongs to the last."""
    found: dict[tuple[str, str], list[ReceivedPassword]] = {}
    last: dict[str, str] = {}
    for row in rows:
        look = seen.get(row["number"], {})
        if look.get("place") == "pending" or row["password"] not in last:
            last[row["password"]] = str(look.get("staged", ""))
        found.setdefault((row["password"], last[row["password"]]), []).append(row)
    return list(found.values())


def few_writes(run_folder: RunFolder, kills: int, tries: int) -> list[str]:
    """I3, I5: a candidate is sent once for each attempt that was announced, one more for each kill at most.

    :param tries: the most requests of one call.
    """
    seen, found = run_folder.cloud.seen(), []
    sent: Counter[tuple[str, str, str, int]] = Counter()
    for row in run_folder.cloud.received():
        look = seen.get(row["number"], {"place": "unseen", "attempts": 0})
        sent[row["instance_id"], row["password"], look.get("staged", ""), look["attempts"]] += 1
        if look["place"] != "pending":
            found.append(f"I5 {row['instance_id']}: sent again although it was promoted")
    for (instance_id, _password, _staged, attempts), count in sent.items():
        if count > tries or attempts > kills + 1:
            found.append(f"I5 {instance_id}: sent {count} times in attempt {attempts}, with {kills} kills")
    return found


def candidates(run_folder: RunFolder, most: int) -> list[str]:
    """I3: so many passwords at most, however often the run was killed."""
    counts = {
        instance_id: len({row["password"] for row in rows})
        for instance_id, rows in by_instance(run_folder.cloud.received()).items()
    }
    return [f"I3 {name}: {count} candidates, {most} expected" for name, count in counts.items() if count > most]


def well_made(run_folder: RunFolder) -> list[str]:
    """I18: of the policy, and never the same twice for one instance or for two."""
    owners: dict[str, set[str]] = defaultdict(set)
    for row in run_folder.cloud.received():
        owners[row["password"]].add(row["instance_id"])
    found = [f"I18: a password breaks the policy ({len(one)} characters)" for one in owners if not _POLICY.match(one)]
    return found + ["I18: two instances have one password" for names in owners.values() if len(names) > 1]


def complete(result: Mapping[str, Any], hosts: Iterable[str]) -> list[str]:
    """I13: every host once, with one outcome of the list; sums match."""
    if not result.get("hosts"):
        return [f"I13: no hosts in the result: {result.get('msg', 'no result at all')}"]
    rows, summary = result["hosts"], result["summary"]
    found = [] if list(rows) == list(hosts) else ["I13: not every host of the inventory is in the result once"]
    counts: dict[str, int] = {outcome: sum(row["outcome"] == outcome for row in rows.values()) for outcome in OUTCOMES}
    if counts | {"total": len(rows)} != summary:
        found.append("I13: the sums do not match")
    return found


def settled(run_folder: RunFolder, *, cautious: bool = False) -> list[str]:
    """I6, I7: once all is quiet, current is what the cloud holds, and the reboot state says whether it is in force.

    :param cautious: the record may ask for a restart that has happened, because start times tell minutes only.
    """
    records, found = run_folder.records(), []
    for view in run_folder.cloud.instances():
        record, last = records.get(view["instance_id"]), view["waiting"] or view["in_force"]
        if record is None:
            found += [f"I2 {view['instance_id']}: no record"] if last else []
            continue
        if record.pending is not None or any(record.doubts(former) for former in record.history):
            continue
        if record.current != (last or None):
            found.append(f"I7 {view['instance_id']}: current is not what the cloud holds")
        wanted = "none" if not view["waiting"] else "needed" if view["status"] == "Running" else "at_next_start"
        if record.reboot != wanted and not (cautious and wanted == "none"):
            found.append(f"I6 {view['instance_id']}: reboot is {record.reboot}, and {wanted} is true")
    return found
