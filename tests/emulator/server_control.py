# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control endpoint sees of Huawei and OpenStack, and what it does to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from .fleet import Fleet
from .huawei.state import EMPTY as NO_HUAWEI
from .huawei.state import State as HuaweiState
from .openstack.state import EMPTY as NO_OPENSTACK
from .openstack.state import State as OpenstackState
from .server_fleet import ServerData
from .servers import ServerBook
from .world import World


class ServerControl:
    """Methods that return None mean: what was named is not there."""

    def __init__(self, world: World, huawei: HuaweiState, openstack: OpenstackState) -> None:
        self.world = world
        self.huawei = huawei
        self.openstack = openstack

    @property
    def books(self) -> tuple[ServerBook, ServerBook]:
        return self.huawei.servers, self.openstack.servers

    def load(self, fleet: Fleet) -> None:
        self.huawei.load(fleet.get("huawei", NO_HUAWEI))
        self.openstack.load(fleet.get("openstack", NO_OPENSTACK))
        self.world.consoles.clear()

    def reload(self) -> None:
        self.huawei.load(self.huawei.part)
        self.openstack.load(self.openstack.part)

    def count(self) -> int:
        return sum(len(book.servers) for book in self.books)

    def servers(self, ids: Sequence[str], cloud: str | None) -> list[dict[str, object]]:
        """All servers, or those of ``ids`` that exist."""
        return [
            server.to_json(book.cloud)
            for book in self.books
            for server in book.servers.values()
            if cloud in (None, book.cloud) and (not ids or server.instance_id in ids)
        ]

    def consoles(self) -> list[dict[str, object]]:
        return [console.to_json() for console in self.world.consoles.consoles.values()]

    def secrets(self) -> set[str]:
        return (self.huawei.secrets | self.openstack.secrets | self.world.consoles.secrets()) - {""}

    def add(self, body: Mapping[str, Any]) -> dict[str, object]:
        book = self._book(body["cloud"])
        data = cast(ServerData, {name: value for name, value in body.items() if name != "cloud"})
        return book.add(data).to_json(book.cloud)

    def _book(self, cloud: str) -> ServerBook:
        for book in self.books:
            if book.cloud == cloud:
                return book
        raise ValueError("cloud is huawei or openstack")

    def change(self, instance_id: str, changes: Mapping[str, Any]) -> dict[str, object] | None:
        for book in self.books:
            if (server := book.change(instance_id, changes)) is not None:
                return server.to_json(book.cloud)
        return None

    def remove(self, instance_id: str) -> bool | None:
        gone = [book.servers.pop(instance_id, None) for book in self.books]
        return True if any(gone) else None

    def change_key(self, access_key_id: str, changes: Mapping[str, Any]) -> dict[str, object] | None:
        return self.huawei.change_key(access_key_id, changes)

    def change_user(self, name: str, changes: Mapping[str, Any]) -> dict[str, object] | None:
        """``changes`` may name the ``cloud``; else OpenStack is asked first."""
        rest = {key: value for key, value in changes.items() if key != "cloud"}
        for cloud, state in (("openstack", self.openstack), ("huawei", self.huawei)):
            wanted = changes.get("cloud") in (None, cloud)
            if wanted and (answer := state.change_user(name, rest)) is not None:
                return answer
        return None

    def end_tokens(self, body: Mapping[str, Any]) -> dict[str, int]:
        """Tokens of one ``cloud`` or both: revoked, or with ``expire`` brought to the end of their time."""
        expire, cloud = bool(body.get("expire")), body.get("cloud")
        ended = 0
        for name, state in (("openstack", self.openstack), ("huawei", self.huawei)):
            if cloud in (None, name):
                ended += state.end_tokens(expire=expire)
        return {"ended": ended}
