# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key/value store, version 2 (and enough of version 1 to be mistaken for it)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..call import Reply
from .answers import EMPTY, RefusalError, found, nothing_there, unsupported
from .state import VERSIONS, Mount, Secret, Version
from .times import duration, seconds

Body = dict[str, Any]


class Store:
    """One call to a mount, at ``now``."""

    def __init__(self, mount: Mount, now: float) -> None:
        self.mount = mount
        self.now = now

    def exists(self, path: str) -> bool:
        """Whether a write there is an update."""
        area, _slash, name = path.partition("/")
        if self.mount.version == "1":
            return path in self.mount.plain
        return area == "config" or name in self.mount.secrets

    def serve(self, method: str, path: str, query: dict[str, str], body: Body) -> Reply:
        if self.mount.version == "1":
            return self._version_1(method, path, body)
        area, _slash, name = path.partition("/")
        table: dict[tuple[str, str], Callable[[], Reply]] = {
            ("read", "config"): self._read_config,
            ("write", "config"): lambda: self._write_config(body),
            ("read", "data"): lambda: self._read(name, query),
            ("write", "data"): lambda: self._write(name, body),
            ("delete", "data"): lambda: self._delete(name, []),
            ("write", "delete"): lambda: self._delete(name, body.get("versions", [])),
            ("write", "undelete"): lambda: self._undelete(name, body.get("versions", [])),
            ("write", "destroy"): lambda: self._destroy(name, body.get("versions", [])),
            ("read", "metadata"): lambda: found(self._secret(name).describe()),
            ("write", "metadata"): lambda: self._write_metadata(name, body),
            ("delete", "metadata"): lambda: self._forget(name),
            ("list", "metadata"): lambda: _names(self.mount.secrets, name),
        }
        operation = table.get((method, area))
        if operation is None:
            raise unsupported() if area in ("config", "data", "metadata") else nothing_there()
        return operation()

    def _secret(self, name: str) -> Secret:
        if name not in self.mount.secrets:
            raise nothing_there()
        return self.mount.secrets[name]

    def _read(self, name: str, query: dict[str, str]) -> Reply:
        secret = self._secret(name)
        version = secret.versions.get(int(query.get("version", 0)) or secret.current)
        if version is None:
            raise nothing_there()
        metadata = {**version.describe(), "custom_metadata": secret.custom, "version": version.number}
        gone = version.gone(self.now)
        return found({"data": None if gone else version.data, "metadata": metadata}, status=404 if gone else 200)

    def _write(self, name: str, body: Body) -> Reply:
        data = body.get("data")
        if not isinstance(data, dict):
            raise RefusalError(400, "no data provided")
        if not name:
            raise RefusalError(404, "missing path")
        secret = self.mount.secrets.get(name) or Secret(self.now, self.now)
        self._check(secret, body.get("options") or {})
        self.mount.secrets[name] = secret
        secret.current += 1
        after = secret.delete_after or self.mount.delete_after
        version = Version(secret.current, json.loads(json.dumps(data)), self.now, self.now + after if after else None)
        secret.versions[version.number] = version
        secret.updated = self.now
        for number in sorted(secret.versions)[: -(secret.max_versions or self.mount.max_versions or VERSIONS)]:
            del secret.versions[number]
        return found({**version.describe(), "custom_metadata": secret.custom, "version": version.number})

    def _check(self, secret: Secret, options: Body) -> None:
        if "cas" not in options:
            if secret.cas_required or self.mount.cas_required:
                raise RefusalError(400, "check-and-set parameter required for this call")
            return
        if int(options["cas"]) != secret.current:
            raise RefusalError(400, "check-and-set parameter did not match the current version")

    def _delete(self, name: str, numbers: list[Any]) -> Reply:
        secret = self.mount.secrets.get(name)
        for version in _chosen(secret, numbers or ([secret.current] if secret else [])):
            if not version.gone(self.now):
                version.deleted = self.now
        return EMPTY

    def _undelete(self, name: str, numbers: list[Any]) -> Reply:
        if not numbers:
            raise RefusalError(400, "No version number provided")
        for version in _chosen(self.mount.secrets.get(name), numbers):
            if not version.destroyed:
                version.deleted = None
        return EMPTY

    def _destroy(self, name: str, numbers: list[Any]) -> Reply:
        if not numbers:
            raise RefusalError(400, "No version number provided")
        for version in _chosen(self.mount.secrets.get(name), numbers):
            version.destroyed, version.data = True, None
        return EMPTY

    def _forget(self, name: str) -> Reply:
        self.mount.secrets.pop(name, None)
        return EMPTY

    def _write_metadata(self, name: str, body: Body) -> Reply:
        secret = self.mount.secrets.setdefault(name, Secret(self.now, self.now))
        secret.max_versions = int(body.get("max_versions", secret.max_versions))
        secret.cas_required = bool(body.get("cas_required", secret.cas_required))
        if "delete_version_after" in body:
            secret.delete_after = seconds(body["delete_version_after"])
        secret.custom = body.get("custom_metadata", secret.custom)
        return EMPTY

    def _read_config(self) -> Reply:
        mount = self.mount
        return found(
            {
                "cas_required": mount.cas_required,
                "delete_version_after": duration(mount.delete_after),
                "max_versions": mount.max_versions,
            }
        )

    def _write_config(self, body: Body) -> Reply:
        mount = self.mount
        mount.max_versions = int(body.get("max_versions", mount.max_versions))
        mount.cas_required = bool(body.get("cas_required", mount.cas_required))
        if "delete_version_after" in body:
            mount.delete_after = seconds(body["delete_version_after"])
        return EMPTY

    def _version_1(self, method: str, path: str, body: Body) -> Reply:
        plain = self.mount.plain
        if method == "write":
            plain[path] = body
            return EMPTY
        if method == "delete":
            plain.pop(path, None)
            return EMPTY
        if method == "list":
            return _names(plain, path)
        if path not in plain:
            raise nothing_there()
        return found(plain[path])


def _chosen(secret: Secret | None, numbers: list[Any]) -> list[Version]:
    """Those of the versions that exist; the others are passed over."""
    wanted = {int(number) for number in numbers}
    return [one for number, one in secret.versions.items() if number in wanted] if secret else []


def _names(held: dict[str, Any], folder: str) -> Reply:
    """What stands directly below a folder; folders end in a slash."""
    start = f"{folder.strip('/')}/" if folder.strip("/") else ""
    names = set()
    for path in held:
        if path.startswith(start):
            name, slash, _rest = path[len(start) :].partition("/")
            names.add(name + slash)
    if not names:
        raise nothing_there()
    return found({"keys": sorted(names)})
