# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a document that does not fit: the place, and nothing of what stands there."""

from __future__ import annotations

import typing as t

import msgspec
import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import session_answers
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.answers import InstancePage, VendorModel
from ansible_collections.cloudops.console.plugins.module_utils._openstack.answers import NovaServer
from ansible_collections.cloudops.console.plugins.module_utils._redact import place_of

SECRET = "` - at `$.hUshQx7zeK9w"


def instances(*items: object) -> dict[str, object]:
    return {"RequestId": "R", "Instances": {"Instance": list(items)}, SECRET: SECRET}


@pytest.mark.parametrize(
    ("model", "document", "place"),
    [
        (InstancePage, {"Instances": {}}, "RequestId"),
        (InstancePage, {"RequestId": "R", "Instances": None}, "Instances"),
        (InstancePage, instances({"InstanceId": "i"}, {SECRET: 1}), "Instances.Instance[1].InstanceId"),
        (InstancePage, instances({"InstanceId": "i", "IoOptimized": [SECRET]}), "Instances.Instance[0].IoOptimized"),
        (InstancePage, [SECRET], "the whole of it"),
        (NovaServer, {"id": "s", "status": "ACTIVE", "metadata": {SECRET: [SECRET]}}, "metadata[...]"),
        (session_answers.AgentPage, {"InstanceCloudAssistantStatusSet": SECRET}, "InstanceCloudAssistantStatusSet"),
    ],
)
def test_a_place_is_named_and_nothing_of_the_document(model: type[VendorModel], document: t.Any, place: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(document, model, strict=False)
    assert place_of(caught.value) == place


def test_a_depth_without_end() -> None:
    assert place_of(RecursionError(SECRET)) == "the whole of it"
