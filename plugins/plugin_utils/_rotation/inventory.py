# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Reads the console variables of many hosts, as Ansible means them.

Templating all variables of a host costs most of a millisecond. So only the variables that a rotation uses are resolved,
and only where Ansible says that they may be templates.

What Ansible says of a missing part of a template can quote values. So it is looked for in the source of the template,
which has names; its texts, such as a key in brackets, can still be values, and are not shown.
"""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleUndefinedVariable
from ansible.parsing.vault import AnsibleVaultError
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import (
    HOST_PREFIX,
    KEY_VARIABLES,
    USED_VARIABLES,
    role_names,
)
from jinja2 import Environment, TemplateError, nodes

try:
    from ansible.errors import AnsibleValueOmittedError
except ImportError:
    # Before ansible-core 2.19, a value that is left out is a text, and ``omit`` is a variable that only plays have.
    _OMISSION: tuple[type[Exception], ...] = ()
    OMIT = {"omit": f"__omit_place_holder__{'0' * 40}"}
else:
    _OMISSION = (AnsibleValueOmittedError,)
    OMIT = {}

# Hosts between two looks at the clock.
_OFTEN = 100
# What Ansible's omit looks like where it became a part of a text: up to ansible-core 2.18, and since.
_OMITTED = re.compile(r"__omit_place_holder__[0-9a-f]{40}|<<Omit>>")
# A variable's name in Ansible's words about it. What an attribute is called can be a value, and is not taken.
_UNDEFINED = re.compile(r"'([A-Za-z_][A-Za-z0-9_]*)' is undefined")
# Names that Ansible and Jinja2 give to every template.
_GIVEN = frozenset({"lookup", "query", "q", "now", "undef", "omit", "range", "dict", "namespace", "cycler", "joiner"})
# Templates that are looked at, where one leads to the next.
_MOST = 20


class _NotATextError(Exception):
    """A list or a dictionary is where a text belongs."""


class Templar(t.Protocol):
    """What is needed of ansible's templar, the same in all supported releases."""

    available_variables: t.Any

    def copy_with_new_env(self, *, available_variables: t.Any) -> Templar:
        """Return a templar for other variables."""

    def is_possibly_template(self, data: t.Any) -> bool:
        """Whether a text can be a template; says nothing of what is no text."""

    def template(self, variable: t.Any) -> t.Any:
        """Resolve a template, or a vaulted value."""


def read_host_vars(
    names: t.Iterable[str],
    hostvars: t.Any,
    templar: Templar,
    still: t.Callable[[str], object] | None = None,
    used: t.Sequence[str] = USED_VARIABLES,
) -> list[HostVars]:
    """Return the console variables of each host, in the order of names.

    :param hostvars: ansible's object of that name.
    :param used: the variables that are resolved; of the others, only the names are of interest.
    :param still: called now and then with the progress; prints it if reading takes long.
    :raises ConsoleError: never; what is wrong with one host is in its own entry.
    """
    wanted = [str(name) for name in dict.fromkeys(names)]
    # One for all hosts: what a templar needs before its first template takes longer than the template
    resolver = templar.copy_with_new_env(available_variables={})
    found: list[HostVars] = []
    for name in wanted:
        if still is not None and not len(found) % _OFTEN:
            still(f"read the variables of {len(found)} of {len(wanted)} hosts")
        found.append(_read(name, hostvars, resolver, used))
    return found


def _read(name: str, hostvars: t.Any, resolver: Templar, used: t.Sequence[str]) -> HostVars:
    # Outside a template, ansible-core 2.19 and later cannot say what an unknown host is
    raw = hostvars.raw_get(name) if name in hostvars else None
    if not isinstance(raw, t.Mapping):
        return HostVars(name, {}, "the host is not in the inventory", known=False)
    # The names of the others are compared with ours, and their values are not needed
    values: dict[str, str | None] = {key: None for key in raw if isinstance(key, str) and key.startswith(HOST_PREFIX)}
    resolver.available_variables = {**raw, "hostvars": hostvars}
    problem = None
    for key in used:
        try:
            if key in values:
                values[key] = resolved(raw[key], resolver)
                problem = problem or _number(key, raw[key])
        # Anything can go wrong in a template, and its text can quote a secret.
        except Exception as error:  # noqa: BLE001
            problem = problem or f"the value of {key} cannot be resolved: {why_unresolved(error, raw[key], resolver)}"
    return HostVars(name, values, problem, role_names=role_names(raw))


