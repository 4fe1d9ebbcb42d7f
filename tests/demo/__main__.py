# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.demo``: exit code 0 if everything was as expected, 1 if not, 128 + N after signal N."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path

from tests.emulator.client import EmulatorError
from tests.tools import openbao
from tests.tools.environment import MakeError

from .checks import CheckError
from .environment import scrubbed
from .folder import Folder, FolderError
from .processes import CommandError, Interrupted, interruptible
from .screen import Screen
from .steps import play

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    screen = Screen(sys.stdout, os.environ)
    try:
        if options.ledger == "openbao":
            openbao.ensure()
        with interruptible(), Folder(options.folder) as folder:
            scrubbed(folder, Path(sys.executable).parent)
            play(ROOT, folder, screen, options.evidence, on_server=options.ledger == "openbao")
    except Interrupted as interrupt:
        with contextlib.suppress(OSError):
            screen.problem(f"interrupted; all that ran has ended, and {options.folder} is removed")
        return 128 + interrupt.signal
    except BrokenPipeError:
        # The reader of this output has gone; the interpreter must not try to flush to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (FolderError, MakeError) as error:
        screen.problem(str(error))
        return 1
    except (CheckError, CommandError, EmulatorError) as error:
        screen.problem(str(error))
        screen.note(f"The files made so far are in {options.folder}.")
        return 1
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests.demo", description="Rotate the VNC passwords of an emulated inventory."
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=ROOT / ".build" / "demo",
        help="new, empty, or of an earlier demo; all in it goes",
    )
    parser.add_argument("--ledger", choices=("file", "openbao"), default="file", help="where passwords are kept")
    # For tests: what the cloud held in the end, as JSON. It holds passwords.
    parser.add_argument("--evidence", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
