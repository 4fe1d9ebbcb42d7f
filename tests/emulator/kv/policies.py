# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies: from HCL or JSON to capabilities on a path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

Rules = dict[str, list[str]]

_PATH = re.compile(r'path\s+"([^"]+)"\s*\{(.*?)\}', re.DOTALL)
_CAPABILITIES = re.compile(r"capabilities\s*=\s*\[(.*?)\]", re.DOTALL)
DEFAULT: Rules = {
    "auth/token/lookup-self": ["read"],
    "auth/token/renew-self": ["update"],
    "auth/token/revoke-self": ["update"],
    "sys/capabilities-self": ["update"],
}


def parse_policy(text: str) -> Rules:
    """The part of HCL that policies for a ledger need, or the same as JSON."""
    if text.lstrip().startswith("{"):
        return {path: list(rule["capabilities"]) for path, rule in json.loads(text)["path"].items()}
    plain = re.sub(r"(?m)#.*$", "", text)
    rules: Rules = {}
    for path, body in _PATH.findall(plain):
        match = _CAPABILITIES.search(body)
        rules[path] = re.findall(r'"([^"]+)"', match[1]) if match else []
    if not rules:
        raise ValueError("failed to parse policy")
    return rules


def capabilities(policies: Iterable[Rules], path: str) -> list[str]:
    """What all policies together grant on a path: for each policy set, its most specific rule counts; deny wins."""
    merged: dict[str, set[str]] = {}
    for rules in policies:
        for pattern, granted in rules.items():
            merged.setdefault(pattern, set()).update(granted)
    fitting = [pattern for pattern in merged if _fits(pattern, path)]
    if not fitting:
        return ["deny"]
    best = max(fitting, key=_weight)
    return ["deny"] if "deny" in merged[best] else sorted(merged[best])


def touches(policies: Iterable[Rules], mount: str) -> bool:
    """Whether any rule grants anything at or below a mount."""
    return any(
        pattern.startswith(mount) or (pattern.endswith("*") and mount.startswith(pattern[:-1]))
        for rules in policies
        for pattern, granted in rules.items()
        if granted and "deny" not in granted
    )


def _fits(pattern: str, path: str) -> bool:
    glob = pattern.endswith("*")
    text = re.escape(pattern[:-1] if glob else pattern).replace(r"\+", "[^/]+")
    return re.fullmatch(text + (".*" if glob else ""), path) is not None


def _weight(pattern: str) -> tuple[bool, bool, int]:
    """Exact before glob, no segment wildcard before one, long before short."""
    return not pattern.endswith("*"), "+" not in pattern, len(pattern)
