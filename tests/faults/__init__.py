# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed, lied to and doubled, and what must hold afterwards."""
