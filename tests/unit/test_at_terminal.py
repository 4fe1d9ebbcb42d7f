# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The place that prints a secret refuses by itself: no task before it is needed, so none can be left out."""

from __future__ import annotations

import pytest
from ansible.errors import AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils import _at_terminal
from ansible_collections.cloudops.console.plugins.plugin_utils._at_terminal import ask, refuse_in_awx


def answered(patch: pytest.MonkeyPatch, answer: bytes | Exception, *, output: bool = True) -> list[str]:
    """Answer questions so; return what was asked."""
    asked: list[str] = []

    def prompt_until(_display: Display, question: str) -> bytes:
        asked.append(question)
        if isinstance(answer, Exception):
            raise answer
        return answer

    patch.setattr(Display, "prompt_until", prompt_until)
    patch.setattr(_at_terminal, "OUTPUT_IS_TERMINAL", output)
    return asked


@pytest.mark.parametrize("answer", [b"yes", b" YES "])
def test_yes(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    asked = answered(monkeypatch, answer)
    ask("Readable on this screen.")
    assert asked == ["\nReadable on this screen. To see it, type yes and press Enter:"]


@pytest.mark.parametrize("answer", [b"", b"y", b"yes!", b"\xff", AnsiblePromptInterrupt("user interrupt")])
def test_anything_else_is_no(monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception) -> None:
    answered(monkeypatch, answer)
    with pytest.raises(ConsoleError, match="the answer was not yes"):
        ask("Readable.")


def test_no_terminal_to_type_at(monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, AnsiblePromptNoninteractive("stdin is not interactive"))
    with pytest.raises(ConsoleError, match=r"standard input is not a terminal\. .* Otherwise, this\.$"):
        ask("Readable.", "Otherwise, this.")


def test_output_that_goes_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question into a file or a pipe would be answered unseen."""
    asked = answered(monkeypatch, b"yes", output=False)
    with pytest.raises(ConsoleError, match="standard output is not a terminal"):
        ask("Readable.")
    assert not asked


def test_awx() -> None:
    refuse_in_awx({"awx_job_id": ""}, "no URL")
    with pytest.raises(ConsoleError, match="AWX keeps the output of its jobs, so no URL is shown there"):
        refuse_in_awx({"awx_job_id": 7}, "no URL")
