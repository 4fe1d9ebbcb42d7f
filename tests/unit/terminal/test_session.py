# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's end of a session: numbers, gaps, acknowledgements, pace and limits, each at the frames themselves."""

from __future__ import annotations

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal import session as rules
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.frames import Frame, Kind, decode
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.session import (
    Pace,
    SessionEnded,
    SessionInterrupted,
    TerminalSession,
)

from tests.emulator.alibaba import frames as theirs


def output(
    seq: int, payload: bytes = b"", *, version: str = "1.02", acknowledged: int = 0, channel: str = "c"
) -> bytes:
    return theirs.write(theirs.OUTPUT, version, channel, payload, input_seq=acknowledged, output_seq=seq)


def sync(first: int) -> bytes:
    return theirs.write(theirs.SYNC, "1.02", "c", input_seq=first, output_seq=0)


def sent(session: TerminalSession, now: float = 0.0) -> list[Frame]:
    """Take all that the session wants to send."""
    found = []
    while session.next_size() is not None:
        found.append(decode(session.next_frame(now, 0)))
    return found


def opened(version: str = "1.02") -> TerminalSession:
    session = TerminalSession(0.0)
    first = 1 if version == "1.02" else 0
    assert session.take(output(first, b"SSH-2.0-x\r\n", version=version), 0.0) == b"SSH-2.0-x\r\n"
    return session


def test_nothing_is_taken_in_before_the_far_side_speaks() -> None:
    session = TerminalSession(0.0)
    for status in (theirs.OPENING, theirs.OPENED):
        session.take(theirs.status(status), 0.0)
    assert not session.room
    session.take(output(1, b"hello"), 0.0)
    assert session.room


@pytest.mark.parametrize("version", ["1.01", "1.02"])
def test_inputs_count_from_one_and_bear_the_channel_and_the_version(version: str) -> None:
    session = opened(version)
    session.put(b"a" * 5000)
    session.put(b"")
    frames = sent(session)
    assert [len(frame.payload) for frame in frames] == [2048, 2048, 904, 0]
    assert [frame.input_seq for frame in frames] == [1, 2, 3, 4]
    assert {(frame.version.decode(), frame.channel_id, frame.kind) for frame in frames} == {(version, b"c", Kind.INPUT)}
    assert {frame.output_seq for frame in frames} == {1 if version == "1.02" else 0}


@pytest.mark.parametrize(("version", "first"), [("1.01", 0), ("1.02", 1)])
def test_outputs_are_delivered_once_and_in_order(version: str, first: int) -> None:
    session = opened(version)
    assert session.take(output(first, b"SSH-2.0-x\r\n", version=version), 0.0) == b""
    assert session.take(output(first + 1, b"b", version=version), 0.0) == b"b"
    assert session.take(output(first + 1, b"b", version=version), 0.0) == b""
    assert session.take(output(first + 2, b"c", version=version), 0.0) == b"c"


def test_a_gap_is_asked_for_once() -> None:
    session = opened()
    session.put(b"x")
    sent(session)
    assert session.take(output(3, b"d"), 1.0) == b""
    assert session.take(output(4, b"e"), 1.1) == b""
    (asked,) = sent(session)
    assert (asked.kind, asked.output_seq, asked.input_seq, asked.payload) == (Kind.SYNC, 1, 1, b"")
    assert [session.take(output(seq, b"%d" % seq), 1.2) for seq in (2, 3, 4)] == [b"2", b"3", b"4"]
    assert session.take(output(6), 1.3) == b""
    assert sent(session) == []
    assert session.take(output(7), 2.1) == b""
    assert [frame.kind for frame in sent(session)] == [Kind.SYNC]


def test_a_first_output_that_is_lost_is_asked_for() -> None:
    session = TerminalSession(0.0)
    assert session.take(output(2, b"second"), 0.0) == b""
    assert not session.room
    (asked,) = sent(session)
    assert (asked.kind, asked.output_seq) == (Kind.SYNC, 0)
    assert session.take(output(1, b"first"), 0.0) == b"first"


def test_a_gap_without_resume_ends_the_session() -> None:
    session = opened("1.01")
    with pytest.raises(SessionEnded, match="Lost"):
        session.take(output(2, version="1.01"), 0.0)


