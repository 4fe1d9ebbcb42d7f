# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: instances
short_description: Instances of Alibaba Cloud ECS, Huawei Cloud ECS and OpenStack Nova
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Lists the instances of one or many accounts, regions and clouds as hosts, with the variables C(console_*) that
    rotations, console URLs and the connection P(cloudops.console.terminal_session#connection) need.
  - The file must end in V(console.yml) or V(console.yaml).
  - All regions of all sources are asked at once, and all pages are read. If one of them fails, the file gives no hosts
    at all, and nothing is cached. With O(strict=true), the same is true if variables or groups of one host fail.
  - An instance that several sources find is one host. The first of them gives its variables.
extends_documentation_fragment:
  - constructed
  - inventory_cache
requirements:
  - httpx >= 0.27
  - pydantic >= 2.7
options:
  plugin:
    description:
      - The name of this plugin.
    type: str
    required: true
    choices: [cloudops.console.instances]
  sources:
    description:
      - The clouds to list. At least one is required. The values can be templates with lookups and extra variables, or
        vaulted.
      - The options of the connection have the same meaning as in P(cloudops.console.instance_info#module), with the
        same environment variables and files.
    type: list
    elements: dict
    suboptions:
      provider:
        description: The cloud to call.
        type: str
        choices: [alibaba, huawei, openstack]
        default: alibaba
      region:
        description:
          - The region to list. Required on Alibaba Cloud and Huawei Cloud, unless O(sources[].regions) is set.
        type: str
      regions:
        description: Several regions to list, instead of O(sources[].region).
        type: list
        elements: str
      tags:
        description:
          - Only instances with all of these tags; on OpenStack, this metadata.
        type: dict
      statuses:
        description:
          - Only instances in one of these statuses, in the cloud's own words, such as V(Running) on Alibaba Cloud or
            V(ACTIVE) on the others.
        type: list
        elements: str
      endpoint:
        description:
          - The URL to call instead of the one that follows from the region. Hosts get it as C(console_endpoint).
        type: str
      profile:
        description: The name of a profile in the vendor's own file. Hosts get it as C(console_profile).
        type: str
      access_key_id:
        description: The id of the access key. Hosts do not get it.
        type: str
      access_key_secret:
        description: The secret of the access key. Hosts do not get it.
        type: str
      security_token:
        description: The token of temporary credentials. Hosts do not get it.
        type: str
      project_id:
        description:
          - The project, on Huawei Cloud and OpenStack. A project of Huawei Cloud belongs to one region. Hosts get it as
            C(console_project_id).
        type: str
      api:
        description: The call for console URLs on Huawei Cloud. Hosts get it as C(console_api).
        type: str
        choices: [ecs, nova]
        default: ecs
      cloud:
        description: The entry of C(clouds.yaml) to use for OpenStack. Hosts get it as C(console_cloud).
        type: str
      auth:
        description:
          - How to log in to OpenStack, with the suboptions of the same option of
            P(cloudops.console.instance_info#module). Hosts do not get it.
        type: dict
      auth_type:
        description: The kind of O(sources[].auth).
        type: str
      interface:
        description: The interface of OpenStack's catalogue.
        type: str
        choices: [public, internal, admin]
      validate_certs:
        description: Whether the certificate of the endpoint must be valid. If not, hosts get C(console_validate_certs).
        type: bool
        default: true
      ca_cert:
        description:
          - A PEM file of certificate authorities to trust instead of the system's. Hosts get it as C(console_ca_cert).
        type: path
      allow_plain_http:
        description: Whether O(sources[].endpoint) may be unencrypted although it is not this machine.
        type: bool
        default: false
      timeout:
        description: Seconds for one try of one call, from 0.1 to 600.
        type: float
        default: 15.0
      retries:
        description: How often a call is tried again after a passing fault, from 0 to 20.
        type: int
        default: 3
  hostnames:
    description:
      - What a host is named after, in order of preference. V(name) is the name of the instance, V(instance_id) its id,
        and V(tag:KEY) the value of a tag.
      - The first one that the instance has and that no other instance shares is used. A name that two instances share
        is used by neither. If nothing is left, a host is named after its id.
      - Characters other than letters, digits, underscores, dots and hyphens become underscores, so that C(--limit)
        takes every name. The variable C(console_name) has the name as it is. V(all), V(ungrouped) and V(localhost) are
        not used.
      - Names of groups, and names that other instances have in inventories before this one, are not used either; a
        warning says so. Groups of O(keyed_groups) come later and do not count.
    type: list
    elements: str
    default: [name, instance_id]
notes:
  - By default, Ansible only warns about an inventory that cannot be read, and continues with the others. Set
    C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to V(true) to stop instead.
  - Secrets of the sources are neither host variables nor in the cache. Rotations and modules get credentials from the
    environment, from a profile, or from variables of their own.
  - The cache depends on the path of the file and on the options of its sources, but neither on their secrets nor on the
    environment. Clear it when another secret, token or environment leads to another account.
  - Names, tags and all else that a cloud says are data. They are never used as templates.
seealso:
  - module: cloudops.console.instance_info
  - plugin: cloudops.console.terminal_session
    plugin_type: connection
"""

EXAMPLES = r"""
# fleet.console.yml: instances of three clouds. Only plugin and sources are required.
plugin: cloudops.console.instances
sources:
  # Running instances of two regions, with the credentials of a profile; without one, those of the environment
  - provider: alibaba
    regions: [cn-hangzhou, cn-beijing]
    profile: ops
    tags: {env: prod}
    statuses: [Running]
  - provider: huawei
    region: cn-north-4
    access_key_id: "{{ lookup('ansible.builtin.env', 'HUAWEI_KEY') }}"
    access_key_secret: "{{ lookup('ansible.builtin.env', 'HUAWEI_SECRET') }}"
  - provider: openstack
    cloud: private
# The tag hostname, then the name of the instance, then its id
hostnames:
  - tag:hostname
  - name
  - instance_id
keyed_groups:
  - key: console_tags.role | default('none')
    prefix: role
  - key: console_region
    prefix: region
groups:
  windows: console_os_type == 'windows'
compose:
  # SSH through terminal sessions on Alibaba Cloud, by address on the others
  ansible_connection: "'cloudops.console.terminal_session' if console_provider == 'alibaba' else 'ssh'"
  ansible_host: console_private_ips | first | default(inventory_hostname)
# Ask the clouds at most every ten minutes
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/console-inventory
cache_timeout: 600
"""

import asyncio
import typing as t

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.cloudops.console.plugins.module_utils import _deps
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._masking import register
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.cached import (
    fingerprint,
    from_cache,
    to_cache,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.hosts import (
    Variables,
    as_data,
    check_hostnames,
    hosts_of,
    variables_of,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.listing import list_sources
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.sources import (
    Source,
    check_form,
    check_names,
    nothing_found,
    sources_of,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import OMIT

ENDINGS = ("console.yml", "console.yaml")
# Names in one warning.
SHOWN = 5


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Lists instances."""

    NAME = "cloudops.console.instances"

    def verify_file(self, path: str) -> bool:
        """Return whether path can be read and has one of our endings."""
        return bool(super().verify_file(path)) and path.endswith(ENDINGS)

    def set_options(self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Any = None) -> None:
        """Take the options of the file; sources of another form are refused here, because Ansible would quote them."""
        if direct is not None:
            check_form(direct.get("sources"))
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Add the hosts of a file, or none of them."""
        super().parse(inventory, loader, path, cache)
        if _deps.MISSING is not None:
            raise AnsibleParserError(_deps.missing_text(_deps.MISSING))
        try:
            sources = self._read(path)
            found = self._found(path, sources, cache)
        except ConsoleError as error:
            raise AnsibleParserError(error.message) from None
        hosts = self._named(path, found, inventory)
        self._add(inventory, hosts)
        if not hosts:
            self.display.warning(f"{path}: {nothing_found(sources)}")

    def _read(self, path: str) -> list[Source]:
        """Read the options of the file; raises ConsoleError before any call."""
        config = self._read_config_data(path)
        check_names(config, {*self._options, "plugin"}, "the file")
        check_hostnames(self.get_option("hostnames"))
        self.templar.available_variables = {**OMIT, **(self._vars or {})}
        sources = sources_of(self.get_option("sources"), self.templar)
        register(secret for source in sources for secret in source.secrets)
        return sources

    def _found(self, path: str, sources: list[Source], cache: bool) -> list[Variables]:
        """Return the variables of all instances, those of their sources included; raises ConsoleError."""
        found = self._cached(path, sources, cache) if self.get_option("cache") else _listed(sources)
        return [
            {**instance, **source.variables}
            for source, instances in zip(sources, found, strict=True)
            for instance in instances
        ]

    def _cached(self, path: str, sources: list[Source], cache: bool) -> list[list[Variables]]:
        """Return what the cache has, or else what the clouds say, and keep that.

        :param cache: False where Ansible was told to read everything anew.
        """
        key = f"{self.get_cache_key(path)}_{fingerprint(sources)}"
        kept = self._kept(key, sources) if cache else None
        if kept is None:
            kept = _listed(sources)
            self._cache[key] = to_cache(kept)
        return kept

    def _kept(self, key: str, sources: list[Source]) -> list[list[Variables]] | None:
        """Return what the cache has, None if that is nothing of use; a broken cache is a reason to ask the clouds."""
        try:
            return from_cache(self._cache.get(key), sources)
        # Anything can go wrong in a cache plugin, and its text can have the password of a server
        except Exception as error:  # noqa: BLE001
            self.display.warning(
                f"the inventory cache cannot be read ({type(error).__name__}), so the clouds are asked. "
                "If this happens again, check cache_plugin and cache_connection."
            )
            return None

    def _named(self, path: str, found: list[Variables], inventory: t.Any) -> dict[str, Variables]:
        """Return the hosts by names that are neither those of groups nor of other instances of the inventory.

        Ansible gives variables for the name of a group to the group, and those of two hosts of one name to one host.
        """
        hostnames = self.get_option("hostnames")
        groups = (*inventory.groups, *map(self._sanitize_group_name, self.get_option("groups") or {}))
        others = {name: host.vars for name, host in inventory.hosts.items()} | dict.fromkeys(groups)
        hosts = hosts_of(found, hostnames, others)
        taken = sorted((hosts_of(found, hostnames).keys() - hosts.keys()) & others.keys())
        if taken:
            more = f" and {len(taken) - SHOWN} more" if len(taken) > SHOWN else ""
            self.display.warning(
                f"{path}: names that groups or other instances in the inventory have are not used: "
                f"{', '.join(taken[:SHOWN])}{more}. Their instances are named by the next entry of hostnames, at last "
                "by their id. Change hostnames to choose other names."
            )
        return hosts

    def _add(self, inventory: t.Any, hosts: dict[str, Variables]) -> None:
        """Add all hosts, or none if one cannot be constructed: Ansible would go on with the part that is there."""
        new = hosts.keys() - inventory.hosts.keys()
        try:
            self._fill(inventory, hosts)
        except Exception:
            for name in new & inventory.hosts.keys():
                inventory.remove_host(inventory.hosts[name])
            raise

    def _fill(self, inventory: t.Any, hosts: dict[str, Variables]) -> None:
        for name, variables in hosts.items():
            inventory.add_host(name)
            for key, value in variables.items():
                inventory.set_variable(name, key, as_data(value))
        # One step for all hosts before the next: once a group is there, Ansible takes the host of its name for it
        for option, construct in (
            ("compose", self._set_composite_vars),
            ("groups", self._add_host_to_composed_groups),
            ("keyed_groups", self._add_host_to_keyed_groups),
        ):
            given = self.get_option(option)
            for name in hosts if given else ():
                construct(given, inventory.hosts[name].get_vars(), name, strict=self.get_option("strict"))


def _listed(sources: list[Source]) -> list[list[Variables]]:
    """Ask the clouds; raises ConsoleError."""
    found = asyncio.run(list_sources(sources))
    return [
        [variables_of(source.access.provider, instance) for instance in instances]
        for source, instances in zip(sources, found, strict=True)
    ]
