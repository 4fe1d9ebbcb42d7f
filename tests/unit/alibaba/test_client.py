# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of Alibaba Cloud ECS against the emulator."""

from __future__ import annotations

import asyncio
import re
import typing as t

import pytest
from ansible_collections.cloudops.console.plugins.module_utils import _http
from ansible_collections.cloudops.console.plugins.module_utils._alibaba.provider import AlibabaProvider
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._http import Policy
from ansible_collections.cloudops.console.plugins.module_utils._models import Access, Acknowledgement, Instance
from ansible_collections.cloudops.console.plugins.module_utils._rate_limit import RateLimiter

from tests.emulator.client import Emulator
from tests.emulator.fleet import Fleet, InstanceData
from tests.unit.ledgers_and_runs import ONCE, QUICK, SET, access_for, client, pick
from tests.unit.scripted_client import ScriptedClient, answer

Ask = t.Callable[[AlibabaProvider, _http.Client], t.Awaitable[t.Any]]
PASSWORD = "Zq7Zq7"


def ask(access: Access, what: Ask, policy: Policy = QUICK) -> t.Any:
    async def scenario() -> t.Any:
        provider = AlibabaProvider(access, policy, RateLimiter(0, 8))
        async with client(policy) as connections:
            return await what(provider, connections)

    return asyncio.run(scenario())


def describe(access: Access, *ids: str) -> list[Instance]:
    return t.cast("list[Instance]", ask(access, lambda provider, w: provider.describe_instances(w, ids)))


def set_password(access: Access, instance_id: str, policy: Policy = QUICK, password: str = PASSWORD) -> Acknowledgement:
    done = ask(access, lambda provider, w: provider.set_vnc_password(w, instance_id, password), policy)
    return t.cast("Acknowledgement", done)


