# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Huawei Cloud ECS (v1 and its Nova v2.1), and the part of IAM that lists projects and gives out tokens."""
