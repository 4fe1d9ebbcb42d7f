# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every mistake in a source is named before any call, and no message quotes a value that can be a secret."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleUndefinedVariable
from ansible.plugins.doc_fragments import constructed, inventory_cache
from ansible_collections.cloudops.console.plugins.inventory.instances import DOCUMENTATION, EXAMPLES
from ansible_collections.cloudops.console.plugins.module_utils._errors import ConsoleError
from ansible_collections.cloudops.console.plugins.module_utils._models import Instance
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.cached import (
    fingerprint,
    from_cache,
    to_cache,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.hosts import variables_of
from ansible_collections.cloudops.console.plugins.plugin_utils._inventory.sources import (
    SOURCE_OPTIONS,
    Source,
    check_form,
    check_names,
    nothing_found,
    sources_of,
)
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.variables import KNOWN_VARIABLES

from tests.unit.test_documented import facts

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "docsite" / "rst" / "inventory_guide.rst"
SECRET = "hUshQx7zeK9wPmT4bV2n"
HANGZHOU = {"region": "cn-hangzhou"}


class Templar:
    """What a source's templates mean here: ``{{ secret }}`` is SECRET, anything else is undefined."""

    available_variables: t.Any = None

    def is_possibly_template(self, data: t.Any) -> bool:
        return isinstance(data, str) and "{{" in data

    def template(self, variable: t.Any) -> t.Any:
        if variable == "{{ secret }}":
            return SECRET
        raise AnsibleUndefinedVariable(f"'x' is undefined near {SECRET}")

    def copy_with_new_env(self, *, available_variables: t.Any) -> Templar:
        raise NotImplementedError


def read(*entries: dict[str, t.Any]) -> list[Source]:
    return sources_of(list(entries), Templar())


def refused(*entries: dict[str, t.Any]) -> str:
    with pytest.raises(ConsoleError) as caught:
        read(*entries)
    assert SECRET not in caught.value.message
    return caught.value.message


def test_the_plugin_documents_every_option_of_a_source() -> None:
    documented = yaml.safe_load(DOCUMENTATION)["options"]["sources"]["suboptions"]
    found = {name: {**option, "options": []} for name, option in facts(documented).items()}
    assert found == {name: {**option, "options": []} for name, option in facts(SOURCE_OPTIONS).items()}


def test_the_example_is_right() -> None:
    """One document, as ansible-test wants it up to ansible-core 2.16."""
    assert len(sources_of(yaml.safe_load(EXAMPLES)["sources"], t.cast("t.Any", _EveryTemplate()))) == 3


def test_every_file_of_the_guide_is_right() -> None:
    blocks = re.findall(r"code-block:: yaml\n\n(.*?)\n(?=\S)", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    options = yaml.safe_load(DOCUMENTATION)["options"]
    for ours in (constructed.ModuleDocFragment, inventory_cache.ModuleDocFragment):
        options |= yaml.safe_load(ours.DOCUMENTATION)["options"]
    for block in map(yaml.safe_load, blocks):
        check_names(block, options, "the file")
        assert sources_of(block["sources"], t.cast("t.Any", _EveryTemplate()))


class _EveryTemplate(Templar):
    def template(self, variable: t.Any) -> t.Any:  # noqa: ARG002 - whatever it is
        return SECRET


def test_a_source_in_full() -> None:
    (source,) = read(
        {
            "provider": "alibaba",
            "regions": ["cn-hangzhou", "cn-beijing", "cn-hangzhou"],
            "tags": {"env": "prod"},
            "statuses": ["Running"],
            "endpoint": "https://ecs.example.com",
            "access_key_id": "LTAI",
            "access_key_secret": "{{ secret }}",
            "validate_certs": False,
            "timeout": 5,
        }
    )
    assert source.regions == ("cn-hangzhou", "cn-beijing")
    assert (source.tags, source.statuses) == ({"env": "prod"}, ("Running",))
    assert source.access.access_key_secret == SECRET
    assert (source.policy.timeout, source.policy.patient) == (5.0, True)
    assert source.variables == {"console_endpoint": "https://ecs.example.com", "console_validate_certs": False}
    assert source.secrets == (SECRET,)
    assert SECRET not in repr(source)


def test_what_hosts_need_again() -> None:
    sources = read(
        {"provider": "huawei", "region": "cn-north-4", "profile": "ops", "api": "nova", "project_id": "p"},
        {"provider": "openstack", "cloud": "private", "auth": {"password": SECRET}},
        {**HANGZHOU, "api": "ecs"},
    )
    assert [source.variables for source in sources] == [
        {"console_profile": "ops", "console_project_id": "p", "console_api": "nova"},
        {"console_cloud": "private"},
        {},
    ]
    assert {name for source in sources for name in source.variables} <= set(KNOWN_VARIABLES)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"regoin": "cn-hangzhou"}, "Unknown option regoin in source 2. Did you mean region?"),
        ({"secret": SECRET}, "Unknown option secret in source 2."),
        (
            {**HANGZHOU, "auth": {"pasword": SECRET}},
            "Unknown option pasword in auth of source 2. Did you mean password?",
        ),
        ({**HANGZHOU, "tags": {"env": 1}}, "The tag env of source 2 is not a text."),
        ({**HANGZHOU, "tags": {"env": True}}, "The tag env of source 2 is not a text."),
        ({**HANGZHOU, "tags": {"env": ["a"]}}, "The tag env of source 2 is not a text."),
        ({**HANGZHOU, "tags": {"env": None}}, "The tag env of source 2 is not a text."),
        ({**HANGZHOU, "tags": {1: "a"}}, "The tag 1 of source 2 is not a text."),
        ({**HANGZHOU, "tags": ["env"]}, "Source 2: "),
        ({**HANGZHOU, "statuses": ["running"]}, "Did you mean Running?"),
        ({**HANGZHOU, "statuses": ["ACTIVE"]}, "Alibaba Cloud ECS has no status ACTIVE, which source 2 asks for"),
        ({"provider": "huawei", "statuses": ["ACTVE"]}, "Did you mean ACTIVE?"),
        ({"provider": "alibab"}, "Source 2: "),
        ({**HANGZHOU, "regions": ["cn-beijing"]}, "Source 2 has both region and regions. Keep one of them."),
        ({"regions": []}, "Regions of source 2 is empty."),
        ({"access_key_secret": 12345}, "access_key_secret of source 2 is not a text. Put the value in quotes."),
        ({"auth": {"password": 12345}}, "auth.password of source 2 is not a text."),
        ({"profile": ["a"]}, "Profile of source 2 is not a text."),
        ({"timeout": 0}, "Reading source 2 failed: timeout is 0"),
        ({"timeout": "soon"}, "Source 2: "),
        (
            {"access_key_secret": "{{ x }}"},
            "The value of access_key_secret in source 2 cannot be resolved: x is undefined",
        ),
        ({"access_key_secret": SECRET, "retries": SECRET}, "Source 2: "),
    ],
)
def test_a_mistake_is_named_with_its_source(entry: dict[str, t.Any], told: str) -> None:
    assert told in refused(HANGZHOU, entry)


