# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make docs``: the collection's pages as HTML below ``.build/docs/``, with the flow charts and the house drawn.

antsibull-docs writes the pages of all plugins, roles and guides, Sphinx makes HTML of them. A warning of either is a
failure. Nothing is fetched: the theme is Sphinx's own, and no other site is asked for its index.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tools.collection import BUILD, snapshot
from tests.tools.diagrams import draw_all
from tests.tools.environment import ENVIRONMENTS, ROOT
from tests.tools.house import draw

TOOLS = ENVIRONMENTS["tools"].bin
WORK = BUILD / "docs"
PAGES = WORK / "collections" / "cloudops" / "console"
STYLE = Path(__file__).with_name("docs.css")
CONFIGURATION = """\
project = "cloudops.console"
extensions = ["sphinx_antsibull_ext"]
html_theme = "alabaster"
# Pages of plugins are in the index; in the sidebar, their long names would break
html_theme_options = {"page_width": "1180px", "sidebar_width": "240px", "sidebar_includehidden": False}
html_static_path = ["static"]
html_css_files = ["docs.css"]
# Labels of Ansible's own pages; those of this collection are antsibull-docs' to check, in make lint
suppress_warnings = ["ref.ref"]
"""


def run(*command: str) -> None:
    """Run one of the tools; its output is shown where it fails."""
    path = os.pathsep.join([str(TOOLS), os.environ.get("PATH", os.defpath)])
    variables = {"PATH": path, "HOME": str(WORK), "ANSIBLE_HOME": str(WORK / "ansible"), "NO_COLOR": "1"}
    variables["ANSIBLE_COLLECTIONS_PATH"] = str(WORK / "source")
    subprocess.run([str(TOOLS / command[0]), *command[1:]], cwd=WORK, env=os.environ | variables, check=True, text=True)


def build() -> Path:
    """Write the pages and return the first one."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    snapshot(WORK / "source")
    run("antsibull-docs", "collection", "--use-current", "--fail-on-error", "--dest-dir", str(WORK), "cloudops.console")
    # Modules refer to it, and it is written outside of the pages of the collection
    shutil.move(WORK / "collections" / "environment_variables.rst", PAGES)
    (WORK / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    # Headings that lead back to the contents look like links to somewhere else
    (WORK / "docutils.conf").write_text("[general]\ntoc_backlinks: false\n", encoding="utf-8")
    (WORK / "static").mkdir()
    shutil.copy(STYLE, WORK / "static")
    draw_all(ROOT / "docs" / "diagrams", PAGES / "docsite" / "images")
    (PAGES / "docsite" / "images" / "house.svg").write_text(draw(), encoding="utf-8")
    html = WORK / "html"
    run("sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "-c", str(WORK), str(PAGES), str(html))
    return html / "index.html"


def main() -> int:
    try:
        print(build())
    except subprocess.CalledProcessError as error:
        print(f"{error.cmd[0]} failed with exit code {error.returncode}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
