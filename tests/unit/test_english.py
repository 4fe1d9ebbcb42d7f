# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of our English finds what it is for, in pages and in the code, and nothing in good sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.english import Line, complaints, lines_of, rules, sources
from tests.tools.environment import ROOT

BAD = [
    "The passwords in the ledger are gone for everybody, so nobody can read them.",
    "The outcome stands in the report.",
    "Whoever has the URL has the console.",
    "Where there is no ledger, a rotation makes one.",
    "Mend the mode or the mount.",
    "Only a ledger in a file is looked after here.",
    "Keep it: it is needed for ever after.",
    "The likeliest comes first.",
    "It says what it takes until it is in force.",
    "The restart was sent all the same.",
    "Who still waits, this says at any time.",
    "1 hosts, 1 instances; 1 need a reboot.",
    "Required, but for OpenStack.",
    "It lies over the entry.",
    "A job's files are thrown away at its end.",
    "The the ledger.",
]
GOOD = [
    "For each host, the first source that provides credentials is used.",
    "11 hosts, 21 instances; 1.1 regions each.",
    "Fix this, or set vnc_rotation_export.",
    "A stand-in for a library is empty.",
    "It shows which hosts wait, and this is all.",
    "The log shows what was done, and it says why.",
]
PATH = ROOT / "README.md"


@pytest.mark.parametrize("text", BAD)
def test_a_bad_sentence(text: str) -> None:
    assert list(complaints([Line(PATH, 7, text)]))


@pytest.mark.parametrize("text", GOOD)
def test_a_good_sentence(text: str) -> None:
    assert list(complaints([Line(PATH, 7, text)])) == []


def test_each_rule_finds_one_of_the_bad_sentences() -> None:
    texts = [*BAD, "goes on and strives for", "in its place", "asks for no leave", "is told; is of use"]
    texts += ["how long it takes still", "without blanks", "you shall", "whatever became of it"]
    texts += ["two: 1 more need a reboot"]
    assert [rule.pattern.pattern for rule in rules() if not any(rule.pattern.search(text) for text in texts)] == []


def test_a_complaint_says_where_and_what_instead() -> None:
    assert list(complaints([Line(PATH, 7, "It stands in the report.")])) == [
        "README.md:7: 'stands in': is in, contains"
    ]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.py", '"""Nobody reads this."""\nraise ValueError(f"{one}: nobody")  # nobody\n', [1, 2, 2]),
        ("a.py", "nobody = 1\n", []),
        (ROOT / "tests" / "a.py", '"""Nobody reads this."""\nUSER = "nobody"  # nobody\n', [1, 2]),
        (ROOT / "tests" / "b.py", 'USER = "nobody"\n', []),
        (ROOT / "tests" / "demo" / "a.py", 'print("Nobody is here.")\n', [1]),
        ("a.yml", "# nobody\n- name: Nobody\n", [1, 2]),
        ("a.md", "Nobody\n`nobody`\n```yaml\nnobody: 1\n```\n", [1]),
        ("a.rst", ".. nobody\n\nNobody, ``nobody``\n", [3]),
        ("a.j2", "{# nobody #}\n<p>Nobody</p>\n", [1, 2]),
    ],
)
def test_texts_and_comments_are_read_and_code_is_not(name: str | Path, text: str, found: list[int]) -> None:
    assert [line.number for line in lines_of(Path(name), text) if "obody" in line.text] == found


def test_pages_and_code_are_read() -> None:
    read = {str(path.relative_to(ROOT)) for path in sources()}
    assert {
        "README.md",
        "CHANGELOG.rst",
        "CONTRIBUTING.md",
        "roles/vnc_rotation/README.md",
        "roles/vnc_rotation/meta/argument_specs.yml",
        "docs/docsite/rst/ledger.rst",
        "plugins/modules/vnc_url_info.py",
        "plugins/plugin_utils/_rotation/report/templates/report.html.j2",
        "playbooks/status.yml",
        "tests/demo/steps.py",
        "tests/faults/README.md",
        "tests/unit/test_english.py",
    } <= read