def refused(access: Access, instance_id: str, policy: Policy = QUICK) -> ConsoleError:
    with pytest.raises(ConsoleError) as caught:
        set_password(access, instance_id, policy)
    error = caught.value
    for text in (error.message, str(error), repr(error), str(error.failure)):
        assert PASSWORD not in text
        assert "?" not in text
        assert "Signature=" not in text
        assert not access.access_key_secret or access.access_key_secret not in text
    return error


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Throttling is waited out for as long as the pauses of a call can be; here that is soon over."""
    monkeypatch.setattr(_http, "LONGEST_PAUSE", 0.05)


@pytest.fixture
def access(cloud: Emulator, fleet: Fleet) -> Access:
    return access_for(cloud, fleet)


@pytest.fixture
def instance(fleet: Fleet) -> InstanceData:
    return pick(fleet, region=fleet["regions"][0], status="Running")[0]


def test_describe_as_the_cloud_holds_it(cloud: Emulator, fleet: Fleet, access: Access) -> None:
    wanted = pick(fleet, 20, region=access.region)
    found = {one.instance_id: one for one in describe(access, *(one["instance_id"] for one in wanted))}
    assert set(found) == {one["instance_id"] for one in wanted}
    for view in cloud.instances(found):
        one = found[view["instance_id"]]
        assert one.started_at is not None
        assert (one.status, one.io_optimized, one.name) == (view["status"], view["io_optimized"], view["name"])
        assert (one.region, one.os_type, dict(one.tags)) == (view["region"], view["os_type"], view["tags"])
        assert one.started_at.strftime("%Y-%m-%dT%H:%MZ") == view["start_time"]


def test_null_in_an_answer_is_the_same_as_nothing() -> None:
    texts = ("RegionId", "ZoneId", "InstanceName", "OSType", "StartTime", "Tags", "VpcAttributes", "EipAddress")
    tags = {"Tag": [{"TagKey": "role", "TagValue": None}]}
    empty = {**dict.fromkeys(texts), "InstanceId": "i-1", "Status": "Pending", "IoOptimized": None}
    instances = [
        {**empty, "Tags": {"Tag": None}},
        {**empty, "InstanceId": "i-2", "Tags": tags},
        {**empty, "InstanceId": "i-3"},
    ]
    page = {"RequestId": "r", "NextToken": None, "Instances": {"Instance": instances}}
    connections = ScriptedClient(lambda _request: answer(200, page))
    access = Access(region="cn-hangzhou", access_key_id="id", access_key_secret="secret-of-a-key")
    provider = AlibabaProvider(access, ONCE, RateLimiter(0, 8))
    found = asyncio.run(provider.find_instances(t.cast("t.Any", connections), {}))
    assert [(one.instance_id, one.region, one.name, one.started_at) for one in found] == [
        (one, "cn-hangzhou", "", None) for one in ("i-1", "i-2", "i-3")
    ]
    assert [one.tags for one in found] == [{}, {"role": ""}, {}]
    assert len(connections.sent) == 1


def test_unknown_instances_are_absent(fleet: Fleet, access: Access, instance: InstanceData) -> None:
    elsewhere = pick(fleet, region=fleet["regions"][1])[0]["instance_id"]
    abroad = pick(fleet, account=1)[0]["instance_id"]
    found = describe(access, "i-nothing", elsewhere, instance["instance_id"], abroad)
    assert [one.instance_id for one in found] == [instance["instance_id"]]


def test_a_hundred_in_one_call(cloud: Emulator, fleet: Fleet, access: Access) -> None:
    ids = [f"i-none{number:04d}" for number in range(80)]
    ids += [one["instance_id"] for one in pick(fleet, 20, region=access.region)]
    assert len(describe(access, *ids)) == 20
    assert cloud.calls("DescribeInstances") == 1


@pytest.mark.parametrize("bad", ["", "i-1?x=1", "i-1/..", 'i-1"', "i-1 ", "é", "i" * 200])
def test_ids_that_could_bend_something_are_not_sent(cloud: Emulator, access: Access, bad: str) -> None:
    for call in (lambda: describe(access, bad), lambda: set_password(access, bad)):
        with pytest.raises(ConsoleError, match="instance id") as caught:
            call()
        assert caught.value.kind == "invalid"
    assert cloud.counters()["calls"] == 0


def test_find_by_tags_over_pages(cloud: Emulator, fleet: Fleet, access: Access) -> None:
    extra: list[InstanceData] = [
        {
            "instance_id": f"i-tagged{number:04d}",
            "account_id": fleet["accounts"][0]["account_id"],
            "region": access.region,
            "tags": {"wave": "a b&c", "stage": "x"},
        }
        for number in range(150)
    ]
    for one in extra:
        cloud.add_instance(one)
    tags = {"wave": "a b&c", "stage": "x"}
    found = ask(access, lambda provider, w: provider.find_instances(w, tags))
    assert {one.instance_id for one in found} == {one["instance_id"] for one in extra}
    assert cloud.calls("DescribeInstances") == 2
    assert ask(access, lambda provider, w: provider.find_instances(w, {"wave": "none"})) == []


def test_the_password_is_set(cloud: Emulator, fleet: Fleet, access: Access) -> None:
    fast = pick(fleet, region=access.region, io_optimized=True, status="Running")[0]["instance_id"]
    slow = pick(fleet, region=access.region, io_optimized=False, status="Running")[0]["instance_id"]
    done = set_password(access, fast)
    set_password(access, slow)
    assert cloud.instance(fast)["in_force"] == PASSWORD
    assert cloud.instance(slow)["waiting"] == PASSWORD
    assert done.request_id
    assert not done.ambiguous


@pytest.mark.parametrize("offset", [-600, 0, 600])
def test_the_time_of_the_acknowledgement_is_the_clouds(
    cloud: Emulator, access: Access, instance: InstanceData, offset: int
) -> None:
    cloud.set_clock_offset(offset)
    at = set_password(access, instance["instance_id"]).at
    (row,) = cloud.received()
    assert at.tzinfo is not None
    assert abs(at.timestamp() - row["time"] - offset) < 5


def test_repeating_the_same_value_is_harmless(cloud: Emulator, access: Access, instance: InstanceData) -> None:
    cloud.add_fault("drop_answer", action=SET, first=1)
    assert set_password(access, instance["instance_id"]).ambiguous
    assert [row["password"] for row in cloud.received()] == [PASSWORD] * 2


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "InvalidAccessKeyId.NotFound", "authentication"),
        (400, "InvalidAccessKeyId.Inactive", "authentication"),
        (400, "InvalidSecurityToken.Expired", "authentication"),
        (400, "MissingSecurityToken", "authentication"),
        (400, "SignatureDoesNotMatch", "authentication"),
        (400, "IncompleteSignature", "authentication"),
        (400, "InvalidTimeStamp.Expired", "authentication"),
        (403, "Forbidden.RAM", "permission"),
        (403, "Forbidden.RiskControl", "permission"),
        (403, "NoPermission", "permission"),
        (404, "InvalidInstanceId.NotFound", "not_found"),
        (404, "InvalidRegionId.NotFound", "not_found"),
        (400, "InvalidRegionInstance", "not_found"),
        (404, "NoSuchResource", "not_found"),
        (403, "IncorrectInstanceStatus", "wrong_state"),
        (403, "InstanceNotReady", "wrong_state"),
        (403, "InstanceLockedForSecurity", "wrong_state"),
        (400, "IncorrectVncPassword.Malformed", "invalid"),
        (400, "InvalidParameter", "invalid"),
        (400, "Throttling", "throttled"),
        (400, "Throttling.User", "throttled"),
        (400, "Throttling.Api", "throttled"),
        (429, "Rejected.Throttling", "throttled"),
        (500, "InternalError", "unexpected_answer"),
        (503, "ServiceUnavailable", "unexpected_answer"),
    ],
)
@pytest.mark.usefixtures("hurried")
def test_documented_codes(
    cloud: Emulator, access: Access, instance: InstanceData, status: int, code: str, kind: str
) -> None:
    cloud.add_fault("error", action=SET, status=status, code=code, message="So it is.")
    error = refused(access, instance["instance_id"], ONCE)
    assert (error.kind, error.code, error.status) == (kind, code, status)
    assert error.request_id
    assert error.failure["request_id"] == error.request_id
    assert code in error.message
    assert error.request_id in error.message
    assert instance["instance_id"] in error.message
    assert access.region in error.message
    assert error.ambiguous is (status >= 500)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, "InvalidOperation.NotSupportedEndpoint", "leave endpoint out"),
        (400, "RegionId.ApiNotSupported", "no such operation in this region"),
    ],
)
def test_an_endpoint_of_another_region(
    cloud: Emulator, access: Access, instance: InstanceData, status: int, code: str, words: str
) -> None:
    """The vendor's own advice is to upgrade its SDK, which does not help here."""
    cloud.add_fault("error", action=SET, status=status, code=code, message="Upgrade your SDK to latest version.")
    error = refused(access, instance["instance_id"])
    assert (error.kind, error.code, error.status) == ("invalid", code, status)
    assert words in error.message
    assert cloud.calls(SET) == 1


