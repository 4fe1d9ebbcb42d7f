# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The answers about terminal sessions as models."""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.module_utils._alibaba.models import AlibabaModel, Page, parse_time
from ansible_collections.cloudops.console.plugins.module_utils._sessions import (
    AgentState,
    SessionConnection,
    SessionState,
)


class Started(AlibabaModel):
    """The body of StartTerminalSession."""

    request_id: str
    session_id: str
    web_socket_url: str
    security_token: str = ""


class Ended(AlibabaModel):
    """The body of EndTerminalSession."""

    request_id: str


class ConnectionAnswer(AlibabaModel):
    """One connection of a session."""

    instance_id: str = ""
    status: str = ""
    start_time: str = ""
    end_time: str = ""
    closed_reason: str = ""
    failed_detail: str = ""

    def to_connection(self) -> SessionConnection:
        """Return it in our words."""
        return SessionConnection(
            instance_id=self.instance_id,
            status=self.status,
            started_at=parse_time(self.start_time),
            ended_at=parse_time(self.end_time),
            closed_reason=self.closed_reason,
            detail=self.failed_detail,
        )


class ConnectionList(AlibabaModel):
    """Lists arrive inside an object of one key."""

    connection: tuple[ConnectionAnswer, ...] = ()


class SessionAnswer(AlibabaModel):
    """One session of DescribeTerminalSessions."""

    session_id: str
    creation_time: str = ""
    username: str = ""
    target_server: str = ""
    port_number: str | int = ""
    client_ip: str = ""
    identity_type: str = ""
    principal_id: str = ""
    connections: ConnectionList | None = None

    def to_state(self) -> SessionState:
        """Return it in our words."""
        rows = self.connections.connection if self.connections else ()
        return SessionState(
            session_id=self.session_id,
            created_at=parse_time(self.creation_time),
            username=self.username,
            target_server=self.target_server,
            port_number=str(self.port_number),
            client_ip=self.client_ip,
            identity_type=self.identity_type,
            principal_id=self.principal_id,
            connections=tuple(row.to_connection() for row in rows),
        )


class SessionList(AlibabaModel):
    """Lists arrive inside an object of one key."""

    session: tuple[SessionAnswer, ...] = ()


class SessionPage(Page):
    """One page of DescribeTerminalSessions."""

    sessions: SessionList


class AgentAnswer(AlibabaModel):
    """One instance of DescribeCloudAssistantStatus; whether it is online is a word there."""

    instance_id: str
    cloud_assistant_status: str | bool = ""
    cloud_assistant_version: str = ""
    support_session_manager: bool | None = None

    def to_state(self) -> AgentState:
        """Return it in our words."""
        online = str(self.cloud_assistant_status).lower() == "true"
        return AgentState(online, self.cloud_assistant_version, self.support_session_manager)


class AgentList(AlibabaModel):
    """Lists arrive inside an object of one key."""

    instance_cloud_assistant_status: tuple[AgentAnswer, ...] = ()


class AgentPage(AlibabaModel):
    """The body of DescribeCloudAssistantStatus."""

    instance_cloud_assistant_status_set: AgentList | None = None