def test_inputs_are_sent_again_from_the_first_that_is_missing() -> None:
    session = opened()
    for text in (b"a", b"b", b"c", b"d"):
        session.put(text)
    sent(session)
    session.take(sync(3), 1.0)
    assert [(frame.input_seq, frame.payload) for frame in sent(session, 1.0)] == [(3, b"c"), (4, b"d")]
    # Each Input behind a gap makes the service ask for the same one
    session.take(sync(3), 1.5)
    assert sent(session, 1.5) == []
    session.take(sync(3), 2.1)
    assert [frame.input_seq for frame in sent(session, 2.1)] == [3, 4]


def test_sending_again_keeps_what_waits_in_its_place() -> None:
    session = opened()
    session.put(b"a")
    session.put(b"b")
    session.next_frame(0.0, 0)
    session.take(sync(1), 1.0)
    session.put(b"c")
    assert [(frame.input_seq, frame.payload) for frame in sent(session)] == [(1, b"a"), (2, b"b"), (3, b"c")]


def test_what_was_acknowledged_is_not_kept() -> None:
    session = opened()
    for text in (b"a", b"b", b"c"):
        session.put(text)
    sent(session)
    session.take(output(2, acknowledged=2), 0.0)
    session.take(sync(3), 1.0)
    assert [frame.payload for frame in sent(session)] == [b"c"]
    # A Sync that comes late asks for what has arrived since
    session.take(sync(2), 3.0)
    assert sent(session) == []


@pytest.mark.parametrize("first", [2, 3, 2**32 - 1])
def test_a_sync_beyond_what_was_sent_asks_for_nothing(first: int) -> None:
    session = opened()
    session.put(b"a")
    sent(session)
    session.take(sync(first), 1.0)
    assert sent(session) == []


def test_memory_is_bounded() -> None:
    session = opened()
    session.put(b"x" * rules.QUEUE)
    taken = 0
    while sent(session) or session.room:
        if session.room:
            session.put(b"x" * rules.CHUNK)
            taken += rules.CHUNK
        assert taken <= rules.WINDOW
    assert taken > rules.WINDOW / 2
    session.take(output(2, acknowledged=10**6), 0.0)
    assert bool(session.room)


def test_empty_inputs_are_bounded_too() -> None:
    session = opened()
    for _each in range(rules.WINDOW // rules.OVERHEAD):
        session.put(b"")
    assert not session.room


def test_without_acknowledgements_nothing_is_kept() -> None:
    session = opened("1.01")
    for _each in range(2 * rules.WINDOW // rules.QUEUE):
        session.put(b"x" * rules.QUEUE)
        sent(session)
    assert session.room


def test_keep_alives_when_nothing_else_was_sent() -> None:
    session = opened("1.01")
    due = session.tick(0.0)
    assert due == rules.KEEP_ALIVE
    assert sent(session) == []
    session.tick(due)
    (frame,) = sent(session, due)
    assert (frame.kind, frame.payload, frame.input_seq) == (Kind.INPUT, b"", 1)
    session.put(b"x")
    sent(session, due + 10)
    assert session.tick(due + 20) == due + 10 + rules.KEEP_ALIVE


def test_a_quiet_session_asks_whether_something_is_missing_less_and_less_often() -> None:
    session = opened()
    asked = []
    now = 0.0
    while now < 60:
        now = session.tick(now)
        session.tick(now)
        asked += [now] * sum(frame.kind == Kind.SYNC for frame in sent(session, now))
    assert asked[:5] == [2, 6, 14, 30, 62]
    session.take(output(2), now)
    assert session.tick(now) == now + rules.PROBE


@pytest.mark.parametrize(
    ("until", "code", "speaks"), [(30.0, "NoOutput", False), (180.0, "Silent", True), (3 * 3600.0, "TooLong", True)]
)
def test_every_wait_has_a_limit(until: float, code: str, speaks: bool) -> None:
    session = opened() if speaks else TerminalSession(0.0)
    now, seq = 0.0, 1
    while now < until:
        assert now < until
        if code == "TooLong" and now > seq * 100:
            seq += 1
            session.take(output(seq, acknowledged=10**6), now)
        try:
            now = max(session.tick(now), now + 1.0)
        except SessionEnded as end:
            pytest.fail(f"{end.code} at {now}")
        sent(session, now)
    with pytest.raises(SessionEnded, match=code):
        session.tick(until)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (theirs.status(theirs.CLOSED, b"OpenTargetPortFailed"), "OpenTargetPortFailed"),
        (theirs.status(2, b"nope"), "nope"),
        (theirs.status(6), "Exited"),
        (b"rubbish", "Session.BadFrame"),
        (theirs.status(theirs.STREAM, bytes(9)), "Session.BadFrame"),
    ],
    ids=["closed", "aborted", "exited", "rubbish", "bad limit"],
)
def test_how_the_service_ends_it(message: bytes, code: str) -> None:
    with pytest.raises(SessionEnded) as raised:
        opened().take(message, 0.0)
    assert raised.value.code == code


