# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I15 and I18: secrets, and how they are made."""

from __future__ import annotations

from tests.mutants.breakage import Breakage
from tests.mutants.breakages.places import (
    IN_RECORD,
    IN_REKEYING,
    IN_SQLITE,
    OPENING,
    RECORD,
    REKEYING,
)
from tests.mutants.breakages.together import IN_RUN, TARGETS
from tests.mutants.breakages.told import FLEET_ACTION

HANDOVER = "plugin_utils/_terminal/handover.py"
PASSWORDS = "plugin_utils/_rotation/passwords.py"
PRIVATE = "plugin_utils/_files.py"
REDACT = "module_utils/_redact.py"
IN_PASSWORDS = "unit/rotation/test_passwords.py"
IN_WRITER = "unit/rotation/report/test_report_writer.py"

BREAKAGES = (
    Breakage(
        "I15",
        "a traceback or a log of a record shows its passwords",
        RECORD,
        '        return f"<{type(self).__name__}>"\n',
        "        return str({name: getattr(self, name) for name in self.__dataclass_fields__})\n",
        f"{IN_RECORD}::test_no_password_in_a_repr",
    ),
    Breakage(
        "I15",
        "a traceback of a run shows the inventory's secrets",
        TARGETS,
        "    values: t.Mapping[str, t.Any] = field(repr=False)",
        "    values: t.Mapping[str, t.Any]",
        f"{IN_RUN}::test_no_secret_in_the_repr_of_what_a_run_is_given",
    ),
    Breakage(
        "I15",
        "the ledger's records are not encrypted",
        "plugin_utils/_ledger/encryption.py",
        "nonce + self._gcm.encrypt(nonce, to_json(record), _bound_to(key, record.version))",
        "nonce + to_json(record)",
        f"{IN_SQLITE}::test_no_password_in_the_file",
    ),
    Breakage(
        "I15",
        "others can look into the folder of the ledger",
        PRIVATE,
        "missing.chmod(0o700)",
        "missing.chmod(0o755)",
        f"{IN_SQLITE}::test_modes",
    ),
    Breakage(
        "I15",
        "others can go on reading a ledger that they could read",
        OPENING,
        "        path.chmod(0o600)",
        "        pass",
        f"{IN_SQLITE}::test_a_ledger_that_others_can_read_is_closed_to_them",
    ),
    Breakage(
        "I15",
        "whoever had the old key of the ledger can read later copies, because the data key stays",
        REKEYING,
        "        data_key = new_data_key()\n",
        "        data_key = old.unwrap(keys.wrapped)\n",
        f"{IN_REKEYING}::test_who_had_the_old_secret_cannot_read_later_copies",
    ),
    Breakage(
        "I15",
        "what the old key sealed stays in the unused room of the file",
        REKEYING,
        '    connection.execute("VACUUM")\n',
        "",
        f"{IN_REKEYING}::test_what_was_deleted_before_is_gone_too",
    ),
    Breakage(
        "I15",
        "the export is not encrypted",
        "plugin_utils/_rotation/export.py",
        "write_private(self.path, self._lock.encrypt(text.encode()))",
        "write_private(self.path, text.encode())",
        "unit/rotation/test_export.py::test_what_is_in_it",
    ),
    Breakage(
        "I15",
        "others can read reports",
        PRIVATE,
        "os.fchmod(file.fileno(), 0o600)",
        "os.fchmod(file.fileno(), 0o644)",
        f"{IN_WRITER}::test_files_and_new_folders_are_for_the_owner_only",
    ),
    Breakage(
        "I15",
        "a report that could not be written leaves a temporary file",
        PRIVATE,
        "            temporary.unlink()\n",
        "            pass\n",
        f"{IN_WRITER}::test_what_cannot_be_written_whole_leaves_the_old_report_and_nothing_else",
    ),
    Breakage(
        "I15",
        "a secret that the cloud quotes in another spelling is shown",
        REDACT,
        "for secret in secrets if secret for form in _spellings(secret)",
        "for secret in secrets if secret for form in (secret,)",
        "unit/test_errors.py::test_no_spelling_of_a_secret_survives",
    ),
    Breakage(
        "I15",
        "a text is cut before it is searched, so that half of a secret survives",
        REDACT,
        "    spellings = {form",
        "    text = text[:LONGEST]\n    spellings = {form",
        "unit/test_errors.py::test_no_part_of_a_secret_survives_the_cut",
    ),
    Breakage(
        "I15",
        "what the cloud says is shown as it is",
        "module_utils/_alibaba/errors.py",
        'scrub(message, secrets).rstrip(".")',
        'message.rstrip(".")',
        "unit/alibaba/test_client.py::test_a_refusal_that_quotes_the_password",
    ),
    Breakage(
        "I15",
        "the options that a result shows have a password in them",
        "modules/vnc_password.py",
        '"password": {"type": "str", "required": True, "no_log": True}',
        '"password": {"type": "str", "required": True, "no_log": False}',
        "integration/secrecy/test_rotations.py::test_when_all_is_well",
    ),
    Breakage(
        "I15",
        "a line about the run quotes the ledger's key",
        FLEET_ACTION,
        "        order = self.order(params, task_vars)\n",
        "        order = self.order(params, task_vars)\n        self.say(str(params))\n",
        "integration/secrecy/test_rotations.py::test_when_all_is_well",
    ),
    Breakage(
        "I15",
        "the refusal of a signature shows the query that was signed, with the password in it",
        "module_utils/_alibaba/errors.py",
        "    if code.startswith(_ECHOING):",
        "    if code.startswith(_ECHOING[1:]):",
        "unit/alibaba/test_client.py::test_a_wrong_secret_hides_the_string_to_sign",
    ),
    Breakage(
        "I15",
        "requests are logged, with the password in their query",
        "module_utils/_http.py",
        "    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)\n",
        "    logging.getLogger(_name).setLevel(logging.DEBUG)\n",
        "unit/http/test_wire.py::test_the_loggers_are_silent",
    ),
    Breakage(
        "I15",
        "an exception of httpx, which has the URL, is the context of ours",
        "module_utils/_http.py",
        "            failure = (\n                unanswered(",
        "            raise (\n                unanswered(",
        "unit/http/test_sent_or_not.py::test_a_reset_behind_the_request",
    ),
    Breakage(
        "I15",
        "answers are unpacked, however large that makes them",
        "module_utils/_http.py",
        "response.aiter_raw()",
        "response.aiter_bytes()",
        "unit/http/test_answers.py::test_nothing_is_unpacked",
    ),
    Breakage(
        "I18",
        "passwords come from a source that can be foretold",
        PASSWORDS,
        "secrets.token_bytes(2 * length)",
        '__import__("random").randbytes(2 * length)',
        f"{IN_PASSWORDS}::test_the_source_is_the_operating_systems",
    ),
    Breakage(
        "I18",
        "some passwords are likelier than others",
        PASSWORDS,
        "        password = _drawn(alphabet, rule.length)\n",
        "        each = [secrets.choice(secrets.choice(rule.classes)) for _position in range(rule.length)]\n"
        '        password = "".join(each)\n',
        f"{IN_PASSWORDS}::test_each_class_as_often_as_among_all_that_fits",
    ),
    Breakage(
        "I18",
        "the first characters of the alphabet are drawn more often, because a byte has 256 values",
        PASSWORDS,
        " if byte < 256 - 256 % size",
        "",
        f"{IN_PASSWORDS}::test_the_real_rule_by_place",
    ),
    Breakage(
        "I18",
        "a password is not held against the rule",
        PASSWORDS,
        "rule.broken_by(password) is None and ",
        "",
        f"{IN_PASSWORDS}::test_the_real_rule_by_place",
    ),
    Breakage(
        "I18",
        "classes are drawn first, and shuffled",
        PASSWORDS,
        "        password = _drawn(alphabet, rule.length)\n",
        "        first = (*rule.classes, *[alphabet] * rule.length)[: rule.length]\n"
        '        password = "".join(sorted(secrets.choice(one) for one in first))\n',
        f"{IN_PASSWORDS}::test_uniform_over_everything_that_fits",
    ),
    Breakage(
        "I18",
        "a password that the record knows is taken again",
        PASSWORDS,
        " and password not in known",
        "",
        f"{IN_PASSWORDS}::test_never_a_known_one",
    ),
    Breakage(
        "I18",
        "history does not count as known",
        RECORD,
        "        known = {former.password for former in self.history}\n",
        "        known: set[str] = set()\n",
        f"{IN_RECORD}::test_no_new_candidate_is_staged",
    ),
    Breakage(
        "I18",
        "a candidate that is not new can be staged",
        RECORD,
        "    if candidate in record.passwords:\n        raise InvalidTransition",
        "    if False:\n        raise InvalidTransition",
        f"{IN_RECORD}::test_no_new_candidate_is_staged",
    ),
    Breakage(
        "I15",
        "the secret of a key is in the command line of ssh's proxy",
        HANDOVER,
        '        "profile": options.profile,\n',
        '        "profile": options.access_key_secret,\n',
        "unit/terminal/test_proxy.py::test_no_secret_is_in_the_command",
    ),
)
