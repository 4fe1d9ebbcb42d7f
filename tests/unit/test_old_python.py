# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python that is too old says so: it can read the modules, and the first import of ours ends there."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._check_python import LEAST, refusal

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "plugins" / "module_utils" / "_check_python.py"
PROXY = ROOT / "plugins" / "plugin_utils" / "_terminal" / "__main__.py"
MODULES = [path for path in sorted((ROOT / "plugins" / "modules").glob("*.py")) if "def main" in path.read_text()]
SIMULATED = """
import runpy, sys
sys.version_info = (3, 6, 8)
runpy.run_path(sys.argv[1])
print("went on")
"""


@pytest.mark.parametrize("path", [CHECK, PROXY, *MODULES], ids=lambda path: path.stem)
def test_an_old_python_can_read_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 6))
    assert "from __future__" not in text
    ours = [node for node in tree.body if isinstance(node, ast.ImportFrom) and "cloudops" in str(node.module)]
    if path in MODULES:
        assert [alias.name for alias in ours[0].names] == ["_check_python"]


def test_it_ends_there() -> None:
    done = subprocess.run([sys.executable, "-c", SIMULATED, str(CHECK)], capture_output=True, text=True, check=False)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["failed"], done.stderr) == (1, True, "")
    assert f"need Python 3.10 or newer, and {sys.executable} is Python 3.6.8." in answer["msg"]
    assert "ansible_python_interpreter" in answer["msg"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("sys.version_info = (3, 6, 8)", "is Python 3.6.8, and 3.10 or newer is needed"),
        ("sys.modules['ansible'] = None", "has no ansible-core"),
    ],
)
def test_the_proxy_of_ssh_says_which_python_it_needs(change: str, reason: str) -> None:
    """The python3 of a machine is not always the one that has ansible-core."""
    program = f"import runpy, sys; {change}; runpy.run_path(sys.argv[1], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", program, str(PROXY)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"cloudops.console: {sys.executable} {reason}. Write the path of ")


def test_the_bound_is_that_of_the_tests_configuration() -> None:
    wanted = f'python_requires: ">={".".join(map(str, LEAST))}"'
    assert wanted in (ROOT / "tests" / "config.yml").read_text(encoding="utf-8")
    assert refusal((3, 10, 0), "python") == ""
    assert refusal((3, 9, 99), "python")
    assert f"\nLEAST = {LEAST}\n" in PROXY.read_text(encoding="utf-8")
