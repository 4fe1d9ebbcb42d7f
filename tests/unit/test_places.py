# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a document that does not fit: the place, and nothing of what stands there."""

from __future__ import annotations

import traceback
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import session_answers
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.answers import InstancePage
from ansible_collections.cloudops.console.plugins.module_utils._errors import UnexpectedAnswer
from ansible_collections.cloudops.console.plugins.module_utils._openstack.answers import NovaServer
from ansible_collections.cloudops.console.plugins.module_utils._vendor_model import VendorModel, read_model

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
    with pytest.raises(UnexpectedAnswer) as caught:
        read_model(model, document, status=200)
    assert caught.value.reason == f"the answer lacks or bends what was expected in {place}"
    assert SECRET not in "".join(traceback.format_exception(caught.value))
