# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What the server's answers mean, as pure functions: a value, or the error with the next step."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from urllib.parse import urlsplit

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Response
from ansible_collections.cloudops.console.plugins.module_utils._redact import scrub
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import json_object
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.errors import ledger_error

_MISMATCH = "check-and-set parameter did not match"
_BAD_TOKEN = ("invalid token", "bad token", "token is expired")
# From a standby that cannot pass a call on, and from a load balancer that has no node to pass it to.
_NO_LEADER = (307, 308, 502, 503, 504)
_NOT_FOUND = "active cluster node not found"
# Our own words for a request that was not sent.
_NOT_CONNECTED = "no connection to"
# OpenBao's words for a token that it does not know; what policies deny is said in a list of one.
_UNKNOWN = "permission denied"


@dataclass(frozen=True)
class Asked:
    """What was asked, for messages.

    :param path: the API path, as policies name it.
    :param needs: the capability that it takes there.
    :param record: the path of a record as commands take it, mount and all; empty where none was asked for.
    :param secrets: what may appear in no message.
    """

    path: str
    needs: str
    record: str = ""
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stored:
    """What is stored at a path.

    :param number: the store's own number of the present version; 0 without one. It is not the record's.
    :param document: None without a version.
    :param expires: when the server will delete this version by itself; empty for never.
    """

    number: int
    document: t.Any = None
    expires: str = ""


def read_stored(answer: Response, asked: Asked) -> Stored:
    """Return what an answer to reading a record says; only the server's own words mean that there is none."""
    if answer.status == 404:
        body = _object(answer)
        version = _metadata(body.get("data"))
        if version is not None:
            raise _gone(asked, version)
        if body.get("errors") == []:
            return Stored(0)
    body = accepted(answer, asked)
    version = _metadata(body.get("data"))
    if version is None:
        raise wrong_mount(asked.path)
    if version.get("destroyed") or body["data"].get("data") is None:
        raise _gone(asked, version)
    return Stored(version["version"], body["data"]["data"], _text(version.get("deletion_time")))


def read_written(answer: Response, asked: Asked) -> Stored | None:
    """Return the version that a write made, without its document; None where check-and-set found another one."""
    if answer.status == 400 and any(_MISMATCH in text for text in _errors(answer)):
        return None
    if answer.status == 204:
        raise wrong_mount(asked.path)
    data = accepted(answer, asked).get("data")
    if not isinstance(data, dict) or not isinstance(data.get("version"), int):
        raise wrong_mount(asked.path)
    return Stored(data["version"], expires=_text(data.get("deletion_time")))


def read_names(answer: Response, asked: Asked) -> set[str]:
    """Return the names of a listing; it has none where the server says that there is nothing to list."""
    if answer.status == 404 and _object(answer).get("errors") == []:
        return set()
    data = accepted(answer, asked).get("data")
    names = data.get("keys") if isinstance(data, dict) else None
    return {str(name) for name in names} if isinstance(names, list) else set()


def read_data(answer: Response, asked: Asked) -> dict[str, t.Any]:
    """Return the object ``data`` of an accepted answer."""
    data = accepted(answer, asked).get("data")
    return data if isinstance(data, dict) else {}


def read_auth(answer: Response, asked: Asked) -> dict[str, t.Any]:
    """Return the object ``auth`` of a login or a renewal."""
    auth = accepted(answer, asked).get("auth")
    return auth if isinstance(auth, dict) else {}


def read_nothing(answer: Response, asked: Asked) -> None:
    """Accept an answer without a body."""
    if answer.status != 204:
        accepted(answer, asked)


def accepted(answer: Response, asked: Asked) -> dict[str, t.Any]:
    """Return the body of an answer 200; raise what any other one means."""
    if answer.status == 200:
        return answer.json_object()
    raise refusal(answer, asked)


def refusal(answer: Response, asked: Asked) -> ConsoleError:
    """Return the error for an answer that is none of the expected ones."""
    status, text = answer.status, scrub("; ".join(_errors(answer)), asked.secrets)
    low = text.lower()
    if status == 403:
        unknown = low == _UNKNOWN or any(words in low for words in _BAD_TOKEN)
        return bad_token() if unknown else denied(asked, status)
    if status == 404 and "no handler for route" in low:
        return wrong_mount(asked.path)
    if status == 412 or (status == 429 and not text):
        return behind(status)
    if status == 429:
        return _throttled(answer)
    if status == 503 and "sealed" in low:
        return ledger_error(
            "Ledger.Sealed",
            "the server of the ledger is sealed",
            "Unseal it, 'vault operator unseal', and run again; no password is lost.",
            status=status,
            ambiguous=True,
        )
    if status in _NO_LEADER or _NOT_FOUND in low:
        return _no_leader(answer, text)
    return ledger_error(
        "Ledger.Unavailable",
        f"the server of the ledger answered {status} for {asked.path}: {text or 'without saying why'}",
        "Check the server and run again; no password is lost.",
        status=status,
        retryable=status == 408 or status >= 500 or "non-versioned to versioned" in text,
        ambiguous=status >= 500,
    )


