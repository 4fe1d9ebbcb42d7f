# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Output and screenshot of an ECS instance."""

from __future__ import annotations

import datetime as dt

from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import models
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.rpc import Rpc
from ansible_collections.cloudops.console.plugins.module_utils._console_output import (
    ConsoleOutput,
    Screenshot,
    decoded,
    picture,
)
from ansible_collections.cloudops.console.plugins.module_utils._errors import (
    ConsoleError,
    Throttled,
    UnexpectedAnswer,
    checked_request_id,
)
from ansible_collections.cloudops.console.plugins.module_utils._models import checked_instance_id

# LastUpdateTime has no zone in it and is in that of Beijing.
_ZONE = dt.timezone(dt.timedelta(hours=8))
_TIME = "%Y-%m-%d %H:%M:%S"


class Output(models.AlibabaModel):
    """The body of GetInstanceConsoleOutput."""

    request_id: str
    console_output: str | None = None
    last_update_time: str | None = None


class Picture(models.AlibabaModel):
    """The body of GetInstanceScreenshot."""

    request_id: str
    screenshot: str


async def output(rpc: Rpc, client: _http.Client, instance_id: str) -> ConsoleOutput:
    """Return what the instance wrote at its last start, restart or stop (GetInstanceConsoleOutput), all of it.

    Source, also of LastUpdateTime and of what Windows has not:
    https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-getinstanceconsoleoutput
    """
    params = {"InstanceId": checked_instance_id(instance_id)}
    doing = f"reading the console output of {instance_id} in {rpc.region}"
    reply = await rpc.ask(client, "GetInstanceConsoleOutput", params, Output, doing=doing, instance_id=instance_id)
    request_id = checked_request_id(reply.value.request_id)
    try:
        text = decoded(reply.value.console_output or "", "the console output").decode(errors="replace")
    except UnexpectedAnswer as error:
        error.request_id = request_id
        raise error.while_doing(doing) from None
    return ConsoleOutput(text, request_id, _utc(reply.value.last_update_time or ""))


async def screenshot(rpc: Rpc, client: _http.Client, instance_id: str) -> Screenshot:
    """Return a picture of the screen (GetInstanceScreenshot); the service takes one in ten seconds.

    Source: https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-getinstancescreenshot
    """
    params = {"InstanceId": checked_instance_id(instance_id)}
    doing = f"taking a screenshot of {instance_id} in {rpc.region}"
    try:
        reply = await rpc.ask(client, "GetInstanceScreenshot", params, Picture, doing=doing, instance_id=instance_id)
        return picture(decoded(reply.value.screenshot, "the screenshot"), checked_request_id(reply.value.request_id))
    except Throttled as error:
        error.advice = "The cloud takes one screenshot of an instance in ten seconds: wait, and try again."
        raise
    except ConsoleError as error:
        raise error.while_doing(doing) from None


def _utc(text: str) -> dt.datetime | None:
    """Read LastUpdateTime; None where it has another form than documented."""
    try:
        return dt.datetime.strptime(text, _TIME).replace(tzinfo=_ZONE).astimezone(dt.timezone.utc)
    except (ValueError, OverflowError):
        return None
