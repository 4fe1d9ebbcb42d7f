# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection: not a public API, it can change in any release.
"""Restarts an instance once and waits until a new start has been seen.

A restart is not repeatable, so it is sent once. Where its answer is lost, nothing is sent again: the instance is
watched, and what is seen decides.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time

from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, TimedOut, WrongState
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.module_utils._provider import Session

# Seconds between two looks; the vendor advises one or two, and a restart takes at least half a minute.
INTERVAL = 2.0
RUNNING = "running"
# Seconds; a moment that is further ahead is a fault of a clock.
MOST_TO_WAIT = 61.0


async def restart(
    session: Session, instance_id: str, *, force_stop: bool, wait_timeout: float, after: dt.datetime | None = None
) -> tuple[Instance, str | None]:
    """Restart and wait; return the instance as seen after its new start, and the request id.

    :param after: the new start must lie in a later minute than this moment, so its minute is waited out first.
    :param wait_timeout: seconds to wait for the new start; 0 does not wait.
    :raises WrongState: it is not running, so there is nothing to restart; nothing was sent.
    :raises TimedOut: it was sent (perhaps), and no new start was seen in time.
    """
    before = await ready(session, instance_id)
    if after is not None:
        next_minute = after.replace(second=0, microsecond=0) + dt.timedelta(seconds=61)
        left = (next_minute - dt.datetime.now(dt.timezone.utc)).total_seconds()
        await asyncio.sleep(min(max(left, 0.0), MOST_TO_WAIT))
    lost: ConsoleError | None = None
    request_id = None
    try:
        request_id = await session.restarts.restart(session.client, instance_id, force_stop=force_stop, dry_run=False)
    except ConsoleError as error:
        if not error.ambiguous:
            raise
        lost = error
    if not wait_timeout:
        if lost is not None:
            raise lost
        return before, request_id
    return await _new_start(session, before, wait_timeout, lost), request_id


async def ready(session: Session, instance_id: str) -> Instance:
    """Return the instance if it can be restarted.

    :raises WrongState: it is not running.
    """
    instance = await session.describe(instance_id)
    if instance.status.lower() != RUNNING:
        raise WrongState(
            f"{instance_id} is {instance.status}, and only a running instance can be restarted",
            advice="Start it instead: a start puts a waiting VNC password into force as well.",
        )
    return instance


async def _new_start(session: Session, before: Instance, wait_timeout: float, lost: ConsoleError | None) -> Instance:
    deadline = time.monotonic() + wait_timeout
    seen, left_running = before, False
    while time.monotonic() < deadline:
        await asyncio.sleep(min(INTERVAL, wait_timeout))
        try:
            seen = await session.describe(before.instance_id)
        except ConsoleError as error:
            if error.retryable:
                continue
            error.advice = f"The restart of {before.instance_id} was sent. {error.advice}".rstrip()
            raise
        running = seen.status.lower() == RUNNING
        left_running = left_running or not running
        if running and (left_running or _is_later(seen, before)):
            return seen
    text = f"no new start of {before.instance_id} was seen within {wait_timeout:g} seconds, it is {seen.status}"
    advice = "See the instance in the console before restarting it again."
    if lost is not None:
        raise TimedOut(f"{text}, and the answer to the restart was lost", advice=advice, ambiguous=True)
    raise TimedOut(text, advice=f"The restart was accepted. {advice}")


def _is_later(seen: Instance, before: Instance) -> bool:
    """Start times have the precision of a minute; within one, leaving the state Running is the other sign."""
    return seen.started_at is not None and (before.started_at is None or seen.started_at > before.started_at)
