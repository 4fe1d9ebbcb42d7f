# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which passwords may open the console by a record that a release without that list wrote."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.in_force import adopted, in_force, look, observe
from ansible_collections.cloudops.console.plugins.plugin_utils._ledger.record import Former, Pending, Record

from tests.unit.ledgers_and_runs import NOON, after
from tests.unit.one_instance_cloud import Cloud


def old(reboot: t.Any, **parts: t.Any) -> Record:
    history = (Former("Aaaaa1", NOON, after(days=1)), Former("Mayb01", None, after(days=3), maybe=True))
    return replace(Record(5, "Bbbbb2", after(days=1), after(days=1), history=history, reboot=reboot), **parts)


def test_an_older_record_without_an_awaited_restart_is_sure_but_for_what_is_in_doubt() -> None:
    found = adopted(old("none"))
    assert (in_force(found), found.unknown_before) == (("Bbbbb2", "Mayb01"), False)
    assert found.passwords == old("none").passwords
    sure = adopted(old("none", history=old("none").history[:1]))
    assert in_force(sure) == ("Bbbbb2",)


@pytest.mark.parametrize("reboot", ["needed", "at_next_start"])
def test_an_older_record_that_waits_for_a_start_lists_all(reboot: str) -> None:
    found = adopted(old(reboot))
    assert (in_force(found), found.unknown_before) == (("Bbbbb2", "Mayb01", "Aaaaa1"), True)
    cloud = Cloud(io_optimized=False, started_at=after(hours=1).replace(second=0))
    assert set(in_force(look(found, cloud.describe()))) == {"Bbbbb2", "Mayb01", "Aaaaa1"}
    cloud.started_at = after(days=5).replace(second=0)
    seen = observe(found, cloud.describe())
    assert (in_force(seen), seen.unknown_before) == (("Bbbbb2", "Mayb01"), False)


@pytest.mark.parametrize("record", [Record(1), Record(1, pending=Pending("Aaaaa1", NOON, "r"))])
def test_an_older_record_without_a_current_password_stays_as_it_is(record: Record) -> None:
    assert adopted(record) is record
