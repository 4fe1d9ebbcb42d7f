# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I15: what runs have left behind holds no secret, and no other user can read ledger or reports."""

from __future__ import annotations

from pathlib import Path

from tests.faults.run_folder import RunFolder
from tests.integration.secret_scan import files_below, leaks

# What this harness itself writes, and what an operator writes.
_OURS = (".order", ".mark")
_INPUTS = ("inventory.json",)


def left_behind(run_folder: RunFolder) -> list[str]:
    """Look at output, results, reports, temporary files, Ansible's own folder, and the ledger's bytes."""
    places = {name: content for name, content in files_below(run_folder.path).items() if not _is_ours(name)}
    found = leaks(places, [*run_folder.cloud.secrets(), run_folder.room.ledger_key, *run_folder.former_keys])
    leaked = sorted({Path(name).name for names in found.values() for name in names})
    violations = [f"I15: {len(found)} secrets are in {', '.join(leaked)}"] if found else []
    return violations + _modes(run_folder)


def _is_ours(name: str) -> bool:
    return Path(name).suffix in _OURS or Path(name).name in _INPUTS


def _modes(run_folder: RunFolder) -> list[str]:
    folders = [run_folder.ledger.parent, run_folder.room.reports]
    files = [path for folder in folders if folder.exists() for path in folder.rglob("*") if path.is_file()]
    return [
        f"I15: {path.name} has mode {path.stat().st_mode & 0o777:o}" for path in files if path.stat().st_mode & 0o077
    ]
