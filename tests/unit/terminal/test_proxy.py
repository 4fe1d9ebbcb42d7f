# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy's limits, with limits that a test can wait for, in this process; and what it is given and leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import typing as t
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, NetworkError
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal import (
    endings,
    handover,
    proxy,
    service,
    session,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.handover import ProxyOptions

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet

GREETING = b"SSH-2.0-greeting\r\n"
Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(GREETING)
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del writer
    while await reader.read(65536):
        pass


@pytest.fixture
def cloud(cloud: Emulator) -> Emulator:
    cloud.serve_sessions()
    return cloud


@contextlib.asynccontextmanager
async def carrying(
    cloud: Emulator, fleet: Fleet, server: Server
) -> AsyncIterator[tuple[asyncio.Task[None], asyncio.StreamReader, asyncio.StreamWriter]]:
    """Give the proxy's work, and ssh's ends of its pipes."""
    instance, *_others = (one for one in fleet["instances"] if one.get("status") == "Running")
    keys = {account["account_id"]: account["access_keys"][0] for account in fleet["accounts"]}
    key = keys[instance["account_id"]]
    ours, theirs = socket.socketpair()
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(t.cast("asyncio.Task[None]", asyncio.current_task()))
        with contextlib.closing(writer):
            await server(reader, writer)

    far = await asyncio.start_server(talk, "127.0.0.1", 0)
    options = ProxyOptions(
        instance_id=instance["instance_id"],
        region=instance["region"],
        endpoint=cloud.url,
        access_key_id=key["access_key_id"],
        access_key_secret=key["access_key_secret"],
        port=far.sockets[0].getsockname()[1],
    )
    ends = await asyncio.open_connection(sock=theirs)
    reader, writer = await asyncio.open_connection(sock=ours)
    local = proxy.Local(*ends, asyncio.Event())
    work = asyncio.ensure_future(proxy.carry(options, local))
    try:
        yield work, reader, writer
    finally:
        local.stop.set()
        await asyncio.gather(work, return_exceptions=True)
        for one in (writer, ends[1]):
            one.close()
        # They end with the session, which the agent has let go of
        await asyncio.gather(*talks)
        far.close()
        await asyncio.sleep(0)


def run(work: Awaitable[None]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(work, 60)

    asyncio.run(limited())


def test_a_far_side_that_never_speaks(cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FIRST_OUTPUT", 0.5)

    async def story() -> None:
        async with carrying(cloud, fleet, mute) as (work, _reader, _writer):
            with pytest.raises(ConsoleError) as raised:
                await work
            assert (raised.value.kind, raised.value.code) == ("timeout", session.NO_OUTPUT)

    run(story())
    assert all(one["ended"] for one in cloud.sessions())


def test_a_far_side_that_falls_silent(cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE", 0.5)

    async def story() -> None:
        async with carrying(cloud, fleet, greet) as (work, reader, _writer):
            assert await reader.readexactly(len(GREETING)) == GREETING
            with pytest.raises(ConsoleError) as raised:
                await work
            assert (raised.value.kind, raised.value.code) == ("timeout", session.SILENT)

    run(story())


def test_a_session_that_is_too_old(cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LONGEST", 1.0)

    async def story() -> None:
        async with carrying(cloud, fleet, greet) as (work, _reader, _writer):
            with pytest.raises(ConsoleError, match="three hours"):
                await work

    run(story())


@pytest.mark.parametrize("version", ["1.01", "1.02"])
def test_keep_alives_keep_it_alive(
    cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(session, "KEEP_ALIVE", 0.3)
    monkeypatch.setattr(proxy, "LOOK", 0.1)
    cloud.configure(session_idle_seconds=1.0, session_version=version)

    async def story() -> None:
        async with carrying(cloud, fleet, greet) as (work, reader, writer):
            assert await reader.readexactly(len(GREETING)) == GREETING
            await asyncio.sleep(2.5)
            assert not work.done()
            writer.write(b"still there?")
            assert await reader.readexactly(12) == b"still there?"
            writer.close()
            await work

    run(story())
    (found,) = cloud.sessions()
    assert found["keep_alives"] >= 4
    assert found["ended"]


def test_the_service_stays_away(cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restart, tries end; ssh that lets go meanwhile does not wait for them."""
    monkeypatch.setattr(service, "CONNECT_AGAIN", 1.5)
    monkeypatch.setattr(service, "PAUSE", 0.2)

    async def story(lets_go: bool) -> None:
        async with carrying(cloud, fleet, greet) as (work, reader, writer):
            assert await reader.readexactly(len(GREETING)) == GREETING
            monkeypatch.setattr(service.ServiceAddress, "_try", unreachable)
            await asyncio.to_thread(cloud.close_sessions, 1012)
            if lets_go:
                # Not seen before the next connection, but a signal is
                writer.close()
                return
            with pytest.raises(ConsoleError, match="no way"):
                await work
        monkeypatch.undo()

    async def unreachable(_self: service.ServiceAddress, _url: str) -> service.Socket:
        raise NetworkError("no way", retryable=True)

    run(story(False))
    began = time.monotonic()
    monkeypatch.setattr(service, "CONNECT_AGAIN", 50.0)
    run(story(True))
    assert time.monotonic() - began < 20


def test_the_library_is_missing(cloud: Emulator, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_deps, "load_websockets", lambda: _deps.Missing(("websockets",), "", ""))

    async def story() -> None:
        async with carrying(cloud, fleet, greet) as (work, _reader, _writer):
            with pytest.raises(ConsoleError, match="websockets"):
                await work

    run(story())
    assert cloud.sessions() == []


class Stuck:
    """A WebSocket of the library behind which nothing is taken any more."""

    close_code = None

    def __init__(self) -> None:
        self.transport = self
        self.aborted = False

    async def send(self, _data: bytes) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        await asyncio.Event().wait()

    def abort(self) -> None:
        self.aborted = True


def test_a_service_that_takes_nothing_more_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CLOSING", 0.1)
    stuck = Stuck()

    async def story() -> None:
        socket_ = service.Socket(stuck, ConnectionError)
        await socket_.say_goodbye(b"goodbye")
        await socket_.close()

    run(story())
    assert stuck.aborted


FULL = ProxyOptions(
    instance_id="i-1",
    region="cn-hangzhou",
    endpoint="https://ecs.example.com",
    profile="it's %h",
    access_key_id="LTAI5tExample",
    access_key_secret="Sesame0pen",
    security_token="Token0pen",
    validate_certs=False,
    ca_cert="/etc/ca file.pem",
    allow_plain_http=True,
    port=2222,
    target_server="db.example.com",
    reason_file="/tmp/reason",
)


@pytest.mark.parametrize("given", [FULL, ProxyOptions(instance_id="i-1")], ids=["all", "none"])
def test_what_is_handed_over_arrives(given: ProxyOptions) -> None:
    """By a shell that ssh starts, after ssh has expanded its own marks."""
    words = shlex.split(handover.proxy_command(given).replace("%%", "%"))
    assert words[0] == sys.executable
    assert Path(words[1], "__main__.py").is_file()
    assert handover.parse(words[2:], handover.environment(given)) == given


def test_no_secret_is_in_the_command() -> None:
    text = handover.proxy_command(FULL) + repr(FULL)
    assert "Sesame0pen" not in text
    assert "Token0pen" not in text


def test_secrets_of_others_are_hidden() -> None:
    """A host without a key must not get one that is in the environment for another."""
    given = ProxyOptions(instance_id="i-1")
    inherited = {**handover.environment(FULL), **handover.environment(given)}
    assert handover.parse(["--instance-id=i-1"], inherited) == given


@pytest.mark.parametrize(
    ("given", "alias"),
    [
        (ProxyOptions("i-1"), "i-1"),
        (ProxyOptions("i-1", port=2222), "i-1-2222"),
        (ProxyOptions("i-1", target_server="db"), "i-1-db"),
        (ProxyOptions("i-1", target_server="db", port=2222), "i-1-db-2222"),
    ],
)
def test_each_far_side_has_a_name_of_its_own(given: ProxyOptions, alias: str) -> None:
    assert given.alias == alias


@pytest.mark.parametrize(
    "given",
    [
        {"instance_id": "-oProxyCommand=x"},
        {"instance_id": "i 1"},
        {"target_server": "-x"},
        {"target_server": "a b"},
        {"target_server": "a;b"},
        {"target_server": "a\n"},
        {"port": 0},
        {"port": 65536},
    ],
)
def test_what_could_be_taken_for_something_else(given: dict[str, Any]) -> None:
    with pytest.raises(ConsoleError) as raised:
        handover.checked(ProxyOptions(**{"instance_id": "i-1", **given}))
    # The one option that is wrong is the one that is named
    assert [f"O({name})" for name in given] == re.findall(r"O\(\w+\)", raised.value.advice.replace("session_", ""))


@pytest.mark.parametrize("name", ["region", "endpoint", "profile", "ca_cert", *handover.SECRETS])
def test_a_zero_byte_has_a_message_of_ours(name: str) -> None:
    """Neither an environment nor a command line can hold one: Python said no more than ``embedded null byte``."""
    wrong: dict[str, Any] = {name: "Sesame\0pen"}
    with pytest.raises(ConsoleError, match=f"{name} contains a zero byte"):
        handover.checked(ProxyOptions("i-1", **wrong))


def test_a_reason_is_read_once_and_only_while_it_is_new(tmp_path: Path) -> None:
    path = tmp_path / "reason"
    assert handover.take_reason(str(path), 0.0) == ""
    handover.write_reason(str(path), "because")
    assert handover.take_reason(str(path), time.time() + 10) == ""
    assert handover.take_reason(str(path), time.time() - 10) == "because"
    assert not path.exists()


def test_each_process_reads_its_own_reason(tmp_path: Path) -> None:
    """Of others with the same far side, only what is left over: that of the process that started the connection."""
    mine, yours, started, other, old = (
        str(tmp_path / f"{name}.reason") for name in ("a.2", "a.1", "a.3", "b.1", "a.9")
    )
    for path in (mine, yours, other, old):
        handover.write_reason(path, path)
    os.utime(old, (0, 0))
    since = time.time() - 10
    assert handover.take_reason(mine, since) == mine
    assert handover.take_reason(yours, since) == yours
    handover.write_reason(started, started)
    assert handover.take_reason(mine, since) == started
    assert handover.take_reason(mine, since) == ""
    assert [str(path) for path in tmp_path.iterdir()] == [other]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"message": 7}', b"\xff", b"{" * 100_000])
def test_what_is_no_reason(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "reason"
    path.write_bytes(content)
    assert handover.take_reason(str(path), 0.0) == ""


def test_a_reason_that_cannot_be_left_is_no_matter(tmp_path: Path) -> None:
    handover.write_reason(str(tmp_path / "no" / "folder" / "reason"), "because")
    handover.write_reason("", "because")


@pytest.mark.parametrize("code", [*endings._ENDINGS, "SomethingNew"])
def test_every_ending_says_what_to_do(code: str) -> None:
    error = endings.failure(code)
    assert error.code
    assert error.advice.endswith(".")


@pytest.mark.parametrize("name", ["file", os.devnull])
def test_standard_streams_that_are_no_pipes(tmp_path: Path, fleet: Fleet, name: str) -> None:
    words = handover.arguments(ProxyOptions(fleet["instances"][0]["instance_id"], region="cn-hangzhou"))
    with (tmp_path / name).open("w+b") as file:
        done = subprocess.run(words, stdin=file, stdout=file, stderr=subprocess.PIPE, env=dict(os.environ), check=False)
    assert done.returncode == 1
    assert done.stderr.decode() == (
        "cloudops.console: Standard input and output are no pipes. Run it by ssh's ProxyCommand.\n"
    )
