# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Terminal sessions of Session Manager: start, end, list, and why an instance cannot have one; with their answers.

The models of the answers are here and not in models, which every module loads: only modules of terminals need them.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.models import AlibabaModel, Page
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.rpc import Rpc
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    NotFound,
    PermissionDenied,
    checked_request_id,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import checked_instance_id, parse_time
from ansible_collections.cloudops.console.plugins.module_utils._sessions import (
    AgentState,
    SessionConnection,
    SessionRequest,
    SessionState,
    StartedSession,
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


async def start(rpc: Rpc, client: _http.Client, request: SessionRequest) -> StartedSession:
    """Start a session (StartTerminalSession). Sent again after a lost answer: the client token makes it the same one.

    :raises ConsoleError: where the agent is the reason, the advice says so.
    """
    instance_id = checked_instance_id(request.instance_id)
    doing = f"starting a terminal session on {instance_id} in {rpc.region}"
    try:
        reply = await rpc.ask(
            client,
            "StartTerminalSession",
            _parameters(request),
            Started,
            doing=doing,
            instance_id=instance_id,
            hidden=tuple(filter(None, (request.command_line, request.client_token))),
        )
    except ConsoleError as error:
        raise await _explained(rpc, client, instance_id, error) from None
    started = reply.value
    return StartedSession(
        started.session_id, started.web_socket_url, started.security_token, checked_request_id(started.request_id)
    )


def _parameters(request: SessionRequest) -> dict[str, str]:
    given: dict[str, t.Any] = {
        "InstanceId.1": request.instance_id,
        "ClientToken": request.client_token,
        "PortNumber": request.port_number,
        "CommandLine": request.command_line,
        "TargetServer": request.target_server,
        "Username": request.username,
        "ConnectionType": request.connection_type,
        "PasswordName": request.password_name,
        "EncryptionOptions": _encryption(request),
    }
    return {name: str(value) for name, value in given.items() if value not in (None, "")}


def _encryption(request: SessionRequest) -> str | None:
    """Objects travel as compact JSON."""
    if request.encryption is None or not request.encryption.enabled:
        return None
    wanted = {
        "Enabled": request.encryption.enabled,
        "Mode": request.encryption.mode,
        "KMSKeyId": request.encryption.kms_key_id,
    }
    return json.dumps({name: value for name, value in wanted.items() if value is not None}, separators=(",", ":"))


async def _explained(rpc: Rpc, client: _http.Client, instance_id: str, error: ConsoleError) -> ConsoleError:
    """Look at the agent where the refusal may be about it, and say what is missing."""
    if error.status not in (400, 403) or isinstance(error, PermissionDenied) or error.advice:
        return error
    try:
        agent = await agent_of(rpc, client, instance_id)
    except ConsoleError:
        return error
    if agent is None or not agent.online:
        error.advice = "The Cloud Assistant agent of the instance is not online: see that it is installed and running."
    elif agent.supports_sessions is False:
        error.advice = f"The Cloud Assistant agent {agent.version} does not support sessions: upgrade it."
    return error


async def end(rpc: Rpc, client: _http.Client, session_id: str) -> str | None:
    """End a session (EndTerminalSession); return the request id, or None where it had ended already."""
    from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of

    doing = f"ending the terminal session {name_of(session_id)} in {rpc.region}"
    try:
        reply = await rpc.ask(client, "EndTerminalSession", {"SessionId": session_id}, Ended, doing=doing, resource="*")
    except NotFound as error:
        if error.code == "InvalidSessionId.NotFound":
            # An earlier try without an answer may be what ended it.
            return error.request_id if error.ambiguous else None
        raise
    return checked_request_id(reply.value.request_id)


async def sessions(
    rpc: Rpc, client: _http.Client, *, instance_id: str = "", session_id: str = ""
) -> list[SessionState]:
    """Return the sessions of the last four weeks (DescribeTerminalSessions), all pages."""
    params = {name: value for name, value in (("InstanceId", instance_id), ("SessionId", session_id)) if value}
    doing = f"listing the terminal sessions in {rpc.region}"
    pages = rpc.pages(client, "DescribeTerminalSessions", params, SessionPage, doing=doing)
    return [item.to_state() async for page in pages for item in page.sessions.session]


async def agent_of(rpc: Rpc, client: _http.Client, instance_id: str) -> AgentState | None:
    """Return the state of the instance's agent (DescribeCloudAssistantStatus), None if it has none."""
    doing = f"asking for the Cloud Assistant of {instance_id} in {rpc.region}"
    params = {"InstanceId.1": instance_id}
    reply = await rpc.ask(client, "DescribeCloudAssistantStatus", params, AgentPage, doing=doing)
    found = reply.value.instance_cloud_assistant_status_set
    rows = found.instance_cloud_assistant_status if found else ()
    return next((row.to_state() for row in rows if row.instance_id == instance_id), None)
