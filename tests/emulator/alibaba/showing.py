# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance last showed: its console's output, and a picture of its screen."""

from __future__ import annotations

import base64
import time

from .answers import RefusalError
from .operations import Context, Payload, operation
from .state import Instance

# The smallest picture that is one: a pixel, black.
PIXEL = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQ"
    "Ew8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k="
)
_BEIJING = 8 * 3600


@operation("GetInstanceConsoleOutput", required=("InstanceId",))
def get_instance_console_output(call: Context) -> Payload:
    """In any state: it is what the last start, restart or stop left."""
    instance = call.instance()
    if instance.os_type == "windows":
        raise _not_supported(instance)
    at = time.gmtime((instance.started_at or instance.created_at) + _BEIJING)
    return {
        "InstanceId": instance.instance_id,
        "ConsoleOutput": instance.console_output or usual_output(instance),
        "LastUpdateTime": time.strftime("%Y-%m-%d %H:%M:%S", at),
    }


def usual_output(instance: Instance) -> str:
    text = f"[  OK  ] Started OpenSSH server daemon.\n\nAlibaba Cloud Linux 3\n{instance.name} login: "
    return base64.b64encode(text.encode()).decode()


@operation("GetInstanceScreenshot", required=("InstanceId",))
def get_instance_screenshot(call: Context) -> Payload:
    """One in ``screenshot_seconds``."""
    instance = call.instance()
    if instance.status != "Running":
        raise RefusalError(
            405, "IncorrectInstanceStatus", "The current status of the resource does not support this operation."
        )
    now = call.clock.now()
    if now < instance.screenshot_at + call.settings.screenshot_seconds:
        raise RefusalError(429, "Throttling", "Request was denied due to request throttling.")
    instance.screenshot_at = now
    picture = instance.screenshot or base64.b64encode(PIXEL).decode()
    return {"InstanceId": instance.instance_id, "Screenshot": picture}


def _not_supported(instance: Instance) -> RefusalError:
    return RefusalError(405, "NotSupported", f'The operation is not supported for "{instance.instance_id}".')
