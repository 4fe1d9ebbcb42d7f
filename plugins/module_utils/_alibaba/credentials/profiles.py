# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The profiles of the vendor's command line, ~/.aliyun/config.json: which source of credentials each one is.

The form is that of aliyun-cli. Its modes that open a browser or need a signed-in user (CloudSSO, OAuth) and those that
give no access key (BearerToken, Anonymous) are refused by name, as are the deprecated RsaKeyPair and
RamRoleArnWithRoleName.
"""

from __future__ import annotations

import typing as t

from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials import sources, sts
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.cache import (
    Absent,
    Setting,
    Source,
    Static,
    complete,
)
from ansible_collections.cloudops.console.plugins.module_utils._deps import ValidationError
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._key_material import expanded, is_file, read_file
from ansible_collections.cloudops.console.plugins.module_utils._redact import name_of
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import (
    Model,
    VendorModel,
    json_object,
    place_of,
)

PROFILES_FILE = "~/.aliyun/config.json"
# A chain of source profiles has at most so many links; the vendor's tools know no limit.
LONGEST_CHAIN = 10
# A profile with none of these is empty, unless its mode needs none of them.
_FILLED = (
    "access_key_id",
    "access_key_secret",
    "sts_token",
    "ram_role_name",
    "ram_role_arn",
    "source_profile",
    "process_command",
    "oidc_provider_arn",
    "oidc_token_file",
)
_NEED_NOTHING = ("EcsRamRole", "CredentialsURI")


class Profile(VendorModel):
    """One profile. The SDK for Python reads role_session_name for mode OIDC, the command line ram_session_name."""

    name: str
    mode: str = ""
    access_key_id: str = ""
    access_key_secret: str = ""
    sts_token: str = ""
    sts_region: str = ""
    sts_endpoint: str = ""
    enable_vpc: bool | None = None
    ram_role_name: str = ""
    ram_role_arn: str = ""
    ram_session_name: str = ""
    role_session_name: str = ""
    expired_seconds: int = 0
    policy: str = ""
    external_id: str = ""
    source_profile: str = ""
    process_command: str = ""
    credentials_uri: str = ""
    oidc_provider_arn: str = ""
    oidc_token_file: str = ""

    @property
    def source(self) -> str:
        """For people."""
        return f"profile {name_of(self.name)} of {PROFILES_FILE}"

    @property
    def role(self) -> sts.Role:
        """What to ask STS for."""
        session = self.ram_session_name or self.role_session_name
        return sts.Role(self.ram_role_arn, session, self.expired_seconds, self.policy, self.external_id)


class ProfilesFile(VendorModel):
    """The file as a whole; current names the profile that is used by default. A broken profile breaks only itself."""

    current: str = ""
    profiles: tuple[dict[str, t.Any], ...] = ()


def find_profile(name: str, setting: Setting) -> Source:
    """Return the source that a profile is which was asked for by name.

    :raises ConsoleError: there is none, the file or the profile is unusable, or its mode is not supported.
    """
    file = _read_file(setting)
    if file is None:
        raise ConsoleError(
            f"there is no {PROFILES_FILE} to read profile {name_of(name)!r} from",
            advice="Run 'aliyun configure', or correct the profile.",
        )
    return _Book(file, setting).source_of(name)


def current_profile(setting: Setting, name: str = "") -> Source | Absent:
    """Return the source that the current profile is; one that is missing, or that is empty, counts as absent.

    :param name: what ALIBABA_CLOUD_PROFILE says. Such a profile may be in the other file, and is not taken for empty.
    :raises ConsoleError: the file or the profile is unusable, or its mode is not supported.
    """
    file = _read_file(setting)
    if file is None:
        return Absent()
    wanted = name or file.current or "default"
    raw = _named(wanted, file)
    if raw is None and file.current and not name:
        return Absent(f"{PROFILES_FILE} names {name_of(wanted)!r} as its current profile, and has: {_known(file)}")
    if raw is None:
        return Absent()
    if not name and _is_empty(_parsed(Profile, raw)):
        return Absent(f"profile {name_of(wanted)} of {PROFILES_FILE} is empty")
    return _Book(file, setting).source_of(wanted)


def _read_file(setting: Setting) -> ProfilesFile | None:
    path = expanded(PROFILES_FILE, setting.env)
    if not is_file(path):
        return None
    return _parsed(ProfilesFile, _loaded(read_file(path, PROFILES_FILE, advice=_ANEW)))


def _is_empty(profile: Profile) -> bool:
    """Whether it is what ``aliyun configure`` leaves when it is given nothing."""
    mode = _mode_of(profile)
    needs_more = mode in MODES and mode not in _NEED_NOTHING
    return needs_more and not any(getattr(profile, name) for name in _FILLED)


_ANEW = "Run 'aliyun configure' to write it anew."


def _loaded(content: bytes) -> dict[str, t.Any]:
    try:
        return json_object(content)
    except ValueError:
        raise _malformed() from None


def _malformed(where: str = "") -> ConsoleError:
    return ConsoleError(
        f"{PROFILES_FILE} cannot be used: it is not the JSON of the vendor's command line{where}", advice=_ANEW
    )


def _parsed(model: type[Model], given: dict[str, t.Any]) -> Model:
    try:
        return sources.fitted(model, given)
    except ValidationError as error:
        raise _malformed(f" (wrong type of {place_of(model, error)})") from None


def _named(name: str, file: ProfilesFile) -> dict[str, t.Any] | None:
    return next((item for item in file.profiles if item.get("name") == name), None)


def _known(file: ProfilesFile) -> str:
    names = sorted(item["name"] for item in file.profiles if isinstance(item.get("name"), str))
    return ", ".join(name_of(name) for name in names[:10]) or "none"


class _Book:
    """The profiles of one file, and what they become."""

    def __init__(self, file: ProfilesFile, setting: Setting) -> None:
        self._file = file
        self._env = setting.env
        self._policy = setting.policy
        self._makers: dict[str, t.Callable[[Profile, tuple[str, ...]], Source]] = {
            "AK": self._static,
            "StsToken": self._static,
            "RamRoleArn": self._role,
            "ChainableRamRoleArn": self._chained_role,
            "EcsRamRole": self._ecs_role,
            "CredentialsURI": self._uri,
            "External": self._program,
            "OIDC": self._oidc_role,
        }

    def source_of(self, name: str, above: tuple[str, ...] = ()) -> Source:
        """Return the source that the profile is; above are the profiles that led here."""
        raw = _named(name, self._file)
        if raw is None:
            known = _known(self._file)
            raise ConsoleError(f"{PROFILES_FILE} has no profile {name_of(name)!r}", advice=f"It has: {known}.")
        profile = _parsed(Profile, raw)
        mode = _mode_of(profile)
        maker = self._makers.get(mode)
        if maker is None:
            raise ConsoleError(
                f"{profile.source} has the mode {name_of(mode)!r}, which is not supported",
                advice=f"Use a profile of mode {', '.join(MODES[:-1])} or {MODES[-1]}, or give the access key in "
                "another way.",
            )
        return maker(profile, above)

    def _static(self, profile: Profile, _above: tuple[str, ...]) -> Static:
        token = profile.sts_token if _mode_of(profile) == "StsToken" else ""
        if _mode_of(profile) == "StsToken" and not token:
            raise ConsoleError(
                f"{profile.source} has the mode StsToken and no token",
                advice="Run 'aliyun configure --mode StsToken' again.",
            )
        return _key_of(profile, token)

    def _role(self, profile: Profile, _above: tuple[str, ...]) -> Source:
        profile.role.check(profile.source)
        return sts.AssumedRole(
            profile.source, profile.role, _key_of(profile, profile.sts_token), self._service(profile)
        )

    def _chained_role(self, profile: Profile, above: tuple[str, ...]) -> Source:
        profile.role.check(profile.source)
        chain = (*above, profile.name)
        if not profile.source_profile:
            raise ConsoleError(f"{profile.source} lacks its source_profile", advice="Name the profile to start from.")
        if profile.source_profile in chain or len(chain) >= LONGEST_CHAIN:
            shown = " → ".join(name_of(name) for name in (*chain, profile.source_profile))
            raise ConsoleError(
                f"the source profiles in {PROFILES_FILE} lead back to where they began or have no end: {shown}",
                advice="Let the last source_profile name a profile that needs no other.",
            )
        base = self.source_of(profile.source_profile, chain)
        return sts.AssumedRole(profile.source, profile.role, base, self._service(profile))

    def _ecs_role(self, profile: Profile, _above: tuple[str, ...]) -> Source:
        return sources.ecs_role(profile.source, profile.ram_role_name, self._env)

    def _uri(self, profile: Profile, _above: tuple[str, ...]) -> Source:
        if sources.is_switched_off(self._env):
            raise sources.switched_off(profile.source)
        address = profile.credentials_uri or self._env.get("ALIBABA_CLOUD_CREDENTIALS_URI", "")
        source = sources.CredentialsUri(profile.source, address, self._policy)
        source.check()
        return source

    def _program(self, profile: Profile, _above: tuple[str, ...]) -> Source:
        if sources.is_switched_off(self._env):
            raise sources.switched_off(profile.source)
        source = sources.Program(profile.source, f"profile/{profile.name}", profile.process_command, self._env)
        source.check()
        return source

    def _oidc_role(self, profile: Profile, _above: tuple[str, ...]) -> Source:
        token_file = expanded(profile.oidc_token_file, self._env) if profile.oidc_token_file else None
        source = sts.OidcRole(
            profile.source, profile.role, profile.oidc_provider_arn, token_file, self._service(profile)
        )
        source.check()
        return source

    def _service(self, profile: Profile) -> sts.Service:
        endpoint = sts.find_endpoint(
            self._env, given=profile.sts_endpoint, region=profile.sts_region, vpc=profile.enable_vpc
        )
        return sts.Service(endpoint, self._policy)


MODES = ("AK", "StsToken", "RamRoleArn", "ChainableRamRoleArn", "EcsRamRole", "CredentialsURI", "External", "OIDC")


def _mode_of(profile: Profile) -> str:
    """Return the mode in the vendor's spelling; without one, what the command line would take it for."""
    if profile.mode:
        return next((mode for mode in MODES if mode.lower() == profile.mode.lower()), profile.mode)
    if profile.access_key_id and profile.access_key_secret:
        return "StsToken" if profile.sts_token else "RamRoleArn" if profile.ram_role_arn else "AK"
    guesses = (
        (profile.ram_role_name, "EcsRamRole"),
        (profile.process_command, "External"),
        (profile.oidc_provider_arn and profile.oidc_token_file and profile.ram_role_arn, "OIDC"),
    )
    return next((mode for given, mode in guesses if given), "AK")


def _key_of(profile: Profile, token: str) -> Static:
    found = complete(profile.access_key_id, profile.access_key_secret, token, profile.source)
    if found is None:
        raise ConsoleError(f"{profile.source} has no access key", advice="Run 'aliyun configure' to complete it.")
    return Static(found)
