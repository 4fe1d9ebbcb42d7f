# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""The proxy as a program for ssh's ProxyCommand: ``python3 .../plugins/plugin_utils/_terminal --instance-id ...``.

It needs no ansible command around it, so it finds the collection by its own place. The python3 of a machine is often
another one than that of ansible: this file says so, and is written so that Python 3.6 can read it.
"""

import contextlib
import importlib.util
import os
import pathlib
import sys
import types

LEAST = (3, 10)


def refusal(version: "tuple[int, ...]", executable: str) -> str:
    """Return why this Python cannot run the proxy, or nothing."""
    if version[:2] < LEAST:
        found, least = (".".join(map(str, one)) for one in (version, LEAST))
        reason = f"is Python {found}, and {least} or newer is needed"
    elif importlib.util.find_spec("ansible") is None:
        reason = "has no ansible-core"
    else:
        return ""
    needs = "the Python that has ansible-core, httpx, pydantic and websockets"
    return f"cloudops.console: {executable} {reason}. Write the path of {needs} into ProxyCommand."


def find_collection() -> None:
    """Have imports of this collection lead to the files beside this one, whatever else is installed."""
    folder = pathlib.Path(__file__).absolute().parents[3]
    # Its files must not be taken for others of the same name
    sys.path[:] = [
        entry
        for entry in sys.path
        if pathlib.Path(entry or ".").absolute() != folder / "plugins/plugin_utils/_terminal"
    ]
    name = "ansible_collections"
    for part, place in (("", folder.parent.parent), (".cloudops", folder.parent), (".console", folder)):
        name += part
        package = types.ModuleType(name)
        package.__path__ = [str(place)]
        sys.modules[name] = package


def run() -> int:
    """Run the proxy in a process group of its own; return its exit code."""
    reason = refusal(tuple(sys.version_info[:3]), sys.executable)
    if reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    # At the end of a play, a worker of Ansible kills its group, and with it the proxies of connections that persist
    with contextlib.suppress(OSError):
        os.setsid()
    find_collection()
    from ansible_collections.cloudops.console.plugins.plugin_utils._terminal.proxy import main

    return main(sys.argv[1:], os.environ)


if __name__ == "__main__":
    sys.exit(run())
