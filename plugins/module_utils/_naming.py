# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""What an option is called where a message is read.

The same fault can be met in a module, where the option is ``region``, and in a rotation, where it is the host's
variable ``console_region``. So texts name an option as ``O(region)``, as Ansible's documentation does, and the rim
(a module, an action, a lookup) says how options are called there. Without a word from the rim, they are options.
"""

from __future__ import annotations

import contextlib
import re
import typing as t
from contextvars import ContextVar

# From the name of an option to what it is called.
Naming = t.Callable[[str], str]

_OPTION = re.compile(r"\bO\(([a-z_]+)\)")


def as_option(name: str) -> str:
    """Return the option's own name."""
    return name


_NAMING: ContextVar[Naming] = ContextVar("naming", default=as_option)


@contextlib.contextmanager
def naming(names: Naming) -> t.Iterator[None]:
    """Call options so in all texts that are rendered meanwhile."""
    token = _NAMING.set(names)
    try:
        yield
    finally:
        _NAMING.reset(token)


def rendered(text: str) -> str:
    """Return text with each option as it is called here."""
    names = _NAMING.get()
    return _OPTION.sub(lambda found: names(found[1]), text)
