# Copyright: (c) 2026, cloudops.console maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters over the result of vnc_password_rotation or its survey, and over the artifacts of its jobs, for the role."""

from __future__ import annotations

import typing as t

from ansible import context
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.parsing.utils.addresses import parse_address
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.details import find_detail, read_details
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.inventory import without_omitted
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.outcomes import PROBLEMS
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.result import fitting, size
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.screen import table
from ansible_collections.cloudops.console.plugins.plugin_utils._rotation.since import compared

# Bytes of names per list in the artifact, and of the reason of a stop, so that it stays below 4 KB as a whole.
LONGEST = 1200
LONGEST_REASON = 400
# Hosts that the role names where it fails, and characters of what it says of each.
MOST_TOLD = 3
LONGEST_MESSAGE = 500
FAILED_ADVICE = (
    "Fix the cause and run again; hosts that are done are not changed again. A play that marks single hosts itself "
    "sets vnc_rotation_fail to false and ends with the entry point host_status over the group vnc_rotation_host_status."
)
# Bytes that the events of one page of groups may take (a quarter more at -vvv), and what a host takes of them beside
# its name and groups.
PAGE = 75_000
PER_HOST = 330
# Whose status a play after the rotation may report.
HOST_STATUS = ("problems", "all", "none")
# What both filters read of a result.
_FORM: dict[str, t.Any] = {
    "hosts": t.Mapping,
    "problems_total": int,
    "reboot_needed": (list, tuple),
    "summary": t.Mapping,
}


def rotation_groups(
    result: t.Mapping[str, t.Any],
    host_status: str = "none",
    reboot_ok: bool = False,
) -> list[dict[str, t.Any]]:
    """Return {name, groups} for each host that belongs into a group, each host once.

    Where nothing but a playbook of this collection runs, hosts that merely need a reboot are left out: groups end with
    the run, and each host in one has a line on the screen.

    :param host_status: problems, all or none: whose status a following play reports.
    :param reboot_ok: whether a following play restarts what needs it; of two names of one instance, only one.
    """
    _check(result)
    if host_status not in HOST_STATUS:
        raise AnsibleFilterError(f"host_status is {str(host_status)[:64]!r}. Use one of {', '.join(HOST_STATUS)}.")
    waiting = result.get("reboot_needed_total", len(result["reboot_needed"]))
    if host_status != "all" and not result["problems_total"] and not waiting:
        return []
    known, alone = _known(result), _runs_alone()
    grouped = []
    for name, host in known.items():
        needs_reboot, has_problem = host["reboot"] == "needed", host["outcome"] in PROBLEMS
        belongs = {
            "vnc_reboot_needed": needs_reboot,
            "vnc_rotation_reboot": needs_reboot and reboot_ok and not has_problem and "same_as" not in host,
            "vnc_rotation_failed": has_problem,
            "vnc_rotation_host_status": host_status == "all" or (host_status == "problems" and has_problem),
        }
        groups = [group for group, does in belongs.items() if does]
        if groups and not (alone and groups == ["vnc_reboot_needed"]):
            grouped.append({"name": name, "groups": groups})
    return grouped


def rotation_pages(groups: t.Sequence[t.Mapping[str, t.Any]]) -> list[list[t.Mapping[str, t.Any]]]:
    """Return the list of rotation_groups in pages, each of which makes a task whose result is small enough for AWX.

    Without the hosts of rotation_by_host, which add_host would not find.
    """
    _check_groups(groups)
    pages: list[list[t.Mapping[str, t.Any]]] = []
    left = 0
    for host in groups:
        if _is_split(host["name"]):
            continue
        # The name is in there twice, and a third time in the label
        takes = PER_HOST + 3 * size(host)
        left -= takes
        if left < 0:
            pages.append([])
            left = PAGE - takes
        pages[-1].append(host)
    return pages


def rotation_steps(
    groups: t.Sequence[t.Mapping[str, t.Any]], artifact: bool = False, failure: bool = False
) -> list[dict[str, t.Any]]:
    """Return which files of the role's tasks are to be included behind a rotation or a survey, each with its page.

    :param artifact: whether there is something to hand the summary to.
    :param failure: whether the role is to fail in the end.
    """
    steps: list[dict[str, t.Any]] = [
        {"file": "group_page.yml", "page": page} for page in range(len(rotation_pages(groups)))
    ]
    steps += [{"file": "name_by_host.yml"}] if rotation_by_host(groups) else []
    last = {"artifact.yml": artifact, "fail.yml": failure}
    return [*steps, *({"file": file} for file, wanted in last.items() if wanted)]


