# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The password operations of ECS. They concern the guest's own password, so the collection must never call them."""

from __future__ import annotations

from ..call import Reply
from .operations import Context, bad_request, operation

_PROJECT = "/v1/{project_id}/cloudservers"
_SERVER = _PROJECT + "/{server_id}"


@operation(
    "ResetServerPassword", "PUT", f"{_SERVER}/os-reset-password", write=True, permission="ecs:cloudServers:resetPwd"
)
def reset_server_password(call: Context) -> Reply:
    call.server()
    _note_password(call)
    return call.answer({}, 204)


@operation(
    "BatchResetServersPassword",
    "PUT",
    f"{_PROJECT}/os-reset-passwords",
    write=True,
    permission="ecs:cloudServers:resetPwd",
)
def batch_reset_servers_password(call: Context) -> Reply:
    _note_password(call)
    rows = [one for one in call.json().get("servers") or [] if isinstance(one, dict)]
    return call.answer({"response": [{"id": one.get("id")} for one in rows]})


def _note_password(call: Context) -> None:
    body = call.json()
    inner = body.get("reset-password")
    password = (inner if isinstance(inner, dict) else body).get("new_password")
    if not isinstance(password, str) or not password:
        raise bad_request("new_password is missing.")
    call.state.secrets.add(password)


@operation("ShowServerPassword", "GET", f"{_SERVER}/os-server-password", permission="ecs:cloudServers:getPwd")
def show_server_password(call: Context) -> Reply:
    call.server()
    return call.answer({"password": ""})


@operation(
    "DeleteServerPassword",
    "DELETE",
    f"{_SERVER}/os-server-password",
    write=True,
    permission="ecs:cloudServers:deletePwd",
)
def delete_server_password(call: Context) -> Reply:
    call.server()
    return call.answer({}, 204)


@operation("ShowResetPasswordFlag", "GET", f"{_SERVER}/os-resetpwd-flag", permission="ecs:cloudServers:getResetPwdFlag")
def show_reset_password_flag(call: Context) -> Reply:
    call.server()
    return call.answer({"resetpwd_flag": "True"})
