# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutants that no test can notice, by their fingerprint, and why: what they do is the same."""

from __future__ import annotations

from collections.abc import Mapping

ACCEPTED: Mapping[str, str] = {
    # record.py
    "196160bd5e": "promote: announced is only true where there is a pending candidate; the clause is for mypy",
    "d9c7349db3": "pruned: of a history that is not too long, nothing is before its last KEEP entries",
    "0d04b921b2": "pruned: the same, at a length of exactly KEEP",
}
