# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python imports this by itself where its folder is on PYTHONPATH: what goes to syslog or is logged goes to files.

Modules log by ``syslog.syslog``; the file's name is in CONSOLE_SYSLOG. The journal is not asked, for its Python package
is in none of the environments. What any library logs at any level reaches the root logger; its file's name is in
CONSOLE_LOGGING.
"""

from __future__ import annotations

import logging
import os
import syslog
from pathlib import Path
from typing import Any


def note(*parts: object) -> None:
    """Write one call as a line."""
    with Path(os.environ["CONSOLE_SYSLOG"]).open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(" ".join(str(part) for part in parts).replace("\n", "\\n") + "\n")


def log_everything(path: str) -> None:
    """Give the root logger a handler at DEBUG; Ansible's own log file is still written beside it."""
    root, configure = logging.getLogger(), logging.basicConfig
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def configure_beside(**wanted: Any) -> None:
        # It does nothing where the root logger has a handler already
        root.removeHandler(handler)
        configure(**wanted)
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)

    logging.basicConfig = configure_beside
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)


if os.environ.get("CONSOLE_SYSLOG"):
    for name in ("openlog", "syslog"):
        setattr(syslog, name, note)
if os.environ.get("CONSOLE_LOGGING"):
    log_everything(os.environ["CONSOLE_LOGGING"])
