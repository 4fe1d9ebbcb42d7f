# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutants that no test can notice, by their fingerprint, and why: what they do is the same."""

from __future__ import annotations

from collections.abc import Mapping

ACCEPTED: Mapping[str, str] = {}