@pytest.mark.parametrize("wait", ["IncorrectInstanceStatus", "Forbidden.RAM", "InvalidAccessKeyId.NotFound"])
def test_final_refusals_are_not_sent_again(cloud: Emulator, access: Access, instance: InstanceData, wait: str) -> None:
    cloud.add_fault("error", action=SET, status=403, code=wait)
    refused(access, instance["instance_id"])
    assert cloud.calls(SET) == 1


@pytest.mark.parametrize("code", ["InternalError", "ServiceUnavailable", "InstanceNotReady", "SignatureNonceUsed"])
def test_passing_refusals_are_sent_again(cloud: Emulator, access: Access, instance: InstanceData, code: str) -> None:
    cloud.add_fault("error", action=SET, status=500 if "e" in code[-6:] else 400, code=code, first=1)
    set_password(access, instance["instance_id"])
    assert cloud.calls(SET) == 2


def test_permission_names_the_action_and_the_resource(cloud: Emulator, access: Access, instance: InstanceData) -> None:
    cloud.deny(access.access_key_id, {"actions": [SET]})
    error = refused(access, instance["instance_id"])
    assert error.kind == "permission"
    assert f"ecs:{SET}" in error.advice
    assert instance["instance_id"] in error.advice
    cloud.deny(access.access_key_id, {"actions": ["DescribeInstances"]})
    with pytest.raises(ConsoleError, match="ecs:DescribeInstances"):
        describe(access, instance["instance_id"])


def test_a_refusal_that_quotes_the_password(cloud: Emulator, access: Access, instance: InstanceData) -> None:
    """I15: whatever the cloud says, the password that it was sent is not handed on."""
    message = f"The value {PASSWORD} of VncPassword={PASSWORD} is refused."
    cloud.add_fault("error", action=SET, status=400, code="InvalidParameter", message=message)
    with pytest.raises(ConsoleError) as caught:
        set_password(access, instance["instance_id"])
    assert "is refused" in caught.value.message
    assert PASSWORD not in f"{caught.value.message} {caught.value.reason} {caught.value.failure}"


def test_a_wrong_secret_hides_the_string_to_sign(cloud: Emulator, access: Access, instance: InstanceData) -> None:
    cloud.change_key(access.access_key_id, secret="quite-another")
    error = refused(access, instance["instance_id"])
    assert (error.kind, error.code) == ("authentication", "SignatureDoesNotMatch")
    assert "access_key_secret" in error.advice
    assert not re.search(r"string to sign|VncPassword|x-acs|canonical|[0-9a-f]{64}", error.message)
    assert cloud.calls(SET) <= 1  # repeated failures lock keys


def test_unknown_key(cloud: Emulator, fleet: Fleet, instance: InstanceData) -> None:
    error = refused(access_for(cloud, fleet, access_key_id="LTAI5tNobody"), instance["instance_id"])
    assert (error.kind, error.code) == ("authentication", "InvalidAccessKeyId.NotFound")


