# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The options that every module and plugin shares, and how they become Access and Policy.

The documentation of the same options is in doc_fragments/connection.py; ansible-test compares the two.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import AUTH_NAMES, AUTH_SECRETS, Access

TIMEOUT = 15.0
RETRIES = 3
# Inclusive bounds; beyond them a value is a slip of the hand.
BOUNDS = {"timeout": (0.1, 600.0), "retries": (0, 20)}
# An integer can have more digits than fit into a text.
_LARGE = 10**15

# The options of Access that are texts.
_TEXTS = tuple(one.name for one in dataclasses.fields(Access) if isinstance(one.default, str))

# What every plugin takes that opens a ledger; the documentation is in the fragments fleet.ledger and fleet.vault.
LEDGER_OPTIONS: dict[str, dict[str, t.Any]] = {
    "ledger": {"type": "str"},
    "ledger_key": {"type": "str", "no_log": True},
    "ledger_vault_id": {"type": "str"},
    "allow_local_ledger": {"type": "bool", "default": False},
}
VAULT_OPTIONS: dict[str, dict[str, t.Any]] = {
    "vault_token": {"type": "str", "no_log": True},
    "vault_role_id": {"type": "str"},
    "vault_secret_id": {"type": "str", "no_log": True},
    "vault_namespace": {"type": "str"},
    "vault_ca_cert": {"type": "path"},
}
# What vnc_password takes to record what it sets.
RECORD_OPTIONS: dict[str, dict[str, t.Any]] = {
    "record": {"type": "bool", "default": False},
    **LEDGER_OPTIONS,
    **VAULT_OPTIONS,
}


def connection_options(*, providers: t.Sequence[str]) -> dict[str, dict[str, t.Any]]:
    """Return the argument spec of the shared options for a module that serves these providers."""
    return {
        "provider": {"type": "str", "choices": list(providers), "default": "alibaba"},
        "region": {"type": "str"},
        "endpoint": {"type": "str"},
        "profile": {"type": "str"},
        "access_key_id": {"type": "str", "no_log": False},
        "access_key_secret": {"type": "str", "no_log": True},
        "security_token": {"type": "str", "no_log": True},
        "project_id": {"type": "str"},
        "api": {"type": "str", "choices": ["ecs", "nova"], "default": "ecs"},
        "cloud": {"type": "str"},
        "auth": {
            "type": "dict",
            "options": {name: {"type": "str", "no_log": name in AUTH_SECRETS} for name in AUTH_NAMES},
        },
        "auth_type": {"type": "str"},
        "interface": {"type": "str", "choices": ["public", "internal", "admin"]},
        "validate_certs": {"type": "bool", "default": True},
        "ca_cert": {"type": "path"},
        "allow_plain_http": {"type": "bool", "default": False},
        "timeout": {"type": "float", "default": TIMEOUT},
        "retries": {"type": "int", "default": RETRIES},
    }


def access_of(params: t.Mapping[str, t.Any]) -> Access:
    """Turn checked options into Access, with leading and trailing spaces removed; None and empty mean not given.

    Values of auth are left as they are: a password may begin or end with a blank.
    """
    texts = {name: str(params.get(name) or "").strip() for name in _TEXTS}
    given = params.get("auth") or {}
    return Access(
        **texts,
        auth=tuple(sorted((str(name), str(value)) for name, value in given.items() if value is not None)),
        validate_certs=params["validate_certs"],
        allow_plain_http=params["allow_plain_http"],
    )


def policy_of(params: t.Mapping[str, t.Any], *, patient: bool) -> Policy:
    """Turn checked options into Policy.

    :param patient: see Policy; what works on a whole inventory is patient, a module is not.
    :raises ConsoleError: a number is beyond its bounds, which keep every call finite.
    """
    for name, (least, most) in BOUNDS.items():
        check_bounds(name, params[name], least, most)
    return Policy(timeout=params["timeout"], retries=params["retries"], patient=patient)


def check_bounds(name: str, number: float, least: float, most: float) -> None:
    """Raise ConsoleError where number is not from least to most; NaN never is."""
    if not least <= number <= most:
        shown = f"{number:g}" if abs(number) < _LARGE else "far out of bounds"
        raise ConsoleError(f"O({name}) is {shown}", advice=f"Use a number from {least:g} to {most:g}.")
