# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The answers of ECS as models; nothing behind this file sees the vendor's JSON."""

from __future__ import annotations

from ansible_collections.cloudops.console.plugins.module_utils._deps import ConfigDict
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance, parse_time
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import VendorModel

_IRREGULAR = {"os_type": "OSType", "os_name": "OSName", "client_ip": "ClientIP"}


def _vendor_name(name: str) -> str:
    return _IRREGULAR.get(name) or "".join(part.capitalize() for part in name.split("_"))


class AlibabaModel(VendorModel):
    """What this vendor answers."""

    model_config = ConfigDict(alias_generator=_vendor_name)


class Refusal(AlibabaModel):
    """The body of an error; every part may be missing where a gateway made it."""

    code: str = ""
    message: str = ""
    request_id: str | None = None


class Accepted(AlibabaModel):
    """The body of a write without results."""

    request_id: str


class VncUrl(AlibabaModel):
    """The body of DescribeInstanceVncUrl."""

    request_id: str
    vnc_url: str


class Tag(AlibabaModel):
    """One tag of an instance."""

    tag_key: str = ""
    tag_value: str | None = None


class Tags(AlibabaModel):
    """Lists arrive inside an object of one key."""

    tag: tuple[Tag, ...] | None = None


class Addresses(AlibabaModel):
    """A list of addresses, inside an object of one key."""

    ip_address: tuple[str, ...] | None = None


class ElasticAddress(AlibabaModel):
    """The elastic IP address of an instance; empty if it has none."""

    ip_address: str | None = None


class VpcAttributes(AlibabaModel):
    """Where an instance is in a VPC."""

    vpc_id: str | None = None
    private_ip_address: Addresses | None = None


class EcsInstance(AlibabaModel):
    """One element of DescribeInstances; null is the same as absent, as for the vendor's SDK.

    IoOptimized is a bool there and a word in DescribeInstanceAttribute.
    """

    instance_id: str
    region_id: str | None = None
    zone_id: str | None = None
    instance_name: str | None = None
    status: str = ""
    os_type: str | None = None
    io_optimized: bool | str | None = None
    start_time: str | None = None
    tags: Tags | None = None
    vpc_attributes: VpcAttributes | None = None
    inner_ip_address: Addresses | None = None
    public_ip_address: Addresses | None = None
    eip_address: ElasticAddress | None = None

    def to_instance(self, region: str) -> Instance:
        """Return it in our words; region is what was asked for, where the answer does not repeat it."""
        return Instance(
            instance_id=self.instance_id,
            region=self.region_id or region,
            status=self.status,
            name=self.instance_name or "",
            os_type=self.os_type or "",
            zone=self.zone_id or "",
            io_optimized=self.io_optimized in (True, "true", "True", "optimized"),
            started_at=parse_time(self.start_time or ""),
            tags={tag.tag_key: tag.tag_value or "" for tag in (self.tags and self.tags.tag) or ()},
            vpc_id=(self.vpc_attributes and self.vpc_attributes.vpc_id) or "",
            private_ips=self._private_ips(),
            public_ips=self._public_ips(),
        )

    def _private_ips(self) -> tuple[str, ...]:
        """Those in the VPC, or those of the classic network."""
        in_vpc = _listed(self.vpc_attributes.private_ip_address if self.vpc_attributes else None)
        return (*in_vpc, *_listed(self.inner_ip_address))

    def _public_ips(self) -> tuple[str, ...]:
        elastic = (self.eip_address and self.eip_address.ip_address) or ""
        return (*_listed(self.public_ip_address), *([elastic] if elastic else []))


def _listed(addresses: Addresses | None) -> tuple[str, ...]:
    return tuple(one for one in (addresses and addresses.ip_address) or () if one)


class _InstanceList(AlibabaModel):
    instance: tuple[EcsInstance, ...] = ()


class Page(AlibabaModel):
    """One page of any list; the last one has no token."""

    request_id: str
    next_token: str | None = None


class InstancePage(Page):
    """One page of DescribeInstances."""

    instances: _InstanceList
