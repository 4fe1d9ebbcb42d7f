# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clouds on loopback, for tests, the demo and benchmarks. README.md describes command line, control and client."""
