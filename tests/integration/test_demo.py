# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make demo`` as a stranger runs it: an empty home, then what is left of it, and what an interrupt leaves."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from tests.demo.checks import CheckError, check_screen, differences
from tests.demo.inventory import WITHOUT_ID
from tests.demo.processes import plain
from tests.demo.screen import Screen
from tests.emulator.views import InstanceView
from tests.tools.openbao import missing

ROOT = Path(__file__).resolve().parents[2]
FIRST_PROGRESS = "vnc_password_rotation: "


@dataclass(frozen=True)
class Place:
    """Where a demo runs: what it may use, and what must be as empty afterwards as before."""

    home: Path
    temporary: Path
    folder: Path
    evidence: Path

    @staticmethod
    def below(path: Path) -> Place:
        place = Place(path / "home", path / "temporary", path / "kept" / "demo", path / "evidence.json")
        for made in (place.home, place.temporary):
            made.mkdir(parents=True)
        return place

    def environ(self) -> dict[str, str]:
        """A home of its own, and settings of a user's that a demo must not follow."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "ANSIBLE_CONFIG": str(self.home / "broken.cfg"),
            "ANSIBLE_INVENTORY": "/nonexistent",
            "ANSIBLE_STDOUT_CALLBACK": "minimal",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "not-to-be-used",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "not-to-be-used",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
        }

    def start(self, code: str = "", *options: str) -> subprocess.Popen[str]:
        """Start a demo; with code, after that has been run in its interpreter."""
        main = ["-c", f"{code}; import sys; from tests.demo.__main__ import main; sys.exit(main())"]
        program = [sys.executable, *(main if code else ["-m", "tests.demo"])]
        return subprocess.Popen(
            [*program, "--folder", str(self.folder), "--evidence", str(self.evidence), *options],
            cwd=ROOT,
            env=self.environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            umask=0o022,
        )

    def processes(self) -> list[str]:
        """Return what runs and names the folder, in its arguments or (seen on Linux only) in its environment."""
        if not Path("/proc/self/environ").exists():
            listed = subprocess.run(["ps", "-A", "-ww", "-o", "args="], stdout=subprocess.PIPE, text=True, check=True)
            return [line for line in listed.stdout.splitlines() if str(self.folder) in line]
        return [str(each) for each in Path("/proc").glob("[0-9]*") if str(self.folder).encode() in _known_of(each)]

    def assert_tidy(self) -> None:
        assert self.processes() == []
        assert list(self.home.iterdir()) == []
        assert list(self.temporary.iterdir()) == []


def _known_of(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except OSError:
        return b""  # it has ended, or belongs to another user


@dataclass(frozen=True)
class Demo:
    """A demo that came to its end by itself."""

    place: Place
    code: int
    output: str

    @property
    def instances(self) -> dict[str, InstanceView]:
        """What the cloud held at the end, by instance id."""
        listed = cast("list[InstanceView]", json.loads(self.place.evidence.read_text()))
        return {instance["instance_id"]: instance for instance in listed}

    def rotated(self) -> dict[str, str]:
        """Return instance ids by the names of the rotated hosts, from the report of the first run."""
        first = json.loads(min(self.place.folder.glob("reports/vnc-rotation-*.json")).read_text())
        return {host["name"]: host["instance_id"] for host in first["hosts"] if host["outcome"] == "rotated"}

    def read_back(self) -> str:
        """Return the command that the demo ends with."""
        return next(line.split("$ ")[1] for line in self.output.splitlines() if "$ ANSIBLE_CONFIG=" in line)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    place = Place.below(tmp_path_factory.mktemp("demo"))
    process = place.start()
    output, _errors = process.communicate()
    return Demo(place, process.returncode, output)


def ask(place: Place, command: list[str]) -> dict[str, list[str] | str]:
    """Run a command of ansible's and return the result that it prints."""
    environ = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(place.home), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd="/", env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return cast("dict[str, list[str] | str]", json.loads(done.stdout[done.stdout.index("{") :]))


@pytest.mark.full
@pytest.mark.slow
def test_with_the_ledger_on_a_real_server(tmp_path: Path) -> None:
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    place = Place.below(tmp_path)
    process = place.start("", "--ledger", "openbao")
    output, _errors = process.communicate()
    assert process.returncode == 0, output
    assert "$ bao policy write console-rotation" in output
    assert "is the cloud's, too" in output
    place.assert_tidy()


@pytest.mark.slow
def test_it_ends_well_and_leaves_nothing_but_its_folder(demo: Demo) -> None:
    assert demo.code == 0, demo.output
    assert "\033" not in demo.output
    assert demo.output.count("WARNING") == 1  # of the first run, which makes the ledger
    demo.place.assert_tidy()
    left = {entry.name for entry in demo.place.folder.iterdir()}
    assert {"ansible.cfg", "collections", "inventory", "ledger.db", "reports", "vault-password"} <= left
    assert not {".ansible", ".scratch"} & left


