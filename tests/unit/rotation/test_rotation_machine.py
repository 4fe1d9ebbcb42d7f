# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs, faults, kills, restarts and key changes in any order, with the real engine and a real ledger file.

Up to three runs at once, each the whole of ``rotate_fleet``; what the contract promises is checked after every event,
as another process sees it. In the end the clock advances, and two runs without a fault put everything in order.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import datetime as dt
import functools
import tempfile
from pathlib import Path

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Access
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import in_force as force
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger import record as states
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import in_force, look
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import EMPTY, Record
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation import accounts as scopes
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation import run as runs
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.limits import parse_max_failures
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.operations import OPERATIONS, Operation
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.plan import RotationOptions
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import FleetResult
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.rotate_one import Rotator
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.run import RunOptions, rotate_fleet
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.targets import HostVars
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.unit.example_counts import MEMORY, examples
from tests.unit.ledgers_and_runs import KEY
from tests.unit.one_instance_cloud import Cloud
from tests.unit.rotation.gated_runs import ENDINGS, OVERDUE, POLICY, Killed, Provider, Run, change_key, reader

MOST_RUNS = 3
SECRETS = ("first secret", "second secret", "third secret")
HOST = HostVars("web", {"console_region": KEY.region, "console_instance_id": KEY.instance_id})


