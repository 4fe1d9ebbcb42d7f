# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring tests.faults.kill_switch into ansible-playbook, before it forks any worker."""

from __future__ import annotations

from ansible.plugins.callback import CallbackBase

from tests.faults.kill_switch import install

DOCUMENTATION = r"""
name: kill_switch
type: aggregate
short_description: Kill this run at a labelled step
description:
  - For tests alone.
"""

install()


class CallbackModule(CallbackBase):
    """Listens to nothing."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "kill_switch"
