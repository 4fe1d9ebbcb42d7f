# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without httpx and pydantic every file can still be imported, and says what is missing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BOUNDS = {"httpx": "0.27", "pydantic": "2.7"}
ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = ROOT / ".build" / "collections"

PROGRAM = """
import importlib, json, sys
from pathlib import Path

hidden = set(json.loads(sys.argv[1]))

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None

sys.meta_path.insert(0, Hide())
root = Path(sys.argv[2])
base = "ansible_collections.cloudops.console.plugins"
failed = {}
for path in sorted((root / "plugins").rglob("*.py")):
    parts = path.relative_to(root / "plugins").with_suffix("").parts
    name = ".".join((base, *(part for part in parts if part != "__init__")))
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed[name] = f"{type(error).__name__}: {error}"
deps = importlib.import_module(base + ".module_utils._deps")
text = deps.missing_text(deps.MISSING) if deps.MISSING else ""
print(json.dumps({"failed": failed, "missing": deps.MISSING and deps.MISSING.libraries, "text": text}))
"""


def without(*hidden: str) -> dict[str, object]:
    environment = {**os.environ, "PYTHONPATH": str(COLLECTIONS), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(hidden), str(ROOT)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    ("libraries", "said"),
    [
        (["httpx"], ["httpx"]),
        (["pydantic"], ["pydantic"]),
        (["httpx", "pydantic", "websockets"], ["httpx", "pydantic"]),
    ],
)
def test_every_file_can_be_imported(libraries: list[str], said: list[str]) -> None:
    """All that is missing is named at once, with the command that installs it."""
    answer = without(*libraries)
    assert answer["failed"] == {}
    assert answer["missing"] == said
    wanted = " ".join(f"'{library}>={BOUNDS[library]}'" for library in said)
    assert f"{sys.executable} -m pip install {wanted}" in str(answer["text"])
    assert f"({', '.join(said)})" in str(answer["text"])


def test_nothing_is_missing_here() -> None:
    assert without() == {"failed": {}, "missing": None, "text": ""}


def test_lower_bounds_are_the_same_everywhere() -> None:
    source = (ROOT / "plugins" / "module_utils" / "_deps.py").read_text(encoding="utf-8")
    bounds = dict(re.findall(r'"(httpx|pydantic)": \(([\d, ]+)\)', source))
    assert set(bounds) == {"httpx", "pydantic"}
    for name in ("requirements.txt", "meta/ee-requirements.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for library, bound in bounds.items():
            assert f"{library}>={bound.replace(', ', '.')}" in text.replace(" ", ""), name
