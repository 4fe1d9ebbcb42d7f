# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every recorded refusal, and what an operator reads of it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError, Throttled
from ansible_collections.cloudops.console.plugins.module_utils._http import Response
from ansible_collections.cloudops.console.plugins.module_utils._openstack.credentials import KeystoneCredentials
from ansible_collections.cloudops.console.plugins.module_utils._openstack.errors import error_of, identity_error_of

from tests.unit.openstack import recorded_answers
from tests.unit.scripted_client import answer

Case = tuple[str, tuple[int, t.Any], type[ConsoleError], str]
URL = "https://nova.example.com/compute/v2.1"
RETRIED = {"unexpected", "proxy"}


@pytest.mark.parametrize("case", recorded_answers.NOVA, ids=[case[0] for case in recorded_answers.NOVA])
def test_nova(case: Case) -> None:
    name, (status, body), kind, words = case
    found = error_of(answer(status, body, x_openstack_request_id="req-1"), url=URL, action="rule", secrets=("gAAAA",))
    assert found.__class__ is kind
    assert words in found.message
    assert "launchpad" not in found.message
    assert (found.status, found.request_id, found.retryable) == (status, "req-1", name in RETRIED)


@pytest.mark.parametrize("case", recorded_answers.KEYSTONE, ids=[case[0] for case in recorded_answers.KEYSTONE])
def test_keystone(case: Case) -> None:
    name, (status, body), kind, words = case
    login = KeystoneCredentials("password", "http://127.0.0.1:15000/v3", "adminpw")
    found = identity_error_of(answer(status, body, x_openstack_request_id="req-1"), login)
    assert found.__class__ is kind
    assert words in found.message
    assert found.retryable is (name in RETRIED)


@pytest.mark.parametrize("status", [413, 429])
def test_throttled_by_a_proxy(status: int) -> None:
    found = error_of(answer(status, b"<html>", retry_after="7"), url=URL, action="rule", secrets=())
    assert found.__class__ is Throttled
    assert found.retry_after == 7.0


def test_echoed_secrets_are_masked() -> None:
    body = {"badRequest": {"code": 400, "message": "bad token gAAAAsecret\nhere"}}
    assert "gAAAA" not in str(error_of(answer(400, body), url=URL, action="rule", secrets=("gAAAAsecret",)))


@pytest.mark.parametrize(
    "refusal",
    [
        answer(404, {"itemNotFound": {"code": 404, "message": "The resource could not be found."}}),
        answer(404, b"<html>"),
    ],
    ids=["no-such-api", "no-json"],
)
def test_a_wrong_compute_url_is_named_with_the_option_that_replaces_it(refusal: Response) -> None:
    found = error_of(refusal, url=URL, action="rule", secrets=())
    assert URL in found.advice
    assert "endpoint" in found.advice
