# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of operations, and what each of them is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..clock import Clock
from ..world import Settings
from .answers import RefusalError
from .state import Instance, Key, Received, State

Payload = Mapping[str, object]


@dataclass
class Context:
    """One admitted call. ``region`` is empty where neither a parameter nor the host named one."""

    state: State
    clock: Clock
    settings: Settings
    params: Mapping[str, str]
    account_id: str
    region: str
    key: Key | None
    received: Received | None

    def get(self, name: str, default: str = "") -> str:
        return self.params.get(name) or default

    def flag(self, name: str) -> bool:
        return self.get(name).lower() == "true"

    def numbered(self, name: str) -> list[str]:
        """Values of ``name.1``, ``name.2``, …, in order."""
        values: list[str] = []
        while value := self.params.get(f"{name}.{len(values) + 1}"):
            values.append(value)
        return values

    def integer(self, name: str, default: int) -> int:
        text = self.get(name)
        if not text:
            return default
        if not text.lstrip("-").isdigit():
            raise RefusalError(400, f"Invalid{name}", f"{name} must be a number.")
        return int(text)

    def instance(self, instance_id: str | None = None) -> Instance:
        """Return the instance, or refuse with InvalidInstanceId.NotFound."""
        wanted = instance_id or self.get("InstanceId")
        found = self.state.find(self.account_id, self.region, wanted)
        if found is None:
            raise RefusalError(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
        return found


@dataclass(frozen=True)
class Operation:
    """``regional`` operations want RegionId; the others take their region from the endpoint."""

    name: str
    run: Callable[[Context], Payload]
    write: bool
    regional: bool
    required: tuple[str, ...]
    version: str


OPERATIONS: dict[tuple[str, str], Operation] = {}
Runner = Callable[[Context], Payload]


def operation(
    name: str,
    *,
    write: bool = False,
    regional: bool = True,
    required: tuple[str, ...] = (),
    version: str = "2014-05-26",
) -> Callable[[Runner], Runner]:
    """Register the function under the name of the vendor's operation."""

    def register(run: Runner) -> Runner:
        OPERATIONS[version, name] = Operation(name, run, write, regional, required, version)
        return run

    return register


def find_operation(version: str, action: str) -> Operation | None:
    return OPERATIONS.get((version, action))
