# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of everything that the demo starts: what is needed, and nothing of the user's."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from .folder import Folder

# No ANSIBLE_*, ALIBABA_CLOUD_*, *_PROXY, PYTHON* or XDG_*: the demo must not depend on whose machine it is on
_KEPT = ("LOGNAME", "SYSTEMROOT", "TERM", "TZ", "USER")

# What makes the output short and keeps it honest: successes are hidden (the grouping task alone would print a line for
# each host that needs a reboot), while changes, failures, the lines of progress and the recap stay.
QUIET = {
    "ANSIBLE_DISPLAY_OK_HOSTS": "false",
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    "ANSIBLE_NOCOWS": "true",
}


def scrubbed(folder: Folder, programs: Path) -> None:
    """Replace this process's environment; what is started from here on inherits it."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
    os.environ.clear()
    os.environ.update(
        kept,
        PATH=path,
        HOME=str(folder.scratch),
        TMPDIR=str(folder.scratch),
        LC_ALL="C.UTF-8",
        ANSIBLE_CONFIG=str(folder.config),
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONUNBUFFERED="1",  # else Ansible's lines come by a pipe all at once, behind those of progress
    )
    tempfile.tempdir = str(folder.scratch)


def colours(*, wanted: bool) -> dict[str, str]:
    """Return what tells ansible, which writes to us and not to a terminal, whether to colour its lines."""
    return {"ANSIBLE_FORCE_COLOR": "true"} if wanted else {"ANSIBLE_NOCOLOR": "true"}
