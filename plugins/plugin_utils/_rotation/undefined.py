# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Which variable a template lacks, by its source. Pure.

What Ansible says of a missing part can quote values. The source of a template has names; its texts, such as a key in
brackets, can be values all the same, and are not shown.
"""

from __future__ import annotations

import typing as t

from jinja2 import Environment, TemplateError, nodes

# Names that Ansible and Jinja2 give to every template.
_GIVEN = frozenset({"lookup", "query", "q", "now", "undef", "omit", "range", "dict", "namespace", "cycler", "joiner"})
# Templates that are looked at, where one leads to the next.
_MOST = 20


def undefined_name(value: t.Any, variables: t.Mapping[str, t.Any]) -> str:
    """Return a name that value, or a template that it uses, asks for and that no variable has; empty if there is none.

    :param variables: as they are written, with templates in them.
    """
    for tree in _templates(value, variables):
        for name in _names(tree):
            if name not in variables:
                return name
    return ""


def parts_asked_for(value: t.Any, variables: t.Mapping[str, t.Any]) -> str:
    """Return the first parts of variables that value asks for, such as ``shop.region``; empty if there are none."""
    parts = [_spelt(node) for tree in _templates(value, variables) for node in _outermost(tree)]
    return " or ".join(list(dict.fromkeys(parts))[:2])


def _templates(value: t.Any, variables: t.Mapping[str, t.Any]) -> t.Iterator[nodes.Template]:
    """The template, and those of the variables that it names, each once."""
    seen: list[str] = []
    waiting = [value]
    while waiting and len(seen) < _MOST:
        source = waiting.pop(0)
        if not isinstance(source, str) or source in seen:
            continue
        seen.append(source)
        try:
            tree = Environment().parse(source)  # noqa: S701 - nothing is rendered
        except TemplateError:
            continue
        yield tree
        waiting += [variables[name] for name in _names(tree) if name in variables]


def _names(tree: nodes.Template) -> list[str]:
    """The names that a template asks for and does not set itself; jinja2.meta wants to know all filters for that."""
    found = list(tree.find_all(nodes.Name))
    own = {name.name for name in found if name.ctx != "load"} | _GIVEN
    return [name.name for name in found if name.name not in own]


def _outermost(node: nodes.Node) -> t.Iterator[nodes.Getattr | nodes.Getitem]:
    """The parts of variables that a template asks for, each in its whole length."""
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        yield node
        return
    for child in node.iter_child_nodes():
        yield from _outermost(child)


def _spelt(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_spelt(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{_spelt(node.node)}[...]"
    return node.name if isinstance(node, nodes.Name) else "(...)"
