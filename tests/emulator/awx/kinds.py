# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of objects: their fields with AWX's defaults, what they refer to, and what can be associated with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """A collection of the API.

    :param type: what the field type of an object says.
    :param fields: fields with the values they have when nothing is said.
    :param references: fields that hold the id of an object, with the kinds it can have.
    :param required: fields without which nothing is made.
    :param unique: fields that no two objects share.
    :param associations: sub-collections, and the kind of what is in them.
    """

    type: str
    fields: dict[str, Any]
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: tuple[str, ...] = ("name",)
    unique: tuple[str, ...] = ("name",)
    associations: dict[str, str] = field(default_factory=dict)


_NAMED = {"name": "", "description": ""}
_ORGANIZATION = {"organization": ("organizations",)}
_ENVIRONMENT = {"execution_environment": ("execution_environments",)}
_NOTIFICATIONS = {
    f"notification_templates_{when}": "notification_templates" for when in ("started", "success", "error")
}
_ASKS = ("diff_mode", "variables", "limit", "tags", "skip_tags", "job_type", "verbosity", "inventory", "credential")
_NODES = dict.fromkeys(("success_nodes", "failure_nodes", "always_nodes"), "workflow_job_template_nodes")
TEMPLATES = ("job_templates", "workflow_job_templates", "projects", "inventory_sources", "workflow_approval_templates")

KINDS = {
    "organizations": Kind("organization", {**_NAMED}),
    "credential_types": Kind(
        "credential_type",
        {**_NAMED, "kind": None, "managed": False, "inputs": {}, "injectors": {}},
        required=("name", "kind"),
    ),
    "credentials": Kind(
        "credential",
        {**_NAMED, "organization": None, "credential_type": None, "inputs": {}},
        {**_ORGANIZATION, "credential_type": ("credential_types",)},
        ("name", "credential_type"),
        ("name", "credential_type", "organization"),
    ),
    "execution_environments": Kind(
        "execution_environment",
        {**_NAMED, "organization": None, "image": "", "pull": "", "credential": None},
        {**_ORGANIZATION, "credential": ("credentials",)},
        ("name", "image"),
    ),
    "notification_templates": Kind(
        "notification_template",
        {**_NAMED, "organization": None, "notification_type": "", "notification_configuration": {}, "messages": {}},
        _ORGANIZATION,
        ("name", "organization", "notification_type", "notification_configuration"),
        ("name", "organization"),
    ),
    "projects": Kind(
        "project",
        {
            **_NAMED,
            **dict.fromkeys(("organization", "credential", "default_environment")),
            "scm_type": "",
            "scm_url": "",
            "scm_branch": "",
            "scm_update_on_launch": False,
            "scm_revision": "",
        },
        {**_ORGANIZATION, "credential": ("credentials",), "default_environment": ("execution_environments",)},
        unique=("name", "organization"),
        associations=_NOTIFICATIONS,
    ),
    "inventories": Kind(
        "inventory",
        {**_NAMED, "organization": None, "kind": "", "host_filter": None, "variables": ""},
        _ORGANIZATION,
        ("name", "organization"),
        ("name", "organization"),
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {
            **_NAMED,
            **dict.fromkeys(("inventory", "source_project", "execution_environment", "credential")),
            "source": "",
            "source_path": "",
            "source_vars": "",
            "overwrite": False,
            "overwrite_vars": False,
            "update_on_launch": False,
            "update_cache_timeout": 0,
        },
        {
            **_ENVIRONMENT,
            "inventory": ("inventories",),
            "source_project": ("projects",),
            "credential": ("credentials",),
        },
        ("name", "inventory", "source"),
        ("name", "inventory"),
        _NOTIFICATIONS,
    ),
    "job_templates": Kind(
        "job_template",
        {
            **_NAMED,
            **dict.fromkeys(("organization", "inventory", "project", "execution_environment")),
            "job_type": "run",
            "playbook": "",
            "forks": 0,
            "limit": "",
            "verbosity": 0,
            "extra_vars": "---",
            "timeout": 0,
            "use_fact_cache": False,
            "survey_enabled": False,
            "diff_mode": False,
            "allow_simultaneous": False,
            "job_slice_count": 1,
            **{f"ask_{name}_on_launch": False for name in _ASKS},
        },
        {**_ORGANIZATION, **_ENVIRONMENT, "inventory": ("inventories",), "project": ("projects",)},
        ("name", "playbook", "project"),
        ("name", "organization"),
        {**_NOTIFICATIONS, "credentials": "credentials"},
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {
            **_NAMED,
            "organization": None,
            "inventory": None,
            "extra_vars": "---",
            "limit": None,
            "survey_enabled": False,
            "allow_simultaneous": False,
            "ask_limit_on_launch": False,
            "ask_variables_on_launch": False,
        },
        {**_ORGANIZATION, "inventory": ("inventories",)},
        unique=("name", "organization"),
        associations={**_NOTIFICATIONS, "notification_templates_approvals": "notification_templates"},
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {
            "identifier": "",
            "workflow_job_template": None,
            "unified_job_template": None,
            "inventory": None,
            "extra_data": {},
            "limit": None,
            "job_type": None,
            "job_slice_count": None,
            "all_parents_must_converge": False,
        },
        {
            "workflow_job_template": ("workflow_job_templates",),
            "unified_job_template": TEMPLATES,
            "inventory": ("inventories",),
        },
        ("workflow_job_template",),
        ("identifier", "workflow_job_template"),
        {**_NODES, "credentials": "credentials"},
    ),
    "workflow_approval_templates": Kind("workflow_approval_template", {**_NAMED, "timeout": 0}, unique=()),
    "schedules": Kind(
        "schedule",
        {**_NAMED, "unified_job_template": None, "rrule": "", "enabled": True, "extra_data": {}, "inventory": None},
        {"unified_job_template": TEMPLATES, "inventory": ("inventories",)},
        ("name", "unified_job_template", "rrule"),
        ("name", "unified_job_template"),
    ),
}
