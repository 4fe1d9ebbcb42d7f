# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""HashiCorp Vault and OpenBao, as far as a ledger needs them: KV version 2, tokens, AppRole, policies, namespaces."""
