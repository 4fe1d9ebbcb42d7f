# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m emulator.kv --port 0 --ready-file F`` (with PYTHONPATH=tests)."""

from __future__ import annotations

import sys

from ..__main__ import parse, serve
from .app import build_kv_app

if __name__ == "__main__":
    options = parse(None)
    # The fast parser knows no method LIST.
    sys.exit(serve(build_kv_app(latency=options.latency), options, http="h11"))
