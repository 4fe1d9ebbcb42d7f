# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's folder: mode 0700, locked while a demo runs, emptied at the beginning, tidied at the end."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType

from .processes import Interrupted

_MARK = ".cloudops-console-demo"
_CONFIG = """\
# Read through ANSIBLE_CONFIG. With it every command of the demo is as short as it is at home.
[defaults]
home = {folder}/.ansible
inventory = {folder}/inventory/hosts.yml
collections_path = {folder}/collections
vault_password_file = {folder}/vault-password
"""


class FolderError(Exception):
    """The folder cannot be used; the text says why and what to do."""


class Folder:
    """As a context: on leaving, temporary files are gone; after an interrupt, everything is."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock = -1

    @property
    def config(self) -> Path:
        return self.path / "ansible.cfg"

    @property
    def vault_password(self) -> Path:
        return self.path / "vault-password"

    @property
    def inventory(self) -> Path:
        return self.path / "inventory"

    @property
    def ledger(self) -> Path:
        return self.path / "ledger.db"

    @property
    def reports(self) -> Path:
        return self.path / "reports"

    @property
    def collections(self) -> Path:
        return self.path / "collections"

    @property
    def scratch(self) -> Path:
        """For temporary files, and the HOME of everything that runs."""
        return self.path / ".scratch"

    def __enter__(self) -> Folder:
        if any(letter in str(self.path) for letter in ":;\n"):
            raise FolderError(f"{self.path} has a colon, semicolon or line break in it; choose another with --folder")
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self.path, os.O_RDONLY)
        try:
            self._take()
        except BaseException:
            os.close(self._lock)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, (Interrupted, BrokenPipeError)):
                shutil.rmtree(self.path)
            else:
                for name in (self.scratch, self.path / ".ansible"):
                    shutil.rmtree(name, ignore_errors=True)
        finally:
            os.close(self._lock)

    def _take(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderError(f"another demo is at work in {self.path}; wait for its end") from None
        content = list(self.path.iterdir())
        if content and not (self.path / _MARK).exists():
            raise FolderError(f"{self.path} holds files that are not of a demo; choose another with --folder")
        for entry in content:
            if entry.name != _MARK:
                _remove(entry)
        (self.path / _MARK).touch()
        self.path.chmod(0o700)
        for made in (self.scratch, self.inventory, self.collections):
            made.mkdir(mode=0o700)
        self.config.write_text(_CONFIG.format(folder=self.path), encoding="utf-8")
        write_private(self.vault_password, secrets.token_urlsafe(24) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a new file with mode 0600, whatever the umask."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
