# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""ACS3-HMAC-SHA256, the V3 signature of Alibaba Cloud, as a pure function.

Source: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature. The tests hold it
against the example published there and against values made with the vendor's own signer.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import typing as t
from urllib.parse import quote

# Needs no encoding, as most values.
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*\Z")
# The hash of an empty body, which all calls of ECS have.
_NOTHING = hashlib.sha256(b"").hexdigest()
ALGORITHM = "ACS3-HMAC-SHA256"


def percent_encode(text: str) -> str:
    """Encode by RFC 3986: everything but letters, digits, ``-``, ``_``, ``.`` and ``~``, as UTF-8."""
    return text if _PLAIN.match(text) else quote(text, safe="~")


def canonical_query(params: t.Mapping[str, str]) -> str:
    """Return the query in the form that is signed; it is also the form that is sent."""
    return "&".join(f"{percent_encode(name)}={percent_encode(params[name])}" for name in sorted(params))


def canonical_request(method: str, query: str, headers: t.Mapping[str, str], payload_hash: str) -> str:
    """Return the text whose hash is signed. The path is always ``/``; header names are in lower case."""
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    return "\n".join((method, "/", query, lines, ";".join(names), payload_hash))


def signed_headers(
    *,
    method: str,
    host: str,
    query: str,
    headers: t.Mapping[str, str],
    access_key_id: str,
    access_key_secret: str,
    body: bytes = b"",
) -> dict[str, str]:
    """Return all headers to send: those given, host, the hash of the body, and Authorization over all of them.

    :param query: as canonical_query() made it.
    :param headers: lower-case names; x-acs-action, -version, -date and -signature-nonce at least.
    """
    payload_hash = hashlib.sha256(body).hexdigest() if body else _NOTHING
    signed = {**headers, "host": host, "x-acs-content-sha256": payload_hash}
    request_hash = hashlib.sha256(canonical_request(method, query, signed, payload_hash).encode()).hexdigest()
    text = f"{ALGORITHM}\n{request_hash}"
    signature = hmac.digest(access_key_secret.encode(), text.encode(), "sha256").hex()
    names = ";".join(sorted(signed))
    signed["authorization"] = f"{ALGORITHM} Credential={access_key_id},SignedHeaders={names},Signature={signature}"
    return signed
