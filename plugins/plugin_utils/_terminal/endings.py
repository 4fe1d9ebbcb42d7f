# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Why a terminal session ended, as data: the message for each word of the vendor, and for ours."""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    NetworkError,
    TimedOut,
    UnexpectedAnswer,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal import session

# How a session ends whose far side has hung up: no failure, once it has spoken.
ORDERLY = frozenset({"Exit", "Exited", "ReadFromTargetPortFailed"})

_AGENT = "See that the Cloud Assistant agent of the instance runs, then try again."
_UPGRADE = "Upgrade the Cloud Assistant agent of the instance."
_PORT = "See that sshd runs there, and that O(session_port) and O(session_target_server) are right."
_AGAIN = "Try again; a new session is started then."

# By code: the class of the error, what is wrong, and what to do.
_ENDINGS: t.Mapping[str, tuple[type[ConsoleError], str, str]] = {
    session.NO_OUTPUT: (TimedOut, f"the far side said nothing within {session.FIRST_OUTPUT:g} seconds", _PORT),
    session.SILENT: (
        TimedOut,
        f"nothing came from the far side for {session.SILENCE:g} seconds",
        f"{_AGAIN} With plain ssh, set ServerAliveInterval to less than that.",
    ),
    session.TOO_LONG: (WrongState, "the session reached its limit of three hours", _AGAIN),
    session.LOST: (NetworkError, "the service lost a part of the session, which cannot be sent again", _UPGRADE),
    session.NOT_RESUMED: (
        NetworkError,
        "the service restarted, and sessions of this version of the agent cannot be resumed",
        f"{_AGAIN} {_UPGRADE}",
    ),
    session.BAD_FRAME: (UnexpectedAnswer, "the service sent something that is no frame of a session", _AGAIN),
    "AgentTimeout": (TimedOut, "the agent did not answer the service", _AGENT),
    "AgentSocketClosed": (NetworkError, "the agent lost its connection to the service", _AGENT),
    "AgentNotOnline": (WrongState, "the agent is not online", _AGENT),
    "AgentNeedUpgrade": (WrongState, "the agent is too old for sessions", _UPGRADE),
    "DeliveryTimeout": (TimedOut, "the session did not reach the agent in time", _AGENT),
    "InstanceNotRunning": (WrongState, "the instance does not run", "Start the instance, then try again."),
    "InstanceNotExists": (WrongState, "there is no such instance", "Check O(instance_id) and O(region)."),
    "OpenTargetPortFailed": (WrongState, "the agent could not connect to the port", _PORT),
    "Open_port_failed": (WrongState, "the agent could not connect to the port", _PORT),
    "ReadFromTargetPortFailed": (WrongState, "the port closed before it said anything", _PORT),
    "FlowExceedLimit": (WrongState, "the service found more data than its limit", _AGAIN),
    "IdleTimeout": (TimedOut, "the service ended a session that was idle", _AGAIN),
    "SessionTimeout": (WrongState, "the session reached the service's limit of time", _AGAIN),
    "SessionIdDuplicated": (WrongState, "the service did not take the session up again", _AGAIN),
}


def is_orderly(code: str, *, opened: bool) -> bool:
    """Whether the far side hung up, as it does at the end of every connection."""
    return opened and code in ORDERLY


def failure(code: str) -> ConsoleError:
    """Return the error for an ending; a word of the vendor that is not known is quoted."""
    kind, reason, advice = _ENDINGS.get(code, (WrongState, "the service ended the session", _AGAIN))
    return kind(reason, code=name_of(code), advice=advice)
