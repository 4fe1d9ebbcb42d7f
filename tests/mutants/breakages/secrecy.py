# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""I15: secrets."""

from __future__ import annotations

from tests.mutants.breakage import Breakage

BREAKAGES = (
    Breakage(
        "I15",
        "a traceback or a log of a record shows its passwords",
        "plugin_utils/_ledger/record.py",
        '        return f"<{type(self).__name__}>"\n',
        "        return str({name: getattr(self, name) for name in self.__dataclass_fields__})\n",
        "unit/ledger/test_record.py::test_no_password_in_a_repr",
    ),
    Breakage(
        "I15",
        "the ledger's records are not encrypted",
        "plugin_utils/_ledger/encryption.py",
        "nonce + self._gcm.encrypt(nonce, to_json(record), _bound_to(key, record.version))",
        "nonce + to_json(record)",
        "unit/ledger/test_sqlite.py::test_no_password_in_the_file",
    ),
    Breakage(
        "I15",
        "others can look into the folder of the ledger",
        "plugin_utils/_files.py",
        "missing.chmod(0o700)",
        "missing.chmod(0o755)",
        "unit/ledger/test_sqlite.py::test_modes",
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
        "plugin_utils/_files.py",
        "os.fchmod(file.fileno(), 0o600)",
        "os.fchmod(file.fileno(), 0o644)",
        "unit/rotation/report/test_report_writer.py::test_files_and_new_folders_are_for_the_owner_only",
    ),
    Breakage(
        "I15",
        "a secret that the cloud quotes in another spelling is shown",
        "module_utils/_redact.py",
        "for secret in secrets if secret for form in _spellings(secret)",
        "for secret in secrets if secret for form in (secret,)",
        "unit/test_errors.py::test_no_spelling_of_a_secret_survives",
    ),
    Breakage(
        "I15",
        "a text is cut before it is searched, so that half of a secret survives",
        "module_utils/_redact.py",
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
        "the secret of a key is in the command line of ssh's proxy",
        "plugin_utils/_terminal/handover.py",
        '        "profile": options.profile,\n',
        '        "profile": options.access_key_secret,\n',
        "unit/terminal/test_proxy.py::test_no_secret_is_in_the_command",
    ),
)