@pytest.mark.parametrize(("offset", "word"), [(3600, "behind"), (-3600, "ahead")])
def test_clock_skew_is_said_with_its_size(
    cloud: Emulator, access: Access, instance: InstanceData, offset: int, word: str
) -> None:
    cloud.set_clock_offset(offset)
    error = refused(access, instance["instance_id"])
    assert error.code == "InvalidTimeStamp.Expired"
    found = re.search(r"(\d+) seconds (ahead|behind)", error.message)
    assert found
    assert abs(int(found[1]) - 3600) < 10
    assert found[2] == word


def test_temporary_credentials(cloud: Emulator, fleet: Fleet, access: Access, instance: InstanceData) -> None:
    token = "CAIS+/token==with/all+kinds"
    cloud.change_key(access.access_key_id, security_token=token)
    temporary = access_for(cloud, fleet, security_token=token)
    assert set_password(temporary, instance["instance_id"]).request_id
    assert refused(access, instance["instance_id"]).code == "MissingSecurityToken"
    other = refused(access_for(cloud, fleet, security_token="CAISanother"), instance["instance_id"])
    assert other.kind == "authentication"
    assert "CAISanother" not in other.message
    cloud.change_key(access.access_key_id, expires_at=1.0)
    expired = refused(temporary, instance["instance_id"])
    assert expired.code == "InvalidSecurityToken.Expired"
    assert token not in expired.message


def test_throttling_is_waited_out_as_the_cloud_asks(cloud: Emulator, access: Access, instance: InstanceData) -> None:
    cloud.add_fault("error", action=SET, status=400, code="Throttling.User", retry_after_ms=100, first=3)
    done = set_password(access, instance["instance_id"], Policy(timeout=5.0, retries=1))
    assert not done.ambiguous
    assert cloud.calls(SET) == 4


@pytest.mark.usefixtures("hurried")
def test_throttling_without_end_is_bounded(cloud: Emulator, access: Access, instance: InstanceData) -> None:
    cloud.add_fault("error", action=SET, status=400, code="Throttling.User", retry_after_ms=20)
    error = refused(access, instance["instance_id"], Policy(timeout=0.3, retries=0))
    assert (error.kind, error.ambiguous) == ("throttled", False)
    assert "requests_per_second" in error.advice


def test_a_quota(cloud: Emulator, fleet: Fleet, access: Access) -> None:
    cloud.set_quotas({"action": SET, "calls": 5, "seconds": 0.5})
    ids = [one["instance_id"] for one in pick(fleet, 12, region=access.region)]

    async def many(provider: AlibabaProvider, w: _http.Client) -> None:
        await asyncio.gather(*(provider.set_vnc_password(w, one, PASSWORD) for one in ids))

    ask(access, many, Policy(timeout=4.0, retries=2))
    assert {row["instance_id"] for row in cloud.received() if row["outcome"] in ("in_force", "waiting")} == set(ids)


def test_every_try_has_its_own_nonce(cloud: Emulator, access: Access, instance: InstanceData) -> None:
    """The emulator refuses a nonce that was used; so three tries that are all looked at prove three nonces."""
    cloud.add_fault("error", action=SET, status=500, code="InternalError", first=2)
    set_password(access, instance["instance_id"])
    assert [row["code"] for row in cloud.log(SET)] == ["InternalError", "InternalError", ""]


@pytest.mark.parametrize("region", ["", "cn-hangzhou.evil.example", "cn/hangzhou", "cn hangzhou", "-x", "x@y", "é"])
def test_regions_that_could_bend_a_url(region: str) -> None:
    with pytest.raises(ConsoleError, match="region"):
        AlibabaProvider(Access(region=region, access_key_id="a", access_key_secret="b"), QUICK, RateLimiter())


def test_the_computed_endpoint() -> None:
    provider = AlibabaProvider(
        Access(region="cn-hangzhou", access_key_id="a", access_key_secret="b"), QUICK, RateLimiter()
    )
    assert provider.endpoint == "https://ecs.cn-hangzhou.aliyuncs.com"
    assert provider.account == "a"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("garbage", "unexpected_answer"),
        ("html", "unexpected_answer"),
        ("oversized", "unexpected_answer"),
        ("truncate", "network"),
        ("drop_answer", "network"),
        ("reset", "network"),
    ],
)
def test_strange_answers(cloud: Emulator, access: Access, instance: InstanceData, fault: str, kind: str) -> None:
    cloud.add_fault(fault, action=SET, when="after")
    error = refused(access, instance["instance_id"], ONCE)
    assert (error.kind, error.ambiguous) == (kind, True)
    assert error.advice
    assert "<" not in error.message
