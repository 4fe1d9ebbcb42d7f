# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Credentials from a program that a profile names (mode External).

It is started without a shell and without this process's secrets: of the environment it gets only what programs commonly
need. It has a minute, as with the vendor's SDK, and some kilobytes to say; what it writes to standard error is dropped,
because nobody knows what is in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import shlex
import signal
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils import _paths
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import files, issued
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.keys import Issue, complete
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    TimedOut,
)
from ansible_collections.cloudops.console.plugins.module_utils._http import Client
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import VendorModel, json_object

SECONDS = 60.0
SECONDS_TO_DIE = 5.0
LARGEST_OUTPUT = 64 * 1024
_PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PASSED_ON_ANY_CASE = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class Output(VendorModel):
    """What the program writes: the fields of a profile of mode AK or StsToken."""

    mode: str = ""
    access_key_id: str = ""
    access_key_secret: str = ""
    sts_token: str = ""
    expiration: str = ""


@dataclass(frozen=True)
class Program:
    """A command line; it can hold secrets, so it is never shown.

    :param account: of the profile that names it.
    """

    name: str
    account: str
    command: str = field(repr=False)
    env: t.Mapping[str, str] = field(repr=False)

    def check(self) -> None:
        """Raise ConsoleError where it is no command line."""
        self._arguments()

    def _arguments(self) -> list[str]:
        try:
            arguments = shlex.split(self.command)
        except ValueError:
            arguments = []
        if not arguments or "\0" in self.command:
            raise ConsoleError(
                f"{self.name} has no command that can be run",
                advice="Write the program and its arguments into process_command, with quotation marks in pairs.",
            )
        if arguments[0].startswith("~"):
            arguments[0] = str(_paths.expanded(arguments[0], self.env))
        return arguments

    async def fetch(self, client: Client) -> Issue:  # noqa: ARG002 - the program has its own ways
        """Run the program and read what it writes."""
        return self._read(await self._run(self._arguments()))

    async def _run(self, arguments: list[str]) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=environment_for_programs(self.env),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise self._failed(f"its program cannot be started: {reason}") from None
        try:
            return await asyncio.wait_for(self._output(process), SECONDS)
        except asyncio.TimeoutError:
            raise TimedOut(
                f"its program had not ended after {SECONDS:g} seconds and was stopped",
                advice="Run process_command by hand: it must not wait for input.",
                retryable=True,
            ) from None
        finally:
            await _end(process)

    async def _output(self, process: asyncio.subprocess.Process) -> bytes:
        stream, output = process.stdout, bytearray()
        while stream is not None:
            part = await stream.read(LARGEST_OUTPUT)
            output += part
            if len(output) > LARGEST_OUTPUT:
                raise self._failed(f"its program writes more than {LARGEST_OUTPUT // 1024} KiB")
            if not part:
                break
        status = await process.wait()
        if status:
            raise self._failed(f"its program ended with {f'status {status}' if status > 0 else f'signal {-status}'}")
        return bytes(output)

    def _read(self, output: bytes) -> Issue:
        try:
            found = files.fitted(Output, json_object(output))
        except ValueError:
            raise self._failed("its program does not write the JSON of a profile") from None
        if found.mode not in ("", "AK", "StsToken"):
            raise self._failed(f"its program gives the mode {name_of(found.mode)!r}, and not AK or StsToken")
        if found.mode == "StsToken" and not found.sts_token:
            raise self._failed("its program gives the mode StsToken and no sts_token")
        token = "" if found.mode == "AK" else found.sts_token
        credentials = complete(found.access_key_id, found.access_key_secret, token, self.name)
        if credentials is None:
            raise self._failed("its program gives no access key")
        ends = issued.parse_expiration(found.expiration)
        if ends is None and found.expiration:
            raise self._failed("its program gives an expiration that is no time such as 2026-01-02T03:04:05Z")
        life = (ends - dt.datetime.now(dt.timezone.utc)).total_seconds() if ends else None
        return Issue(credentials, life)

    def _failed(self, reason: str) -> AuthenticationError:
        return AuthenticationError(
            reason,
            advice="Run process_command by hand: it must write one JSON object with mode, access_key_id, "
            "access_key_secret and, for StsToken, sts_token.",
        )


def environment_for_programs(env: t.Mapping[str, str]) -> dict[str, str]:
    """Return what a program gets of env: no credentials, and nothing that would change how it is loaded."""
    return {name: value for name, value in env.items() if _passed_on(name) and "\0" not in value}


def _passed_on(name: str) -> bool:
    return name in _PASSED_ON or name.upper() in _PASSED_ON_ANY_CASE or name.startswith(("LC_", "XDG_"))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop the program and what it has started, unless it has ended by itself; leave no child and no pipe behind."""
    if process.returncode is None or (process.stdout is not None and not process.stdout.at_eof()):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), SECONDS_TO_DIE)
    # asyncio has no public word for closing the pipes to a program
    process._transport.close()  # type: ignore[attr-defined]
