# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""An AWX on loopback, as far as the modules of awx.awx 24.6.1 need it to configure one.

``server.Awx` is the server, ``store.Store` its objects, ``kinds` what objects there are, ``rules` what AWX refuses.
It keeps objects in memory, runs nothing, and is stricter than AWX in one thing: a field that it does not know is an
error, where AWX leaves it out in silence.
"""
