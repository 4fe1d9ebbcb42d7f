# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection's package so that the same files always give the same bytes.

``ansible-galaxy collection build`` writes times, owners and the order in which the file system lists files. Here the
entries of ``FILES.json`` and of the archive are in order of their names, and times and owners are the same for all.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.tools.environment import ENVIRONMENTS

# 1980, the oldest time that every archive format can hold
TIME = 315532800
MANIFEST, FILES = "MANIFEST.json", "FILES.json"


def build(home: Path, folder: Path) -> Path:
    """Build the package of the collection in home and return its path in folder."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [str(ENVIRONMENTS["tools"].bin / "ansible-galaxy"), "collection", "build", "--output-path", scratch]
        subprocess.run(command, cwd=home, check=True, stdout=subprocess.DEVNULL)
        built = next(Path(scratch).glob("*.tar.gz"))
        made = folder / built.name
        made.write_bytes(normalized(built.read_bytes()))
    return made


def checksum(package: Path) -> str:
    """Return a line as sha256sum writes and checks it."""
    return f"{hashlib.sha256(package.read_bytes()).hexdigest()}  {package.name}\n"


def normalized(package: bytes) -> bytes:
    """Return the package with its entries in order and without times and owners."""
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        members = {member.name: (member, _content(archive, member)) for member in archive}
    listed = json.loads(members[FILES][1])
    listed["files"].sort(key=lambda entry: str(entry["name"]))
    manifest = json.loads(members[MANIFEST][1])
    contents = {FILES: _json(listed)}
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(contents[FILES]).hexdigest()
    contents[MANIFEST] = _json(manifest)
    return gzip.compress(_archive(members, contents), mtime=0)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member) if member.isreg() else None
    return file.read() if file else b""


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode()


def _archive(members: Mapping[str, tuple[tarfile.TarInfo, bytes]], changed: Mapping[str, bytes]) -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        # Galaxy reads the two lists first
        for name in (MANIFEST, FILES, *sorted(set(members) - {MANIFEST, FILES})):
            member, content = members[name]
            archive.addfile(_plain(member, changed.get(name, content)), io.BytesIO(changed.get(name, content)))
    return output.getvalue()


def _plain(member: tarfile.TarInfo, content: bytes) -> tarfile.TarInfo:
    plain = tarfile.TarInfo(member.name)
    plain.type, plain.linkname, plain.mtime = member.type, member.linkname, TIME
    plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    plain.size = len(content) if member.isreg() else 0
    return plain
