# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""From an inventory file to what is asked of which cloud. Nothing is sent here.

Every mistake that can be seen without a call is refused here, with the name of the option and the number of its source.
No value of an option is quoted, because it can be a secret.
"""

from __future__ import annotations

import dataclasses
import difflib
import typing as t
from dataclasses import dataclass, field

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import AUTH_NAMES, AUTH_SECRETS, Access
from ansible_collections.cloudops.console.plugins.module_utils._options import (
    access_of,
    connection_options,
    policy_of,
)
from ansible_collections.cloudops.console.plugins.module_utils._provider import NAMES, facts_of
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of, scrub
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import (
    Templar,
    templated,
    why_unresolved,
    without_omitted,
)

# What a source takes: the connection of the modules, and which instances of it.
SOURCE_OPTIONS: dict[str, dict[str, t.Any]] = {
    **connection_options(providers=NAMES),
    "regions": {"type": "list", "elements": "str"},
    "tags": {"type": "dict"},
    "statuses": {"type": "list", "elements": "str"},
}
# The options that hosts need again, for rotations, console URLs and SSH. None of them is a secret, or half of one.
HOST_OPTIONS = ("endpoint", "profile", "project_id", "api", "cloud", "ca_cert")
_SECRETS = ("access_key_secret", "security_token")
# How alike two names must be, from 0 to 1, for one to be proposed instead of the other.
_CLOSE = 0.6
_FORM = "Set sources to a list of clouds, each with its provider."

Data = t.Mapping[str, t.Any]


@dataclass(frozen=True)
class Source:
    """One entry of sources, checked.

    :param number: its place in the file, from 1.
    :param regions: those to ask, an empty one for the region that the cloud's own settings name.
    :param tags: instances must have all of them.
    :param statuses: instances must have one of them; empty for any.
    :param variables: what every host of this source gets.
    """

    number: int
    access: Access
    policy: Policy
    regions: tuple[str, ...]
    tags: t.Mapping[str, str]
    statuses: tuple[str, ...]
    variables: Data = field(repr=False)

    @property
    def label(self) -> str:
        """The source in messages."""
        return f"source {self.number} ({self.access.provider})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values to mask in all output."""
        auth = dict(self.access.auth)
        found = (*(getattr(self.access, name) for name in _SECRETS), *(auth.get(name, "") for name in AUTH_SECRETS))
        return tuple(one for one in found if one)


def check_names(config: Data, known: t.Collection[str], place: str) -> None:
    """Refuse an option that does not exist.

    :param place: where it is, for the message.
    :raises ConsoleError: there is one; the first one is named.
    """
    for name in map(str, config):
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=_CLOSE)
            advice = f"Did you mean {close[0]}?" if close else f"Known options: {', '.join(sorted(known))}."
            raise ConsoleError(f"unknown option {name_of(name)} in {place}", advice=advice)


def check_form(entries: t.Any) -> None:
    """Raise ConsoleError if entries, where there are any, are not a list of dictionaries."""
    if entries is not None and not isinstance(entries, list):
        raise ConsoleError("sources is not a list", advice=_FORM)
    for number, entry in enumerate(entries or [], start=1):
        if not isinstance(entry, t.Mapping):
            raise ConsoleError(f"source {number} is not a dictionary of options", advice=_FORM)


def sources_of(entries: t.Sequence[Data] | None, templar: Templar) -> list[Source]:
    """Check all sources of a file, which have the right form.

    :raises ConsoleError: there are none, or one has a mistake.
    """
    if not entries:
        raise ConsoleError("the file has no sources", advice=_FORM)
    return [_source(number, entry, templar) for number, entry in enumerate(entries, start=1)]


def _source(number: int, entry: Data, templar: Templar) -> Source:
    place = f"source {number}"
    check_names(entry, SOURCE_OPTIONS, place)
    _check_texts(entry, place)
    params = _validated({name: _resolved(entry, name, place, templar) for name in entry}, place)
    tags, statuses = params["tags"] or {}, tuple(params["statuses"] or ())
    _check_tags(tags, place)
    _check_statuses(statuses, params["provider"], place)
    return Source(
        number=number,
        access=dataclasses.replace(access_of(params), region=""),
        policy=_policy(params, place),
        regions=_regions(params, place),
        tags=tags,
        statuses=statuses,
        variables=_host_variables(params),
    )


def _check_texts(entry: Data, place: str) -> None:
    """Refuse a number for a text: YAML reads 012345 as 5349, and refused keys get locked."""
    auth = entry.get("auth")
    if isinstance(auth, t.Mapping):
        check_names(auth, AUTH_NAMES, f"auth of {place}")
    inner = auth if isinstance(auth, t.Mapping) else {}
    texts = {name: value for name, value in entry.items() if SOURCE_OPTIONS[name].get("type") == "str"}
    for name, value in (*texts.items(), *((f"auth.{name}", value) for name, value in inner.items())):
        _check_text(name, value, place)


