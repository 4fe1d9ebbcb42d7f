# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Terminal sessions: what can be asked for, with the rules that are known before the call, and what comes back.

Source of limits and conflicts: https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-startterminalsession
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

# Seconds within which the WebSocket URL of a new session can be used.
URL_SECONDS = 600
# The user of a session on Windows that needs no password, in lower case: names of users have no case there.
WINDOWS_USER = "system"


@dataclass(frozen=True)
class Encryption:
    """Encryption of a session's data by the agent, on top of TLS; mode is Auto or Kms."""

    enabled: bool
    mode: str | None = None
    kms_key_id: str | None = None

    def rules(self) -> t.Iterator[tuple[bool, str]]:
        """Each rule with whether it is broken."""
        yield not self.enabled and bool(self.mode or self.kms_key_id), "mode and kms_key_id need enabled"
        yield bool(self.kms_key_id) and self.mode != "Kms", "kms_key_id needs mode Kms"
        yield self.mode == "Kms" and not self.kms_key_id, "mode Kms needs kms_key_id"


@dataclass(frozen=True)
class SessionRequest:
    """What StartTerminalSession takes, in our words; None means not given.

    :param client_token: at most 64 ASCII characters; the same token and parameters give the same session.
    """

    instance_id: str
    client_token: str
    port_number: int | None = None
    command_line: str | None = field(default=None, repr=False)
    target_server: str | None = None
    username: str | None = None
    connection_type: str | None = None
    password_name: str | None = None
    encryption: Encryption | None = None

    def checked(self) -> SessionRequest:
        """Return self; raise ConsoleError where a rule is broken that needs no call to be known."""
        for broken, rule in self._rules():
            if broken:
                raise _broken(rule, "Nothing was sent.")
        return self

    def check_system(self, os_type: str) -> None:
        """Raise ConsoleError where a rule of the instance's operating system is broken."""
        other = bool(self.username) and str(self.username).lower() != WINDOWS_USER
        if os_type.lower() == "windows" and other and not self.password_name:
            raise _broken("on Windows, another username than System needs password_name", "No session was started.")

    def _rules(self) -> t.Iterator[tuple[bool, str]]:
        forwards = self.port_number is not None or bool(self.target_server)
        yield bool(self.command_line) and forwards, "command_line excludes port_number and target_server"
        yield bool(self.target_server) and self.port_number is None, "target_server needs port_number"
        if self.encryption is not None:
            yield from self.encryption.rules()
            yield self.encryption.enabled and forwards, "encryption_options exclude port_number and target_server"
        yield bool(self.password_name) and not self.username, "password_name needs username"
        yield self.port_number is not None and not 1 <= self.port_number <= 65535, "port_number is from 1 to 65535"
        yield len(self.command_line or "") > 512, "command_line has at most 512 characters"
        yield len(self.target_server or "") > 128, "target_server has at most 128 characters"
        yield len(self.password_name or "") > 255, "password_name has at most 255 characters"
        token = self.client_token
        yield not token or len(token) > 64 or not token.isascii(), "client_token has at most 64 ASCII characters"


def _broken(rule: str, advice: str) -> ConsoleError:
    return ConsoleError(f"these options conflict or are out of range: {rule}", advice=advice)


@dataclass(frozen=True)
class StartedSession:
    """A session that can be connected to; its URL and token are secrets."""

    session_id: str
    websocket_url: str = field(repr=False)
    security_token: str = field(repr=False)
    request_id: str | None


@dataclass(frozen=True)
class SessionConnection:
    """One connection of a session to an instance.

    :param status: Connecting, Connected, Terminated or Failed.
    :param closed_reason: the vendor's word for why it ended, empty while it lives.
    """

    instance_id: str
    status: str
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    closed_reason: str
    detail: str

    @property
    def is_live(self) -> bool:
        """Whether it has not ended yet."""
        return self.status in ("Connecting", "Connected")


@dataclass(frozen=True)
class SessionState:
    """What is known of a session of the last four weeks."""

    session_id: str
    created_at: dt.datetime | None
    username: str
    target_server: str
    port_number: str
    client_ip: str
    identity_type: str
    principal_id: str
    connections: tuple[SessionConnection, ...]

    @property
    def is_active(self) -> bool:
        """Whether it can still be used: no connection was made yet, or one has not ended."""
        return not self.connections or any(connection.is_live for connection in self.connections)

    def to_result(self) -> dict[str, t.Any]:
        """Return what users see in a module's result."""
        return {
            "session_id": self.session_id,
            "created_at": _text(self.created_at),
            "username": self.username,
            "target_server": self.target_server,
            "port_number": int(self.port_number) if self.port_number.isdecimal() else None,
            "client_ip": self.client_ip,
            "identity_type": self.identity_type,
            "principal_id": self.principal_id,
            "active": self.is_active,
            "connections": [
                {
                    "instance_id": connection.instance_id,
                    "status": connection.status,
                    "started_at": _text(connection.started_at),
                    "ended_at": _text(connection.ended_at),
                    "closed_reason": connection.closed_reason,
                    "detail": connection.detail,
                }
                for connection in self.connections
            ],
        }


@dataclass(frozen=True)
class AgentState:
    """Whether the instance's agent can serve a session (DescribeCloudAssistantStatus)."""

    online: bool
    version: str
    supports_sessions: bool | None


def _text(moment: dt.datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
