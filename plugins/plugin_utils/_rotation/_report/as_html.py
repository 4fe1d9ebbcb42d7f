# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The report as one HTML file, for people. Pure, never fails.

It loads nothing: its content security policy forbids everything but its own style and the one script whose hash it
names. Without JavaScript only sorting and filtering are missing. Every value from the inventory or a cloud is escaped.
"""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report import html_table, words
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report.html_escape import escape, tone
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report.html_script import SCRIPT, SCRIPT_HASH
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation._report.html_style import STYLE
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import WORDS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import OUTCOMES, FleetResult

POLICY = (
    f"default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'"
)
_DRY_RUN = '<p class="banner calm"><strong>Dry run.</strong> Nothing was changed: this is what a real run would do.</p>'
_NO_HOST = (
    '<section class="outcomes"><h2>Outcomes</h2><p>The run had no host. Check the pattern of the play and the limit.'
    "</p></section>"
)
# Causes that are counted above the problems; those beyond are rare ones.
_MOST_CAUSES = 8


def render(result: FleetResult) -> str:
    """Return the page: summary, hosts that need a reboot, problems, at next start, the rest."""
    lists = words.sections(result)
    tables = {section.key: html_table.Table(section) for section in lists if section.hosts}
    body = [
        _header(result),
        "<main>",
        _cards(result, lists),
        _outcomes(result),
        _tools(result),
        *(_section(section, tables.get(section.key)) for section in lists),
        "</main>",
        (
            "<footer><p>No password stands in this report. The lookup <code>cloudops.console.vnc_password</code> reads "
            "them from the ledger.</p></footer>"
        ),
    ]
    return "\n".join(
        [*_head(result, tables.values()), "<body>", *body, f"<script>{SCRIPT}</script>", "</body>", "</html>", ""]
    )


def _head(result: FleetResult, tables: t.Iterable[html_table.Table]) -> list[str]:
    labels = "".join(table.phone_labels() for table in tables)
    return [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="format-detection" content="telephone=no">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="robots" content="noindex">',
        f"<title>{words.title(result)}{', dry run' if result.check_mode else ''} - {escape(result.run_id)}</title>",
        f"<style>{STYLE}{html_table.PHONE.format(labels)}</style>",
        "</head>",
    ]


def _header(result: FleetResult) -> str:
    facts = {
        "Run": f"<code>{escape(result.run_id)}</code>",
        "Started": _time(words.clock(result.started_at)),
        "Ended": _time(words.clock(result.ended_at)),
        "Duration": words.duration(result),
        "Ledger": f"<code>{escape(result.ledger)}</code>",
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    return f'<header><h1>{words.title(result)}</h1>\n<dl class="facts">{listed}</dl>\n{_banners(result)}</header>'


def _time(clock: str) -> str:
    return f'<time datetime="{clock.replace(" ", "T")}Z">{clock} UTC</time>'


def _banners(result: FleetResult) -> str:
    banners = []
    if result.check_mode:
        banners.append(_DRY_RUN)
    if result.stopped:
        reason = escape(result.stopped.rstrip("."))
        banners.append(
            f'<p class="banner bad"><strong>Stopped early.</strong> {reason}. Hosts that were not '
            "started are listed as not_attempted.</p>"
        )
    return "\n".join(banners)


def _cards(result: FleetResult, lists: t.Iterable[words.Section]) -> str:
    """The figures that decide what to do next; each leads to its list."""
    counts = result.summary
    found = {section.key: section for section in lists}
    done = sum(counts[outcome] for outcome in result.achieved)
    title = WORDS[result.operation].card[result.check_mode]
    cards = [
        _card(title, done, "good", f"of {counts['total']:,} hosts", ""),
        _list_card(found["reboot"], "warn", "restart to finish"),
        _list_card(found["problems"], "bad", "each with its next step"),
        _list_card(found["at_next_start"], "calm", "stopped, nothing to do"),
    ]
    return f'<nav aria-label="Summary"><ul class="cards">{"".join(cards)}</ul></nav>'


def _list_card(section: words.Section, shade: str, note: str) -> str:
    if not section.hosts:
        return _card(section.title, 0, shade, "none", "")
    return _card(section.title, len(section.hosts), shade, note, section.key)


def _card(title: str, count: int, shade: str, note: str, target: str) -> str:
    shade = shade if count else "zero"
    text = f'<span class="name">{title}</span> <strong>{count:,}</strong> <span class="note">{note}</span>'
    inner = f'<a href="#{target}">{text}</a>' if target else f"<div>{text}</div>"
    return f'<li class="card {shade}">{inner}</li>'


def _outcomes(result: FleetResult) -> str:
    """Counts by outcome: a bar for the eye, a list that says the same and what each means."""
    counts = result.summary
    met = [outcome for outcome in OUTCOMES if counts[outcome]]
    if not met:
        return _NO_HOST
    stripes = "".join(f'<i class="{tone(outcome)}" style="flex-grow:{counts[outcome]}"></i>' for outcome in met)
    rows = "".join(
        f'<li data-find="{outcome}"><span class="tag {tone(outcome)}">{outcome}</span> <b>{counts[outcome]:,}</b> '
        f"<span>{words.meaning(outcome, result)}</span></li>"
        for outcome in met
    )
    return (
        f'<section class="outcomes" aria-labelledby="outcomes"><h2 id="outcomes">Outcomes</h2>'
        f'<div class="bar" aria-hidden="true">{stripes}</div><ul>{rows}</ul></section>'
    )


def _tools(result: FleetResult) -> str:
    """The filter; the script shows it, for it is of no use without."""
    if not result.hosts:
        return ""
    return (
        '<search class="tools" hidden><label for="filter">Filter hosts</label>'
        '<input id="filter" type="search" autocomplete="off" spellcheck="false" '
        'placeholder="name, region, outcome, code"><p role="status" id="shown"></p></search>'
    )


def _section(section: words.Section, table: html_table.Table | None) -> str:
    if table is None and not section.nobody:
        return ""
    note = section.note if table else section.nobody
    parts = [
        f'<section id="{section.key}" class="hosts" aria-labelledby="{section.key}-title">',
        f'<h2 id="{section.key}-title">{section.title} <span class="count">{len(section.hosts):,}</span></h2>',
        f"<p>{note}</p>" if note else "",
        _causes(section),
        table.render() if table else "",
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _causes(section: words.Section) -> str:
    """The most frequent codes among the problems: a thousand hosts often have one cause."""
    if section.key != "problems":
        return ""
    codes = collections.Counter(filter(None, (words.failure(host, "code") for host in section.hosts)))
    if len(section.hosts) < 2 or not codes:
        return ""
    rows = "".join(
        f'<li data-find="{escape(code)}"><code>{escape(code)}</code> <b>{count:,}</b></li>'
        for code, count in codes.most_common(_MOST_CAUSES)
    )
    return f'<ul class="causes" aria-label="Most frequent codes">{rows}</ul>'
