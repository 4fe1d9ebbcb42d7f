# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as Markdown: what is urgent comes first, and no value is taken for markup."""

from __future__ import annotations

import re

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import render
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report.pages import escape_markdown

from tests.unit.rotation.report.sample_results import DENIED, HOSTILE, fleet, host, mixed


def section(text: str, title: str) -> str:
    return text.split(f"\n## {title} (")[1].split("\n## ")[0]


def names(text: str, title: str) -> list[str]:
    return re.findall(r"^\| ([\w-]+) \|", section(text, title).replace("\\_", "_").split("---", 1)[1], re.MULTILINE)


def test_reboots_come_first_then_problems_then_the_rest() -> None:
    titles = re.findall(r"^## (.+?)(?: \(|$)", render(mixed(), "md"), re.MULTILINE)
    assert titles == ["Summary", "Need a reboot", "Problems", "Take effect at their next start", "Everything else"]


def test_each_list_has_its_hosts() -> None:
    text = render(mixed(), "md")
    assert names(text, "Need a reboot") == ["waiting", "both", "twin"]
    assert names(text, "Take effect at their next start") == ["sleeper"]
    assert names(text, "Problems")[:3] == ["every-rejected", "denied", "every-failed"]
    assert names(text, "Problems")[-1] == "every-not_attempted"
    lists = ("Need a reboot", "Problems", "Take effect at their next start", "Everything else")
    listed = [names(text, title) for title in lists]
    assert set().union(*listed) == {each.name for each in mixed().hosts}


def test_problems_say_the_next_step_the_code_and_the_request_id() -> None:
    text = section(render(fleet(host("a", "rejected", failure=DENIED)), "md"), "Problems")
    assert "Grant ecs:ModifyInstanceVncPasswd." in text
    assert "| Forbidden.RAM | 473469C7-AA6F |" in text


def test_the_summary_adds_up() -> None:
    text = render(mixed(), "md").split("## Summary")[1].split("\n## ")[0]
    *counts, total = [int(count) for count in re.findall(r"\| \**(\d+)\** \|", text)]
    assert sum(counts) == total == len(mixed().hosts)


def test_says_that_nothing_was_changed_and_that_it_stopped() -> None:
    text = render(mixed(check_mode=True, stopped="too many | failures"), "md")
    assert "> **Dry run:** nothing was changed." in text
    assert "> **Stopped early:** too many \\| failures" in text
    assert "## Would need a reboot (3)" in text
    assert "Dry run" not in render(mixed(), "md")


def test_an_empty_fleet_has_no_table_of_hosts() -> None:
    text = render(fleet(), "md")
    assert "No host needs a reboot." in text
    assert "No host has a problem." in text
    assert "Everything else" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_its_cell(text: str) -> None:
    result = fleet(host(text, "rejected", message=text, failure={**DENIED, "code": text}), host("next"))
    table = [line for line in section(render(result, "md"), "Problems").splitlines() if line.startswith("|")]
    assert len(table) == 3
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_markup(text: str) -> None:
    shown = escape_markdown(text)
    assert not re.search(r"(?<!\\)[|`*_\[\]~#]", re.sub(r"&(?:#\d+|[a-z]+);", "", shown))
    assert not re.search(r"[<>@]|://|www\.|\n", shown)
    assert shown.isprintable()


def test_a_backslash_cannot_undo_an_escape_markdown() -> None:
    assert escape_markdown("a\\|b") == "a&#92;\\|b"
