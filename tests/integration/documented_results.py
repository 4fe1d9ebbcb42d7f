# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what a module, an action or a filter returned with its RETURN: keys, types, null, and the shape of samples.

Every module call and every playbook of the integration tests comes through ``check()``, so each sample is compared with
real results. A dictionary without ``contains`` has the keys of its sample, or those that its description names as
``C(key)``; in one of MAPS the keys are data, and the first value of the sample shows what each value looks like.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PREFIX = "cloudops.console."
# What Ansible itself adds to results
OF_ANSIBLE = {
    *("changed", "failed", "skipped", "msg", "diff", "warnings", "deprecations", "invocation", "exception", "results"),
    *("ansible_facts", "censored", "failed_when_result", "failed_when_suppressed_exception", "attempts", "retries"),
    *("skip_reason", "false_condition", "item", "ansible_loop_var", "module_stdout", "module_stderr", "rc"),
}
# Dictionaries whose keys are names of hosts, outcomes, formats and tags
MAPS = {"hosts", "problems", "summary", "report", "tags", "vnc_rotation"}
TYPES: Mapping[str, Any] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "list": list,
    "dict": dict,
    "raw": object,
}
Document = Mapping[str, Any]


@functools.cache
def returns(name: str, folder: str = "modules") -> Document:
    """Return what a plugin says that it returns."""
    tree = ast.parse((PLUGINS / folder / f"{name}.py").read_text(encoding="utf-8"))
    assigned = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    return dict(yaml.safe_load(ast.literal_eval(assigned["RETURN"])))


def check(action: str, result: Mapping[str, Any], *, failed: bool = False) -> None:
    """Raise an AssertionError that names each difference between a result and the documentation.

    Results of modules that are not of this collection are let through, and so are hidden ones and those of a start in
    the background. Callbacks see no ``failed``.
    """
    name = action.removeprefix(PREFIX)
    if name == action or result.get("skipped") or {"censored", "ansible_job_id"} & set(result):
        return
    for one in result.get("results") or [result]:
        wrong = list(differences(returns(name), {"failed": failed, **one}))
        assert not wrong, f"the result of {action} is not as documented: {'; '.join(wrong)}"


def differences(document: Document, result: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the result of a module."""
    ours = {key: value for key, value in result.items() if key not in OF_ANSIBLE and not key.startswith("_ansible")}
    yield from (f"{key} is not documented" for key in sorted(set(ours) - set(document)))
    if missing := sorted(_due(document, result) - set(ours)):
        yield f"{', '.join(missing)} is missing"
    for key in sorted(set(ours) & set(document)):
        yield from misfits(key, document[key], ours[key])


def _due(document: Document, result: Mapping[str, Any]) -> set[str]:
    """Return the keys that must be there. Where Ansible refuses options, a module has no word in the result."""
    # A condition (failed_when) can call a failure none
    failed = result.get("failed") or "failure" in result
    if failed and "failure" not in result:
        return set()
    words = ("always", "failure" if failed else "success")
    return {key for key, described in document.items() if described.get("returned") in words}


def misfits(path: str, described: Document, value: Any) -> Iterator[str]:
    """Yield what is wrong with a value: its type, null where it is not announced, and the shape of its parts."""
    if value is None:
        if not _may_be_null(described):
            yield f"{path} is null"
        return
    kind = described["type"]
    if not isinstance(value, TYPES[kind]) or (kind == "int" and isinstance(value, bool)):
        yield f"{path} is {type(value).__name__}, not {kind}"
    elif kind == "list":
        for number, one in enumerate(value):
            yield from _of_list(f"{path}[{number}]", described, one)
    elif kind == "dict":
        yield from _of_dict(path, described, value)
    elif isinstance(value, dict):
        yield from _like(path, described, described["sample"], value)


def _may_be_null(described: Document) -> bool:
    return "null" in " ".join(_sentences(described)).lower()


def _sentences(described: Document) -> list[str]:
    said = described.get("description", [])
    return [said] if isinstance(said, str) else list(said)


def _of_list(path: str, described: Document, value: Any) -> Iterator[str]:
    if "contains" in described:
        yield from _of_dict(path, described, value)
        return
    sample = next(iter(described.get("sample") or []), None)
    one = {**described, "type": described.get("elements", "raw"), "elements": "raw", "sample": sample}
    yield from misfits(path, one, value)


def _of_dict(path: str, described: Document, value: Mapping[str, Any]) -> Iterator[str]:
    if (parts := described.get("contains")) is not None:
        yield from (f"{path}.{key} is not documented" for key in sorted(set(value) - set(parts)))
        yield from (f"{path}.{key} is missing" for key in sorted(set(parts) - set(value)))
        for key in sorted(set(value) & set(parts)):
            yield from misfits(f"{path}.{key}", parts[key], value[key])
        return
    sample = described.get("sample") or {}
    if path.rpartition(".")[2] not in MAPS:
        yield from _like(path, described, sample, value)
    elif isinstance(example := next(iter(sample.values()), None), dict):
        for key, one in value.items():
            yield from _like(f"{path}.{key}", described, example, one)


def _like(path: str, described: Document, sample: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[str]:
    """Compare the keys of a dictionary, and those of dictionaries in it, with a sample's; null has no keys."""
    named = set(re.findall(r"C\((\w+)\)", " ".join(_sentences(described))))
    if unknown := sorted(set(value) - set(sample) - named):
        yield f"{path} has {', '.join(unknown)}, unlike its sample"
    for key in sorted(set(value) & set(sample) - MAPS):
        if isinstance(sample[key], dict) and isinstance(value[key], dict):
            yield from _like(f"{path}.{key}", described, sample[key], value[key])
        elif not _same_kind(sample[key], value[key]):
            yield f"{path}.{key} is {type(value[key]).__name__}, unlike its sample"


def _same_kind(sample: Any, value: Any) -> bool:
    return sample is None or value is None or isinstance(value, type(sample))
