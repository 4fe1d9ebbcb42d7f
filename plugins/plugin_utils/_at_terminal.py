# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Shows a secret on the screen of a person who asked for it, and refuses where the output is kept.

An action asks by itself, not a task before it: ``--start-at-task``, ``--step`` and tags leave tasks out.
"""

from __future__ import annotations

import sys
import typing as t

from ansible.errors import AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.utils.display import Display
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError

display = Display()

# Asked when this file is imported: a worker of ansible-core 2.19 and later has no standard output. The strategy imports
# the action before it starts the worker; where it did not, the answer is no.
OUTPUT_IS_TERMINAL = bool(sys.stdout) and sys.stdout.isatty()


def refuse_in_awx(task_vars: t.Mapping[str, t.Any], what: str) -> None:
    """Raise ConsoleError in a job of AWX.

    :param what: what would be shown, such as ``no URL``.
    """
    if task_vars.get("awx_job_id"):
        raise ConsoleError(
            f"AWX keeps the output of its jobs, so {what} is shown there",
            advice="Run this at a terminal, with the same inventory.",
        )


def ask(question: str, otherwise: str = "") -> None:
    """Return if a person at a terminal types yes.

    :param otherwise: a next step for those without a terminal.
    :raises ConsoleError: standard input or output is no terminal, or the answer was something else.
    """
    if not OUTPUT_IS_TERMINAL:
        raise _no_terminal("output", otherwise)
    try:
        answer = display.prompt_until(f"\n{question} To see it, type yes and press Enter:")
    except AnsiblePromptNoninteractive:
        raise _no_terminal("input", otherwise) from None
    except AnsiblePromptInterrupt:
        answer = b""
    if answer.decode(errors="replace").strip().lower() != "yes":
        raise ConsoleError("nothing is shown: the answer was not yes", advice="Run it again, and type yes.")


def show(text: str) -> None:
    """Print text on the screen, and not in the log of Ansible."""
    display.display(text, screen_only=True)


def _no_terminal(stream: str, otherwise: str) -> ConsoleError:
    advice = f"Run this at a terminal, without a pipe or a redirection. {otherwise}"
    return ConsoleError(f"nothing is shown: standard {stream} is not a terminal", advice=advice.strip())
