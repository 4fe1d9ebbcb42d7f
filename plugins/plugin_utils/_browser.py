# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Opens a URL that is a secret in the browser of this machine.

What a browser is started with, any user of the machine can read. So it is started with the path of a page that only
this user can read, and that page leads to the URL.
"""

from __future__ import annotations

import contextlib
import html
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import typing as t
from urllib.parse import urlsplit

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._files import write_private

# Seconds for which the page stays: a browser has to start and read it. How long it stays open is not waited for.
HOLD = 10.0
# Browsers that have not returned. They are kept, because Python warns of a process that is forgotten while it runs.
LEFT_OPEN: list[subprocess.Popen[bytes]] = []
# In a process of its own, because some browsers do not return before they are closed.
_OPEN = "import sys, webbrowser; sys.exit(0 if webbrowser.open(sys.argv[1]) else 1)"
# Removes a folder once the other end of its input is closed, in whatever way the process there ends.
_REMOVE = "import shutil, sys; sys.stdin.read(); shutil.rmtree(sys.argv[1], ignore_errors=True)"
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url={url}"><title>Console</title></head>
<body><a href="{url}">Open the console</a></body></html>
"""


def open_in_browser(url: str, hold: float | None = None) -> None:
    """Open url and return once the page that led to it is gone.

    :param hold: seconds for which the page stays, HOLD by default.
    :raises ConsoleError: it is no page for a browser, or no browser could be started.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ConsoleError(
            "this type of console has no page for a browser",
            advice="Choose the type novnc, or use a client of its own.",
        )
    with _short_lived_folder() as folder:
        page = folder / "console.html"
        write_private(page, _PAGE.format(url=html.escape(url)).encode())
        _start(page.as_uri(), HOLD if hold is None else hold)


@contextlib.contextmanager
def _short_lived_folder() -> t.Iterator[pathlib.Path]:
    """A private folder that is gone at the end, and also if this process is killed, as Ansible does at Ctrl-C."""
    with (
        tempfile.TemporaryDirectory(prefix="console-") as folder,
        subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            [sys.executable, "-I", "-c", _REMOVE, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ),
    ):
        yield pathlib.Path(folder)


def _start(address: str, hold: float) -> None:
    """Start the browser, and give it time to read the page."""
    end = time.monotonic() + hold
    # Without TERM, browsers for terminals are not considered: this process has none
    environment = {name: value for name, value in os.environ.items() if name != "TERM"}
    process = subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
        [sys.executable, "-I", "-c", _OPEN, address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        failed = process.wait(hold) != 0
    except subprocess.TimeoutExpired:
        LEFT_OPEN.append(process)
        return
    if failed:
        raise ConsoleError(
            "no browser could be started on this machine",
            advice="Set the environment variable BROWSER to one, or print the URL instead.",
        )
    time.sleep(max(0.0, end - time.monotonic()))
