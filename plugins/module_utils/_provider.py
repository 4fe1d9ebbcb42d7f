# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What a cloud can do, and the registry of the clouds.

A cloud is a package whose client class fits the Provider protocol. It is a protocol and not a base class so that the
clouds need not import this file: arrows point down only, and mypy checks the fit where the registry returns the class.
What differs between clouds is data in Facts; nothing outside this file asks which cloud it has in hand.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Client, Policy, Trust
from ansible_collections.cloudops.console.plugins.module_utils._models import (
    Access,
    Acknowledgement,
    Console,
    Facts,
    Instance,
)
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

if t.TYPE_CHECKING:
    from ansible_collections.cloudops.console.plugins.module_utils._console_output import ConsoleOutput, Screenshot
    from ansible_collections.cloudops.console.plugins.module_utils._sessions import (
        SessionRequest,
        SessionState,
        StartedSession,
    )

# One more cloud is one more name here, and a branch of facts_of() and of open_provider(). Those are plain branches,
# because Ansible finds by its imports what a module needs.
NAMES = ("alibaba", "huawei", "openstack")
# Begins the next step where a cloud cannot do something: perhaps another one was meant.
_CHECK_PROVIDER = "Check O(provider)."


class Provider(t.Protocol):
    """One account in one region of one cloud. Every method raises ConsoleError."""

    region: str
    endpoint: str
    trust: Trust

    @property
    def facts(self) -> Facts:
        """What is known of the cloud."""

    @property
    def account(self) -> str:
        """Whose quota is used, as far as it can be seen from here."""

    async def describe_instance(self, client: Client, instance_id: str) -> Instance:
        """Describe one instance; raises NotFound with what the cloud says of an unknown one."""

    async def describe_instances(self, client: Client, instance_ids: t.Sequence[str]) -> list[Instance]:
        """Describe up to facts.instances_per_call instances in one call; unknown ones are absent."""

    async def find_instances(self, client: Client, tags: t.Mapping[str, str]) -> list[Instance]:
        """Describe all instances that carry all tags."""

    async def console(self, client: Client, instance: Instance, console_type: str) -> Console:
        """Return a fresh console URL of one of facts.console_types."""


@t.runtime_checkable
class Passwords(t.Protocol):
    """A provider that sets VNC passwords, which is one whose facts have a rule for them. Raises ConsoleError."""

    @property
    def facts(self) -> Facts:
        """What is known of the cloud."""

    async def set_vnc_password(self, client: Client, instance_id: str, password: str) -> Acknowledgement:
        """Set the VNC password. The same value can be sent again."""


@t.runtime_checkable
class Terminals(t.Protocol):
    """A provider with terminal sessions. Every method raises ConsoleError."""

    async def start_session(self, client: Client, request: SessionRequest) -> StartedSession:
        """Start a session; the same client token gives the same one."""

    async def end_session(self, client: Client, session_id: str) -> str | None:
        """End a session; return the request id, or None where it had ended already."""

    async def list_sessions(self, client: Client, *, instance_id: str = "", session_id: str = "") -> list[SessionState]:
        """Return the sessions that are known."""


@t.runtime_checkable
class Restarts(t.Protocol):
    """A provider that can restart an instance. Raises ConsoleError."""

    async def restart(self, client: Client, instance_id: str, *, force_stop: bool, dry_run: bool) -> str | None:
        """Ask for a restart once, without waiting for it; return the request id."""


@t.runtime_checkable
class Outputs(t.Protocol):
    """A provider that has the text of an instance's console. Raises ConsoleError."""

    async def console_output(self, client: Client, instance_id: str, lines: int) -> ConsoleOutput:
        """Return what the instance last wrote, at least so many lines if it wrote them; a cloud may return more."""


@t.runtime_checkable
class Screenshots(t.Protocol):
    """A provider that takes pictures of an instance's screen. Raises ConsoleError."""

    async def screenshot(self, client: Client, instance_id: str) -> Screenshot:
        """Take one; the instance must be running."""


@t.runtime_checkable
class Traceable(t.Protocol):
    """A provider that can say where its credentials come from."""

    @property
    def credentials_from(self) -> str:
        """For people, such as ``profile ops of ~/.aliyun/config.json``; known without a call."""


def facts_of(name: str) -> Facts:
    """Return what is known of the cloud, without opening it.

    :raises ConsoleError: there is no such provider.
    """
    if name == "alibaba":
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba import facts as alibaba

        return alibaba.FACTS
    if name == "huawei":
        from ansible_collections.cloudops.console.plugins.module_utils._huawei import facts as huawei

        return huawei.FACTS
    if name == "openstack":
        from ansible_collections.cloudops.console.plugins.module_utils._openstack import facts as openstack

        return openstack.FACTS
    raise _unknown(name)