def test_a_service_that_goes_down_is_an_interruption() -> None:
    with pytest.raises(SessionInterrupted):
        opened().take(theirs.status(theirs.FROZEN), 0.0)


def test_what_is_not_known_means_nothing() -> None:
    session = opened()
    for kind in frozenset({theirs.RESIZE, theirs.OPEN, 77, 2**32 - 1}):
        assert session.take(theirs.write(kind, "1.02", "c", b"x"), 0.0) == b""
    assert session.take(theirs.status(99, b"x"), 0.0) == b""
    assert sent(session) == []


def test_a_resumed_session_says_first_where_it_is() -> None:
    session = opened()
    session.put(b"a")
    sent(session)
    session.put(b"b")
    session.resume(5.0)
    first, second = sent(session, 5.0)
    # The last Input that was sent, not the last that waits
    assert (first.kind, first.input_seq, first.output_seq) == (Kind.SYNC, 1, 1)
    assert (second.kind, second.payload) == (Kind.INPUT, b"b")


def test_a_session_of_the_old_version_is_not_resumed() -> None:
    with pytest.raises(SessionEnded, match="NotResumed"):
        opened("1.01").resume(1.0)


def test_a_channel_id_that_comes_late_is_learnt() -> None:
    session = TerminalSession(0.0)
    session.take(theirs.status(theirs.OPENING), 0.0)
    assert session.channel_id == b""
    session.take(output(1), 0.0)
    assert session.channel_id == b"c"
    session.take(output(2, channel="other"), 0.0)
    assert session.channel_id == b"c"


def test_the_close_frame() -> None:
    session = opened()
    session.put(b"waits")
    frame = decode(session.close(7))
    assert (frame.kind, frame.payload, frame.channel_id, frame.timestamp) == (Kind.CLOSE, b"1", b"c", 7)


@pytest.mark.parametrize("limit", [204_800, 1_638_400, 80_000_000])
def test_the_pace_is_kept_and_used(limit: int) -> None:
    """In a simulated minute, with a clock that is up to 20 ms late, at least 95 % and never more than the limit."""
    pace = Pace()
    pace.set_limit(limit)
    now, total = 100.0, 0
    while now < 160 and total < 200_000_000:
        pace.spend(rules.CHUNK, now)
        total += rules.CHUNK
        wait = pace.wait(now)
        now += wait + 0.02 if wait > 0.001 else wait
    share = total / (limit / 8) / (now - 100)
    assert 0.95 <= share <= 1 + (rules.CREDIT + 0.1) / (now - 100)


def test_a_pace_of_nothing_announces_nothing() -> None:
    """As in the vendor's client; until one is announced, the vendor's default."""
    pace = Pace()
    pace.set_limit(0)
    pace.spend(25_600, 50.0)
    assert pace.wait(50.0) == pytest.approx(1.0 - rules.CREDIT)


def test_only_payload_counts_for_the_pace() -> None:
    session = opened()
    session.put(b"")
    session.resume(0.0)
    sent(session, 10.0)
    assert session.pace.wait(10.0) == 0.0
    session.put(b"x" * 25_600)
    sent(session, 10.0)
    assert session.pace.wait(10.0) > 0.5


def test_no_bytes_are_in_the_text_of_an_error() -> None:
    with pytest.raises(SessionEnded) as raised:
        opened().take(b"Sesame0pen", 0.0)
    assert "Sesame" not in str(raised.value)
