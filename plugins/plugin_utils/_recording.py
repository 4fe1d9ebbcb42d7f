# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""A password of the operator's choice, set by the module vnc_password and recorded by the steps of a rotation.

The ledger is on the controller, and the module runs on the host of the task. So the instance is read by one run of a
module, the password is staged, a second run sets it, and then it is promoted. Whatever ends the task in between leaves
what an interrupted rotation leaves: a pending password that the next run sends again.
"""

from __future__ import annotations

import datetime as dt
import os
import typing as t
from dataclasses import dataclass

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    NotFound,
    UnexpectedAnswer,
    WrongState,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._masking import register
from ansible_collections.cloudops.console.plugins.module_utils._models import (
    Access,
    Acknowledgement,
    Facts,
    Instance,
    Reboot,
    checked_instance_id,
    checked_region,
)
from ansible_collections.cloudops.console.plugins.module_utils._options import LEDGER_OPTIONS, VAULT_OPTIONS
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.encryption import play_secrets
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.open import ledger_options, opened_ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import InstanceKey
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.store import Ledger
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import Templar, resolved_option
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import parse_moment
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import Decision, RotationOptions, decide
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import (
    InstanceResult,
    Rotator,
    utc_now,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import Target

Result = dict[str, t.Any]

# Seconds that may pass until a module has begun: connection, interpreter, libraries.
START = 120.0
# A warning is worth one short look at a ledger on a server.
_QUICK = Policy(timeout=5.0, retries=0)
_ENVIRONMENT = {"ledger": "CLOUDOPS_CONSOLE_LEDGER", "ledger_key": "CLOUDOPS_CONSOLE_LEDGER_KEY"}
_SECRETS = ("ledger_key", "vault_token", "vault_secret_id")
_CLASSES: list[type[ConsoleError]] = [ConsoleError, *ConsoleError.__subclasses__()]
_KINDS = {error.kind: error for error in _CLASSES}
_RESUMABLE = "The ledger has the password as pending: this task again, or the next rotation, completes that."


class RunModule(t.Protocol):
    """Runs a module of this collection on the host of the task, and returns its result."""

    def __call__(self, module: str, options: t.Mapping[str, t.Any], /) -> Result:
        """Run it; raises what Ansible raises where the host cannot be reached."""


@dataclass(frozen=True)
class RecordingOptions:
    """What is to be set, and where.

    :param name: of the host, in the inventory.
    :param module_options: as the task gives them, those of the ledger not among them.
    :param policy: of the module's calls.
    """

    name: str
    key: InstanceKey
    password: str
    module_options: t.Mapping[str, t.Any]
    facts: Facts
    policy: Policy
    run_id: str
    check_mode: bool


class _ByModules:
    """The cloud, as modules of this collection reach it; fits rotate_one.Setter."""

    def __init__(self, options: RecordingOptions, run_module: RunModule) -> None:
        self.facts = options.facts
        self.answer: Result = {}
        self._options = options
        self._run_module = run_module

    def describe(self) -> Instance:
        """Return the instance; raises ConsoleError."""
        shared = {
            name: value
            for name, value in self._options.module_options.items()
            if name not in ("instance_id", "password")
        }
        key = self._options.key
        found = self._run_module("instance_info", {**shared, "instance_ids": [key.instance_id]})
        error = _error_of(found)
        if error is not None:
            raise _Refused(found) from None
        if not found.get("instances"):
            raise NotFound(
                f"{key.instance_id} is not known in {key.region} to this account",
                advice="Check instance_id, region and the credentials.",
            )
        one = found["instances"][0]
        return Instance(
            key.instance_id,
            key.region,
            str(one["status"]),
            io_optimized=one["io_optimized"],
            started_at=parse_moment(one["started_at"]) if one["started_at"] else None,
        )

    async def set_vnc_password(self, _client: None, instance_id: str, password: str, /) -> Acknowledgement:
        """Set it, and keep what the module answered."""
        self.answer = self._run_module(
            "vnc_password", {**self._options.module_options, "instance_id": instance_id, "password": password}
        )
        error = _error_of(self.answer)
        if error is not None:
            raise error
        at = parse_moment(str(self.answer.get("acknowledged_at")))
        if at is None:
            raise _unexplained()
        return Acknowledgement(self.answer["request_id"], at, bool(self.answer["answer_lost"]))


class _Refused(Exception):
    """A module has failed before anything was staged; its result is the task's."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


def _error_of(result: t.Mapping[str, t.Any]) -> ConsoleError | None:
    """Return why a module has failed, None where it has not."""
    if not result.get("failed"):
        return None
    failure = result.get("failure")
    if not isinstance(failure, t.Mapping):
        return _unexplained()
    return _KINDS.get(str(failure.get("kind")), UnexpectedAnswer)(
        str(failure.get("message")),
        code=failure.get("code"),
        request_id=failure.get("request_id"),
        status=failure.get("status"),
        ambiguous=bool(result.get("answer_lost", True)),
    )


def _unexplained() -> ConsoleError:
    """The module was broken off: what it had sent by then is not known."""
    return UnexpectedAnswer("the module vnc_password ended without a result of its own", ambiguous=True)


