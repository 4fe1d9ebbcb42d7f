# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""From the instances of all sources to hosts: one for each instance, each with a name of its own. Pure."""

from __future__ import annotations

import collections
import re
import types
import typing as t

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of

Variables = dict[str, t.Any]
# Names that the inventory has already: of hosts with their variables, of groups with None.
Others = t.Mapping[str, t.Optional[Variables]]  # noqa: UP045 - evaluated by older linters
_NONE: Others = types.MappingProxyType({})

NAME, INSTANCE_ID, TAG = "name", "instance_id", "tag:"
# What Ansible would read as several patterns, or as no name: blanks, colons, commas, brackets and their like.
_NO_NAME = re.compile(r"[^\w.-]+|^-+")
# Names that mean something else to Ansible. An instance called localhost would get what is delegated to this machine.
_TAKEN = frozenset({"all", "localhost", "ungrouped", "127.0.0.1"})
# How a text begins that says which delimiters its template has.
_OWN_DELIMITERS = "#jinja2:"
# What makes an instance another one, as in the ledger.
_KEY = ("console_provider", "console_region", "console_instance_id")


def variables_of(provider: str, instance: Instance) -> Variables:
    """Return the variables that say what an instance is."""
    return {
        "console_provider": provider,
        "console_region": instance.region,
        "console_instance_id": instance.instance_id,
        "console_name": instance.name,
        "console_status": instance.status,
        "console_os_type": instance.os_type,
        "console_tags": dict(instance.tags),
        "console_zone": instance.zone,
        "console_vpc_id": instance.vpc_id,
        "console_private_ips": list(instance.private_ips),
        "console_public_ips": list(instance.public_ips),
    }


def as_data(value: t.Any) -> t.Any:
    """Return value with each text in it that could be a template marked as none, names in dictionaries included.

    ansible-core marks trusted texts since 2.19. Before, every text is a template unless it is marked as unsafe. Other
    texts stay plain, because a marked one is written as a dictionary by ansible-inventory.
    """
    if isinstance(value, dict) and any(map(could_be_template, value)):
        # JSON keeps marks of values alone, and one marked value makes Ansible mark all that comes of the dictionary
        return {wrap_var(name): wrap_var(inner) for name, inner in value.items()}
    if isinstance(value, dict):
        return {name: as_data(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_data(inner) for inner in value]
    return wrap_var(value) if isinstance(value, str) and could_be_template(value) else value


def could_be_template(text: str) -> bool:
    """Return whether Ansible could read text as a template; a first line can choose delimiters without a brace."""
    return "{" in text or text.startswith(_OWN_DELIMITERS)


def check_hostnames(hostnames: t.Sequence[str]) -> None:
    """Raise ConsoleError for an entry of hostnames that is none."""
    # Since ansible-core 2.19, Ansible passes on lists and dictionaries where it says that texts belong
    for one in map(str, hostnames):
        if one not in (NAME, INSTANCE_ID) and not (one.startswith(TAG) and one != TAG):
            raise ConsoleError(
                f"hostnames has {name_of(one)}",
                advice=f"Use {NAME}, {INSTANCE_ID}, or {TAG}KEY for the value of a tag.",
            )


def hosts_of(found: t.Iterable[Variables], hostnames: t.Sequence[str], others: Others = _NONE) -> dict[str, Variables]:
    """Return the variables of each host by its name, in the order of found.

    An instance that two sources find is one host; the first of them gives its variables.
    """
    instances: dict[tuple[str, ...], Variables] = {}
    for variables in found:
        instances.setdefault(_key(variables), variables)
    names = names_of(list(instances.values()), hostnames, others)
    return dict(zip(names, instances.values(), strict=True))


def names_of(instances: t.Sequence[Variables], hostnames: t.Sequence[str], others: Others = _NONE) -> list[str]:
    """Return a name for each instance: the first of hostnames that it has, and that no other instance could have.

    Whether another one would really use the name does not matter, so no name depends on an order. What is left goes by
    the instance id, and if even that is shared, by provider, region and id.
    """
    possible = [_possible(variables, hostnames, others) for variables in instances]
    holders = collections.Counter(name for names in possible for name in set(names))
    return [next((name for name in names if holders[name] == 1), names[-1]) for names in possible]


def _possible(variables: Variables, hostnames: t.Sequence[str], others: Others) -> list[str]:
    wanted = [host_name(_text(variables, one)) for one in (*hostnames, INSTANCE_ID)]
    free = (name for name in wanted if name and not _is_another(others.get(name, variables), variables))
    return [*free, ".".join(_key(variables))]


def _is_another(theirs: Variables | None, mine: Variables) -> bool:
    """Whether the name is that of a group, or of a host whose variables say that it is another instance."""
    if theirs is None:
        return True
    given = {name: theirs[name] for name in _KEY if theirs.get(name)}
    return any(value != mine[name] and not could_be_template(str(value)) for name, value in given.items())


def _key(variables: Variables) -> tuple[str, ...]:
    return tuple(variables[name] for name in _KEY)


def _text(variables: Variables, hostname: str) -> str:
    if hostname.startswith(TAG):
        return str(variables["console_tags"].get(hostname.removeprefix(TAG)) or "")
    return str(variables[f"console_{hostname}"])


def host_name(text: str) -> str:
    """Return text as a name that ``--limit`` takes for one host, empty if it cannot be one."""
    name = _NO_NAME.sub("_", text.strip())
    return "" if name.lower() in _TAKEN or not name.strip("_.-") else name
