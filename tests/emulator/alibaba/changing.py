# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations that change instances: VNC password, restart, start, stop; and the VNC URL."""

from __future__ import annotations

import base64
import re
import secrets
from urllib.parse import quote

from .answers import RefusalError
from .operations import Context, Payload, operation
from .state import Instance

_PASSWORD = re.compile(r"[A-Za-z0-9]{6}")
_CLASSES = tuple(re.compile(pattern) for pattern in ("[A-Z]", "[a-z]", "[0-9]"))
_MAX_REBOOTS = 100


@operation("ModifyInstanceVncPasswd", write=True, required=("InstanceId", "VncPassword"))
def modify_instance_vnc_passwd(call: Context) -> Payload:
    password = call.get("VncPassword")
    instance = call.instance()
    if not _is_well_formed(password, strict=call.settings.strict_vnc_password):
        raise RefusalError(
            400,
            "IncorrectVncPassword.Malformed",
            "VncPassword must be 6 characters, including uppercase characters, lowercase characters and numbers.",
        )
    if instance.status == "Starting":
        raise RefusalError(403, "InstanceNotReady", "Temporarily unable to connect to the instance. Please try later.")
    if instance.status not in call.settings.vnc_password_states:
        raise _wrong_state()
    outcome = instance.take_password(password)
    if call.received is not None:
        call.received.outcome, call.received.applied_at = outcome, call.clock.real()
    return {}


def _is_well_formed(password: str, *, strict: bool) -> bool:
    if not _PASSWORD.fullmatch(password):
        return False
    return not strict or all(pattern.search(password) for pattern in _CLASSES)


@operation("DescribeInstanceVncUrl", required=("InstanceId",))
def describe_instance_vnc_url(call: Context) -> Payload:
    """Answer a URL that is percent-encoded once, so that the token in it is encoded twice."""
    instance = call.instance()
    if instance.status == "Starting":
        raise RefusalError(403, "InstanceNotReady", "Temporarily unable to connect to the instance. Please try later.")
    if instance.status != "Running":
        raise _wrong_state()
    token = base64.b64encode(secrets.token_bytes(48)).decode()
    call.state.secrets.add(token)
    call.state.consoles[token] = (instance.instance_id, call.clock.now())
    return {"VncUrl": quote(f"{call.settings.vnc_base}?s={quote(token, safe='')}", safe="")}


@operation("RebootInstance", write=True, regional=False, required=("InstanceId",))
def reboot_instance(call: Context) -> Payload:
    instance = call.instance()
    _check_reboot(instance)
    if call.flag("DryRun"):
        raise RefusalError(400, "DryRunOperation", "Request validation has been passed with DryRun flag set.")
    _begin(call, instance, "Starting", "Running")
    return {}


@operation("RebootInstances", write=True)
def reboot_instances(call: Context) -> Payload:
    """AllTogether changes nothing unless every instance can be restarted; SuccessFirst restarts those that can."""
    instances = [call.instance(instance_id) for instance_id in _several(call)]
    problems = {instance.instance_id: _reboot_problem(instance) for instance in instances}
    first = next((problem for problem in problems.values() if problem is not None), None)
    if first is not None and call.get("BatchOptimization", "AllTogether") == "AllTogether":
        raise first
    if call.flag("DryRun"):
        raise RefusalError(400, "DRYRUN.SUCCESS", "Request validation has been passed with DryRun flag set.")
    rows = [_reboot_one(call, instance, problems[instance.instance_id]) for instance in instances]
    return {"InstanceResponses": {"InstanceResponse": rows}}


def _several(call: Context) -> list[str]:
    ids = call.numbered("InstanceId")
    if not ids:
        raise RefusalError(400, "MissingParameter", "InstanceId is mandatory for this action.")
    if len(ids) > _MAX_REBOOTS:
        raise RefusalError(
            403, "InvalidParameter.TooManyInstanceIds", f"At most {_MAX_REBOOTS} instances may be given."
        )
    return ids


def _reboot_one(call: Context, instance: Instance, problem: RefusalError | None) -> dict[str, str]:
    before = instance.status
    if problem is None:
        _begin(call, instance, "Starting", "Running")
    return {
        "InstanceId": instance.instance_id,
        "Code": "200" if problem is None else problem.code,
        "Message": "success" if problem is None else problem.message,
        "PreviousStatus": before,
        "CurrentStatus": instance.status,
    }


def _reboot_problem(instance: Instance) -> RefusalError | None:
    try:
        _check_reboot(instance)
    except RefusalError as problem:
        return problem
    return None


def _check_reboot(instance: Instance) -> None:
    if "security" in instance.operation_locks:
        raise RefusalError(403, "InstanceLockedForSecurity", "The instance is locked for security reasons.")
    if "financial" in instance.operation_locks:
        raise RefusalError(403, "InstanceExpiredOrInArrears", "The instance has expired or its account is in arrears.")
    if instance.status != "Running":
        raise _wrong_state()


@operation("StartInstance", write=True, regional=False, required=("InstanceId",))
def start_instance(call: Context) -> Payload:
    instance = call.instance()
    if instance.status != "Stopped":
        raise _wrong_state()
    _begin(call, instance, "Starting", "Running")
    return {}


@operation("StopInstance", write=True, regional=False, required=("InstanceId",))
def stop_instance(call: Context) -> Payload:
    instance = call.instance()
    if instance.status != "Running":
        raise _wrong_state()
    _begin(call, instance, "Stopping", "Stopped")
    return {}


def _begin(call: Context, instance: Instance, through: str, to: str) -> None:
    instance.move(through, to, call.clock.real() + call.settings.restart_seconds)


def _wrong_state() -> RefusalError:
    return RefusalError(
        403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation."
    )