def _number(key: str, value: t.Any) -> str | None:
    """What is wrong with a part of a key that is a number: 012345 is sent as 5349, and refusals lock keys."""
    if key in KEY_VARIABLES and isinstance(value, (int, float)):
        return f"the value of {key} is a number and not a text; put it in quotes, because YAML changes numbers"
    return None


def resolved(value: t.Any, resolver: Templar) -> str | None:
    """Return what Ansible makes of value as a text, None for what is not given.

    :raises Exception: the template, or the vaulted value, cannot be resolved.
    """
    value = templated(value, resolver)
    if isinstance(value, (t.Mapping, list, tuple, set)):
        raise _NotATextError
    return without_omitted(value)


def resolved_option(name: str, value: t.Any, resolver: Templar) -> str:
    """Return the text of an option that a variable gives, empty if it is not given.

    :raises ConsoleError: it cannot be resolved; the error names the option and quotes nothing.
    """
    try:
        return resolved(value, resolver) or ""
    # Anything can go wrong in a template, and its text can quote a secret
    except Exception as error:  # noqa: BLE001
        reason = why_unresolved(error, value, resolver)
    raise ConsoleError(
        f"the value of O({name}) cannot be resolved: {reason}",
        advice="Correct the variable; write a text with {{ in it that is no template as !unsafe.",
    )


def templated(value: t.Any, resolver: Templar) -> t.Any:
    """Return what Ansible makes of value, of whatever type, and None for what is left out.

    :raises Exception: the template, or the vaulted value, cannot be resolved.
    """
    if not _may_be_template(value, resolver):
        return value
    try:
        return resolver.template(value)
    except _OMISSION:
        return None


def without_omitted(value: t.Any) -> str | None:
    """Return value as a text without the placeholder of an omitted part; None stays None.

    Before ansible-core 2.19, this also decrypts a vaulted value, and raises where it cannot.
    """
    return None if value is None else _OMITTED.sub("", str(value))


def _may_be_template(value: t.Any, resolver: Templar) -> bool:
    if isinstance(value, str):
        return resolver.is_possibly_template(value)
    # A vaulted value is neither; numbers are not worth the call
    return value is not None and not isinstance(value, (bool, int, float))


def why_unresolved(error: Exception, value: t.Any, resolver: Templar) -> str:
    """Return what is wrong with a template or a vaulted value, without the values of variables."""
    if isinstance(error, _NotATextError):
        return "it is a list or a dictionary"
    if _is_of_vault(error):
        return "no vault secret of this run decrypts it (see --vault-password-file and --ask-vault-pass)"
    undefined = _UNDEFINED.search(str(error)) if isinstance(error, AnsibleUndefinedVariable) else None
    missing = undefined[1] if undefined else undefined_name(value, resolver.available_variables)
    if not missing and isinstance(error, AnsibleUndefinedVariable):
        missing = parts_asked_for(value, resolver.available_variables)
    return f"{missing} is undefined" if missing else type(error).__name__


def _is_of_vault(error: BaseException | None) -> bool:
    """Whether a vaulted value could not be decrypted."""
    while error is not None:
        # From ansible-core 2.19 on, the cause of a template's error is of a class that is not public
        if isinstance(error, AnsibleVaultError) or type(error).__name__ == "UndecryptableVaultError":
            return True
        error = error.__cause__ or error.__context__
    return False


def undefined_name(value: t.Any, variables: t.Mapping[str, t.Any]) -> str:
    """Return a name that value, or a template that it uses, asks for and that no variable has; empty if there is none.

    :param variables: as they are written, with templates in them.
    """
    for tree in _templates(value, variables):
        for name in _names_in(tree):
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
        waiting += [variables[name] for name in _names_in(tree) if name in variables]


def _names_in(tree: nodes.Template) -> list[str]:
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