def passes(error: ConsoleError, *, patient: bool) -> bool:
    """Whether it is over as soon as the cluster has an active node again, or this node has caught up with it.

    :param patient: whether to hope so also of a server that is sealed or takes no connections.
    """
    restarted = error.code == "Ledger.Sealed" or (error.retryable and _NOT_CONNECTED in error.reason)
    return error.code == "Ledger.NoLeader" or (patient and restarted)


def _no_leader(answer: Response, text: str) -> ConsoleError:
    """A standby sends its callers to the active node when it cannot pass a call on, to one that is gone too."""
    named = urlsplit(answer.headers.get("location", "")).netloc
    said = f"it names {scrub(named, ())}" if named else f"it answered {answer.status}{f': {text}' if text else ''}"
    return ledger_error(
        "Ledger.NoLeader",
        f"the server of the ledger has no active node that can be reached just now; {said}",
        "A cluster takes some seconds to choose another one: run again; no password is lost. If it persists, check "
        "that its nodes reach each other and that most of them are running and unsealed.",
        status=answer.status,
        # A standby also sends on to the active node when that has died over the call, carried out or not
        ambiguous=_NOT_FOUND not in text,
    )


def behind(status: int | None = None) -> ConsoleError:
    """Return the error for a node that does not have yet what this ledger has written."""
    return ledger_error(
        "Ledger.NoLeader",
        "the server of the ledger is a standby that does not have the latest changes yet",
        "Run again; no password is lost. If it persists, check whether that node still follows the active one.",
        status=status,
    )


def denied(asked: Asked, status: int | None = None) -> ConsoleError:
    """Return the error for a token whose policies lack something."""
    return ledger_error(
        "Ledger.Denied",
        f"the ledger's token may not {asked.needs} at {asked.path}",
        f"Give its policy the capability {asked.needs!r} on that path (the documentation of the ledger has a whole "
        "policy); or the token has expired, or there is no such mount in this namespace.",
        status=status,
    )


def bad_token() -> ConsoleError:
    """Return the error for a token that the server does not take."""
    return ledger_error(
        "Ledger.Token",
        "the server of the ledger does not accept the token: it is unknown, revoked or expired",
        "Make a new one. For long runs use an AppRole, or a token that is renewable and periodic.",
        status=403,
    )


def wrong_mount(path: str) -> ConsoleError:
    """Return the error for a path that is not in a key/value store of version 2."""
    return ledger_error(
        "Ledger.WrongMount",
        f"there is no key/value store of version 2 at {path}",
        "Correct the mount in O(ledger), or make one: 'vault secrets enable -path=MOUNT -version=2 kv'.",
    )


def hidden_mount(path: str) -> ConsoleError:
    """Return the error for an address whose mount the server does not tell this token."""
    return ledger_error(
        "Ledger.Denied",
        f"the ledger's token is not shown which part of {path} is the mount, and it may do nothing there",
        "Give its policy the capabilities that the documentation of the ledger lists, or correct O(ledger) or the "
        "namespace.",
    )


def expiring(where: str, after: str) -> ConsoleError:
    """Return the error for records that the server would delete by itself."""
    return ledger_error(
        "Ledger.Expiring",
        f"the server deletes records by itself, because delete_version_after is set for {where} ({after})",
        "Set delete_version_after to 0s for the mount and for the metadata of its records, or use another mount.",
    )


def _gone(asked: Asked, version: dict[str, t.Any]) -> ConsoleError:
    """Return the error for a record that was deleted by hand: it has passwords that may be in force."""
    number, record = version["version"], asked.record
    if version.get("destroyed"):
        reason, advice = "destroyed", roll_back(record)
    else:
        reason, advice = "deleted", f"Bring it back: 'vault kv undelete -versions={number} {record}'."
    return ledger_error(
        "Ledger.Deleted",
        f"the record at {record} was {reason} by hand (version {number})",
        f"{advice} To delete it for good: 'vault kv metadata delete {record}', and rotate again.",
    )


def roll_back(record: str) -> str:
    """Return what to do about a record of which only older versions can be used."""
    return (
        f"Look at its versions, 'vault kv metadata get {record}', and go back to a good one, "
        f"'vault kv rollback -version=NUMBER {record}'."
    )


def _throttled(answer: Response) -> ConsoleError:
    try:
        wait = max(0.0, float(answer.headers.get("retry-after", "")))
    except ValueError:
        wait = None
    return ledger_error(
        "Ledger.Throttled",
        "the server of the ledger keeps refusing calls because there are too many",
        "Raise its rate limit quota, lower O(concurrency), or run again later; no password is lost.",
        status=429,
        retryable=True,
        retry_after=wait,
    )


def _metadata(data: t.Any) -> dict[str, t.Any] | None:
    """The metadata of one version, None where these are none."""
    metadata = data.get("metadata") if isinstance(data, dict) else None
    return metadata if isinstance(metadata, dict) and isinstance(metadata.get("version"), int) else None


def _object(answer: Response) -> dict[str, t.Any]:
    try:
        return json_object(answer.body)
    except ValueError:
        return {}


def _errors(answer: Response) -> list[str]:
    found = _object(answer).get("errors")
    return [str(text) for text in found] if isinstance(found, list) else []


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else ""
