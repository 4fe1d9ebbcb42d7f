# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The words that all clouds share: what they are asked for, what they answer, and what differs between them as data.

Bottom layer: no I/O, no library.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

# Regions and instance ids become parts of host names, paths and queries: they have no other characters.
_SAFE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,126}[A-Za-z0-9])?\Z")
_SAFE_REGION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")

# The names that OpenStack's auth has, in options, clouds.yaml and (with OS_ in front) the environment.
AUTH_NAMES = (
    "auth_url",
    "username",
    "user_id",
    "password",
    "user_domain_id",
    "user_domain_name",
    "project_id",
    "project_name",
    "project_domain_id",
    "project_domain_name",
    "tenant_id",
    "tenant_name",
    "domain_id",
    "domain_name",
    "default_domain",
    "default_domain_id",
    "default_domain_name",
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
    "token",
    "trust_id",
    "system_scope",
)
# Those of them whose values are secrets; a user's name is none, and masking it would maim results.
AUTH_SECRETS = frozenset({"password", "token", "application_credential_secret"})

# By hand, because strptime takes longer for it than for all else about an instance.
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?Z\Z")

Reboot = t.Literal["none", "needed", "at_next_start"]


@dataclass(frozen=True)
class Access:
    """Where to call and as whom; empty strings count as not given. The same names as the options of every module.

    :param project_id: Huawei Cloud and OpenStack; on Huawei Cloud empty to discover it from the region's name.
    :param api: Huawei Cloud: ``ecs`` for the console call of v1, ``nova`` for that of v2.1.
    :param auth: OpenStack: the option auth as pairs of name and value, so that Access stays hashable.
    :param interface: OpenStack: ``public``, ``internal`` or ``admin``; empty for public.
    """

    provider: str = "alibaba"
    region: str = ""
    endpoint: str = ""
    profile: str = ""
    access_key_id: str = ""
    access_key_secret: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    validate_certs: bool = True
    ca_cert: str = ""
    allow_plain_http: bool = False
    project_id: str = ""
    api: str = ""
    cloud: str = ""
    auth: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    auth_type: str = ""
    interface: str = ""


@functools.lru_cache(maxsize=16)
def _characters(text: str) -> frozenset[str]:
    return frozenset(text)


# What a number, a truth value or nothing of YAML looks like as a text.
_NO_TEXT = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?\Z|(True|False|None|-?inf|nan)\Z")


class PasswordRule(t.NamedTuple):
    """What the cloud takes as a VNC password.

    :param length: the exact number of characters.
    :param classes: strings of characters; all characters come from them, and at least one from each.
    :param text: the rule for people.
    :param source: the vendor's page that states it.
    """

    length: int
    classes: tuple[str, ...]
    text: str
    source: str

    def broken_by(self, password: str) -> str | None:
        """Return what is wrong with password without quoting it, or None."""
        if len(password) != self.length:
            return f"it has {len(password)} characters and not {self.length}"
        used = set(password)
        if not used <= _characters("".join(self.classes)):
            return "it has a character that is not allowed"
        missing = [group for group in self.classes if _characters(group).isdisjoint(used)]
        return f"it has none of {', '.join(f'{group[0]}-{group[-1]}' for group in missing)}" if missing else None


class Facts(t.NamedTuple):
    """What one cloud can do, as data for code, documentation and role.

    :param name: the value of ``provider``.
    :param title: the name for people.
    :param vnc_password: the rule of its VNC password, None where it has none.
    :param malformed: codes that refuse a password's form, so that another candidate may be taken.
    :param instances_per_call: how many instances one describing call can be asked for.
    :param console_types: the kinds of console that a URL can be had for; the first is the usual one.
    :param provable_types: those of them whose URL can be proved alive without using it up.
    :param clock_tolerance: seconds by which a signature's date may differ from the cloud's clock, None where it has no
        such bound.
    :param set_permission: for people, the permission to set VNC passwords; empty for a cloud without them.
    :param statuses: the statuses that an instance can have, in the cloud's words; empty if they are not known.
    """

    name: str
    title: str
    vnc_password: PasswordRule | None = None
    malformed: frozenset[str] = frozenset()
    instances_per_call: int = 1
    console_types: tuple[str, ...] = ("novnc",)
    provable_types: tuple[str, ...] = ()
    clock_tolerance: int | None = None
    set_permission: str = ""
    statuses: tuple[str, ...] = ()

    def check_password(self, password: str) -> None:
        """Hold password against the cloud's rule; the error quotes the rule and never the password.

        :raises ConsoleError: the password breaks it, or the cloud has no VNC password at all.
        """
        if self.vnc_password is None:
            raise self.no_vnc_password()
        broken = self.vnc_password.broken_by(password)
        if broken:
            raise ConsoleError(
                f"the password does not fit {self.title}: {broken}",
                advice=f"Use {self.vnc_password.text} ({self.vnc_password.source}). Nothing was sent.{_hint(password)}",
            )

    def no_vnc_password(self) -> ConsoleError:
        """Return the error for a cloud that has none."""
        return ConsoleError(
            f"{self.title} has no VNC password",
            advice="Nothing was changed. Check O(provider). cloudops.console.vnc_url_info returns a console URL.",
        )

    def check_console(self, console_type: str, *, prove: bool) -> None:
        """Raise ConsoleError where the cloud has no such console, or its URL cannot be validated."""
        if console_type not in self.console_types:
            known = ", ".join(self.console_types)
            raise ConsoleError(f"{self.title} has no console of type {console_type}", advice=f"It has: {known}.")
        if prove and console_type not in self.provable_types:
            raise ConsoleError(
                f"a console of type {console_type} of {self.title} cannot be validated without consuming the URL",
                advice="Set O(validate) to false.",
            )


