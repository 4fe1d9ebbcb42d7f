# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same commands as the Makefile's, by nox, and the full matrix of supported releases of ansible-core.

Environments are made by ``tests/tools/environment.py`` from pinned requirements; nox only names the sessions.
"""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["test"]

CORES = ["core-2.16", "core-2.18", "core-2.19", "core-2.20", "core-2.21", "core-2.22"]


def _make(session: nox.Session, *arguments: str) -> None:
    session.run("make", *arguments, external=True)


@nox.session
def test(session: nox.Session) -> None:
    """Everything that has to pass."""
    _make(session, "test")


@nox.session
@nox.parametrize("stage", ["lint", "types", "unit", "fidelity", "integration", "integration-full", "secrecy"])
def stage(session: nox.Session, stage: str) -> None:
    """One stage of it."""
    _make(session, stage, f"PYTEST_ARGS={' '.join(session.posargs)}")


@nox.session
@nox.parametrize("core", CORES)
def sanity(session: nox.Session, core: str) -> None:
    """ansible-test sanity with one release of ansible-core."""
    _make(session, "sanity", f"CORE={core}")


@nox.session
def matrix(session: nox.Session) -> None:
    """The integration tests that run with several releases, with all of them."""
    session.env["CONSOLE_CORES"] = "all"
    _make(session, "integration", "PYTEST_ARGS=-m cores")
