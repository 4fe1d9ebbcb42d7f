# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenStack: Keystone v3 and Nova v2.1, with the answers of a real Nova 26.2.2."""
