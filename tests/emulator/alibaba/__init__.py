# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alibaba Cloud ECS and the part of STS that gives out keys."""
