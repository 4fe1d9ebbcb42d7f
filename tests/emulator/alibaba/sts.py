# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the Security Token Service that gives out temporary keys."""

from __future__ import annotations

import secrets

from ..clock import iso_seconds
from .answers import RefusalError
from .operations import Context, Payload, operation
from .state import Key

VERSION = "2015-04-01"
_LONGEST = 43_200


@operation("AssumeRole", regional=False, required=("RoleArn", "RoleSessionName"), version=VERSION)
def assume_role(call: Context) -> Payload:
    account_id, role = _role(call)
    return _credentials(call, account_id, role)


@operation(
    "AssumeRoleWithOIDC",
    regional=False,
    required=("RoleArn", "OIDCProviderArn", "OIDCToken", "RoleSessionName"),
    version=VERSION,
)
def assume_role_with_oidc(call: Context) -> Payload:
    account_id, role = _role(call)
    if call.get("OIDCToken") not in call.state.accounts[account_id].get("oidc_tokens", []):
        raise RefusalError(400, "AuthenticationFail.OIDCToken.Invalid", "The specified OIDCToken is not valid.")
    return _credentials(call, account_id, role)


def _role(call: Context) -> tuple[str, str]:
    """Account and name from ``acs:ram::ACCOUNT:role/NAME``."""
    parts = call.get("RoleArn").split(":")
    if len(parts) != 5 or parts[:2] != ["acs", "ram"] or not parts[4].startswith("role/"):
        raise RefusalError(400, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
    account_id, role = parts[3], parts[4].removeprefix("role/")
    account = call.state.accounts.get(account_id)
    if account is None or role not in account.get("roles", [role]):
        raise RefusalError(404, "EntityNotExist.Role", "The specified role does not exist.")
    return account_id, role


def _credentials(call: Context, account_id: str, role: str) -> Payload:
    lifetime = call.integer("DurationSeconds", 3600)
    if not 900 <= lifetime <= _LONGEST:
        raise RefusalError(400, "InvalidParameter.DurationSeconds", f"DurationSeconds is 900 to {_LONGEST}.")
    key = Key(
        access_key_id=f"STS.{secrets.token_hex(12)}",
        secret=secrets.token_urlsafe(33),
        account_id=account_id,
        security_token=f"CAIS{secrets.token_urlsafe(96)}",
        expires_at=call.clock.now() + lifetime,
    )
    call.state.add_key(key)
    session = call.get("RoleSessionName")
    return {
        "Credentials": {
            "AccessKeyId": key.access_key_id,
            "AccessKeySecret": key.secret,
            "SecurityToken": key.security_token,
            "Expiration": iso_seconds(call.clock.now() + lifetime),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"{account_id}:{session}",
            "Arn": f"acs:ram::{account_id}:role/{role}/{session}",
        },
    }
