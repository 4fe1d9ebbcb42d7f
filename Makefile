# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything runs in virtual environments under .venv/, which are made when they are missing or out of date.
# PYTHON chooses the interpreter to make the default one from; PYTEST_ARGS goes to pytest.
PYTHON ?= python3
PYTEST_ARGS ?=
FAULTS_ARGS ?=
FUZZ ?= 10
MUTANTS_ARGS ?=
CORE ?= main
BENCH ?= full
LEDGER ?= file

TOOL := $(PYTHON) -m tests.tools
RUN := .venv/main/bin/python -m tests.tools

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint types unit bounds fuzz fidelity integration integration-full secrecy faults bench
.PHONY: mutants mutants-page sanity sanity-all coverage docs picture pins release clean main tools

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

demo: main ## rotate the passwords of an emulated inventory and show the report; LEDGER=openbao for a ledger on a real server
	@.venv/main/bin/python -m tests.demo --ledger $(LEDGER)

test: ## run every check, two at a time: lint, types, unit, bounds, fidelity, integration, faults, sanity
	@$(TOOL).stages

test-all: PYTEST_ARGS := -q -n 2 --dist loadfile
test-all: test sanity-all integration-full coverage ## all of it with every supported ansible-core, and the coverage; hours

lint: main tools ## style, documentation, changelog, licences and packaging
	@$(RUN).lint

types: main ## mypy over plugins and tests
	@$(RUN).typecheck

unit: main ## unit tests
	@$(RUN).suite unit $(PYTEST_ARGS)

bounds: main ## unit tests of requests, answers and records with the oldest supported libraries
	@$(RUN).suite bounds $(PYTEST_ARGS)

fuzz: main ## property tests with FUZZ times as many examples, each time others (PYTEST_ARGS=--hypothesis-seed=N repeats)
	@CONSOLE_FUZZ=$(FUZZ) $(RUN).suite unit/fuzz tests/unit/ledger/test_record_machine.py \
		tests/unit/rotation/test_rotation_machine.py tests/integration/test_names.py $(PYTEST_ARGS)

fidelity: main ## the emulated clouds against the vendors' own clients and vectors
	@$(RUN).suite fidelity $(PYTEST_ARGS)

integration: main ## playbooks against the emulated clouds, some with the oldest and newest ansible-core too
	@$(RUN).suite integration $(PYTEST_ARGS)

secrecy: main ## look for secrets in all that any module writes, on success and failure, with every ansible-core
	@CONSOLE_FULL=1 CONSOLE_CORES=all $(RUN).suite integration -k secrecy $(PYTEST_ARGS)

integration-full: main ## all of integration with every ansible-core; what make test leaves out for its time included
	@CONSOLE_FULL=1 CONSOLE_CORES=all $(RUN).suite integration $(PYTEST_ARGS)

faults: main ## kill 200 rotations at every step, and see that no password is lost; FAULTS_ARGS as in tests/faults/README.md
	@.venv/main/bin/python -m tests.faults $(FAULTS_ARGS)

bench: main ## measure what performance.rst promises, up to 20 minutes, and write its tables; BENCH=quick for less
	@.venv/main/bin/python -m tests.benchmarks $(BENCH)

mutants: main ## break the code on purpose and see a test fail; MUTANTS_ARGS="--only I4" for some of it
	@.venv/main/bin/python -m tests.mutants $(MUTANTS_ARGS)

mutants-page: main ## write the tables of tests/mutants/proofs.rst anew
	@.venv/main/bin/python -m tests.mutants --page

sanity: main ## ansible-test sanity; CORE=core-2.16 for another ansible-core
	@$(RUN).sanity $(CORE)

sanity-all: main ## ansible-test sanity with every ansible-core
	@$(RUN).sanity all

coverage: main ## how much of plugins/ unit and integration tests run; at least 95 % of lines and 90 % of branches
	@$(RUN).coverage

docs: tools ## the documentation as HTML, with its pictures, below .build/docs/
	@$(TOOL).docs

picture: main ## the picture of a report in the README, from the demo; needs Chromium
	@$(RUN).picture

pins: ## bring the pinned requirements of all environments up to date
	@$(TOOL).pins

release: main tools ## release VERSION from the branch main: checks, changelog, commit, tag, package; DRY=1 changes nothing
	@$(RUN).release $(if $(DRY),--dry-run) $(if $(PREPARE),--prepare) $(VERSION)

clean: ## remove the environments and everything else that make made
	@rm -rf .venv .build .hypothesis .mypy_cache .nox .pytest_cache .ruff_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

main tools:
	@$(TOOL).environment $@
