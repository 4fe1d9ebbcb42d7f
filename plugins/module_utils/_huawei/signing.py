# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""SDK-HMAC-SHA256, the signature of Huawei Cloud's API gateway, as pure functions.

Source: the vendor's guide to signing (devg-apisign) and its SDK. The tests hold it against values made with the
vendor's own signer. Three things differ from what the sent request shows: the signed path always ends
in ``/``, the header names are in lower case, and a name with ``_`` is not signed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import typing as t
from urllib.parse import quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
DATE_FORM = "%Y%m%dT%H%M%SZ"


def percent_encode(text: str) -> str:
    """Encode by RFC 3986: everything but letters, digits, ``-``, ``_``, ``.`` and ``~``, as UTF-8."""
    return quote(text, safe="~")


def canonical_query(pairs: t.Iterable[tuple[str, str]]) -> str:
    """Return the query in the form that is signed; it is also the form that is sent."""
    return "&".join(f"{percent_encode(name)}={percent_encode(value)}" for name, value in sorted(pairs))


def canonical_path(path: str) -> str:
    """Return the path in the form that is signed; the request is sent without the slash that is added here."""
    encoded = "/".join(percent_encode(part) for part in unquote(path).split("/"))
    return encoded if encoded.endswith("/") else f"{encoded}/"


def signed_names(headers: t.Mapping[str, str]) -> list[str]:
    """Return which of the headers are signed, in the order of the signature."""
    return sorted(name for name in headers if "_" not in name)


def canonical_request(method: str, path: str, query: str, headers: t.Mapping[str, str], payload_hash: str) -> str:
    """Return the text whose hash is signed. Header names are in lower case."""
    names = signed_names(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    return "\n".join((method, canonical_path(path), query, lines, ";".join(names), payload_hash))


def string_to_sign(date: str, request: str) -> str:
    """Return what the key signs: the date and the hash of the canonical request."""
    return f"{ALGORITHM}\n{date}\n{hashlib.sha256(request.encode()).hexdigest()}"


def date_of(moment: dt.datetime) -> str:
    """Return moment (aware) as the header x-sdk-date wants it; the service accepts 15 minutes of difference."""
    return moment.astimezone(dt.timezone.utc).strftime(DATE_FORM)


def signed_headers(
    *,
    method: str,
    host: str,
    path: str,
    query: str,
    headers: t.Mapping[str, str],
    access_key_id: str,
    access_key_secret: str,
    body: bytes = b"",
) -> dict[str, str]:
    """Return all headers to send: those given, host, and Authorization over all of them.

    :param host: with its port where that is not the scheme's own.
    :param query: as canonical_query() made it.
    :param headers: x-sdk-date at least.
    :param body: JSON or nothing; other types of content are signed in another way.
    """
    signed = {**{name.lower(): value for name, value in headers.items()}, "host": host}
    request = canonical_request(method, path, query, signed, hashlib.sha256(body).hexdigest())
    text = string_to_sign(signed["x-sdk-date"], request)
    signature = hmac.new(access_key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    names = ";".join(signed_names(signed))
    signed["authorization"] = f"{ALGORITHM} Access={access_key_id}, SignedHeaders={names}, Signature={signature}"
    return signed
