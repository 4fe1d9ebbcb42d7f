# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions behind one's own authority: the calls and the session itself trust what ``ca_cert`` has, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.certificate_authority import ca_file, sign_server
from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet
from tests.integration.terminal import ports
from tests.integration.terminal.ports import GREETING
from tests.integration.terminal.proxied import UNLIMITED, options, proxied

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an authority, beside the certificate of a server on 127.0.0.1 and its key."""
    folder = tmp_path_factory.mktemp("authority")
    chain, _key = sign_server(folder)
    # What the control of the emulated cloud trusts is the file that the server sends.
    chain.write_bytes(chain.read_bytes() + ca_file(folder).read_bytes())
    return ca_file(folder)


@pytest.fixture(scope="module")
def secure(authority: Path, fleet: Fleet) -> Iterator[Emulator]:
    certificate, key = (str(authority.with_name(name)) for name in ("server.pem", "server.key"))
    with Emulator.start(fleet, certfile=certificate, keyfile=key) as cloud:
        cloud.serve_sessions(session_pace=UNLIMITED)
        yield cloud


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    with ports.listening(ports.echo) as port:
        yield port


def greeted(secure: Emulator, fleet: Fleet, home: Path, echo: int, **more: object) -> tuple[bytes, str]:
    """Return what the far side says first, and what the proxy says."""
    with proxied(options(secure, fleet, echo, **more), home) as proxy:
        heard = proxy.read(len(GREETING), 20)
        proxy.hang_up()
        proxy.wait()
    return heard, proxy.errors


def test_the_session_trusts_the_authority(
    secure: Emulator, authority: Path, fleet: Fleet, home: Path, echo: int
) -> None:
    assert secure.url.startswith("https:")
    assert greeted(secure, fleet, home, echo, ca_cert=str(authority)) == (GREETING, "")


def test_without_verification(secure: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    assert greeted(secure, fleet, home, echo, validate_certs=False) == (GREETING, "")


def test_an_unknown_authority_starts_no_session(secure: Emulator, fleet: Fleet, home: Path, echo: int) -> None:
    before = len(secure.sessions())
    heard, errors = greeted(secure, fleet, home, echo)
    assert heard == b""
    assert "certificate" in errors
    assert "Set --ca-cert" in errors
    assert len(secure.sessions()) == before


def test_the_session_itself_is_verified(
    secure: Emulator, authority: Path, fleet: Fleet, home: Path, echo: int, tmp_path: Path
) -> None:
    """The calls go to a server that is trusted, and name a session's address that is not."""
    other = tmp_path / "other"
    other.mkdir()
    certificate, key = sign_server(other)
    certificate.write_bytes(certificate.read_bytes() + ca_file(other).read_bytes())
    with Emulator.start(fleet, certfile=str(certificate), keyfile=str(key)) as elsewhere:
        base = f"wss{elsewhere.url.removeprefix('https')}/session"
        secure.configure(websocket_base=base)
        heard, errors = greeted(secure, fleet, home, echo, ca_cert=str(authority))
        secure.serve_sessions()
    assert heard == b""
    assert "certificate" in errors
    assert [one["session_id"] for one in secure.sessions() if not one["ended"]] == []
