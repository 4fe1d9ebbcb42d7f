# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be released, where its version is written, and a package whose bytes follow from its files alone."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from pathlib import Path

import pytest

from tests.tools.artifact import TIME, normalized
from tests.tools.environment import ROOT
from tests.tools.release import ReleaseError, named, order, pages, read_version, write_version

FILE = b"---\nkey: value\n"


def package(*, backwards: bool, time: int, owner: str) -> bytes:
    """Build what ansible-galaxy would, in an order, at a time, and of an owner of its own."""
    names = ["a.yml", "b.yml"]
    entries = [{"name": name, "ftype": "file", "chksum_sha256": hashlib.sha256(FILE).hexdigest()} for name in names]
    listed = json.dumps({"files": entries[::-1] if backwards else entries, "format": 1}).encode()
    manifest = {"file_manifest_file": {"name": "FILES.json", "chksum_sha256": hashlib.sha256(listed).hexdigest()}}
    contents = {"MANIFEST.json": json.dumps(manifest).encode(), "FILES.json": listed, **dict.fromkeys(names, FILE)}
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz") as archive:
        for name in reversed(contents) if backwards else contents:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname = len(contents[name]), time, owner
            archive.addfile(member, io.BytesIO(contents[name]))
    return output.getvalue()


def test_the_same_files_give_the_same_bytes() -> None:
    one = normalized(package(backwards=False, time=1_700_000_000, owner="alice"))
    other = normalized(package(backwards=True, time=1_800_000_000, owner="bob"))
    assert one == other


def test_the_lists_of_a_package_fit_its_files() -> None:
    made = normalized(package(backwards=True, time=1_700_000_000, owner="alice"))
    with tarfile.open(fileobj=io.BytesIO(made)) as archive:
        contents = {member.name: (archive.extractfile(member) or io.BytesIO()).read() for member in archive}
        times = {member.mtime for member in archive}
    manifest, listed = json.loads(contents["MANIFEST.json"]), json.loads(contents["FILES.json"])
    assert manifest["file_manifest_file"]["chksum_sha256"] == hashlib.sha256(contents["FILES.json"]).hexdigest()
    assert [entry["name"] for entry in listed["files"]] == ["a.yml", "b.yml"]
    assert contents["a.yml"] == FILE
    assert times == {TIME}


def test_versions_grow() -> None:
    versions = ["0.1.0", "0.9.10", "1.0.0-rc.1", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.0.1", "1.10.0"]
    orders = [order(version) for version in versions]
    assert orders == sorted(set(orders))


@pytest.mark.parametrize("version", ["1", "1.0", "v1.0.0", "1.0.0rc1", "01.0.0", "1.0.0-rc.0", "1.0.0-beta", ""])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(ReleaseError, match=r"X\.Y\.Z"):
        order(version)


def test_a_version_is_written_wherever_examples_name_it(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "galaxy.yml").write_text("name: console\nversion: 1.2.0\nreadme: README.md\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("cloudops-console-1.2.0.tar.gz needs Python 1.2.0\n", encoding="utf-8")
    example = tmp_path / "docs" / "requirements.yml"
    example.write_text("  - name: cloudops.console\n    version: 1.2.0\nimage: cloudops-console-ee:1.2.0\n", "utf-8")
    write_version(tmp_path, "1.3.0-rc.1")
    assert read_version(tmp_path) == "1.3.0-rc.1"
    assert (tmp_path / "README.md").read_text("utf-8") == "cloudops-console-1.3.0-rc.1.tar.gz needs Python 1.2.0\n"
    assert example.read_text("utf-8").count("1.3.0-rc.1") == 2


def test_every_page_names_the_version_of_galaxy_yml() -> None:
    found = {
        match[0].removeprefix(match["before"])
        for page in pages(ROOT)
        for match in named(r"\d+\.\d+\.\d+(?:-rc\.\d+)?").finditer(page.read_text(encoding="utf-8"))
    }
    assert found == {read_version(ROOT)}


def test_a_part_of_another_version_is_not_renamed() -> None:
    pattern = named(re.escape("1.0.0"))
    assert pattern.search("cloudops-console-1.0.0.tar.gz")
    assert not pattern.search("cloudops-console-1.0.0-rc.1.tar.gz")
