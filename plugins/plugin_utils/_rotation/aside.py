# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Part of a long piece of work in a child process, on another core.

For work on many hosts that needs nothing but the processor, such as reading their variables. What a child finds comes
back through a pipe, and nothing of it touches a file. A child that fails costs time and nothing else: the work is done
here then, and raises what it raises. Worth it at the beginning of a task, when little is there that both would copy.
"""

from __future__ import annotations

import os
import pickle
import typing as t

# Fewer hosts are not worth a process.
MANY = 2000
# Processes at work at once, this one included; more would only be in each other's way.
MOST = 4

Result = t.TypeVar("Result")


def processes(hosts: int) -> int:
    """Return how many processes should share the work on so many hosts; one where this is not Linux with more cores."""
    if hosts < MANY or not hasattr(os, "sched_getaffinity"):
        return 1
    return min(MOST, hosts // MANY + 1, len(os.sched_getaffinity(0)))


def aside(work: t.Callable[[], Result]) -> t.Callable[[], Result]:
    """Begin work in a child process; return what waits for its result.

    :param work: must not depend on what this process does meanwhile, and its result must be data.
    """
    reading, writing = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return work
    if child == 0:
        _work(work, writing)
    os.close(writing)
    return lambda: _result(work, child, reading)


def _work(work: t.Callable[[], t.Any], writing: int) -> t.NoReturn:
    """In the child: send the result, or nothing, and end without the parent's clean-up."""
    try:
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(work(), pipe)
    finally:
        os._exit(0)


def _result(work: t.Callable[[], Result], child: int, reading: int) -> Result:
    with os.fdopen(reading, "rb") as pipe:
        sent = pipe.read()
    os.waitpid(child, 0)
    try:
        # Our own child's words, through a pipe that nobody else has
        found: Result = pickle.loads(sent)  # noqa: S301
    except (pickle.UnpicklingError, EOFError, ValueError, AttributeError, ImportError, IndexError):
        return work()
    return found