def ledger_params(given: t.Mapping[str, t.Any], variables: t.Mapping[str, t.Any], templar: Templar) -> dict[str, t.Any]:
    """Return the options of the ledger: as given, else by the variables of the role, else by the environment."""
    found: dict[str, t.Any] = {}
    for name in (*LEDGER_OPTIONS, *VAULT_OPTIONS, "allow_plain_http"):
        value = given.get(name)
        if value in (None, ""):
            variable = f"vnc_rotation_{name}"
            value = resolved_option(variable, variables.get(variable), templar)
        found[name] = value or os.environ.get(_ENVIRONMENT.get(name, ""), "")
    for name in ("allow_local_ledger", "allow_plain_http"):
        found[name] = boolean(found[name] or False, strict=False)
    register(found[name] for name in _SECRETS)
    return found


async def warning_of(
    params: t.Mapping[str, t.Any], loader: t.Any, key: t.Sequence[str], password: str, *, check_mode: bool
) -> str | None:
    """Say that the ledger manages an instance whose password was set without it; None where it does not.

    :raises ConsoleError: the ledger cannot be read.
    """
    if _deps.MISSING is not None:
        raise ConsoleError("the controller lacks libraries", advice=_deps.missing_text(_deps.MISSING))
    options, secrets = ledger_options(params, policy=_QUICK), play_secrets(loader)
    async with opened_ledger(options, secrets, read_only=True) as ledger:
        record = (await ledger.read([InstanceKey(*key)])).get(InstanceKey(*key))
    if record is None or (record.pending is None and record.current == password):
        return None
    return (
        f"The ledger {ledger.where} manages {key[2]}, and {'would not have' if check_mode else 'does not have'} this "
        "password: lookups return another one. Set record: true to record it, or run "
        "cloudops.console.reconcile_vnc_passwords to set the recorded one again."
    )


def key_of(params: t.Mapping[str, t.Any]) -> InstanceKey:
    """Return the key of the record.

    :raises ConsoleError: the region is missing, or one of its parts cannot be one.
    """
    if not params["region"]:
        raise ConsoleError(
            "record needs the option region too, because the ledger keeps its records by region",
            advice="Set region, for example cn-hangzhou.",
        )
    return InstanceKey(params["provider"], checked_region(params["region"]), checked_instance_id(params["instance_id"]))


async def record_password(options: RecordingOptions, ledger: Ledger, run_module: RunModule) -> Result:
    """Set the password and record it, in check mode say whether that would be done.

    :raises ConsoleError: the ledger cannot be used, or it forbids the change; nothing was sent.
    """
    cloud = _ByModules(options, run_module)
    try:
        record = (await ledger.read([options.key])).get(options.key)
        rotation = RotationOptions(max_age=dt.timedelta(0), operation="rollback", chosen=options.password)
        target = Target((options.name,), options.key, Access(options.key.provider, options.key.region))
        decision = decide(target, record, cloud.describe(), rotation, utc_now())
        if decision.error is not None:
            raise decision.error.while_doing(f"setting {_what(options.key)}")
        if not decision.acts or options.check_mode:
            return _forecast(options, decision, decision.reboot, ledger)
        policy = options.policy
        rotator = Rotator(ledger, options.run_id, policy, stopped=lambda: True, slack=START + policy.window)
        return _result(options, decision, await rotator.rotate(decision, cloud, None), cloud.answer, ledger)
    except _Refused as refused:
        return {**_shared(options, ledger), **refused.result, "recorded": False}


def _shared(options: RecordingOptions, ledger: Ledger) -> Result:
    key = options.key
    return {
        "provider": key.provider,
        "region": key.region,
        "instance_id": key.instance_id,
        "request_id": None,
        "ledger": ledger.where,
        "recorded": True,
    }


def _forecast(options: RecordingOptions, decision: Decision, reboot: Reboot, ledger: Ledger) -> Result:
    """What would be done, or that there is nothing to do."""
    seen = decision.instance.to_result() if decision.instance else {}
    return {
        **_shared(options, ledger),
        "changed": decision.acts,
        "reboot": reboot,
        "reboot_needed": reboot == "needed",
        **{name: seen.get(name) for name in ("io_optimized", "status", "started_at")},
        "acknowledged_at": None,
        "answer_lost": False,
    }


def _result(
    options: RecordingOptions, decision: Decision, result: InstanceResult, answer: Result, ledger: Ledger
) -> Result:
    """What came of it; where the module had its say, with that."""
    if result.error is None and result.outcome != "fresh":
        return {**_shared(options, ledger), **answer}
    if result.error is None:
        return {**_forecast(options, decision, result.reboot, ledger), "changed": False}
    if not answer.get("failed"):
        answer = {**answer, **_failed(result, options.key)}
    if result.record.pending is not None and result.outcome != "conflict":
        answer = {**answer, "msg": f"{answer.get('msg', '')} {_RESUMABLE}".lstrip()}
    return {**_shared(options, ledger), **answer, "recorded": False}


def _failed(result: InstanceResult, key: InstanceKey) -> Result:
    """Why it was not sent, or not recorded although it was set."""
    error = result.error or WrongState("the password was not recorded")
    accepted = result.outcome == "acknowledged"
    error.while_doing(f"recording {_what(key)}, which the cloud has accepted," if accepted else f"setting {_what(key)}")
    return {
        "failed": True,
        "changed": accepted,
        "msg": error.message,
        "failure": error.failure,
    }


def _what(key: InstanceKey) -> str:
    return f"the VNC password of {key.instance_id} in {key.region}"
