# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts are called and what clouds say cannot change the form of a report: no markup, no formula, no row more.

Each report is held against that of a twin whose texts are one harmless word.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import tempfile
import typing as t
from html.parser import HTMLParser
from pathlib import Path

from ansible_collections.cloudops.console.plugins.module_utils._models import Reboot
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import OUTCOMES
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report import FORMATS, render
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.report.writer import write_reports
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult, HostResult
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.example_counts import MEMORY, examples
from tests.unit.fuzz.hostile_values import limited, texts
from tests.unit.ledgers_and_runs import NOON, after

_MARKUP = (
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\uff1d1",
    'a,b"c"',
    "a\r\nb",
    "</td><script>alert(1)",
    "<img src=x onerror=y>",
    '" onload="x',
    "' x='",
    "-->",
    "]]>",
    "&lt;",
    "| a | b |",
    "\\|",
    "`x`",
    "**b**",
    "[a](b)",
    "![a](b)",
    "http://h/",
    "www.h",
    "@me",
    "#1",
    "~~x~~",
    "$x$",
    "\n\n# Title",
    "\n- item",
    "<!--",
    "\\",
    "\\\\|",
    "&#124;",
)
# Never empty, and never blank: what is shown does not depend on the text.
hostile = st.one_of(texts, st.sampled_from(_MARKUP), st.lists(st.sampled_from(_MARKUP), max_size=3).map("".join)).map(
    lambda text: f"{text[:3000]}x"
)
_TEXTS = ("message", "provider", "region", "instance_id", "status", "same_as")


@st.composite
def fleets(draw: st.DrawFn) -> FleetResult:
    hosts = []
    for number in range(draw(st.integers(0, 4))):
        texts: dict[str, t.Any] = {name: draw(hostile) for name in _TEXTS}
        failure = {name: draw(hostile) for name in ("kind", "code", "message", "request_id")} | {"status": 400}
        hosts.append(
            HostResult(
                name=f"{draw(hostile)}{number}",
                outcome=draw(st.sampled_from(OUTCOMES)),
                reboot=draw(st.sampled_from(t.get_args(Reboot))),
                failure=draw(st.sampled_from((None, failure))),
                io_optimized=draw(st.sampled_from((True, False, None))),
                rotated_at=draw(st.sampled_from((None, NOON))),
                in_force_count=draw(st.integers(0, 4)),
                in_force_complete=draw(st.booleans()),
                looked_at=draw(st.sampled_from((None, NOON))),
                **texts,
            )
        )
    stopped = draw(st.one_of(st.none(), hostile))
    return FleetResult(tuple(hosts), draw(hostile), NOON, after(seconds=9), draw(hostile), draw(st.booleans()), stopped)


def twin(result: FleetResult) -> FleetResult:
    """The same with a harmless word in place of every text."""
    words: dict[str, t.Any] = dict.fromkeys(_TEXTS, "word")
    hosts = tuple(
        dataclasses.replace(
            host,
            name="word",
            # a message that names code and request id is shown without them, so both are left out of the harmless one
            failure=host.failure and {**dict.fromkeys(("kind", "message"), "word"), "code": "C", "request_id": "R"},
            **words,
        )
        for host in result.hosts
    )
    return dataclasses.replace(result, hosts=hosts, run_id="word", ledger="word", stopped=result.stopped and "word")


def quiet(result: FleetResult) -> FleetResult:
    """Without codes and request ids, which are shown only where the message does not name them."""
    hosts = (
        dataclasses.replace(host, failure=host.failure and {**host.failure, "code": None, "request_id": None})
        for host in result.hosts
    )
    return dataclasses.replace(result, hosts=tuple(hosts))


class Skeleton(HTMLParser):
    """Tags with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", (data,)))


def of_html(text: str) -> t.Any:
    parser = Skeleton()
    parser.feed(text)
    return parser.tags


def of_markdown(text: str) -> list[str]:
    """Each line's characters that mean something in Markdown, without escaped ones and entities."""
    plain = re.sub(r"&[#a-z0-9]+;", "", re.sub(r"\\[!-/:-@\[-`{-~]", "", text))
    return [re.sub(r"[^|`*_\[\]<>#!~$@\\]", "", line) for line in plain.split("\n")]


@settings(max_examples=examples(40))
@given(result=fleets())
def test_html(result: FleetResult) -> None:
    with limited():
        assert of_html(render(quiet(result), "html")) == of_html(render(quiet(twin(result)), "html"))


@settings(max_examples=examples(60))
@given(result=fleets())
def test_markdown(result: FleetResult) -> None:
    with limited():
        assert of_markdown(render(result, "md")) == of_markdown(render(twin(result), "md"))


@settings(max_examples=examples(60))
@given(result=fleets())
def test_csv(result: FleetResult) -> None:
    with limited():
        rows = list(csv.reader(io.StringIO(render(result, "csv"), newline="")))
    assert len(rows) == len(result.hosts) + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip()[:1].startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))
        assert cell[:1] not in ("\t", "\r", "\n")


@settings(max_examples=examples(20))
@given(result=fleets())
def test_written(result: FleetResult) -> None:
    """Every format can be written and read back; JSON says each text as it is."""
    with limited(), tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        paths = write_reports(dataclasses.replace(result, run_id="r"), folder)
        assert sorted(paths) == sorted(FORMATS)
        for path in paths.values():
            Path(path).read_text(encoding="utf-8")
        document = json.loads(Path(paths["json"]).read_text(encoding="utf-8"))
    assert [host["name"] for host in document["hosts"]] == [host.name for host in result.hosts]