class Rotations(RuleBasedStateMachine):
    """One event at a time: a run begins, a call of one ends somehow, or something happens to instance, key or time."""

    def __init__(self) -> None:
        super().__init__()
        self.cloud, self.secret, self.count = Cloud(), SECRETS[0], 0
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.path = Path(self.folder.name, "ledger.db")
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(states, "KEEP", 2)  # so that pruning happens within a short story
        self.patch.setattr(force, "SKEW", dt.timedelta())  # there is one clock
        self.patch.setattr(runs, "utc_now", lambda: self.cloud.now)
        self.patch.setattr(runs, "Rotator", functools.partial(Rotator, now=lambda: self.cloud.now))
        self.patch.setattr(scopes, "open_provider", lambda *_args: Provider(self.starting()))
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda _loop, _context: None)
        self.beside = concurrent.futures.ThreadPoolExecutor(1)
        self.moved = asyncio.Event()
        self.runs: list[Run] = []
        self.seen = EMPTY
        self.operations: set[Operation] = set()

    def teardown(self) -> None:
        try:
            for run in list(self.runs):
                self.end(run, "kill")
            self.set_in_order()
        finally:
            self.beside.shutdown()
            self.loop.close()
            self.patch.undo()
            self.folder.cleanup()

    def starting(self) -> Run:
        """The run whose task asks; each makes its own provider."""
        task = asyncio.current_task(self.loop)
        return next(run for run in self.runs if run.task is task)

    def look(self) -> Record:
        """Read the file by another connection; in another thread, because a loop may be running in this one."""
        return self.beside.submit(reader, self.path, self.secret).result()

    @initialize(io_optimized=st.booleans())
    def begin_story(self, io_optimized: bool) -> None:
        self.cloud.io_optimized = io_optimized

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """One event of those that can happen now; a single rule, so that none is left out of a whole story."""
        stopped = [run for run in self.runs if run.gate]
        self.operations = {run.operation for run in self.runs}
        events = ["restart", "stop", "wait", "rekey"] + ["go on"] * 8 * bool(stopped)
        events += ["begin"] * 2 * (len(self.runs) < MOST_RUNS) + ["arrive"] * 2 * bool(self.cloud.late)
        event = data.draw(st.sampled_from(events), label="event")
        if event == "go on":
            run = data.draw(st.sampled_from(stopped), label="run")
            overdue = run.sent is not None and self.cloud.now >= run.sent.deadline
            self.end(run, data.draw(st.sampled_from(OVERDUE if overdue else ENDINGS[run.gate]), label="how"))
        elif event == "begin":
            operation = data.draw(st.sampled_from(("rotate", *OPERATIONS)), label="operation")
            self.begin(force=data.draw(st.booleans(), label="force"), operation=operation)
        elif event == "wait":
            self.cloud.now += dt.timedelta(seconds=data.draw(st.sampled_from((1, 40, 70, 200)), label="seconds"))
        elif event == "arrive":
            self.arrive(data.draw(st.integers(0, len(self.cloud.late) - 1), label="which"))
        elif event == "rekey":
            self.rekey(data.draw(st.sampled_from(SECRETS), label="secret"))
        elif event == "restart":
            self.cloud.start()
        else:
            self.cloud.status = "Stopped"
        self.check()

    def begin(self, *, force: bool, operation: Operation = "rotate") -> Run:
        self.count += 1
        order = RunOptions(
            hosts=[HOST],
            defaults=Access(),
            rotation=RotationOptions(dt.timedelta(days=30), force, operation),
            run_id=f"run-{self.count}",
            policy=POLICY,
            max_failures=parse_max_failures("100%"),
            canary=0,
        )
        run = Run(self.cloud, self.path, self.secret, self.moved, self.look)
        run.operation = operation

        async def work() -> FleetResult:
            try:
                return await rotate_fleet(order, run.ledger, lambda _line: None)
            finally:
                self.moved.set()

        run.task = self.loop.create_task(work())
        self.runs.append(run)
        self.settle()
        return run

    def end(self, run: Run, how: str) -> None:
        """End the call at which run stands; see what came of the run, where that was its last one."""
        assert run.task is not None
        if how == "kill" and run.gate in ("read", "describe"):
            run.task.cancel()
            run.gate = ""
        elif run.gate:
            run.go_on(how)
        self.settle()
        if run.task.done():
            self.runs.remove(run)
            self.judge(run, run.task)
            self.loop.run_until_complete(run.close())

    def settle(self) -> None:
        """Let all go on until each stands at a gate or has ended."""

        async def wait() -> None:
            while any(run.busy for run in self.runs):
                self.moved.clear()
                await asyncio.wait_for(self.moved.wait(), 20)

        # A killed run ends with a BaseException, which a loop hands on at once.
        for _kill in range(MOST_RUNS + 1):
            with contextlib.suppress(Killed):
                self.loop.run_until_complete(wait())
                break

    def judge(self, run: Run, task: asyncio.Task[FleetResult]) -> None:
        """I9, I13: a run that ends says once what became of the host; without a ledger it writes to no cloud."""
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, Killed):
            return
        if isinstance(error, ConsoleError):
            assert run.writes == 0, "I9: the ledger could not be read, and the cloud was written to"
            return
        result = task.result()
        (host,) = result.hosts
        assert "internal fault" not in host.message
        if host.outcome in ("rotated", "resumed"):
            assert set(run.acknowledged) & self.look().passwords, "I5"
        if host.outcome in ("fresh", "rejected", "conflict"):
            assert host.outcome == "rejected" or not run.acknowledged or host.outcome == "conflict", "I13"

    def arrive(self, which: int) -> None:
        late = self.cloud.late.pop(which)
        if self.cloud.now < late.deadline:
            self.cloud.apply(late.password)

    def rekey(self, secret: str) -> None:
        """Change the vault secret, runs under way or not; the old one opens nothing any more."""
        if not self.path.exists() or secret == self.secret:
            return
        change_key(self.path, self.secret, secret)
        old, self.secret = self.secret, secret
        with pytest.raises(ConsoleError) as caught:
            self.beside.submit(reader, self.path, old).result()
        assert caught.value.code == "Ledger.WrongKey"

    def check(self) -> None:
        """What the contract promises at every moment."""
        if not self.path.exists():
            return
        record, cloud = self.look(), self.cloud
        known = record.passwords
        for password in (cloud.in_force, cloud.waiting):
            assert password is None or password in known, "I2: a password in force, or waiting, is lost"
        for each in (record, look(record, cloud.describe())):
            sure = cloud.in_force in in_force(each) or (cloud.in_force is None and each.unknown_before)
            assert sure, "I6: what is in force is not in the list"
        under_way = [run.sent for run in self.runs if run.sent is not None] + cloud.late
        under_way = [sent for sent in under_way if cloud.now < sent.deadline]
        for sent in under_way:
            assert sent.password in known, "I4: a request under way carries what is in no record"
        before, self.seen = self.seen, record
        assert record.version in (before.version, before.version + 1), "one change for each call"
        pending = record.pending
        if pending is not None and (before.pending is None or before.pending.password != pending.password):
            assert before.pending is None, "I3: another candidate while one is unresolved"
            recorded = self.operations - {"rotate"} and pending.password in before.acknowledged
            assert recorded or pending.password not in before.passwords, "I18: a candidate that is not new"
            others = {sent.password for sent in under_way} - {pending.password}
            assert not others, "I8: a new candidate while another may arrive"
        if record.current is not None and record.current == cloud.waiting != cloud.in_force:
            assert record.reboot != "none", "I6: the current password only waits, and nothing says so"

    def set_in_order(self) -> None:
        """I7, I11: when all is over, one run settles what is open, one rotates, and one finds nothing to do."""
        cloud = self.cloud
        cloud.now += dt.timedelta(minutes=10)
        cloud.start()
        self.clean_run(force=False)
        cloud.now += dt.timedelta(minutes=4)
        self.check()
        host = self.clean_run(force=True)
        assert host == "rotated"
        cloud.now += dt.timedelta(minutes=4)
        cloud.start()
        self.check()
        record = self.look()
        assert (record.pending, record.current) == (None, cloud.last), "I7"
        assert cloud.in_force == record.current, "I7: the current password is not in force after a restart"
        writes = cloud.writes
        assert self.clean_run(force=False) == "fresh", "I11"
        assert cloud.writes == writes, "I11: a second run wrote to the cloud"

    def clean_run(self, *, force: bool) -> str:
        run = self.begin(force=force)
        assert run.task is not None
        while not run.task.done():
            self.end(run, "ok")
            with contextlib.suppress(ValueError):
                self.seen = self.look()
        (host,) = run.task.result().hosts
        return host.outcome


# Shortening a failing story takes minutes; add Phase.shrink to have it done.
Rotations.TestCase.settings = settings(max_examples=examples(25), stateful_step_count=40, phases=[Phase.generate])
TestRotations = Rotations.TestCase
