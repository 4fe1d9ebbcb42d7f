# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations that read instances and regions."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from fnmatch import fnmatchcase

from ..clock import iso_minutes
from .answers import RefusalError
from .operations import Context, Payload, operation
from .state import STATUSES, Instance

_MAX_IDS = 100
_MAX_TAGS = 20
_MAX_BY_TAG = 1000


@operation("DescribeInstances")
def describe_instances(call: Context) -> Payload:
    tags = _wanted_tags(call)
    if call.get("Status") not in ("", *STATUSES):
        raise RefusalError(404, "InvalidStatus.NotFound", "The specified Status does not exist.")
    found = [instance for instance in _candidates(call) if _matches(call, instance, tags)]
    if tags:
        found = found[:_MAX_BY_TAG]
    if "MaxResults" in call.params or "NextToken" in call.params:
        return _by_token(call, found)
    return _by_page(call, found)


def _candidates(call: Context) -> Iterator[Instance]:
    wanted = _wanted_ids(call)
    if wanted is None:
        yield from call.state.listing(call.account_id, call.region)
        return
    for instance_id in dict.fromkeys(wanted):
        instance = call.state.find(call.account_id, call.region, instance_id)
        if instance is not None:
            yield instance


def _wanted_ids(call: Context) -> list[str] | None:
    text = call.get("InstanceIds")
    if not text:
        return None
    try:
        ids = json.loads(text)
    except ValueError:
        ids = None
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids) or len(ids) > _MAX_IDS:
        raise RefusalError(
            400, "InvalidInstanceIds.Malformed", f"InstanceIds must be a JSON array of at most {_MAX_IDS} ids."
        )
    return ids


def _wanted_tags(call: Context) -> dict[str, str | None]:
    tags: dict[str, str | None] = {}
    number = 1
    while key := call.params.get(f"Tag.{number}.Key"):
        tags[key] = call.params.get(f"Tag.{number}.Value")
        number += 1
    if len(tags) > _MAX_TAGS:
        raise RefusalError(400, "InvalidTagCount", f"At most {_MAX_TAGS} tags may be given.")
    return tags


def _matches(call: Context, instance: Instance, tags: dict[str, str | None]) -> bool:
    status, name, optimized = call.get("Status"), call.get("InstanceName"), call.get("IoOptimized")
    return (
        (not status or instance.status == status)
        and (not name or fnmatchcase(instance.name, name))
        and (not optimized or (optimized.lower() == "true") == instance.io_optimized)
        and all(key in instance.tags and value in (None, instance.tags[key]) for key, value in tags.items())
    )


def _by_page(call: Context, found: list[Instance]) -> Payload:
    number, size = call.integer("PageNumber", 1), call.integer("PageSize", 10)
    if number < 1 or not 1 <= size <= 100:
        raise RefusalError(400, "InvalidParameter", "PageNumber begins with 1, PageSize is 1 to 100.")
    shown = found[(number - 1) * size : number * size]
    return {"PageNumber": number, "PageSize": size, "TotalCount": len(found), "NextToken": "", **_wrap(shown)}


def _by_token(call: Context, found: list[Instance]) -> Payload:
    size = min(max(call.integer("MaxResults", 10), 10), 100)
    start = read_token(call.get("NextToken"))
    end = start + size
    token = write_token(end) if end < len(found) else ""
    # With a token the vendor's TotalCount means nothing; neither does this one.
    return {"PageNumber": 0, "PageSize": 0, "TotalCount": 0, "NextToken": token, **_wrap(found[start:end])}


def write_token(position: int) -> str:
    return base64.urlsafe_b64encode(f"position:{position}".encode()).decode()


def read_token(token: str) -> int:
    if not token:
        return 0
    try:
        label, _colon, number = base64.urlsafe_b64decode(token).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        label, number = "", ""
    if label != "position" or not number.isdigit():
        raise RefusalError(400, "InvalidParameter.NextToken", "The specified NextToken is not valid.")
    return int(number)


def _wrap(instances: list[Instance]) -> dict[str, object]:
    return {"Instances": {"Instance": [_describe(instance) for instance in instances]}}


def _describe(instance: Instance) -> dict[str, object]:
    windows = instance.os_type == "windows"
    return {
        "InstanceId": instance.instance_id,
        "InstanceName": instance.name,
        "HostName": instance.name,
        "RegionId": instance.region,
        "ZoneId": f"{instance.region}-b",
        "Status": instance.status,
        "IoOptimized": instance.io_optimized,
        "OSType": instance.os_type,
        "OSName": "Windows Server 2022" if windows else "Alibaba Cloud Linux 3.2104 LTS 64 bit",
        "OSNameEn": "Windows Server 2022" if windows else "Alibaba Cloud Linux 3.2104 LTS 64 bit",
        "InstanceType": "ecs.g7.large" if instance.io_optimized else "ecs.s3.large",
        "InstanceNetworkType": "vpc",
        "StartTime": instance.start_time,
        "CreationTime": iso_minutes(instance.created_at),
        "StoppedMode": "KeepCharging" if instance.status == "Stopped" else "Not-applicable",
        "ResourceGroupId": "",
        "OperationLocks": _locks(instance),
        "Tags": {"Tag": [{"TagKey": key, "TagValue": value} for key, value in instance.tags.items()]},
        "VpcAttributes": {
            "VpcId": instance.vpc_id,
            "VSwitchId": "",
            "NatIpAddress": "",
            "PrivateIpAddress": {"IpAddress": instance.private_ips},
        },
        "InnerIpAddress": {"IpAddress": []},
        "PublicIpAddress": {"IpAddress": instance.public_ips},
        "EipAddress": {"IpAddress": instance.elastic_ip, "AllocationId": "", "InternetChargeType": ""},
    }


def _locks(instance: Instance) -> dict[str, object]:
    return {"LockReason": [{"LockReason": reason, "LockMsg": ""} for reason in instance.operation_locks]}


@operation("DescribeInstanceAttribute", regional=False, required=("InstanceId",))
def describe_instance_attribute(call: Context) -> Payload:
    """Unlike DescribeInstances: IoOptimized is a word, and neither OSType nor StartTime is there."""
    instance = call.instance()
    return {
        "InstanceId": instance.instance_id,
        "InstanceName": instance.name,
        "HostName": instance.name,
        "RegionId": instance.region,
        "ZoneId": f"{instance.region}-b",
        "Status": instance.status,
        "IoOptimized": "optimized" if instance.io_optimized else "none",
        "CreationTime": iso_minutes(instance.created_at),
        "OperationLocks": _locks(instance),
    }


@operation("DescribeRegions", regional=False)
def describe_regions(call: Context) -> Payload:
    english = call.get("AcceptLanguage", "zh-CN").lower().startswith("en")
    regions = [
        {
            "RegionId": region,
            "RegionEndpoint": f"ecs.{region}.aliyuncs.com",
            "LocalName": region if english else f"地域 {region}",
            "Status": "available",
        }
        for region in call.state.regions
    ]
    return {"Regions": {"Region": regions}}
