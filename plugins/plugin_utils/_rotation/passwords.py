# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""New passwords (I18)."""

from __future__ import annotations

import secrets
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._models import PasswordRule


def new_password(rule: PasswordRule, known: t.Container[str]) -> str:
    """Return a password that fits rule and is not in known.

    Drawn from the operating system's source, uniformly over everything that fits: a draw that does not fit or is known
    is thrown away whole. With six characters of 62, about six draws in ten fit.
    """
    alphabet = "".join(rule.classes)
    while True:
        password = "".join(secrets.choice(alphabet) for _position in range(rule.length))
        if rule.broken_by(password) is None and password not in known:
            return password