def _hint(password: str) -> str:
    """What to say of a text that may be what YAML made of another one."""
    found = _NO_TEXT.match(password)
    return " YAML reads what looks like a number, such as 012345, as one: put the password in quotes." if found else ""


@dataclass(frozen=True)
class Instance:
    """One instance as the cloud describes it.

    :param io_optimized: None where the cloud has no such notion.
    :param started_at: the last start, in UTC; on Alibaba Cloud with the precision of a minute; None if never started.
    :param vpc_id: empty where the cloud has no VPCs.
    :param public_ips: those of the instance itself, then elastic or floating ones.
    """

    instance_id: str
    region: str
    status: str
    name: str = ""
    os_type: str = ""
    zone: str = ""
    io_optimized: bool | None = None
    started_at: dt.datetime | None = None
    tags: t.Mapping[str, str] = field(default_factory=dict)
    vpc_id: str = ""
    private_ips: tuple[str, ...] = ()
    public_ips: tuple[str, ...] = ()

    @property
    def reboot_after_change(self) -> Reboot:
        """What a change of the VNC password set now would need before it is in force (ModifyInstanceVncPasswd)."""
        if self.io_optimized:
            return "none"
        return "at_next_start" if self.status.lower() == "stopped" else "needed"

    def to_result(self) -> dict[str, t.Any]:
        """Return what users see in a module's result."""
        return {
            "instance_id": self.instance_id,
            "name": self.name,
            "region": self.region,
            "zone": self.zone,
            "status": self.status,
            "os_type": self.os_type,
            "io_optimized": self.io_optimized,
            "started_at": self.started_at and self.started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tags": dict(self.tags),
        }


@dataclass(frozen=True)
class Console:
    """A fresh address of an instance's console; it is a secret, because it alone opens the console.

    :param vnc_url: opens in a browser as it is.
    :param websocket_url: what the page behind it connects to, None where the cloud does not tell.
    :param expires_in: seconds within which it must be used for the first time, None where it is not known.
    """

    vnc_url: str = field(repr=False)
    protocol: str
    type: str
    request_id: str | None
    websocket_url: str | None = field(default=None, repr=False)
    expires_in: int | None = None

    def to_result(self) -> dict[str, t.Any]:
        """Return what users see in a module's result."""
        return {
            "vnc_url": self.vnc_url,
            "websocket_url": self.websocket_url,
            "expires_in": self.expires_in,
            "protocol": self.protocol,
            "type": self.type,
            "request_id": self.request_id,
        }


class Acknowledgement(t.NamedTuple):
    """The cloud accepted a write.

    :param at: the time of it by the cloud's own clock where its answer says, else by ours; UTC.
    :param ambiguous: an earlier try of the same call may also have been applied, or may still be.
    """

    request_id: str | None
    at: dt.datetime
    ambiguous: bool = False


def checked_region(region: str) -> str:
    """Return region; raise ConsoleError where it is empty or could bend a URL."""
    if _SAFE_REGION.match(region):
        return region
    what = "is empty" if not region else "has characters that no region has"
    raise ConsoleError(f"the region {what}", advice="Set O(region), for example cn-hangzhou.")


def checked_instance_id(instance_id: str) -> str:
    """Return instance_id; raise ConsoleError where it is empty or could bend a URL."""
    if _SAFE.match(instance_id):
        return instance_id
    what = "is empty" if not instance_id else "has characters that no instance id has"
    raise ConsoleError(
        f"the instance id {what}",
        advice="Set O(instance_id), for example i-bp1hzoinajzkh91h0001.",
    )


def checked_server_id(instance_id: str, *, hint: str) -> str:
    """Return instance_id; raise ConsoleError where it is not the id of a server of Nova's kind, which is a UUID.

    :param hint: the end of the advice, on how to find the id.
    """
    if _UUID.match(instance_id):
        return instance_id
    what = "is empty" if not instance_id else f"{instance_id[:64]!r} is not a UUID; it may be a server's name"
    raise ConsoleError(f"the instance id {what}", advice=f"Set O(instance_id) to the server's id{hint}.")


def parse_time(text: str) -> dt.datetime | None:
    """Read a UTC time such as 2026-01-02T03:04Z, with or without seconds and their fractions; None where it is none."""
    match = _TIME.match(text)
    if match is None:
        return None
    *parts, fraction = match.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    try:
        microsecond = int(f"{fraction or 0:0<6}")
        return dt.datetime(year, month, day, hour, minute, second, microsecond, tzinfo=dt.timezone.utc)
    except ValueError:
        return None
