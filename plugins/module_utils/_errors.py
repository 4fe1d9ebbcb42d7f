# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What can go wrong, in nine classes.

::

    ConsoleError                 invalid            an option, a variable or a value breaks a known rule
    ├── AuthenticationError      authentication     key unknown, signature or token refused, clock skew
    ├── PermissionDenied         permission         the identity may not do this
    ├── NotFound                 not_found          no such instance, region or session
    ├── WrongState               wrong_state        the instance is in a state that refuses the call
    ├── Throttled                throttled          the account's quota is used up for now
    ├── NetworkError             network            no connection, or it broke; nothing that a server said
    ├── TimedOut                 timeout            no connection, or no answer, in time
    └── UnexpectedAnswer         unexpected_answer  an error of the service, or an answer that cannot be read

Whatever goes wrong with a ledger has the kind ``ledger``, and a code ``Ledger.*`` that says what it is; its class is
the one that fits, so that it is treated alike.

The second column is ``kind``, the closed list that playbooks can rely on. Everything below the modules raises these;
one place (_module) turns them into a failed result. No message, code or attribute ever holds a secret or a URL with
a query: the code that raises one ensures that, with _redact where a text comes from outside.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._naming import rendered

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,80}\Z")


class ConsoleError(Exception):
    """A failure with its parts.

    :param reason: what is wrong, a clause without a full stop. It begins with a word of ours, or with a name that has
        more in it than letters.
    :param advice: the next step for the operator, one sentence, or empty. Both name options as ``O(region)``.
    :param code: the vendor's code (or ours, ``Ledger.*``), None without one.
    :param request_id: the vendor's request id, None where no answer was read.
    :param status: the HTTP status, None where no answer was read.
    :param retryable: the same call may succeed if it is sent again soon.
    :param ambiguous: the cloud may have done what was asked although we could not see it.
    :param retry_after: seconds that the cloud asks to wait, None where it does not say.
    """

    kind: str = "invalid"

    def __init__(
        self,
        reason: str,
        *,
        advice: str = "",
        code: str | None = None,
        request_id: str | None = None,
        status: int | None = None,
        retryable: bool = False,
        ambiguous: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice
        self.code = code
        self.request_id = checked_request_id(request_id)
        self.status = status
        self.retryable = retryable
        self.ambiguous = ambiguous
        self.retry_after = retry_after
        self.doing = ""

    def while_doing(self, doing: str) -> ConsoleError:
        """Say what was being done, such as ``setting the VNC password of i-1 in cn-beijing``; the first call wins."""
        self.doing = self.doing or doing
        return self

    @property
    def message(self) -> str:
        """One text for people: what, where, why, the vendor's code and request id, and what to do."""
        marks = [mark for mark in (self.code, f"request id {self.request_id}" if self.request_id else "") if mark]
        what = f"{self.doing} failed: {self.reason}" if self.doing else self.reason
        # A sentence begins with a capital; a name such as i-1, max_age or ~/.aliyun keeps its spelling.
        if what.partition(" ")[0].isalpha():
            what = what[:1].upper() + what[1:]
        end = "" if what.endswith("?") and not marks else "."
        text = f"{what} ({', '.join(marks)}){end}" if marks else f"{what}{end}"
        return rendered(f"{text} {self.advice}".rstrip())

    @property
    def failure(self) -> dict[str, t.Any]:
        """The stable form for playbooks: kind, code, message, request_id, status."""
        return {
            "kind": self.kind,
            "code": self.code,
            "message": self.message,
            "request_id": self.request_id,
            "status": self.status,
        }

    def __str__(self) -> str:
        return self.message


def checked_request_id(text: str | None) -> str | None:
    """Return text if it has the form of a request id, else None: what a service answers there is shown to people."""
    return text if text and _REQUEST_ID.match(text) else None


class AuthenticationError(ConsoleError):
    """The cloud (or a store) does not accept our identity. Never sent again: repeated failures lock keys."""

    kind = "authentication"


class PermissionDenied(ConsoleError):
    """Known, but not allowed; the advice names the permission that is missing."""

    kind = "permission"


class NotFound(ConsoleError):
    """No such thing for this account in this region."""

    kind = "not_found"


class WrongState(ConsoleError):
    """The thing exists and refuses the call in its present state."""

    kind = "wrong_state"


class Throttled(ConsoleError):
    """Too many calls; nothing was done, and the call can be sent again later."""

    kind = "throttled"


class NetworkError(ConsoleError):
    """No connection, or it broke: name, route, TLS, proxy; ``ambiguous`` says whether the request may have arrived."""

    kind = "network"


class TimedOut(ConsoleError):
    """No connection or no complete answer in time; ``ambiguous`` says whether the request may have arrived."""

    kind = "timeout"


class UnexpectedAnswer(ConsoleError):
    """The service failed, or answered something that is not an answer."""

    kind = "unexpected_answer"


# The kind of everything that is wrong with a ledger, whatever its class.
LEDGER = "ledger"
