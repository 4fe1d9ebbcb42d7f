# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile values of every kind, and the property that all of these tests share: a value, or an error of ours."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import signal
import traceback
import typing as t
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence

from ansible_collections.cloudops.console.plugins.module_utils._errors import LEDGER, ConsoleError
from hypothesis import strategies as st

Value = t.TypeVar("Value")

# Letters and digits, so that no encoding of an echo changes it: where it is shown, it is found.
SECRET = "hUshQx7zeK9wPmT4bV2n"
# Seconds for one example; whatever is slower, hangs.
LIMIT = 20
# Characters of a message; an operator reads it on a terminal.
LONGEST_MESSAGE = 8000

_NASTY = (
    "",
    " ",
    "\0",
    "\n",
    "\r\nx: y",
    "\t",
    "\x1b[31m",
    "\x85",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ufffe",
    "\ud800",
    "\udcff",
    "\U0001f511",
    "ß",
    "İ",
    "²",
    "٣",
    "೬",
    "0",
    "-1",
    "00",
    "1e999",
    "nan",
    "1" * 30,
    "9" * 5000,
    "true",
    "null",
    "~",
    "{{ x }}",
    "{% raw %}",
    "%s%n%(x)s",
    "${HOME}",
    "`id`",
    "$(id)",
    "=1+1",
    "@x",
    "<b>&amp;\"'",
    "[x](http://y)",
    "|",
    "../..",
    "/",
    "//[",
    "http://[",
    "https://[::1",
    "wss://x:99999/",
    "ws://a..b/",
    "http://" + "x" * 300,
    "a" * 70_000,
    "2026-01-02T03:04:05Z",
    "2026-01-02T03:04Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "2026-01-02T03:04:05",
    "2026-01-02T03:04:05.123456Z",
)

texts = st.one_of(st.text(max_size=40), st.sampled_from(_NASTY))
# A server that gets a secret can say it back, in any place.
echoes = st.one_of(texts, st.sampled_from((SECRET, f"x{SECRET}", f"https://h/?token={SECRET}", f"{SECRET}\n{SECRET}")))
# Characters that a header can carry, as libraries decode it.
header_texts = st.one_of(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=40),
    st.sampled_from(("²", "¼", "99999", "0", "-1", "1" * 400, "Fri, 31 Dec 9999 23:59:59 -9999", "x" * 4000, SECRET)),
)
dates = st.one_of(
    header_texts,
    st.builds(
        "{}, {} {} {} {}:{}:{} {}".format,
        st.sampled_from(("Mon", "", "Xyz")),
        st.integers(-1, 400),
        st.sampled_from(("Jan", "Feb", "Dec", "0", "May-7")),
        st.integers(-9, 999_999),
        st.integers(-1, 99),
        st.integers(-1, 99),
        st.integers(-1, 10**9),
        st.sampled_from(("GMT", "+9999", "-0000", "EST", "+999999999999", "")),
    ),
)
numbers = st.one_of(
    st.integers(),
    st.sampled_from((0, -1, 65536, 2**31, 2**63, 2**64, 10**400)),
    # too long to be written, for hypothesis as well
    st.builds(lambda sign: sign * 16**5000, st.sampled_from((1, -1))),
    st.floats(),
)
scalars: st.SearchStrategy[t.Any] = st.one_of(st.none(), st.booleans(), numbers, texts)


def _nested(leaves: st.SearchStrategy[t.Any], names: st.SearchStrategy[str]) -> st.SearchStrategy[t.Any]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
        max_leaves=6,
    )


def _json(words: st.SearchStrategy[str]) -> st.SearchStrategy[t.Any]:
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), words)
    return _nested(leaves, words)


json_values = _json(texts)
_echoing_values = _json(echoes)
values = _nested(scalars, texts)


@st.composite
def bent(draw: st.DrawFn, whole: t.Any, *, echo: bool = False) -> t.Any:
    """A right document, with none to three of its parts replaced, dropped, or put beside others."""
    anything, words = (_echoing_values, echoes) if echo else (json_values, texts)
    document = copy.deepcopy(whole)
    for _turn in range(draw(st.integers(0, 3))):
        spots = list(_spots(document))
        if not spots:
            break
        holder, name = spots[draw(st.integers(0, len(spots) - 1))]
        how = draw(st.sampled_from(("replace", "replace", "drop", "add")))
        if how == "replace":
            holder[name] = draw(anything)
        elif how == "drop":
            del holder[name]
        elif isinstance(holder, list):
            holder.append(draw(anything))
        else:
            holder[draw(words)] = draw(anything)
    return document


