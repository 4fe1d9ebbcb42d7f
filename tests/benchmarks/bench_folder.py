# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where measurements are made: a lean cloud in a process of its own, a folder with an inventory, and playbooks."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.certificate_authority import ca_file
from tests.benchmarks.cost import Cost, cost_of
from tests.benchmarks.lean_cloud import fleet_of
from tests.benchmarks.module_cost import environment
from tests.emulator.fleet import Fleet
from tests.tools.environment import ROOT

ROTATE = "cloudops.console.rotate_vnc_passwords"
# As AWX hands an inventory to a job: a program that prints JSON.
INVENTORY = "#!/bin/sh\nexec cat '{}'\n"


class Way(NamedTuple):
    """How a cloud is reached.

    :param ca: the file of the authority to trust; empty without TLS.
    """

    url: str
    ca: str


@dataclass(frozen=True)
class Cloud:
    """A running lean cloud and what it holds."""

    plain: Way
    tls: Way
    fleet: Fleet

    @property
    def url(self) -> str:
        """Where it is without TLS."""
        return self.plain.url

    @property
    def key(self) -> tuple[str, str]:
        """Id and secret."""
        key = self.fleet["accounts"][0]["access_keys"][0]
        return key["access_key_id"], key["access_key_secret"]

    @property
    def region(self) -> str:
        return self.fleet["regions"][0]

    def ids(self, hosts: int) -> list[str]:
        return [one["instance_id"] for one in self.fleet["instances"][:hosts]]

    def counts(self) -> dict[str, Any]:
        """What the cloud has answered, by operation."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/_control/counts", timeout=30) as answer:
            counts: dict[str, Any] = json.load(answer)
            return counts


@contextlib.contextmanager
def cloud_of(hosts: int, latency: float) -> Iterator[Cloud]:
    """Start a cloud; it ends on leaving, and when this process dies."""
    with tempfile.TemporaryDirectory(prefix="authority-") as folder:
        command = [sys.executable, "-m", "tests.benchmarks.lean_cloud", "--hosts", str(hosts)]
        command += ["--latency", str(latency), "--authority", folder]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            ports = process.stdout.readline().decode().split()
            if len(ports) != 2:
                raise RuntimeError("the cloud did not start")
            plain = Way(f"http://127.0.0.1:{ports[0]}", "")
            tls = Way(f"https://127.0.0.1:{ports[1]}", str(ca_file(Path(folder))))
            yield Cloud(plain, tls, fleet_of(hosts))
        finally:
            process.terminate()
            process.communicate(timeout=30)


class Room:
    """A folder with a home of its own, and a way to the cloud. Its commands see nothing of this machine's settings."""

    def __init__(self, path: Path, cloud: Cloud, way: Way) -> None:
        self.path, self.cloud, self.way = path, cloud, way
        path.mkdir(parents=True, exist_ok=True)
        (path / "ansible.cfg").touch()
        (path / "vault-pass").write_text("a passphrase for measurements\n", encoding="utf-8")

    def inventory(self, hosts: int) -> Path:
        """Write the inventory of the first hosts; the variables that they share stand with the group."""
        document, script = self.path / f"hosts-{hosts}.json", self.path / f"hosts-{hosts}"
        named = {f"host-{number:06d}": one for number, one in enumerate(self.cloud.ids(hosts))}
        shared = {
            "console_region": self.cloud.region,
            "console_endpoint": self.way.url,
            "console_access_key_id": self.cloud.key[0],
            "console_access_key_secret": self.cloud.key[1],
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        }
        variables = {name: {"console_instance_id": one} for name, one in named.items()}
        inventory = {"_meta": {"hostvars": variables}, "shop": {"hosts": list(named), "vars": shared}}
        document.write_text(json.dumps(inventory), encoding="utf-8")
        script.write_text(INVENTORY.format(document), encoding="utf-8")
        script.chmod(0o700)
        return script

    def play(self, name: str, plays: Sequence[Mapping[str, Any]]) -> Path:
        """Write a playbook as JSON, which is YAML too."""
        path = self.path / f"{name}.yml"
        path.write_text(json.dumps(plays), encoding="utf-8")
        return path

    def run(self, playbook: str | Path, hosts: int, variables: Mapping[str, Any], *options: str) -> Cost:
        """Run a playbook over the first hosts.

        :raises RuntimeError: it failed.
        """
        command = [
            *(str(Path(sys.executable).parent / "ansible-playbook"), str(playbook)),
            *("-i", str(self.inventory(hosts)), "--vault-password-file", str(self.path / "vault-pass")),
            *("-e", json.dumps(dict(variables)), *options),
        ]
        return cost_of(command, {**environment(self.path), "PYTHONUNBUFFERED": "1"})

    def rotate(self, hosts: int, ledger: str, concurrency: int, playbook: str = ROTATE) -> Cost:
        """Rotate the first hosts, reports included."""
        given = {
            "vnc_rotation_ledger": f"sqlite://{self.path / ledger}",
            "vnc_rotation_report_dir": str(self.path / "reports"),
            "vnc_rotation_concurrency": concurrency,
            "vnc_rotation_ca_cert": self.way.ca,
        }
        return self.run(playbook, hosts, given)
