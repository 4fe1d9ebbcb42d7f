# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as HTML: self-contained, complete, in reading order; no value becomes markup."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from html.parser import HTMLParser

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import pages, render

from tests.unit.rotation.report.sample_results import DENIED, HOSTILE, copies, fleet, host, mixed

VOID = {"meta", "col", "input"}


class Page(HTMLParser):
    """Elements with their attributes, and the text of each list of hosts; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: dict[str, list[str]] = {}
        self._open: list[str] = []
        self._section = ""
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "section":
            self._section = attributes.get("id") or ""
        if tag == "tr" and "tbody" in self._open:
            self.rows.setdefault(self._section, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "tbody" in self._open and "tr" in self._open:
            self.rows[self._section][-1] += f"{data} "

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def names(self, section: str) -> list[str]:
        return [row.split()[0] for row in self.rows.get(section, [])]


def between(text: str, start: str, end: str) -> str:
    return text.split(start, 1)[1].split(end, 1)[0]


def test_sections_stand_in_the_order_of_what_to_do() -> None:
    page = Page(render(mixed(), "html"))
    sections = [each["id"] for each in page.all("section") if each.get("class") == "hosts"]
    assert sections == ["reboot", "problems", "at_next_start", "rest"]


def test_each_list_has_its_hosts_and_together_they_have_all() -> None:
    page = Page(render(mixed(), "html"))
    assert page.names("reboot") == ["waiting", "both", "twin"]
    assert page.names("at_next_start") == ["sleeper"]
    assert page.names("problems")[:3] == ["every-rejected", "denied", "every-failed"]
    assert "both" in page.names("problems")
    assert {name for section in page.rows for name in page.names(section)} == {each.name for each in mixed().hosts}


def test_counts_match_the_lists() -> None:
    text = render(mixed(), "html")
    page = Page(text)
    for section in ("reboot", "problems", "at_next_start"):
        card = re.search(rf'<a href="#{section}">.*?<strong>(\d+)</strong>', text)
        heading = re.search(rf'id="{section}-title">[^<]*<span class="count">(\d+)<', text)
        assert card is not None
        assert heading is not None
        assert int(card[1]) == int(heading[1]) == len(page.rows[section])
    outcomes = [int(count) for count in re.findall(r"<b>(\d+)</b> <span>", text)]
    assert sum(outcomes) == len(mixed().hosts)


def test_the_top_says_which_run_it_was() -> None:
    top = between(render(mixed(), "html"), "<header>", "</header>")
    for fact in ("20260301T120003Z-7f3a", "2026-03-01 12:00:03 UTC", "2026-03-01 12:00:11 UTC", "8.2 s"):
        assert fact in top
    assert "sqlite:///home/ops/ledger.db" in top
    assert "banner" not in top


def test_banners_say_dry_run_and_stopped() -> None:
    text = render(mixed(check_mode=True, stopped="too <many> failures"), "html")
    assert "<strong>Dry run.</strong>" in text
    assert "<strong>Stopped early.</strong> too &lt;many&gt; failures." in text
    assert "Would need a reboot" in text
    assert "a new password would be set and recorded" in text


def test_problems_say_message_code_and_request_id() -> None:
    page = Page(render(fleet(host("a", "rejected", message="Refused. Ask.", failure=DENIED)), "html"))
    (row,) = page.rows["problems"]
    for part in ("Refused. Ask.", "Forbidden.RAM", "473469C7-AA6F"):
        assert part in row


def test_the_most_frequent_codes_are_counted() -> None:
    failed = [host(f"h{number}", "rejected", failure=DENIED) for number in range(3)]
    assert '<li data-find="Forbidden.RAM"><code>Forbidden.RAM</code> <b>3</b></li>' in render(fleet(*failed), "html")


def test_an_empty_fleet_makes_a_page_without_a_table() -> None:
    page = Page(render(fleet(), "html"))
    assert not page.all("table")
    assert "The run had no host." in render(fleet(), "html")


def test_the_policy_allows_its_own_script_and_nothing_else() -> None:
    text = render(mixed(), "html")
    (policy,) = [each["content"] or "" for each in Page(text).all("meta") if "http-equiv" in each]
    script = between(text, "<script>", "</script>")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy
    assert "http" not in policy.lower()
    assert text.count("<script") == 1


def test_nothing_is_loaded_from_anywhere() -> None:
    text = render(mixed(), "html")
    page = Page(text)
    assert not {"link", "img", "iframe", "object", "base", "form"} & {tag for tag, _attributes in page.elements}
    assert not any("src" in attributes for _tag, attributes in page.elements)
    assert all((each["href"] or "").startswith("#") for each in page.all("a"))
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|innerHTML|eval\(", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text: str) -> None:
    twice = [host("a", "rejected", message="m", failure=DENIED)] * 2
    plain = Page(render(fleet(*twice, stopped="s", ledger="l"), "html"))
    failure = {**DENIED, "code": text, "request_id": text}
    fields = {"message": text, "region": text, "instance_id": text, "provider": text}
    hostile = host(text, "rejected", failure=failure, **fields)
    rendered = render(fleet(hostile, hostile, stopped=text, ledger=text, run_id=text), "html")
    allowed = {tag for tag, _attributes in plain.elements} | {"small", "span"}
    assert {tag for tag, _attributes in Page(rendered).elements} <= allowed
    assert not any(name.startswith("on") for _tag, attributes in Page(rendered).elements for name in attributes)


def test_what_does_not_show_is_escaped() -> None:
    text = render(fleet(host("a\x00\u202egnp.exe")), "html")
    assert "a\\x00\\u202egnp.exe" in text
    assert "\u202e" not in text


def test_every_table_has_a_caption_and_scoped_headers() -> None:
    page = Page(render(mixed(), "html"))
    assert len(page.all("caption")) == len(page.all("table")) == 4
    assert {each.get("scope") for each in page.all("th")} == {"col", "row"}
    labels = {each["for"] for each in page.all("label")}
    assert labels == {each["id"] for each in page.all("input")}


def test_on_a_phone_each_cell_has_the_title_of_its_column() -> None:
    text = render(mixed(), "html")
    for section in ("reboot", "problems", "at_next_start", "rest"):
        titles = re.findall(r'<th scope="col">([^<]+)</th>', between(text, f'<section id="{section}"', "</thead>"))
        labels = dict(
            re.findall(rf'#{section} td:nth-child\((\d+)\):not\(:empty\)::before {{ content: "([^"]+)"', text)
        )
        unlabelled = set(re.findall(rf"#{section} td:nth-child\((\d+)\) {{ display: block", text))
        assert {**labels, **dict.fromkeys(unlabelled)}.keys() == {str(n) for n in range(2, len(titles) + 1)}
        assert all(titles[int(number) - 1] == label for number, label in labels.items())
        assert {titles[int(number) - 1] for number in unlabelled} <= {"What happened, what to do"}


def test_ids_are_unique_and_references_lead_somewhere() -> None:
    page = Page(render(mixed(), "html"))
    ids = [attributes["id"] for _tag, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {each["aria-labelledby"] for each in page.all("section")} | {(a["href"] or "")[1:] for a in page.all("a")}
    assert wanted <= set(ids)


def test_sorting_and_filtering_appear_only_with_the_script() -> None:
    text = render(mixed(), "html")
    page = Page(between(text, "<body>", "<script>"))
    assert not page.all("button")
    assert "hidden" in page.all("search")[0]
    assert "aria-sort" in between(text, "<script>", "</script>")


def test_only_long_lists_are_folded() -> None:
    limit = pages.FOLD
    assert "<details>" not in render(fleet(*(host(f"h{number}") for number in range(limit))), "html")
    assert "<summary>Show 1,001 hosts" in render(fleet(*(host(f"h{number}") for number in range(limit + 1))), "html")


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("text", "muted", "link") for ground in ("ground", "sheet", "stripe")),
        *((tone, ground) for tone in ("good", "calm", "warn", "bad") for ground in (f"{tone}-bg", "sheet")),
    ],
)
def test_contrast_is_enough_to_read(text: str, ground: str, scheme: int) -> None:
    style = (pages.TEMPLATES / "report.css").read_text(encoding="utf-8")
    colours = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in style.split(":root {")[1:3]]
    assert contrast(colours[scheme][text], colours[scheme][ground]) >= 4.5


def test_ten_thousand_hosts_take_less_than_a_second() -> None:
    result = copies(10_000)
    started = time.process_time()
    text = render(result, "html")
    assert time.process_time() - started < 1
    assert len(text) < 10_000 * 500
