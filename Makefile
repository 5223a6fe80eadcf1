# Each target does all the set-up it needs, in .venv, and then its one thing.
# The set-up is repeated only when pyproject.toml or constraints.txt changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := simulator scenarios loadtests

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test lint format bench setup clean
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-7s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.run ## run the sepsis scenario to its verdict
	$(BIN)/pulsetrain run sepsis

# Locust replaces parts of the standard library, so its tests have a process of their own.
test: lint ## check style, types and imports, then run every test
	$(BIN)/python -m pytest --durations=15 --ignore=tests/loadtest $(ARGS)
	$(BIN)/python -m pytest --durations=10 tests/loadtest $(ARGS)

lint: $(VENV)/.all ## check style, types and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(PACKAGES)
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.all ## lay the code out, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.all ## measure every stage, as a table and bench.json
	$(BIN)/python -m benchmarks $(ARGS)

setup: $(VENV)/.all ## install everything, for work on the code

clean: ## remove the virtual environment and the caches
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/.run: pyproject.toml constraints.txt
	@$(call install,.)
	@touch $@

$(VENV)/.all: pyproject.toml constraints.txt
	@$(call install,.[all])
	@touch $(VENV)/.run $@

# One clear line for each of the two things a fresh machine may lack.
define install
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "pulsetrain needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo "$(PYTHON) has no venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || exit 1; \
echo "Installing into $(VENV) ..."; \
$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '$(1)'
endef
