# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Sources of credentials outside of this process: the metadata of the ECS instance, a URI, a program.

The metadata service gives the temporary credentials of the RAM role of the instance that this runs on. Its address is
unencrypted by nature and outside of a cloud it leads nowhere, or to a stranger (100.64.0.0/10 is shared address space):
so it is asked directly and never through a proxy, each request has one second, and nothing is sent but the request for
a token of its own. Source: https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata.

A URI is what a local helper, a sidecar or a service of one's own answers.

A program (mode External of a profile) is started without a shell and without this process's secrets: of the environment
it gets only what programs commonly need. It has a minute, as with the vendor's SDK, and some kilobytes to say; what it
writes to standard error is dropped, because it can hold anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import os
import re
import shlex
import signal
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.cache import (
    TemporaryCredentials,
    complete,
    is_on,
)
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.sts import read_response
from ansible_collections.cloudops.console.plugins.module_utils._endpoint import is_loopback
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    AuthenticationError,
    ConsoleError,
    TimedOut,
)
from ansible_collections.cloudops.console.plugins.module_utils._key_material import expanded
from ansible_collections.cloudops.console.plugins.module_utils._models import parse_time
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import Model, VendorModel, json_object

METADATA_SERVICE = "http://100.100.100.200"
# Seconds for which the metadata service's token is asked.
METADATA_LIFE = "21600"
# Each request has one second in all, and half of it to connect: a service that is there answers within milliseconds.
METADATA_POLICY = _http.Policy(timeout=1.0, retries=0)
_ROLES = "/latest/meta-data/ram/security-credentials/"
_ROLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?\Z")
_TOKEN = re.compile(r"[!-~]{1,4096}\Z")

# The switch of the vendor's command line for programs and URIs.
SWITCH = "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"

# Seconds that a program has, and that it has to die.
PROGRAM_SECONDS = 60.0
SECONDS_TO_DIE = 5.0
LARGEST_OUTPUT = 64 * 1024
_PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PASSED_ON_ANY_CASE = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class EcsRole:
    """The RAM role of this machine.

    :param role: its name; where empty, the service is asked for it.
    :param with_v1: whether requests without a token may be tried where the service gives none.
    """

    name: str
    role: str = ""
    with_v1: bool = True

    @property
    def account(self) -> str:
        return f"ecs-ram-role/{self.role or '*'}"

    def check(self) -> None:
        """Raise ConsoleError where the role's name could bend the path."""
        if self.role and not _ROLE.match(self.role):
            raise ConsoleError(
                f"the name of the RAM role in {self.name} has characters that no role's name has",
                advice="Correct ALIBABA_CLOUD_ECS_METADATA, or ram_role_name of the profile.",
            )

    async def fetch(self, client: _http.Client) -> TemporaryCredentials:  # noqa: ARG002 - asks directly
        """Ask the metadata service; at most four requests of one second each."""
        async with _http.Client(_http.Trust(), METADATA_POLICY, direct=True) as direct:
            token = await self._token(direct)
            role = self.role or await self._find_role(direct, token)
            response = await self._get(direct, f"{_ROLES}{role}", token)
            if response.status == 404:
                raise _no_role(f"the RAM role {role} is not attached to this instance", response)
            return read_response(response, self.name)

    async def _token(self, direct: _http.Client) -> str:
        """Return the token of version 2, empty for version 1.

        :raises ConsoleError: nothing is there at all, or version 1 is not wanted.
        """
        headers = {**_http.JSON_HEADERS, "x-aliyun-ecs-metadata-token-ttl-seconds": METADATA_LIFE}
        try:
            response = await direct.send(_http.Request("PUT", f"{METADATA_SERVICE}/latest/api/token", headers))
        except ConsoleError as error:
            if self.with_v1 and error.ambiguous:
                return ""
            raise _no_service(error) from None
        token = response.body.decode("ascii", "replace").strip()
        if response.status == 200 and _TOKEN.match(token):
            return token
        if self.with_v1:
            return ""
        raise AuthenticationError(
            "the metadata service gives no token, and ALIBABA_CLOUD_IMDSV1_DISABLED forbids to do without",
            status=response.status,
            advice="Let the instance offer metadata in security hardening mode, or unset that variable.",
        )

    async def _find_role(self, direct: _http.Client, token: str) -> str:
        response = await self._get(direct, _ROLES, token)
        if response.status == 404:
            raise _no_role("this instance has no RAM role", response)
        role = response.body.decode("ascii", "replace").strip().partition("\n")[0].strip()
        if response.status != 200 or not _ROLE.match(role):
            raise _no_role("the metadata service names no RAM role", response)
        return role

    async def _get(self, direct: _http.Client, path: str, token: str) -> _http.Response:
        headers = {**_http.JSON_HEADERS, "x-aliyun-ecs-metadata-token": token} if token else _http.JSON_HEADERS
        try:
            response = await direct.send(_http.Request("GET", f"{METADATA_SERVICE}{path}", headers))
            if response.status not in (200, 404) and token and self.with_v1:
                return await direct.send(_http.Request("GET", f"{METADATA_SERVICE}{path}", _http.JSON_HEADERS))
        except ConsoleError as error:
            raise _no_service(error) from None
        return response


