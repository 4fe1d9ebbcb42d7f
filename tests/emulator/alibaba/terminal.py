# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Terminal sessions of Session Manager, and the agent that carries them."""

from __future__ import annotations

import json
import secrets
from urllib.parse import quote

from ..clock import iso_seconds
from .answers import RefusalError
from .operations import Context, Payload, operation
from .reading import read_token, write_token
from .state import Instance, Session

_MAX_INSTANCES = 10
_LIMITS = {"CommandLine": 512, "TargetServer": 128, "PasswordName": 255, "ClientToken": 64}
_CONFLICTS = (("CommandLine", "PortNumber"), ("CommandLine", "TargetServer"))
_AGENT = {"linux": "2.2.4.865", "windows": "2.1.4.865"}


@operation("StartTerminalSession", write=True)
def start_terminal_session(call: Context) -> Payload:
    instance_ids = _instances_wanted(call)
    _check_parameters(call)
    earlier = _same_client_token(call)
    if earlier is not None:
        return _payload(call, earlier)
    for instance_id in instance_ids:
        _check_instance(call, call.instance(instance_id))
    if not call.settings.session_manager:
        raise RefusalError(403, "UserBehavior.SessionManagerDisabled", "Session Manager is disabled for this account.")
    session = _open(call, instance_ids)
    return _payload(call, session)


def _instances_wanted(call: Context) -> tuple[str, ...]:
    ids = call.numbered("InstanceId")
    if not ids:
        raise RefusalError(400, "MissingParameter", "The input parameter InstanceId is mandatory.")
    if len(ids) > _MAX_INSTANCES:
        raise RefusalError(
            403, "InvalidParameter.TooManyInstanceIds", f"At most {_MAX_INSTANCES} instances may be given."
        )
    return tuple(ids)


def _check_parameters(call: Context) -> None:
    for name, limit in _LIMITS.items():
        if len(call.get(name)) > limit:
            raise RefusalError(403, f"InvalidParameter.{name}", f"{name} is longer than {limit} characters.")
    for one, other in _CONFLICTS:
        if call.get(one) and call.get(other):
            raise RefusalError(403, f"InvalidParameter.{one}", f"{one} and {other} exclude each other.")
    if call.get("TargetServer") and not call.get("PortNumber"):
        raise RefusalError(403, "InvalidParameter.TargetServer", "TargetServer needs PortNumber.")
    port = call.integer("PortNumber", 1)
    if not 1 <= port <= 65535:
        raise RefusalError(403, "InvalidParameter.PortNumber", "PortNumber is 1 to 65535.")
    if call.get("ConnectionType", "Internet") not in ("Internet", "Intranet"):
        raise RefusalError(403, "InvalidParameter.ConnectionType", "ConnectionType is Internet or Intranet.")
    _check_encryption(call)


def _check_encryption(call: Context) -> None:
    text = call.get("EncryptionOptions")
    if not text:
        return
    try:
        options = json.loads(text)
    except ValueError:
        options = None
    if not isinstance(options, dict):
        raise RefusalError(403, "InvalidParameter.EncryptionOptions", "EncryptionOptions is not a JSON object.")
    if options.get("Enabled") and (call.get("PortNumber") or call.get("TargetServer")):
        raise RefusalError(403, "InvalidParameter.EncryptionOptions", "Port forwarding cannot be encrypted.")
    if options.get("Mode") and not options.get("Enabled"):
        raise RefusalError(403, "InvalidParameter.EncryptionOptions", "Mode needs Enabled.")
    if bool(options.get("KMSKeyId")) != (options.get("Mode") == "Kms"):
        raise RefusalError(403, "InvalidParameter.EncryptionOptions", "KMSKeyId and the mode Kms need each other.")


def _check_instance(call: Context, instance: Instance) -> None:
    if instance.status != "Running":
        raise RefusalError(403, "InvalidInstance.NotRunning", "The specified instance is not running.")
    if not instance.agent:
        raise RefusalError(403, "InvalidInstance.AgentNotOnline", "Cloud Assistant is not online on the instance.")
    user = call.get("Username")
    if instance.os_type == "windows" and user.lower() not in ("", "system") and not call.get("PasswordName"):
        raise RefusalError(403, "InvalidParameter.PasswordName", "On Windows a Username needs a PasswordName.")


def _same_client_token(call: Context) -> Session | None:
    token = call.get("ClientToken")
    if not token:
        return None
    for session in _sessions(call):
        if session.params.get("ClientToken") == token:
            if dict(session.params) != dict(call.params):
                raise RefusalError(
                    403, "IdempotentParameterMismatch", "The ClientToken was used before with other parameters."
                )
            return session
    return None


