# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give the Python that runs this file a pip, and the packages named as arguments, from the configured index.

ansible-test makes virtual environments without pip and fills each with a script from its cache, which it would
otherwise download from a place that is neither an index nor a mirror of one. ``sanity.py`` puts this file there.
"""

from __future__ import annotations

import subprocess
import sys


def main(arguments: list[str]) -> int:
    # A process of its own: ensurepip changes the environment so that a pip after it would see no configuration file
    if subprocess.call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL):
        print("This Python has no ensurepip (Debian and Ubuntu: install python3-venv).", file=sys.stderr)
        return 1
    # Switches of the original script, about packages that it would add on its own; pip does not know them
    options = [argument for argument in arguments if argument not in {"--no-setuptools", "--no-wheel"}]
    return subprocess.call([sys.executable, "-m", "pip", "install", *options])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