def _no_role(reason: str, response: _http.Response) -> AuthenticationError:
    return AuthenticationError(
        reason,
        status=response.status,
        advice="Attach a RAM role to the ECS instance, or give credentials in another way.",
    )


def _no_service(error: ConsoleError) -> TimedOut:
    """Say that there is no such service, whatever the client saw."""
    return TimedOut(
        f"no usable answer from the metadata service at {METADATA_SERVICE.partition('://')[2]} ({error.reason})",
        advice="It exists on ECS instances only. Set ALIBABA_CLOUD_ECS_METADATA_DISABLED to true elsewhere.",
        retryable=True,
    )


def ecs_role(name: str, role: str, env: t.Mapping[str, str]) -> EcsRole:
    """Return the RAM role of this machine as something that was asked for by name.

    :raises ConsoleError: the metadata service may not be asked.
    """
    if is_on(env, "ALIBABA_CLOUD_ECS_METADATA_DISABLED"):
        raise ConsoleError(
            f"{name} needs the metadata service, which ALIBABA_CLOUD_ECS_METADATA_DISABLED switches off",
            advice="Unset it, or give credentials in another way.",
        )
    without_v1 = is_on(env, "ALIBABA_CLOUD_IMDSV1_DISABLED")
    source = EcsRole(name, role or env.get("ALIBABA_CLOUD_ECS_METADATA", ""), not without_v1)
    source.check()
    return source


def is_switched_off(env: t.Mapping[str, str]) -> bool:
    """Whether programs and URIs may not be asked."""
    return is_on(env, SWITCH)


def switched_off(name: str) -> ConsoleError:
    """Return the error for a profile that needs what is switched off."""
    return ConsoleError(f"{name} is switched off by {SWITCH}", advice="Unset it, or use a profile of another mode.")


@dataclass(frozen=True)
class CredentialsUri:
    """A URI; its path and query can be secret, so only its host is ever shown."""

    name: str
    uri: str = field(repr=False)
    policy: _http.Policy

    @property
    def account(self) -> str:
        return f"uri/{hashlib.sha256(self.uri.encode('utf-8', 'replace')).hexdigest()[:16]}"

    def check(self) -> None:
        """Raise ConsoleError where it is no https URI, or an http URI of another machine."""
        try:
            parts = urlsplit(self.uri)
            host, _port = parts.hostname or "", parts.port
        except ValueError:
            host = ""
        plain = self.uri.isascii() and self.uri.isprintable() and " " not in self.uri
        if not host or not plain or "@" in parts.netloc or parts.scheme not in ("http", "https"):
            raise ConsoleError(
                f"the URI of {self.name} has not the form https://host/path",
                advice="Correct ALIBABA_CLOUD_CREDENTIALS_URI, or credentials_uri of the profile.",
            )
        if parts.scheme == "http" and not is_loopback(host):
            raise ConsoleError(
                f"the URI of {self.name} is not encrypted and leads to {host}: keys would cross the network in clear",
                advice="Use https, or an address of this machine such as http://127.0.0.1:8080/.",
            )

    async def fetch(self, client: _http.Client) -> TemporaryCredentials:
        """Read the URI."""
        request = _http.Request("GET", self.uri, _http.JSON_HEADERS)
        reply = await _http.call(
            client,
            lambda: request,
            lambda response: read_response(response, self.name),
            policy=self.policy,
            limiter=RateLimiter(),
        )
        return reply.value


def fitted(model: type[Model], given: dict[str, t.Any]) -> Model:
    """Validate what JSON held; null is the same as absent, as for the vendor's tools.

    :raises ValidationError: it does not fit; a ValueError, which can quote names of the file.
    """
    return model.model_validate({name: value for name, value in given.items() if value is not None})


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
            arguments[0] = str(expanded(arguments[0], self.env))
        return arguments

    async def fetch(self, client: _http.Client) -> TemporaryCredentials:  # noqa: ARG002 - the program has its own ways
        """Run the program and read what it writes."""
        return self._credentials(await self._run(self._arguments()))

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
            return await asyncio.wait_for(self._output(process), PROGRAM_SECONDS)
        except asyncio.TimeoutError:
            raise TimedOut(
                f"its program had not ended after {PROGRAM_SECONDS:g} seconds and was stopped",
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

    def _credentials(self, output: bytes) -> TemporaryCredentials:
        try:
            found = fitted(Output, json_object(output))
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
        ends = parse_time(found.expiration)
        if ends is None and found.expiration:
            raise self._failed("its program gives an expiration that is no time such as 2026-01-02T03:04:05Z")
        life = (ends - dt.datetime.now(dt.timezone.utc)).total_seconds() if ends else None
        return TemporaryCredentials(credentials, life)

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