def rotation_by_host(groups: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, list[str]]:
    """Return the groups of the hosts that add_host would take for a name with a port, by the host's name."""
    _check_groups(groups)
    return {host["name"]: list(host["groups"]) for host in groups if _is_split(host["name"])}


def console_text(value: t.Any) -> str:
    """Return the value of a console_* variable as the rotation reads it, an empty text for what is not given."""
    return (without_omitted(value) or "").strip()


def rotation_message(result: t.Mapping[str, t.Any], name: str, later: t.Mapping[str, t.Any] | None = None) -> str:
    """Return what is to be said of one host: why it has a problem, else its outcome.

    It is asked for by each host of a play, so it looks at no other.

    :param later: the result of a survey behind the rotation, which counts where the host has a problem there.
    """
    if later is not None:
        _check_form(later)
        if (later["hosts"].get(str(name)) or {}).get("outcome") in PROBLEMS:
            return rotation_message(later, name)
    _check_form(result)
    name = str(name)
    told = (result.get("problems") or {}).get(name) or result["hosts"].get(name)
    if told is not None:
        _check_host(told)
    if told is None or (told["outcome"] in PROBLEMS and "message" not in told):
        told = _detail(result, name) or told
    if told is None:
        return "done or not due"
    return str(told.get("message") or told["outcome"])


def rotation_table(result: t.Mapping[str, t.Any], rows: t.Any = 300) -> list[str]:
    """Return the lines of a table with each host of a survey, those with something to do first, and a summary.

    :param rows: so many hosts at most; 0 for all that there is room for.
    """
    _check(result)
    if not str(rows).isdecimal():
        raise AnsibleFilterError(f"{str(rows)[:40]!r} is no number of rows: give a whole number, or 0 for all hosts.")
    lines = table(_with_messages(result), int(rows))
    return [*lines, f"Stopped early: {result['stopped']}"] if result.get("stopped") else lines


