# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated server answers what a real one answered to the same calls, and the real one still does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.kv.admin import Admin
from tests.fidelity.kv.exchanges import RECORDED, STEPS, answers

EXPECTED: list[dict[str, Any]] = json.loads(RECORDED.read_text(encoding="utf-8"))["answers"]


@pytest.mark.parametrize("kind", ["emulated", "real"])
def test_the_answers_are_those_of_the_recording(request: pytest.FixtureRequest, kind: str) -> None:
    admin: Admin = request.getfixturevalue(f"fresh_{kind}")
    found = list(answers(admin))
    differing = [
        (step, answer, expected)
        for step, answer, expected in zip(STEPS, found, EXPECTED, strict=True)
        if answer != expected
    ]
    assert differing == []
