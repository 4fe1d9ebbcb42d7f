# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenBao for tests, demo and benchmarks: one node or a cluster, on 127.0.0.1 with TLS, gone with its folder."""
