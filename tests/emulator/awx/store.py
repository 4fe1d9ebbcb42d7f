# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects: made, changed, found and associated as AWX's API does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import rules
from .kinds import KINDS, TEMPLATES

Object = dict[str, Any]
ENCRYPTED = "$encrypted$"
# Types that every AWX brings, as far as tests use them
MANAGED: dict[str, tuple[str, ...]] = {
    "Vault": ("vault_password", "vault_id"),
    "Machine": ("username", "password", "ssh_key_data", "ssh_key_unlock", "become_method", "become_username"),
    "OpenStack": ("username", "password", "project", "host", "domain"),
    "Source Control": ("username", "password"),
}


class RefusedError(Exception):
    """What AWX answers with 400: problems by field."""

    def __init__(self, problems: Mapping[str, Any]) -> None:
        super().__init__(str(problems))
        self.problems = dict(problems)


class Store:
    """All objects by kind and id; ids are unique over all kinds.

    :param playbooks: the playbooks that the repository of every project holds.
    """

    def __init__(self, playbooks: Sequence[str]) -> None:
        self.playbooks = frozenset(playbooks)
        self.objects: dict[str, dict[int, Object]] = {kind: {} for kind in KINDS}
        self.associated: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, Object] = {}
        self._last = 0
        self.create("organizations", {"name": "Default"})
        for name, inputs in MANAGED.items():
            fields = [{"id": one, "label": one, "type": "string", "secret": one.endswith("password")} for one in inputs]
            made = self.create("credential_types", {"name": name, "kind": "cloud", "inputs": {"fields": fields}})
            made["managed"] = True

    def create(self, kind: str, given: Object) -> Object:
        """Make an object, or raise RefusedError."""
        made = {**KINDS[kind].fields, **self._known(kind, given)}
        if missing := [name for name in KINDS[kind].required if made[name] in (None, "")]:
            raise RefusedError({name: ["This field is required."] for name in missing})
        self._last += 1
        self._check(kind, {**made, "id": self._last})
        self.objects[kind][self._last] = {"id": self._last, **made}
        return self.objects[kind][self._last]

    def change(self, kind: str, key: int, given: Object) -> None:
        """Change an object, or raise RefusedError; an encrypted value that comes back stays what it is."""
        present = self.objects[kind][key]
        changed = {**present, **self._known(kind, given)}
        for name, value in changed.items():
            if isinstance(value, dict):
                old = present[name] or {}
                changed[name] = {one: old.get(one) if part == ENCRYPTED else part for one, part in value.items()}
        self._check(kind, changed)
        present.update(changed)

    def found(self, kind: str, wanted: Mapping[str, str]) -> list[tuple[str, Object]]:
        """Objects that fit the query, each with its kind; unified_job_templates are all kinds of templates."""
        kinds = TEMPLATES if kind == "unified_job_templates" else (kind,)
        everything = [(one, value) for one in kinds for value in self.objects[one].values()]
        either = {name.removeprefix("or__"): value for name, value in wanted.items() if name.startswith("or__")}
        both = {name: value for name, value in wanted.items() if not name.startswith("or__")}
        return [
            (one, value)
            for one, value in everything
            if all(self._fits(one, value, *pair) for pair in both.items())
            and (not either or any(self._fits(one, value, *pair) for pair in either.items()))
        ]

    def _fits(self, kind: str, value: Object, name: str, wanted: str) -> bool:
        if name != "type" and name != "id" and name not in KINDS[kind].fields:
            if kind not in TEMPLATES:
                raise RefusedError({"detail": f"{KINDS[kind].type} has no field named '{name}'"})
            return False
        return wanted == (KINDS[kind].type if name == "type" else str(value[name]))

    def associate(self, kind: str, key: int, name: str, other: int, *, remove: bool = False) -> None:
        """Join two objects, or part them."""
        if other not in self.objects[KINDS[kind].associations[name]]:
            raise RefusedError({"detail": f"no {name} with the id {other}"})
        joined = self.associated.setdefault((kind, key, name), [])
        if remove:
            joined.remove(other)
            return
        if kind == "job_templates" and name == "credentials":
            types = [self.objects["credentials"][one]["credential_type"] for one in (*joined, other)]
            if len(types) != len(set(types)):
                raise RefusedError({"detail": "Cannot assign multiple credentials of one type."})
        joined.append(other)

    def approve(self, node: int, given: Object) -> Object:
        """Make the approval of a node."""
        made = self.create("workflow_approval_templates", given)
        self.objects["workflow_job_template_nodes"][node]["unified_job_template"] = made["id"]
        return made

    def shown(self, kind: str, value: Object) -> Object:
        """The object as the API shows it: secrets as $encrypted$."""
        secrets = self._secrets(kind, value)
        return {
            name: {one: ENCRYPTED if one in secrets and part else part for one, part in content.items()}
            if name in ("inputs", "notification_configuration") and secrets
            else content
            for name, content in value.items()
        }

    def _secrets(self, kind: str, value: Object) -> set[str]:
        if kind == "notification_templates":
            return {"password", "token"}
        if kind != "credentials":
            return set()
        fields = self.objects["credential_types"][value["credential_type"]]["inputs"]["fields"]
        return {one["id"] for one in fields if one.get("secret")}

    def _known(self, kind: str, given: Object) -> Object:
        if unknown := set(given) - set(KINDS[kind].fields) - {"type"}:
            raise RefusedError({name: ["Unknown field."] for name in unknown})
        for name, kinds in KINDS[kind].references.items():
            if given.get(name) is not None and not any(given[name] in self.objects[one] for one in kinds):
                raise RefusedError({name: [f'Invalid pk "{given[name]}" - object does not exist.']})
        return {name: value for name, value in given.items() if name != "type"}

    def _check(self, kind: str, value: Object) -> None:
        unique = KINDS[kind].unique
        for key, other in self.objects[kind].items():
            if unique and key != value["id"] and all(other[name] == value[name] for name in unique):
                raise RefusedError({"__all__": [f"{KINDS[kind].type} with these {', '.join(unique)} already exists."]})
        if problems := list(self._problems(kind, value)):
            raise RefusedError({"__all__": problems})

    def _problems(self, kind: str, value: Object) -> Iterator[str]:
        if kind == "credential_types":
            yield from rules.credential_type(value)
        elif kind == "credentials":
            yield from rules.credential(value, self.objects["credential_types"][value["credential_type"]])
        elif kind == "notification_templates":
            yield from rules.notification(value)
        elif kind == "schedules":
            yield from rules.schedule(value)
        elif kind == "job_templates" and value["playbook"] not in self.playbooks:
            yield f"Playbook {value['playbook']} not found for project."
