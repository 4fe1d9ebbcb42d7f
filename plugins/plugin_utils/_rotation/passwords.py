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
    is discarded whole. With six characters of 62, about six draws in ten fit.
    """
    alphabet = "".join(rule.classes)
    while True:
        password = _drawn(alphabet, rule.length)
        if rule.broken_by(password) is None and password not in known:
            return password


def _drawn(alphabet: str, length: int) -> str:
    """Return characters of alphabet, each as probable as any other.

    One character takes one byte. Bytes from the last full multiple of the alphabet's size on would favour its first
    characters, and are left out.
    """
    size = len(alphabet)
    drawn: list[str] = []
    while len(drawn) < length:
        drawn += [alphabet[byte % size] for byte in secrets.token_bytes(2 * length) if byte < 256 - 256 % size]
    return "".join(drawn[:length])