def _with_messages(result: t.Mapping[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """Every host with why it has a problem, where it has one."""
    problems = result.get("problems") or {}
    if result.get("shortened") or len(problems) < result["problems_total"]:
        return _from_details(result)
    return {name: {**host, **problems.get(name, {})} for name, host in result["hosts"].items()}


def rotation_failure(result: t.Mapping[str, t.Any]) -> str:
    """Return with which message the role fails: how many hosts have a problem, the first of them, what to do."""
    _check(result)
    count: int = result["problems_total"]
    problems, reports = result.get("problems"), result.get("report")
    total = result["summary"].get("total", len(result["hosts"]))
    parts = [f"{count} of {total} hosts {'has' if count == 1 else 'have'} a problem."]
    told = list(problems.items())[:MOST_TOLD] if isinstance(problems, t.Mapping) else []
    parts += [f"{name}: {_shortened(rotation_message(result, name))}" for name, _problem in told]
    parts += [f"And {count - len(told)} more."] if told and count > len(told) else []
    if reports and isinstance(reports, t.Mapping):
        parts.append(f"The report {reports.get('html') or next(iter(reports.values()))} names all of them.")
    return " ".join([*parts, FAILED_ADVICE])


def _shortened(text: str) -> str:
    """A text of at most LONGEST_MESSAGE characters, with a full stop."""
    text = text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]} ..."
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _known(result: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    """Every host of the run: from the result, or where that was shortened, from the file beside it."""
    if not result.get("shortened"):
        hosts: t.Mapping[str, t.Any] = result["hosts"]
        return hosts
    return _from_details(result)


def _from_details(result: t.Mapping[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    try:
        found = {host.pop("name"): host for host in read_details(_details_path(result))}
    except (OSError, ValueError) as error:
        raise _gone(error) from None
    _check({**result, "hosts": found})
    return found


def _detail(result: t.Mapping[str, t.Any], name: str) -> dict[str, t.Any] | None:
    """What the file beside the result says of one host, None where all is in the result."""
    if not result.get("shortened") and len(result.get("problems") or {}) == result["problems_total"]:
        return None
    try:
        return find_detail(_details_path(result), name)
    except (OSError, ValueError) as error:
        raise _gone(error) from None


def _details_path(result: t.Mapping[str, t.Any]) -> str:
    path = result.get("details")
    if not isinstance(path, str):
        raise FileNotFoundError
    return path


def _gone(error: Exception) -> AnsibleFilterError:
    return AnsibleFilterError(
        "This result does not contain all of its hosts, and the file with the rest cannot be read "
        f"({type(error).__name__}). It lives as long as the run of ansible-playbook that made it: use the result there."
    )


def _check_groups(groups: t.Any) -> None:
    wrong = "This is not what cloudops.console.rotation_groups returns: "
    if not isinstance(groups, (list, tuple)):
        raise AnsibleFilterError(f"{wrong}it is not a list.")
    if not all(
        isinstance(host, t.Mapping) and isinstance(host.get("name"), str) and "groups" in host for host in groups
    ):
        raise AnsibleFilterError(f"{wrong}something in it is not a host with its name and groups.")


def _runs_alone() -> bool:
    """Whether ansible-playbook runs a playbook of this collection and nothing else, so that no play comes behind."""
    playbooks: t.Sequence[t.Any] = context.CLIARGS.get("args") or ()
    return len(playbooks) == 1 and str(playbooks[0]).startswith("cloudops.console.")


def _is_split(name: str) -> bool:
    """Whether add_host takes this name for that of another host, and a port; both ask the same function of Ansible."""
    try:
        found: bool = parse_address(name, allow_ranges=False)[0] != name
    except AnsibleError:
        return False
    return found


def _check(result: t.Any) -> None:
    """Raise AnsibleFilterError where this is not what the rotation or its survey returns."""
    _check_form(result)
    for host in result["hosts"].values():
        _check_host(host)
        if not isinstance(host.get("reboot"), str):
            raise _not_ours("a host in it has no reboot")
    if not all(isinstance(name, str) for name in (*result["hosts"], *result["reboot_needed"])):
        raise _not_ours("a name in it is no text")


def _check_form(result: t.Any) -> None:
    if not isinstance(result, t.Mapping):
        raise _not_ours("it is not a dictionary")
    for name, kind in _FORM.items():
        if not isinstance(result.get(name), kind):
            raise _not_ours(f"it has no {name}" if name not in result else f"its {name} is something else")


def _check_host(host: t.Any) -> None:
    if not isinstance(host, t.Mapping) or not isinstance(host.get("outcome"), str):
        raise _not_ours("a host in it has no outcome")


def _not_ours(why: str) -> AnsibleFilterError:
    return AnsibleFilterError(f"This is not a result of cloudops.console.vnc_password_rotation or its survey: {why}.")


def _first(names: t.Iterable[str]) -> list[str]:
    """As many names from the front as fit into LONGEST bytes."""
    return list(fitting(dict.fromkeys(names, ""), LONGEST))


def _cut(reason: t.Any) -> str | None:
    """The reason of a stop, shortened where it is long; other characters than ASCII count as they are escaped."""
    if reason is None:
        return None
    text = str(reason)
    return text if size(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON // 6]} ..."


def rotation_artifact(result: t.Mapping[str, t.Any], job: t.Any = "") -> dict[str, t.Any]:
    """Return the artifact for a workflow: counts and first names, under a name of its own for each AWX job."""
    _check(result)
    problems = [name for name, host in result["hosts"].items() if host["outcome"] in PROBLEMS]
    name = f"vnc_rotation_{job}" if job else "vnc_rotation"
    return {
        name: {
            "operation": result.get("operation"),
            "run_id": result.get("run_id"),
            "started_at": result.get("started_at"),
            "due_before": result.get("due_before"),
            "check_mode": result.get("check_mode"),
            "summary": {outcome: count for outcome, count in result["summary"].items() if count},
            "stopped": _cut(result.get("stopped")),
            "reboot_needed": _first(result["reboot_needed"]),
            "reboot_needed_total": result.get("reboot_needed_total", len(result["reboot_needed"])),
            "problems": _first(problems),
            "problems_total": result["problems_total"],
        }
    }


def rotation_collected(artifacts: t.Any, summary: t.Any = None) -> dict[str, t.Any]:
    """Return what several jobs have said of themselves, added up, and where the ledger says something else.

    :param artifacts: name to artifact; those of a forecast and everything that is no artifact do not count.
    :param summary: the counts that the ledger leads to; None: there is nothing to compare with.
    """
    if not isinstance(artifacts, t.Mapping):
        raise AnsibleFilterError("These are no artifacts: it is not a dictionary of names and artifacts.")
    if summary is not None and not isinstance(summary, t.Mapping):
        raise AnsibleFilterError("This is no summary of a rotation: it is not a dictionary.")
    return compared(artifacts, summary)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return them by name."""
        return {
            "rotation_groups": rotation_groups,
            "rotation_pages": rotation_pages,
            "rotation_steps": rotation_steps,
            "rotation_by_host": rotation_by_host,
            "console_text": console_text,
            "rotation_message": rotation_message,
            "rotation_table": rotation_table,
            "rotation_failure": rotation_failure,
            "rotation_artifact": rotation_artifact,
            "rotation_collected": rotation_collected,
        }