def _check_text(name: str, value: t.Any, place: str) -> None:
    if isinstance(value, (bool, int, float, list, dict)):
        raise ConsoleError(f"{name} of {place} is not a text", advice="Put the value in quotes.")


def _resolved(entry: Data, name: str, place: str, templar: Templar) -> t.Any:
    """Return an option with its templates and vaulted values resolved."""
    try:
        return _inside(entry[name], templar)
    # Anything can go wrong in a template, and its text can quote a secret
    except Exception as error:  # noqa: BLE001
        reason = why_unresolved(error, entry[name], templar)
    raise ConsoleError(
        f"the value of {name} in {place} cannot be resolved: {reason}",
        advice="In this file, templates can use lookups and extra variables.",
    )


def _inside(value: t.Any, templar: Templar) -> t.Any:
    if isinstance(value, t.Mapping):
        return {name: _inside(inner, templar) for name, inner in value.items()}
    if isinstance(value, list):
        return [_inside(inner, templar) for inner in value]
    found = templated(value, templar)
    # A number or a truth value stays what it is; a vaulted value is neither
    return found if isinstance(found, (bool, int, float, list, dict)) else without_omitted(found)


def _validated(given: Data, place: str) -> dict[str, t.Any]:
    """Return the options by their types, with defaults; raises ConsoleError."""
    result = ArgumentSpecValidator(SOURCE_OPTIONS).validate(dict(given))
    if result.error_messages:
        auth = given.get("auth")
        inner = auth.values() if isinstance(auth, t.Mapping) else [auth]
        hidden = [str(one) for one in (*(given.get(name) for name in _SECRETS), *inner) if one]
        reason = scrub(result.error_messages[0], hidden).rstrip(".")
        raise ConsoleError(f"{place}: {reason}", advice="Correct the file.")
    return t.cast("dict[str, t.Any]", result.validated_parameters)


def _check_tags(tags: t.Mapping[t.Any, t.Any], place: str) -> None:
    for name, value in tags.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConsoleError(
                f"the tag {name_of(str(name))} of {place} is not a text",
                advice="Put the name and the value of each tag in quotes, such as {env: 'prod'}.",
            )


def _check_statuses(statuses: t.Sequence[str], provider: str, place: str) -> None:
    facts = facts_of(provider)
    for status in statuses:
        if facts.statuses and status not in facts.statuses:
            folded = {one.lower(): one for one in facts.statuses}
            close = difflib.get_close_matches(status.lower(), folded, n=1, cutoff=_CLOSE)
            known = ", ".join(facts.statuses)
            raise ConsoleError(
                f"{facts.title} has no status {name_of(status)}, which {place} asks for",
                advice=f"Did you mean {folded[close[0]]}?" if close else f"Use one of {known}.",
            )


def _regions(params: Data, place: str) -> tuple[str, ...]:
    if params["regions"] is None:
        return ((params["region"] or "").strip(),)
    if params["region"]:
        raise ConsoleError(f"{place} has both region and regions", advice="Keep one of them.")
    regions = tuple(dict.fromkeys(region.strip() for region in params["regions"] if region.strip()))
    if not regions:
        raise ConsoleError(f"regions of {place} is empty", advice="Name a region, or leave the option out.")
    return regions


def _policy(params: Data, place: str) -> Policy:
    try:
        return policy_of(params, patient=True)
    except ConsoleError as error:
        raise error.while_doing(f"reading {place}") from None


def _host_variables(params: Data) -> dict[str, t.Any]:
    """Return what each host of the source is given of its options; what has its default is left out."""
    found = {f"console_{name}": params[name] for name in HOST_OPTIONS if params[name]}
    if params["api"] == SOURCE_OPTIONS["api"]["default"]:
        del found["console_api"]
    return found if params["validate_certs"] else {**found, "console_validate_certs": False}


def nothing_found(sources: t.Iterable[Source]) -> str:
    """Return the warning that no source has an instance, with what was asked for."""
    return f"no instances found. Asked: {'; '.join(map(_asked, sources))}. Check regions, tags, statuses and account."


def _asked(source: Source) -> str:
    tags = ", ".join(f"{name}={value}" for name, value in source.tags.items())
    parts = {"regions": ", ".join(filter(None, source.regions)), "tags": tags, "statuses": ", ".join(source.statuses)}
    filters = "".join(f", {name} {name_of(value)}" for name, value in parts.items() if value)
    return f"{source.label}{filters}"
