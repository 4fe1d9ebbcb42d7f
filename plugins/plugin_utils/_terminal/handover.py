# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What the proxy is given and what it leaves: its command line, its environment, and the reason of a failure.

Secrets are in the environment and never in the command line. The reason goes into a file besides to standard error,
because a client of ssh is often gone before ssh has passed on the last words of its proxy.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import re
import shlex
import sys
import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, checked_instance_id
from ansible_collections.cloudops.console.plugins.plugin_utils._files import write_private

SSH_PORT = 22
PROGRAM = pathlib.Path(__file__).parent
ENVIRONMENT = "CLOUDOPS_CONSOLE_"
# Options that are in the environment.
SECRETS = ("access_key_id", "access_key_secret", "security_token")
_SERVER = re.compile(r"[A-Za-z0-9:][A-Za-z0-9.:_-]{0,127}\Z")
# Characters of a reason that are read back.
_LONGEST = 8000
# Seconds after which a reason has no reader any more.
_FORGOTTEN = 3600.0


@dataclass(frozen=True)
class ProxyOptions:
    """What the proxy is to do; empty strings count as not given.

    :param port: the port on the instance, or on target_server.
    :param target_server: a host that the instance can reach.
    :param reason_file: where the reason of a failure is written.
    """

    instance_id: str
    region: str = ""
    endpoint: str = ""
    profile: str = ""
    access_key_id: str = ""
    access_key_secret: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    validate_certs: bool = True
    ca_cert: str = ""
    allow_plain_http: bool = False
    port: int = SSH_PORT
    target_server: str = ""
    reason_file: str = ""

    @property
    def access(self) -> Access:
        """Where to call and as whom."""
        return Access(
            region=self.region,
            endpoint=self.endpoint,
            profile=self.profile,
            access_key_id=self.access_key_id,
            access_key_secret=self.access_key_secret,
            security_token=self.security_token,
            validate_certs=self.validate_certs,
            ca_cert=self.ca_cert,
            allow_plain_http=self.allow_plain_http,
        )

    @property
    def alias(self) -> str:
        """The name of the far side for known_hosts and ControlPath: another one for each port and host behind it."""
        parts = [self.instance_id, self.target_server] if self.target_server else [self.instance_id]
        return "-".join(parts if self.port == SSH_PORT else [*parts, str(self.port)])


def variable(option: str) -> str:
    """Return the variable of a host that gives this option."""
    return f"console_{option}"


def checked(options: ProxyOptions) -> ProxyOptions:
    """Return options; raise ConsoleError if the port cannot be one, or ssh could take a text for something else."""
    checked_instance_id(options.instance_id)
    if options.target_server and not _SERVER.match(options.target_server):
        raise ConsoleError(
            "the host behind the instance has characters that no host name or address has",
            advice="Correct O(session_target_server).",
        )
    if not 1 <= options.port <= 65535:
        raise ConsoleError("the port is not from 1 to 65535", advice="Correct O(session_port).")
    for name in ("region", "endpoint", "profile", "ca_cert", *SECRETS):
        if "\0" in getattr(options, name):
            raise ConsoleError(f"O({name}) contains a zero byte, which ends a text for ssh", advice="Correct it.")
    return options


def with_reason_file(options: ProxyOptions, path: str) -> ProxyOptions:
    """Return the options with the place for the reason of a failure."""
    return replace(options, reason_file=path)


def arguments(options: ProxyOptions) -> list[str]:
    """Return the command line of the proxy, without secrets."""
    given = {
        "instance-id": options.instance_id,
        "region": options.region,
        "endpoint": options.endpoint,
        "profile": options.profile,
        "ca-cert": options.ca_cert,
        "target-server": options.target_server,
        "port": str(options.port),
        "reason-file": options.reason_file,
    }
    flags = {"no-validate-certs": not options.validate_certs, "allow-plain-http": options.allow_plain_http}
    named = [f"--{name}={value}" for name, value in given.items() if value]
    return [sys.executable, str(PROGRAM), *named, *(f"--{name}" for name, is_set in flags.items() if is_set)]


def proxy_command(options: ProxyOptions) -> str:
    """Return the value of ssh's ProxyCommand, which ssh expands and a shell reads."""
    return shlex.join(arguments(options)).replace("%", "%%")


def environment(options: ProxyOptions) -> dict[str, str]:
    """Return the variables with the secrets; an empty one hides what the environment has by that name."""
    return {f"{ENVIRONMENT}{name.upper()}": getattr(options, name) for name in SECRETS}


def parse(argv: t.Sequence[str], env: t.Mapping[str, str]) -> ProxyOptions:
    """Return the options of a command line; leaves with code 2 where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="cloudops.console terminal session",
        description="Carries standard input and output to a port of an instance, for ssh's ProxyCommand.",
        allow_abbrev=False,
    )
    parser.add_argument("--instance-id", required=True)
    parser.add_argument("--region", default="")
    parser.add_argument("--port", type=int, default=SSH_PORT, help="on the instance, or on the target server")
    parser.add_argument("--target-server", default="", help="a host that the instance can reach")
    parser.add_argument("--profile", default="", help="of ~/.aliyun/config.json")
    parser.add_argument("--endpoint", default="")
    parser.add_argument("--ca-cert", default="")
    parser.add_argument("--no-validate-certs", dest="validate_certs", action="store_false")
    parser.add_argument("--allow-plain-http", action="store_true")
    parser.add_argument("--reason-file", default="", help=argparse.SUPPRESS)
    given = vars(parser.parse_args(argv))
    given.update({name: env.get(f"{ENVIRONMENT}{name.upper()}", "") for name in SECRETS})
    return ProxyOptions(**given)


def write_reason(path: str, message: str) -> None:
    """Leave the reason of a failure; if that fails, it is still on standard error."""
    if path:
        with contextlib.suppress(OSError):
            write_private(pathlib.Path(path), json.dumps({"message": message}).encode())


def take_reason(path: str, since: float) -> str:
    """Return the reason that was left since that time (in seconds since 1970), and remove it; empty without one.

    The proxy of a connection that persists may have been started by another process, for the same far side.
    """
    own = pathlib.Path(path)
    others = own.parent.glob(f"{own.name.partition('.')[0]}.*.reason")
    return next((reason for file in (own, *others) if (reason := _take(file, since))), "")


def _take(file: pathlib.Path, since: float) -> str:
    try:
        written = file.stat().st_mtime
        if written < since - _FORGOTTEN:
            file.unlink()
        if written < since:
            return ""
        message = json.loads(file.read_bytes()[:_LONGEST]).get("message", "")
        file.unlink()
    except (OSError, ValueError, AttributeError):
        return ""
    return message if isinstance(message, str) else ""
