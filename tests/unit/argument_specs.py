# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of a module, as its main() hands it to AnsibleModule."""

from __future__ import annotations

import importlib
import typing as t

import pytest

OURS = "ansible_collections.cloudops.console.plugins"

Options = dict[str, dict[str, t.Any]]


class _SpecSeenError(Exception):
    """Carries the argument spec out of main()."""


def spec_of(module: str) -> Options:
    """Return the argument spec of a module, or of the action whose documentation is there."""
    code = importlib.import_module(f"{OURS}.modules.{module}")
    if not hasattr(code, "main"):
        action = importlib.import_module(f"{OURS}.action.{module}").ActionModule
        return t.cast("Options", action.argument_spec)

    def see(argument_spec: Options, **_more: object) -> None:
        raise _SpecSeenError(argument_spec)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code, "AnsibleModule", see)
        with pytest.raises(_SpecSeenError) as seen:
            code.main()
    return t.cast("Options", seen.value.args[0])


def defaults_of(module: str) -> dict[str, t.Any]:
    """Return what its options are where none is given."""
    return {name: option.get("default") for name, option in spec_of(module).items()}
