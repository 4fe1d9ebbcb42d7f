# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX refuses beside wrong references: pure checks that return a sentence, or nothing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

Object = Mapping[str, Any]
ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
# What a notification may know of its job when it is checked: no artifacts, a start in the past.
JOB_STUB = {
    "id": 42,
    "name": "Stub",
    "status": "running",
    "url": "/api/v2/jobs/42/",
    "artifacts": {},
    "failed": False,
    "started": datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc),
    "host_status_counts": {"ok": 5},
}
CONTEXT = {
    "job": JOB_STUB,
    "job_friendly_name": "Job",
    "url": "https://awx.example.com/#/jobs/42",
    "job_metadata": "{}",
}
QUESTIONS = {"text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect"}
NUMBERS: dict[str, tuple[type[int | float], ...]] = {"integer": (int,), "float": (int, float)}


def credential_type(value: Object) -> Iterator[str]:
    """Inputs with an id, a label and a known type; injectors that use only them."""
    fields = value["inputs"].get("fields", [])
    names = [one.get("id") for one in fields]
    for one in fields:
        if not one.get("label") or one.get("type", "string") not in ("string", "boolean"):
            yield f"inputs: {one.get('id')} needs a label and the type string or boolean"
        if unknown := set(one) - {"id", "label", "type", "secret", "choices", "default", "help_text", "multiline"}:
            yield f"inputs: {one.get('id')} has unknown keys {sorted(unknown)}"
    if len(names) != len(set(names)) or set(value["inputs"].get("required", [])) - set(names):
        yield "inputs: ids must be unique, and required ones must exist"
    if set(value["injectors"]) - {"env", "extra_vars", "file"}:
        yield "injectors: only env, extra_vars and file"
    for name, template in value["injectors"].get("env", {}).items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name.startswith("ANSIBLE_"):
            yield f"injectors: {name} cannot be set"
        if problem := _renders(template, dict.fromkeys(filter(None, names), "value")):
            yield f"injectors: {name}: {problem}"


def credential(value: Object, of_type: Object) -> Iterator[str]:
    """Only inputs that the type has, and all that it requires."""
    inputs, wanted = set(value["inputs"]), of_type["inputs"]
    if unknown := inputs - {one["id"] for one in wanted.get("fields", [])}:
        yield f"inputs: {sorted(unknown)} are not inputs of {of_type['name']}"
    if missing := set(wanted.get("required", [])) - inputs:
        yield f"inputs: {sorted(missing)} are required"


def notification(value: Object) -> Iterator[str]:
    """Messages render with a job of no artifacts, and a message is one line."""
    wanted = {"email": {"host", "port", "username", "password", "sender", "recipients", "use_tls", "use_ssl"}}
    given = set(value["notification_configuration"])
    if missing := wanted.get(value["notification_type"], set()) - given:
        yield f"notification_configuration: missing {sorted(missing)}"
    for event, texts in value["messages"].items():
        for part, text in (texts or {}).items():
            if part not in ("message", "body"):
                yield f"messages: {event} has the unknown part {part}"
            if part == "message" and "\n" in text:
                yield f"messages: newline in the message of {event}"
            if problem := _renders(text, CONTEXT):
                yield f"messages: {event}: {problem}"


def survey(value: Object) -> Iterator[str]:
    """Every question complete, once, with a default of its type and within its bounds."""
    if not all(value.get(key) for key in ("name", "spec")) or "description" not in value:
        yield "a survey needs name, description and spec"
        return
    variables = [question.get("variable") for question in value["spec"]]
    if len(set(variables)) != len(variables):
        yield "a variable is asked twice"
    for question in value["spec"]:
        if missing := {"question_name", "variable", "type", "required"} - set(question):
            yield f"{question.get('variable')}: missing {sorted(missing)}"
        elif problem := _question(question):
            yield f"{question['variable']}: {problem}"


def _question(question: Object) -> str:
    kind, default = question["type"], question.get("default", "")
    low, high = question.get("min"), question.get("max")
    if kind not in QUESTIONS:
        return f"unknown type {kind}"
    if any(not isinstance(bound, (int, type(None))) for bound in (low, high)):
        return "min and max are integers"
    if kind == "multiplechoice":
        return "" if default in question.get("choices", []) else "default is not a choice"
    if kind in NUMBERS:
        if not isinstance(default, NUMBERS[kind]) or isinstance(default, bool):
            return f"default is not of the type {kind}"
        return "" if (low or 0) <= default <= (high or default) else "default is out of bounds"
    if not isinstance(default, str):
        return "default is not a text"
    return "" if (low or 0) <= len(default) <= (high or len(default)) else "default is too short or too long"


def schedule(value: Object) -> Iterator[str]:
    """A start, one rule, and an interval in it."""
    rule = value["rrule"]
    if not re.match(r"DTSTART(;TZID=[\w/]+:\d{8}T\d{6}|:\d{8}T\d{6}Z) ", rule):
        yield "rrule: a start DTSTART:YYYYMMDDTHHMMSSZ or DTSTART;TZID=ZONE:YYYYMMDDTHHMMSS is required"
    if rule.count("RRULE:") != 1 or "INTERVAL=" not in rule or "FREQ=" not in rule:
        yield "rrule: one RRULE with FREQ and INTERVAL is required"


def _renders(template: str, context: Mapping[str, Any]) -> str:
    try:
        ENVIRONMENT.from_string(template).render(context)
    except TemplateError as error:
        return str(error)
    return ""