def _open(call: Context, instance_ids: tuple[str, ...]) -> Session:
    session = Session(
        session_id=f"s-{call.region.replace('-', '')[:4]}{secrets.token_hex(8)}",
        token=secrets.token_urlsafe(48),
        account_id=call.account_id,
        region=call.region,
        instance_ids=instance_ids,
        params=dict(call.params),
        created_at=call.clock.now(),
    )
    call.state.secrets.add(session.token)
    call.state.sessions.append(session)
    return session


def _payload(call: Context, session: Session) -> Payload:
    base = call.settings.websocket_base.format(region=session.region)
    url = f"{base}?sessionId={session.session_id}&token={quote(session.token, safe='')}"
    return {"SessionId": session.session_id, "SecurityToken": session.token, "WebSocketUrl": url}


def _sessions(call: Context) -> list[Session]:
    return [s for s in call.state.sessions if (s.account_id, s.region) == (call.account_id, call.region)]


@operation("EndTerminalSession", write=True, required=("SessionId",))
def end_terminal_session(call: Context) -> Payload:
    for session in _sessions(call):
        if session.session_id == call.get("SessionId") and session.ended_at is None:
            session.ended_at = call.clock.now()
            return {}
    raise RefusalError(404, "InvalidSessionId.NotFound", "The specified SessionId does not exist or has ended.")


@operation("DescribeTerminalSessions")
def describe_terminal_sessions(call: Context) -> Payload:
    size = call.integer("MaxResults", 10)
    if not 1 <= size <= 100:
        raise RefusalError(400, "InvalidParameter.MaxResults", "MaxResults is 1 to 100.")
    start = read_token(call.get("NextToken"))
    found = [session for session in _sessions(call) if _is_wanted(call, session)]
    end = start + size
    rows = [_describe(call, session) for session in found[start:end]]
    return {"NextToken": write_token(end) if end < len(found) else "", "Sessions": {"Session": rows}}


def _is_wanted(call: Context, session: Session) -> bool:
    instance_id, session_id = call.get("InstanceId"), call.get("SessionId")
    return (not instance_id or instance_id in session.instance_ids) and (
        not session_id or session_id == session.session_id
    )


def _describe(call: Context, session: Session) -> dict[str, object]:
    ended = "" if session.ended_at is None else iso_seconds(session.ended_at)
    connections = [
        {
            "InstanceId": instance_id,
            "Status": "Failed" if session.closed_reason else "Terminated" if ended else "Connecting",
            "StartTime": iso_seconds(session.created_at),
            "EndTime": ended,
            "ClosedReason": session.closed_reason or ("ClientClosed" if ended else ""),
            "FailedDetail": "",
        }
        for instance_id in session.instance_ids
    ]
    return {
        "SessionId": session.session_id,
        "CreationTime": iso_seconds(session.created_at),
        "Username": session.params.get("Username", ""),
        "TargetServer": session.params.get("TargetServer", ""),
        "PortNumber": session.params.get("PortNumber", ""),
        "ClientIP": "127.0.0.1",
        "IdentityType": "AssumedRoleUser" if call.key and call.key.security_token else "RAMUser",
        "PrincipalId": call.account_id,
        "Connections": {"Connection": connections},
    }


@operation("DescribeCloudAssistantStatus")
def describe_cloud_assistant_status(call: Context) -> Payload:
    """Ids that do not exist are absent, as in DescribeInstances."""
    ids = call.numbered("InstanceId")
    if ids:
        maybe = [call.state.find(call.account_id, call.region, instance_id) for instance_id in ids]
        return _assistant_page(call, [one for one in maybe if one is not None], "")
    size, start = min(max(call.integer("MaxResults", 10), 1), 50), read_token(call.get("NextToken"))
    wanted = call.get("OSType").lower()
    found = [one for one in call.state.listing(call.account_id, call.region) if wanted in ("", one.os_type)]
    end = start + size
    return _assistant_page(call, found[start:end], write_token(end) if end < len(found) else "")


def _assistant_page(call: Context, instances: list[Instance], token: str) -> Payload:
    rows = [_assistant(call, instance) for instance in instances]
    return {
        "TotalCount": len(rows),
        "NextToken": token,
        "InstanceCloudAssistantStatusSet": {"InstanceCloudAssistantStatus": rows},
    }


def _assistant(call: Context, instance: Instance) -> dict[str, object]:
    alive = instance.agent and instance.status == "Running"
    return {
        "InstanceId": instance.instance_id,
        "CloudAssistantStatus": "true" if alive else "false",
        "CloudAssistantVersion": _AGENT.get(instance.os_type, "") if instance.agent else "",
        "SupportSessionManager": instance.agent,
        "LastHeartbeatTime": iso_seconds(call.clock.now()) if alive else "",
        "LastInvokedTime": "",
        "OSType": instance.os_type.capitalize(),
        "ActiveTaskCount": 0,
        "InvocationCount": 0,
    }