@pytest.mark.slow
def test_lookup_tells_what_the_cloud_holds(demo: Demo) -> None:
    rotated = demo.rotated()
    assert len(rotated) == 219
    folder = demo.place.folder
    question = "msg={{ query('cloudops.console.vnc_password', *names) }}"
    names = json.dumps({"names": list(rotated)})
    command = [f"{Path(sys.executable).parent}/ansible", "shop", "-m", "debug", "-e", names, "-a", question]
    answer = ask(demo.place, ["env", f"ANSIBLE_CONFIG={folder}/ansible.cfg", *command])["msg"]
    for (name, instance_id), password in zip(rotated.items(), answer, strict=True):
        instance = demo.instances[instance_id]
        assert password, name
        assert password in (instance["in_force"], instance["waiting"]), name


@pytest.mark.slow
def test_the_last_command_works_when_pasted(demo: Demo) -> None:
    command = demo.read_back()
    assert demo.output.splitlines()[-1].endswith(command)
    name = command.split(" -m ")[0].rpartition(" ")[2]
    instance = demo.instances[demo.rotated()[name]]
    assert ask(demo.place, ["sh", "-c", command])["msg"] == [instance["in_force"]]
    demo.place.assert_tidy()


@pytest.mark.slow
def test_what_stays_is_for_its_owner_alone(demo: Demo) -> None:
    folder = demo.place.folder
    files = [
        *folder.glob("ledger.db*"),
        *folder.glob("reports/*"),
        *folder.rglob("account_*"),
        folder / "vault-password",
    ]
    assert len(files) >= 1 + 2 * 4 + 2 + 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.slow
@pytest.mark.parametrize("signum", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.full)])
def test_an_interrupted_demo_leaves_nothing(tmp_path: Path, signum: signal.Signals) -> None:
    place = Place.below(tmp_path)
    with place.start() as process:
        assert process.stdout is not None
        assert any(FIRST_PROGRESS in line for line in process.stdout)
        assert len(place.processes()) >= 3  # the demo itself, the cloud, ansible-playbook
        if signum == signal.SIGINT:
            os.killpg(process.pid, signum)  # as Ctrl-C does: to all of the terminal's group
        else:
            process.send_signal(signum)
        rest = process.stdout.read()
    assert process.returncode == 128 + signum
    assert "interrupted" in rest
    assert "rotated 219 of" not in rest  # it really was at work: the lines of progress are live
    assert "Traceback" not in rest
    assert not place.folder.exists()
    place.assert_tidy()


@pytest.mark.slow
def test_a_failing_step_fails_the_demo(tmp_path: Path) -> None:
    place = Place.below(tmp_path)
    process = place.start("import tests.demo.steps; tests.demo.steps.PLAYBOOK = 'cloudops.console.nothing'")
    output, _errors = process.communicate()
    assert process.returncode == 1
    assert "ansible-playbook ended with 1, expected was 2" in output
    assert "Traceback" not in output
    place.assert_tidy()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    place = Place.below(tmp_path)
    place.folder.mkdir(parents=True)
    (place.folder / "thesis.txt").write_text("all of it")
    process = place.start()
    output, _errors = process.communicate()
    assert process.returncode == 1
    assert "choose another with --folder" in output
    assert [entry.name for entry in place.folder.iterdir()] == ["thesis.txt"]


def test_a_password_that_differs_is_named() -> None:
    instances = [
        cast("InstanceView", {"instance_id": "i-1", "in_force": "Aaaaa1", "waiting": None}),
        cast("InstanceView", {"instance_id": "i-2", "in_force": "Bbbbb2", "waiting": "Ccccc3"}),
    ]
    names = {"i-1": ("one", "uno"), "i-2": ("two",)}
    assert differences(instances, names, {"one": "Aaaaa1", "uno": "Aaaaa1", "two": "Ccccc3"}) == []
    assert differences(instances, names, {"one": "Aaaaa1", "uno": "Xxxxx0", "two": "Xxxxx0"}) == ["uno", "two"]
    assert differences(instances, names, {"one": "Aaaaa1", "two": ""}) == ["uno", "two"]


@pytest.mark.parametrize(
    "lines",
    [
        ["web-1 : ok=1 changed=0 unreachable=0 failed=1 skipped=0"],
        [f"{WITHOUT_ID} : ok=1 changed=0 unreachable=0 failed=0 skipped=0"],
        [f"{WITHOUT_ID} : ok=1 changed=0 unreachable=0 failed=1 skipped=0", "[DEPRECATION WARNING]: soon gone"],
    ],
)
def test_another_failure_or_a_warning_is_noticed(lines: list[str]) -> None:
    with pytest.raises(CheckError):
        check_screen(lines, [WITHOUT_ID])


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [({"TERM": "xterm"}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_only_where_they_are_wanted(environ: dict[str, str], *, coloured: bool) -> None:
    out = Terminal()
    screen = Screen(out, environ)
    screen.good("done")
    assert ("\033[" in out.getvalue()) == coloured == screen.coloured
    assert plain(out.getvalue()) == "   ok  done\n"


def test_without_a_terminal_there_are_no_colours() -> None:
    assert not Screen(io.StringIO(), {"TERM": "xterm"}).coloured
