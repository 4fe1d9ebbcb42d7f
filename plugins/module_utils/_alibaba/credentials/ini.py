# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The credentials file of the vendor's SDK, ~/.alibabacloud/credentials.ini: which source each section is."""

from __future__ import annotations

import configparser
import pathlib
import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import sts
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.cache import (
    Absent,
    Setting,
    Source,
    Static,
    complete,
)
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.sources import ecs_role
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._key_material import expanded, is_file, read_file
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of, scrub

CREDENTIALS_FILE = "~/.alibabacloud/credentials.ini"
SECTION = "default"
TYPES = ("access_key", "ram_role_arn", "oidc_role_arn", "ecs_ram_role")


def find_section(name: str, setting: Setting) -> Source | Absent:
    """Return the source that a section is, Absent where the file or the section is not there.

    :param name: empty for SECTION. That counts as absent where it is empty, unless a variable names its file.
    :raises ConsoleError: the file or the section is unusable, its type is not supported, or
        ALIBABA_CLOUD_CREDENTIALS_FILE names a file that is not there.
    """
    named = setting.env.get("ALIBABA_CLOUD_CREDENTIALS_FILE", "")
    path = expanded(named or CREDENTIALS_FILE, setting.env)
    shown = scrub(named, ()) if named else CREDENTIALS_FILE
    if not is_file(path):
        if named:
            raise ConsoleError(
                f"there is no file {shown} to read credentials from",
                advice="Correct ALIBABA_CLOUD_CREDENTIALS_FILE, or unset it.",
            )
        return Absent()
    file = _parsed(path, shown)
    wanted = name or SECTION
    if not file.has_section(wanted):
        return Absent()
    # As for the SDK, a number sign ends a value.
    section = {key: value.partition("#")[0].strip() for key, value in file.items(wanted)}
    label = f"section {name_of(wanted)} of {shown}"
    if not name and not named and _is_empty(section):
        return Absent(f"{label} is empty")
    return _Section(section, label, setting).source()


def _is_empty(section: t.Mapping[str, str]) -> bool:
    """Whether it has nothing but its type, of a type that needs more."""
    return section.get("type") != "ecs_ram_role" and not any(value for key, value in section.items() if key != "type")


def _parsed(path: pathlib.Path, shown: str) -> configparser.RawConfigParser:
    advice = "It needs a section [default] with type, access_key_id and access_key_secret, each on a line of its own."
    content = read_file(path, shown, advice=advice)
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(content.decode("utf-8-sig"))
    except (configparser.Error, ValueError):
        raise ConsoleError(f"{shown} cannot be used: it has not the form of the vendor's file", advice=advice) from None
    return parser


class _Section:
    """One section, and what it becomes."""

    def __init__(self, values: t.Mapping[str, str], name: str, setting: Setting) -> None:
        self._values = values
        self._name = name
        self._setting = setting

    def source(self) -> Source:
        makers: dict[str, t.Callable[[], Source]] = {
            "access_key": self._static,
            "ram_role_arn": self._role,
            "oidc_role_arn": self._oidc_role,
            "ecs_ram_role": self._ecs_role,
        }
        maker = makers.get(self._get("type"))
        if maker is None:
            what = (
                f"the type {name_of(self._get('type'))!r}, which is not supported" if self._get("type") else "no type"
            )
            raise ConsoleError(f"{self._name} has {what}", advice=f"Use one of {', '.join(TYPES)}.")
        return maker()

    def _get(self, key: str) -> str:
        return self._values.get(key, "")

    def _static(self) -> Static:
        found = complete(self._get("access_key_id"), self._get("access_key_secret"), "", self._name)
        if found is None:
            raise ConsoleError(f"{self._name} has no access key", advice="Write access_key_id and access_key_secret.")
        return Static(found)

    def _wanted(self) -> sts.Role:
        env = self._setting.env
        return sts.Role(
            self._get("role_arn") or env.get("ALIBABA_CLOUD_ROLE_ARN", ""),
            self._get("role_session_name") or env.get("ALIBABA_CLOUD_ROLE_SESSION_NAME", ""),
            policy=self._get("policy"),
        )

    def _service(self) -> sts.Service:
        return sts.Service(sts.find_endpoint(self._setting.env), self._setting.policy)

    def _role(self) -> Source:
        role = self._wanted()
        role.check(self._name)
        return sts.AssumedRole(self._name, role, self._static(), self._service())

    def _oidc_role(self) -> Source:
        env = self._setting.env
        token_file = self._get("oidc_token_file_path") or env.get("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "")
        source = sts.OidcRole(
            self._name,
            self._wanted(),
            self._get("oidc_provider_arn") or env.get("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", ""),
            expanded(token_file, env) if token_file else None,
            self._service(),
        )
        source.check()
        return source

    def _ecs_role(self) -> Source:
        return ecs_role(self._name, self._get("role_name"), self._setting.env)