@pytest.mark.parametrize(
    "entries", [{"provider": "alibaba", "access_key_secret": SECRET}, SECRET, [SECRET], [[SECRET]]]
)
def test_sources_of_another_form(entries: t.Any) -> None:
    with pytest.raises(ConsoleError, match="Set sources to a list of clouds") as caught:
        check_form(entries)
    assert SECRET not in caught.value.message


def test_no_sources() -> None:
    assert refused() == "The file has no sources. Set sources to a list of clouds, each with its provider."


def test_a_misspelt_option_of_the_file() -> None:
    with pytest.raises(ConsoleError, match="Unknown option hostname in the file") as caught:
        check_names({"plugin": "x", "hostname": []}, {"plugin", "sources", "hostnames"}, "the file")
    assert caught.value.message.endswith("Did you mean hostnames?")


def test_the_warning_names_what_was_asked() -> None:
    sources = read({**HANGZHOU, "tags": {"env": "prod"}, "statuses": ["Running"]}, {"provider": "openstack"})
    assert nothing_found(sources) == (
        "no instances found. Asked: source 1 (alibaba), regions cn-hangzhou, tags env=prod, statuses Running; "
        "source 2 (openstack). Check regions, tags, statuses and account."
    )


@pytest.mark.parametrize(
    "other",
    [
        {"region": "cn-beijing"},
        {"tags": {"env": "test"}},
        {"statuses": ["Running"]},
        {"profile": "other"},
        {"access_key_id": "OTHER"},
        {"endpoint": "https://other.example.com"},
        {"provider": "huawei"},
        {"cloud": "other"},
        {"auth": {"username": "other"}},
    ],
)
def test_other_sources_have_another_cache(other: dict[str, t.Any]) -> None:
    assert fingerprint(read(HANGZHOU)) != fingerprint(read({**HANGZHOU, **other}))


def test_a_new_secret_keeps_the_cache() -> None:
    """It is not part of the key, which is a file's name."""
    secrets = {"access_key_secret": SECRET, "security_token": SECRET, "auth": {"password": SECRET, "token": SECRET}}
    changed = {"access_key_secret": "n", "security_token": "n", "auth": {"password": "n", "token": "n"}}
    assert fingerprint(read({**HANGZHOU, **secrets})) == fingerprint(read({**HANGZHOU, **changed}))


def test_the_cache_gives_what_it_was_given() -> None:
    sources = read(HANGZHOU, {"provider": "huawei", "region": "cn-north-4"})
    found = [[variables_of("alibaba", Instance("i-1", "cn-hangzhou", "Running", tags={"a": "b"}))], []]
    assert from_cache(to_cache(found), sources) == found


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        {},
        {"format": 0, "sources": [[]]},
        {"format": 1, "sources": [[], []]},
        {"format": 1, "sources": [[{}]]},
    ],
)
def test_a_cache_of_another_form_is_read_anew(kept: t.Any) -> None:
    assert from_cache(kept, read(HANGZHOU)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"ansible_connection": "local"},
        {"console_endpoint": "https://example.com"},
        {"console_name": None},
        {"console_tags": {"role": ["web"]}},
        {"console_private_ips": [{"x": "10.0.0.1"}]},
    ],
)
def test_a_cache_sets_no_other_variables(change: dict[str, t.Any]) -> None:
    one = variables_of("alibaba", Instance("i-1", "cn-hangzhou", "Running"))
    assert from_cache(to_cache([[one]]), read(HANGZHOU)) == [[one]]
    assert from_cache(to_cache([[{**one, **change}]]), read(HANGZHOU)) is None
