# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python imports this by itself where its folder is on PYTHONPATH: what goes to syslog goes to a file instead.

Modules log by ``syslog.syslog``; the file's name is in CONSOLE_SYSLOG. The journal is not asked, for its Python package
is in none of the environments.
"""

from __future__ import annotations

import os
import syslog
from pathlib import Path


def note(*parts: object) -> None:
    """Write one call as a line."""
    with Path(os.environ["CONSOLE_SYSLOG"]).open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(" ".join(str(part) for part in parts).replace("\n", "\\n") + "\n")


if os.environ.get("CONSOLE_SYSLOG"):
    for name in ("openlog", "syslog"):
        setattr(syslog, name, note)