def _spots(document: t.Any) -> Iterator[tuple[t.Any, t.Any]]:
    """Every place of a document that can get another value."""
    inside = document.items() if isinstance(document, dict) else enumerate(document)
    for name, part in list(inside):
        yield document, name
        if isinstance(part, dict | list):
            yield from _spots(part)


@st.composite
def bodies(draw: st.DrawFn, whole: t.Any, *, echo: bool = False) -> bytes:
    """The bytes of an answer or a file: a bent document, cut, in another encoding, or something else altogether.

    :param echo: whether it can say a secret in places where none belongs.
    """
    how = draw(st.sampled_from(("bent", "bent", "bent", "bent", "any", "cut", "utf-16", "bytes", "odd")))
    if how == "bytes":
        return draw(st.binary(max_size=200))
    if how == "odd":
        return draw(st.sampled_from(_ODD))
    if how == "any":
        return json.dumps(draw(json_values)).encode()
    text = json.dumps(draw(bent(whole, echo=echo)), ensure_ascii=draw(st.booleans()))
    raw = text.encode("utf-16" if how == "utf-16" else "utf-8", "surrogatepass")
    return raw[: draw(st.integers(0, len(raw)))] if how == "cut" else raw


_ODD = (
    b"",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"a":' + b"1" * 5000 + b"}",
    b'{"a":1e999999999}',
    b'{"Code":NaN,"code":-Infinity}',
    b'\xef\xbb\xbf{"a":1}',
    b'{"a":"\\ud800"}',
    b"<html>" + b"<b>" * 10_000,
    b"\xff\xfe\x00\x00",
    b"null",
    b'{"a":1}{"a":2}',
)


@contextlib.contextmanager
def limited(seconds: float = LIMIT) -> Iterator[None]:
    """Fail what takes longer; a long calculation, too."""

    def stop(*_args: object) -> None:
        raise AssertionError(f"it hangs: no end after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def outcome(work: Callable[[], Value], *, hidden: Sequence[str] = (SECRET,)) -> Value | ConsoleError:
    """What work returns, or the error of ours that it raises; any other exception is a fault, and fails the test.

    :param hidden: what no error may show.
    """
    with limited():
        try:
            return work()
        except ConsoleError as error:
            check_error(error, hidden)
            return error


def outcome_of(
    work: Callable[[], Coroutine[t.Any, t.Any, Value]], *, hidden: Sequence[str] = (SECRET,)
) -> Value | ConsoleError:
    """The same for what is awaited."""
    return outcome(lambda: asyncio.run(work()), hidden=hidden)


def check_error(error: ConsoleError, hidden: Sequence[str] = (SECRET,)) -> None:
    """An error of ours is one line that can be shown on any terminal, of a known kind, and holds no secret."""
    message = error.message
    assert message.isprintable(), f"the message has characters that do not show: {message!r}"
    assert len(message) <= LONGEST_MESSAGE, f"the message has {len(message)} characters"
    assert error.kind in {ConsoleError.kind, *(one.kind for one in ConsoleError.__subclasses__()), LEDGER}
    json.dumps(error.failure)
    shown = "".join([repr(error.failure), repr(error), *traceback.format_exception(error)])
    for secret in hidden:
        assert secret not in shown, "the error shows a secret"


def headers(**more: st.SearchStrategy[str]) -> st.SearchStrategy[Mapping[str, str]]:
    """Headers of an answer, each of which may be missing or be anything; names are written with ``_``."""
    known: dict[str, st.SearchStrategy[str]] = {"date": dates, "content_type": header_texts, **more}
    return st.fixed_dictionaries({}, optional={name.replace("_", "-"): each for name, each in known.items()})


statuses = st.one_of(
    st.sampled_from((200, 200, 200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 413, 429, 500, 501, 502, 503)),
    st.integers(100, 999),
)
