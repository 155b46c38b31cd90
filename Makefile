# `make` alone tells what there is. Everything works on a fresh machine with Python 3.11 or newer and make; what it
# installs stays in this folder, in .venv and .venv-sam. Another Python: make PYTHON=python3.13 …

SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?=
VENV := .venv/bin/python
GATE := $(VENV) tools/gate.py
SIMULATION := PYTHONPATH=layers/core/python:cli:. $(VENV) -m tests.simulation
# Names the environments to bring up to date: local, dev, sam. Does nothing, quickly, when they are.
SETUP = python=$$(sh tools/python.sh $(PYTHON)) && "$$python" tools/environment.py

export SAM_CLI_TELEMETRY := 0
# Byte code that is kept makes every later start of these large tools several seconds shorter.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: ## the whole stack on this machine, with a phone for each of three people; Ctrl-C ends it
	@$(SETUP) local sam
	@exec $(VENV) -m local.run

.PHONY: test
test: ## everything that is checked, as CI runs it
	@$(SETUP) dev sam
	@$(GATE) all

.PHONY: lint
lint: ## format, lint, types, rooms, the template
	@$(SETUP) dev sam
	@$(GATE) lint-all

.PHONY: unit
unit: ## the unit tests: the fast part
	@$(SETUP) dev
	@$(GATE) unit

.PHONY: sim
sim: ## histories of the whole system under a virtual clock, with every fault (HISTORIES=10000); SEED=… tells one
	@$(SETUP) dev
	@$(SIMULATION) $(if $(SEED),tell $(SEED),play $(or $(HISTORIES),10000))

.PHONY: sim-long
sim-long: ## a million of them: some hours
	@$(SETUP) dev
	@$(SIMULATION) play 1000000

.PHONY: sabotage
sabotage: ## breaks the code in every known way, one after another: the simulation has to notice (ONLY=words of a name)
	@$(SETUP) dev
	@$(SIMULATION) sabotage "$(ONLY)"

.PHONY: stack
stack: ## the tests of the deployed template, on MiniStack
	@$(SETUP) dev sam
	@$(GATE) stack

.PHONY: browser
browser: ## the tests of the pages, in Chromium
	@$(SETUP) dev sam
	@$(GATE) browser

.PHONY: bench
bench: ## what an alert, a step and an ack cost: requests, functions, money, cold starts
	@$(SETUP) dev sam
	@$(VENV) -m tests.bench

.PHONY: format
format: ## puts all Python into the one format, and mends what ruff can
	@$(SETUP) dev
	@.venv/bin/ruff check --quiet --fix . || true
	@.venv/bin/ruff format .

.PHONY: build
build: ## the packages for AWS, for `sam deploy` (needs a Python 3.13 for the layer's byte code)
	@$(SETUP) local sam
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv-sam/bin/sam build

.PHONY: lock
lock: ## the lock files anew from requirements/*.in, as few changes as can be (UPGRADE=1: the newest)
	@$(SETUP) local
	@sh tools/lock.sh $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## removes what was built and cached, the environments too
	rm -rf .venv .venv-sam .aws-sam .local .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
