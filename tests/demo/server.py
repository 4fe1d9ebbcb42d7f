# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenBao for the ledger of the demo, set up by the commands of the guide; it ends with the demo."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from tests.openbao import guide
from tests.openbao.cluster import running
from tests.openbao.node import Node, NodeError

from .folder import Folder
from .processes import CommandError
from .screen import Screen

MOUNT, PREFIX = "secret", "console"


def address(node: Node) -> str:
    return f"vault+{node.url}/{MOUNT}/{PREFIX}"


@contextlib.contextmanager
def started(folder: Folder, screen: Screen) -> Iterator[Node]:
    """Start and set it up; what logs in is put into the environment, as AWX does it.

    :raises CommandError: it does not start.
    """
    screen.step("Start an OpenBao and set it up", "A real server on loopback, with TLS; the commands are the guide's.")
    try:
        with running(folder.scratch / "openbao") as cluster:
            node = cluster.nodes[0]
            _set_up(node, folder, screen)
            screen.good(f"{address(node)}, with an AppRole that may write below it and nothing else")
            yield node
    except NodeError as error:
        raise CommandError(str(error)) from None


def _set_up(node: Node, folder: Folder, screen: Screen) -> None:
    policy = guide.policy().format(mount=MOUNT, prefix=PREFIX)
    (folder.scratch / "console-rotation.hcl").write_text(policy, encoding="utf-8")
    printed = []
    for line in guide.commands(guide.SETUP):
        screen.command(as_typed(line))
        printed.append(node.command(line, folder.scratch))
    os.environ.update(VAULT_ROLE_ID=printed[-2], VAULT_SECRET_ID=printed[-1], VAULT_CACERT=str(node.ca))


def as_typed(line: str) -> str:
    """Return a command of the guide as users of OpenBao type it."""
    return f"bao {line.removeprefix('vault ')}"


def password_of(node: Node, screen: Screen, region: str, instance_id: str) -> str:
    """Read one password as any other tool does it, with the guide's command."""
    line = guide.reading().replace("console/alibaba/cn-hangzhou/i-bp1...", f"{PREFIX}/alibaba/{region}/{instance_id}")
    screen.command(as_typed(line))
    return node.command(line)
