# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A URL that is a secret goes to the browser by a private page, which does not outlive the call."""

from __future__ import annotations

import html
import multiprocessing
import tempfile
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.plugin_utils._browser import LEFT_OPEN, open_in_browser

URL = 'https://example.com/vnc.html?path=%3Ftoken%3D4711&lang="EN"'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pages are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def browser(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "browser.sh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    monkeypatch.setenv("BROWSER", f"{program} %s")


def pages(folder: Path) -> list[Path]:
    return list(folder.glob("console-*"))


def wait_until(said: t.Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not said():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_page_leads_to_the_url(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser(folder, monkeypatch, f'echo "$*" > {folder}/argv; cp "${{1#file://}}" {folder}/page')
    open_in_browser(URL, hold=1.0)
    assert f'content="0;url={html.escape(URL)}"' in (folder / "page").read_text()
    assert "4711" not in (folder / "argv").read_text()
    assert pages(folder) == []


def test_a_browser_that_stays_open_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs on until the test says so, and then ends as it wants to."""
    browser(folder, monkeypatch, f"while [ ! -e {folder}/end ]; do sleep 0.05; done")
    open_in_browser(URL, hold=0.6)
    assert pages(folder) == []
    process = LEFT_OPEN.pop()
    assert process.poll() is None
    (folder / "end").touch()
    assert process.wait(30) == 0


def test_no_browser(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser(folder, monkeypatch, "exit 1")
    with pytest.raises(ConsoleError, match="No browser could be started"):
        open_in_browser(URL)
    assert pages(folder) == []


def test_no_page_is_left_by_a_process_that_is_killed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible kills its workers at Ctrl-C."""
    browser(folder, monkeypatch, f'touch {folder}/opened; while [ -e "${{1#file://}}" ]; do sleep 0.05; done')
    process = multiprocessing.get_context("fork").Process(target=open_in_browser, args=(URL, 60.0))
    process.start()
    wait_until((folder / "opened").exists)
    assert len(pages(folder)) == 1
    process.kill()
    process.join()
    wait_until(lambda: not pages(folder))


@pytest.mark.parametrize("url", ["ws://example.com/?token=4711", "javascript:alert(1)", "file:///etc/passwd"])
def test_what_no_browser_is_given(folder: Path, url: str) -> None:
    with pytest.raises(ConsoleError, match="has no page for a browser") as caught:
        open_in_browser(url)
    assert "4711" not in caught.value.message
    assert pages(folder) == []
