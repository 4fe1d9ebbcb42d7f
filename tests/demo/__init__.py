# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make demo``: the collection as its users meet it, against an emulated cloud on loopback.

``python -m tests.demo [--folder FOLDER]`` exits 0 only if every run did what it promises; see ``steps``. What it made
stays in the folder (``.build/demo``), so that a password can be read back afterwards; everything else it takes along.
"""
