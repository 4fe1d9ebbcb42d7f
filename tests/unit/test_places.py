# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a document that does not fit: the place, and nothing of what stands there."""

from __future__ import annotations

import traceback
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils._alibaba import terminal
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.profiles import (
    Profile,
    ProfilesFile,
)
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.credentials.sts import Issued
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.models import InstancePage
from ansible_collections.cloudops.console.plugins.module_utils._errors import UnexpectedAnswer
from ansible_collections.cloudops.console.plugins.module_utils._huawei.models import EcsServer
from ansible_collections.cloudops.console.plugins.module_utils._openstack.models import NovaServer
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
        (NovaServer, {"id": "s", "status": "ACTIVE", "metadata": {"status": [SECRET]}}, "metadata[...]"),
        (NovaServer, {"id": "s", "status": "ACTIVE", "OS-EXT-STS:task_state": 1}, "OS-EXT-STS:task_state"),
        (EcsServer, {"id": "s", "tags": [f"{SECRET}=1", {"key": 1, "value": SECRET}]}, "tags[1]"),
        (EcsServer, {"id": float("nan")}, "id"),
        (Issued, {"AccessKeyId": 10**400}, "AccessKeyId"),
        (Profile, {"name": "p", "expired_seconds": SECRET}, "expired_seconds"),
        (Profile, {"name": "p", "expired_seconds": float("inf")}, "expired_seconds"),
        (ProfilesFile, {"profiles": [{}, [SECRET]]}, "profiles[1]"),
        (ProfilesFile, {"profiles": [SECRET]}, "profiles[0]"),
        (InstancePage, instances(*[{SECRET: SECRET}] * 2000), "2000 places"),
        (terminal.AgentPage, {"InstanceCloudAssistantStatusSet": SECRET}, "InstanceCloudAssistantStatusSet"),
    ],
)
def test_a_place_is_named_and_nothing_of_the_document(model: type[VendorModel], document: t.Any, place: str) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        read_model(model, document, status=200)
    assert caught.value.reason == f"the answer lacks a field or has a wrong type in {place}"
    assert SECRET not in "".join(traceback.format_exception(caught.value))