def open_provider(access: Access, policy: Policy, limiter: RateLimiter) -> Provider:
    """Return the client for access. Reads credentials, sends nothing.

    :raises ConsoleError: provider, region, endpoint or credentials are not usable.
    """
    if access.provider == "alibaba":
        from ansible_collections.cloudops.console.plugins.module_utils._alibaba.provider import AlibabaProvider

        return AlibabaProvider(access, policy, limiter)
    if access.provider == "huawei":
        from ansible_collections.cloudops.console.plugins.module_utils._huawei.provider import HuaweiProvider

        return HuaweiProvider(access, policy, limiter)
    if access.provider == "openstack":
        from ansible_collections.cloudops.console.plugins.module_utils._openstack.provider import OpenStackProvider

        return OpenStackProvider(access, policy, limiter)
    raise _unknown(access.provider)


def _unknown(name: str) -> ConsoleError:
    return ConsoleError(
        f"the provider {name[:64]!r} is not known", advice=f"Set O(provider) to one of {', '.join(NAMES)}."
    )


def passwords_of(provider: Provider) -> Passwords:
    """Return the provider as one that sets VNC passwords.

    :raises ConsoleError: the cloud has none.
    """
    if isinstance(provider, Passwords):
        return provider
    raise provider.facts.no_vnc_password()


class Session(t.NamedTuple):
    """An open provider and a client to it: what one module call works with."""

    provider: Provider
    client: Client

    @property
    def passwords(self) -> Passwords:
        """The provider as one that sets VNC passwords; raises ConsoleError where it has none."""
        return passwords_of(self.provider)

    @property
    def terminals(self) -> Terminals:
        """The provider as one with terminal sessions; raises ConsoleError where it has none."""
        if isinstance(self.provider, Terminals):
            return self.provider
        raise ConsoleError(
            f"{self.provider.facts.title} has no terminal sessions",
            advice=f"{_CHECK_PROVIDER} cloudops.console.vnc_url_info returns a console URL.",
        )

    @property
    def restarts(self) -> Restarts:
        """The provider as one that restarts instances; raises ConsoleError where it cannot."""
        if isinstance(self.provider, Restarts):
            return self.provider
        raise ConsoleError(
            f"cloudops.console does not restart instances of {self.provider.facts.title}",
            advice=f"{_CHECK_PROVIDER} Otherwise restart the instance with the tools of its cloud.",
        )

    @property
    def outputs(self) -> Outputs:
        """The provider as one that has console texts; raises ConsoleError where it has none."""
        if isinstance(self.provider, Outputs):
            return self.provider
        raise ConsoleError(
            f"{self.provider.facts.title} has no console output",
            advice=f"{_CHECK_PROVIDER} cloudops.console.vnc_url_info returns a console URL.",
        )

    @property
    def screenshots(self) -> Screenshots:
        """The provider as one that takes screenshots; raises ConsoleError where it cannot."""
        if isinstance(self.provider, Screenshots):
            return self.provider
        raise ConsoleError(
            f"{self.provider.facts.title} takes no screenshots",
            advice="Set O(screenshot) to false. cloudops.console.vnc_url_info opens the screen itself.",
        )

    async def prove(self, console: Console, timeout: float) -> None:
        """Connect to the console once; raise ConsoleError where it is not alive."""
        from ansible_collections.cloudops.console.plugins.module_utils._console_probe import prove_alive

        await prove_alive(console.websocket_url or "", self.provider.trust, timeout)

    async def describe(self, instance_id: str) -> Instance:
        """Describe one instance.

        :raises NotFound: the cloud does not know it in this region and account.
        """
        return await self.provider.describe_instance(self.client, instance_id)

    async def describe_many(self, instance_ids: t.Sequence[str]) -> list[Instance]:
        """Describe any number of instances, in as few calls as the cloud allows."""
        size = self.provider.facts.instances_per_call
        found: list[Instance] = []
        for start in range(0, len(instance_ids), size):
            found += await self.provider.describe_instances(self.client, instance_ids[start : start + size])
        return found


@contextlib.asynccontextmanager
async def open_session(access: Access, policy: Policy) -> t.AsyncIterator[Session]:
    """Open provider and client for one call, and close the client afterwards."""
    provider = open_provider(access, policy, RateLimiter())
    async with Client(provider.trust, policy) as client:
        yield Session(provider, client)
