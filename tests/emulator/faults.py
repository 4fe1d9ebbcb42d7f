# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: which calls they hit and what they do. Matching only; ``misbehave`` carries them out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from .call import Call

Kind = Literal[
    "delay",
    "delay_answer",
    "drop_request",
    "drop_answer",
    "apply_late",
    "reset",
    "truncate",
    "garbage",
    "html",
    "oversized",
    "error",
]
When = Literal["before", "after"]

KINDS: tuple[str, ...] = get_args(Kind)
SHAPES = ("", "ecs", "internal", "gateway", "nova", "iam", "flat", "camel")
DELAYS = frozenset({"delay", "delay_answer"})
# What a client sees as an answer comes, unless told otherwise, after the change was made: the harder case for it.
_USUAL_WHEN: dict[str, When] = {"truncate": "after", "garbage": "after", "oversized": "after"}
_LISTS = ("cloud", "action", "instance_id", "account_id", "region")


@dataclass
class Fault:
    """One rule. A list matches any of its values, an empty one matches everything.

    first      hit only so many matching calls, None: all
    after      let so many matching calls pass before
    per        "call": count calls over all; "instance": count for each instance by itself
    lasts      seconds from the first hit until the fault is over, None: until it is removed
    when       "before": the change is not made; "after": it is made, and only the answer is spoilt
    seconds    of ``delay``, ``delay_answer`` and ``apply_late``
    close      of ``apply_late``: close the connection at once (else keep it open, silent, until the change is made)
    shape      of Huawei's ``error``: which of its bodies; empty: the one that goes with the code
    """

    kind: Kind
    name: str = ""
    cloud: list[str] = field(default_factory=list)
    action: list[str] = field(default_factory=list)
    instance_id: list[str] = field(default_factory=list)
    account_id: list[str] = field(default_factory=list)
    region: list[str] = field(default_factory=list)
    probability: float = 1.0
    seed: int = 0
    first: int | None = None
    after: int = 0
    per: Literal["call", "instance"] = "call"
    lasts: float | None = None
    when: When | None = None
    seconds: float = 0.0
    close: bool = True
    status: int = 500
    code: str = "InternalError"
    message: str = "The request processing has failed due to some unknown error."
    retry_after_ms: int | None = None
    shape: str = ""
    bytes: int = 9 * 1024 * 1024
    id: int = 0
    hits: int = 0
    calls: int = 0
    turns: Counter[tuple[str, ...]] = field(default_factory=Counter)
    first_hit_at: float | None = None

    @property
    def applies_first(self) -> bool:
        return (self.when or _USUAL_WHEN.get(self.kind, "before")) == "after"

    def strikes(self, call: Call) -> bool:
        if not self._concerns(call) or self._is_over(call.received_at):
            return False
        self.calls += 1
        self.turns[call.instance_ids] += 1
        turn = self.turns[call.instance_ids]
        number = turn if self.per == "instance" else self.calls
        if number <= self.after or (self.first is not None and number > self.after + self.first):
            return False
        if self.probability < 1.0 and self._roll(call, turn) >= self.probability:
            return False
        self.hits += 1
        self.first_hit_at = self.first_hit_at or call.received_at
        return True

    def _concerns(self, call: Call) -> bool:
        return (
            (not self.action or call.action in self.action)
            and (not self.instance_id or not set(self.instance_id).isdisjoint(call.instance_ids))
            and (not self.account_id or call.account_id in self.account_id)
            and (not self.region or call.region in self.region)
            and (not self.cloud or call.cloud in self.cloud)
        )

    def _is_over(self, now: float) -> bool:
        return self.lasts is not None and self.first_hit_at is not None and now > self.first_hit_at + self.lasts

    def _roll(self, call: Call, turn: int) -> float:
        """Throw the same for the same seed, instances and turn, in whatever order calls arrive."""
        return random.Random(f"{self.seed} {self.kind} {call.action} {call.instance_ids} {turn}").random()

    def to_json(self) -> dict[str, object]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("turns", "calls")}


def fault_from_json(data: Mapping[str, Any]) -> Fault:
    """ValueError names what is wrong: a fault that never hits because of a typing error must not pass unseen."""
    known = {f.name for f in fields(Fault)} - {"id", "hits", "calls", "turns", "first_hit_at"}
    if unknown := set(data) - known:
        raise ValueError(f"unknown fault fields: {', '.join(sorted(unknown))}")
    if data.get("kind") not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    if data.get("when") not in (None, "before", "after") or data.get("per", "call") not in ("call", "instance"):
        raise ValueError("when is before or after, per is call or instance")
    if data.get("shape", "") not in SHAPES:
        raise ValueError(f"shape must be one of {', '.join(SHAPES[1:])}")
    values = dict(data)
    for name in _LISTS:
        value = values.get(name)
        values[name] = [] if value is None else [value] if isinstance(value, str) else list(value)
    return Fault(**values)


class FaultBook:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._next_id = 1

    def add(self, fault: Fault) -> int:
        fault.id = self._next_id
        self._next_id += 1
        self.faults.append(fault)
        return fault.id

    def remove(self, fault_id: int) -> bool:
        before = len(self.faults)
        self.faults = [fault for fault in self.faults if fault.id != fault_id]
        return len(self.faults) < before

    def clear(self) -> None:
        self.faults.clear()

    def strike(self, call: Call) -> list[Fault]:
        """Every delay that hits this call, and at most one fault of another kind: the oldest that does."""
        struck: list[Fault] = []
        decided = False
        for fault in self.faults:
            if fault.kind in DELAYS:
                if fault.strikes(call):
                    struck.append(fault)
            elif not decided and fault.strikes(call):
                decided = True
                struck.append(fault)
        call.faults.extend(fault.name or fault.kind for fault in struck)
        return struck
