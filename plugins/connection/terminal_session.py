# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: terminal_session
short_description: SSH through terminal sessions of Alibaba Cloud ECS
version_added: 1.0.0
author:
  - cloudops.console maintainers (@cloudops)
description:
  - Connects as P(ansible.builtin.ssh#connection) does, but carries its bytes through a terminal session of Session
    Manager in port mode. The instance needs no public address, no open port and no bastion.
  - Privilege escalation, file transfer, pipelining, C(ControlPersist), host keys and all variables C(ansible_ssh_*) are
    those of P(ansible.builtin.ssh#connection). C(ansible_host) is not used and may be missing.
  - With C(ControlPersist), Ansible's default, one session serves all tasks of a host. It ends when ssh ends.
requirements:
  - an OpenSSH client on the controller
  - websockets on the controller, for the Python that runs Ansible
  - an instance with the Cloud Assistant agent and sshd, in an account with Session Manager enabled
  - the RAM permissions C(ecs:StartTerminalSession), C(ecs:EndTerminalSession) and C(ecs:DescribeTerminalSessions)
extends_documentation_fragment:
  - cloudops.console.ssh
  - connection_pipelining
options:
  instance_id:
    description:
      - The id of the instance. It is also the name of the host in C(known_hosts) and in the path of C(ControlPersist),
        followed by host and port if O(session_target_server) or O(session_port) is set.
    type: str
    vars:
      - name: console_instance_id
  region:
    description:
      - The region of the instance.
    type: str
    vars:
      - name: console_region
  endpoint:
    description:
      - The URL of the API to call instead of the one for O(region).
    type: str
    vars:
      - name: console_endpoint
  profile:
    description:
      - The name of a profile in V(~/.aliyun/config.json). Without it, and without O(access_key_id), the sources of the
        vendor's SDK are read in its order.
    type: str
    vars:
      - name: console_profile
  access_key_id:
    description:
      - The id of the access key.
    type: str
    vars:
      - name: console_access_key_id
  access_key_secret:
    description:
      - The secret of the access key.
    type: str
    vars:
      - name: console_access_key_secret
  security_token:
    description:
      - The token of temporary credentials.
    type: str
    vars:
      - name: console_security_token
  validate_certs:
    description:
      - Whether the certificates of the API and of the session service are checked.
    type: bool
    default: true
    vars:
      - name: console_validate_certs
  ca_cert:
    description:
      - A PEM file of certificate authorities to trust instead of the system's.
    type: path
    vars:
      - name: console_ca_cert
  session_port:
    description:
      - The port of sshd on the instance, or on O(session_target_server). C(ansible_port) is not used.
    type: int
    default: 22
    vars:
      - name: console_session_port
  session_target_server:
    description:
      - A host that the instance can reach, to connect to through it.
    type: str
    vars:
      - name: console_session_target_server
notes:
  - The service limits the speed of a session, to 200 Kbit/s each way unless it announces another limit, and its
    duration to three hours.
  - ssh checks the far side every 30 seconds (C(ServerAliveInterval)), whatever its other arguments, and gives up after
    150 seconds without an answer.
  - Secrets are passed to the proxy in its environment, which other processes of the same user can read while ssh runs.
    They are in no command line, and are not sent to the instance.
seealso:
  - module: cloudops.console.terminal_session
  - module: cloudops.console.terminal_session_info
"""

EXAMPLES = r"""
# inventory.yml
# web:
#   hosts:
#     web-01:
#       console_instance_id: i-bp1hzoinajzkh91h0001
#     db-01:  # reached through web-01
#       console_instance_id: i-bp1hzoinajzkh91h0001
#       console_session_target_server: 10.0.0.7
#   vars:
#     ansible_connection: cloudops.console.terminal_session
#     ansible_user: admin
#     console_region: cn-hangzhou

- name: Use hosts that have no public address
  hosts: web
  tasks:
    - name: See that they answer
      ansible.builtin.ping:
"""

import contextlib
import hashlib
import os
import pathlib
import time
import typing as t

from ansible import constants as C  # noqa: N812 - as ansible-core calls it
from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.text.converters import to_bytes
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.connection.ssh import Connection as SshConnection
from ansible.template import Templar
from ansible.utils.path import makedirs_safe, unfrackpath
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._naming import naming
from ansible_collections.cloudops.console.plugins.plugin_utils._terminal import handover

Output = tuple[int, bytes, bytes]

# How a left out value begins before ansible-core 2.19. What the rotation has for it would load httpx and pydantic in
# each worker: importing this file would take 130 ms instead of 18.
_OMITTED = "__omit_place_holder__"
_UNASKED = ("timeout", C.config.get_config_value("DEFAULT_TIMEOUT"))

# Seconds, and times, after which ssh gives up a far side that no longer answers. The proxy relies on hearing from it.
# It gives up one interval after that many questions without an answer.
ALIVE = ("-o", "ServerAliveInterval=30", "-o", "ServerAliveCountMax=4")
_TEXTS = (
    "instance_id",
    "region",
    "endpoint",
    "profile",
    "access_key_id",
    "access_key_secret",
    "security_token",
    "ca_cert",
)


class Connection(SshConnection):
    """Ansible's own ssh, with a proxy command and names that follow from the instance."""

    transport = "cloudops.console.terminal_session"
    # Whether the flag that turns off the check of certificates is one
    _is_clear = True

    def set_options(
        self,
        task_keys: t.Mapping[str, t.Any] | None = None,
        var_options: t.Mapping[str, t.Any] | None = None,
        direct: t.Mapping[str, t.Any] | None = None,
    ) -> None:
        """Take the options; ssh's host is the instance, so that no two of them share a ControlPath."""
        # Ansible always has a time-out for us; its default is too short to start a session in
        asked = {name: value for name, value in (task_keys or {}).items() if (name, value) != _UNASKED}
        given = as_meant(var_options or {})
        self._is_clear = is_flag(given.get(handover.variable("validate_certs")))
        super().set_options(task_keys=asked, var_options=given, direct=direct)
        with contextlib.suppress(AnsibleConnectionFailure):
            # What is not usable, the first command says
            self.set_option("host", self._given().alias)

    def _given(self) -> handover.ProxyOptions:
        values: dict[str, t.Any] = {name: str(self.get_option(name) or "").strip() for name in _TEXTS}
        values["validate_certs"] = bool(self.get_option("validate_certs"))
        port = self.get_option("session_port")
        values["port"] = handover.SSH_PORT if port is None else port
        values["target_server"] = str(self.get_option("session_target_server") or "").strip()
        with naming(handover.variable):
            try:
                if not self._is_clear:
                    raise ConsoleError("O(validate_certs) is neither true nor false", advice="Correct it.")
                return handover.checked(handover.ProxyOptions(**values))
            except ConsoleError as error:
                raise AnsibleConnectionFailure(error.message) from None

    def _reason_file(self, alias: str) -> pathlib.Path:
        """Where the proxy leaves why it failed: beside the control sockets, one for each process that starts proxies.

        Several can have the same host: as another name of the instance, or by C(delegate_to).
        """
        folder = unfrackpath(self.get_option("control_path_dir"))
        makedirs_safe(folder, 0o700)
        name = f"{alias} {self.get_option('remote_user')}"
        return pathlib.Path(folder, f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.{os.getpid()}.reason")

    def _build_command(self, binary: str, subsystem: str, *other_args: bytes | str) -> list[bytes]:
        """Put ours before all other arguments: the first value of an option counts for ssh."""
        command = super()._build_command(binary, subsystem, *other_args)
        given = self._given()
        given = handover.with_reason_file(given, str(self._reason_file(given.alias)))
        ours = (
            *("-o", f"ProxyCommand={handover.proxy_command(given)}"),
            *("-o", "ProxyUseFdpass=no"),
            *("-o", f"HostKeyAlias={given.alias}"),
            *ALIVE,
        )
        after = command.index(to_bytes(binary, errors="surrogate_or_strict")) + 1
        return [*command[:after], *(to_bytes(one) for one in ours), *command[after:]]

    def _bare_run(self, cmd: list[bytes], in_data: bytes | None, sudoable: bool = True, checkrc: bool = True) -> Output:
        """Run ssh with the secrets in its environment; where it fails, say what its proxy says."""
        given = self._given()
        reason_file = str(self._reason_file(given.alias))
        began = time.time()
        try:
            with _variables(handover.environment(given)):
                result: Output = super()._bare_run(cmd, in_data, sudoable=sudoable, checkrc=checkrc)
        except AnsibleConnectionFailure:
            _explain(reason_file, began)
            raise
        if result[0] != 0:
            _explain(reason_file, began)
        return result


def as_meant(variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return variables without those of ours that are empty or left out by their template (C(omit)).

    Before ansible-core 2.19, what is left out is a text, which would turn off a check that it is taken for; and
    C(meta: reset_connection) passes all variables of the host, as they are written.
    """
    found = dict(variables)
    ours = [name for name in found if name.startswith(handover.variable(""))]
    if "inventory_hostname" in found:
        templar = Templar(loader=DataLoader(), variables=found)
        found.update({name: templar.template(found[name]) for name in ours})
    for name in ours:
        if isinstance(found[name], str) and (not found[name].strip() or found[name].startswith(_OMITTED)):
            del found[name]
    return found


def is_flag(value: t.Any) -> bool:
    """Whether value is true, false or not given: Ansible takes each other word for false, which turns off a check."""
    try:
        boolean(False if value is None else value)
    except TypeError:
        return False
    return True


def _explain(reason_file: str, since: float) -> None:
    """Raise the reason that the proxy has left, if any, in place of what ssh makes of it."""
    reason = handover.take_reason(reason_file, since)
    if reason:
        raise AnsibleConnectionFailure(reason) from None


@contextlib.contextmanager
def _variables(values: t.Mapping[str, str]) -> t.Iterator[None]:
    """Have these variables in the environment, for a process that is started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
