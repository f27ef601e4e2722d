# Everything starts here and needs only make and Python >= 3.11. `make help` lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
# Two workers are faster than one on two cores; more only fight over the same disk. Browser tests go alone.
TEST_WORKERS ?= 2
TEST_ARGS ?=
LOCK_ARGS ?=

.PHONY: help run migrate test crash simulate bench lint format lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.installed  ## run Handrail with the demo bot; PORT and HANDRAIL_CONFIG are honoured
	@exec $(BIN)/python -m bridge run

migrate: $(VENV)/.installed  ## bring the database up to date, then stop
	@exec $(BIN)/python -m bridge migrate

test: $(VENV)/.installed-dev  ## run every test; TEST_ARGS="tests/domain -k ladder" narrows it
	$(BIN)/pytest -n $(TEST_WORKERS) --dist loadgroup -m "not browser" $(TEST_ARGS)
	$(BIN)/pytest -m browser $(TEST_ARGS) || test $$? -eq 5  # 5: the arguments name no browser test

crash: $(VENV)/.installed-dev  ## kill the daemon at every point, in every place, on both databases; half an hour
	HANDRAIL_EVERY_CRASH=1 $(BIN)/pytest -n $(TEST_WORKERS) -s -k every_point \
		tests/journeys/test_crash_journeys.py tests/journeys/test_crash_slack.py

SEEDS ?= 2000
simulate: $(VENV)/.installed-dev  ## the middle under SEEDS seeds of faults and deaths in given time; two a second
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --workers $(TEST_WORKERS)

bench: $(VENV)/.installed-dev  ## measure what benchmarks/README.md promises; wants a machine that does nothing else
	$(BIN)/python -m benchmarks.start_and_idle
	$(BIN)/python -m benchmarks.shown_in_console
	$(BIN)/python -m benchmarks.intake
	$(BIN)/python -m benchmarks.grown_site
	$(BIN)/python -m benchmarks.steady_load
	$(BIN)/python -m benchmarks.slack_thread
	$(BIN)/python -m benchmarks.slack_calls
	$(BIN)/python -m benchmarks.simulation

lint: $(VENV)/.installed-dev  ## ruff, its formatter, and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/.installed-dev  ## repair what ruff can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# The dev lock is bound to the runtime lock's versions, so that tests run what people run.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links $(LOCK_ARGS) pyproject.toml --group build
lock: $(VENV)/.installed-dev  ## pin all requirements again; LOCK_ARGS=--upgrade takes new versions
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --constraints requirements.lock --output-file requirements-dev.lock

clean:  ## remove the environment and caches; data/ stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# ── the environment: made once, filled from a lock, filled again only when that lock changes ──

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Handrail needs Python 3.11 or later; '$(PYTHON)' is not. Name another: make PYTHON=python3.12 …" >&2; exit 1; }
ifdef UV
	uv venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV)
else
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
endif

ifdef UV
INSTALL = uv pip install --quiet --python $(BIN)/python
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# An environment begun by uv, or cut off while it was made, has no pip yet.
PREPARE = @$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade >/dev/null
endif

# Setuptools is pinned in the locks, so that the project itself is built without asking an index.
$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	$(PREPARE)
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(PREPARE)
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation --no-index -e .
	@touch $@ $(VENV)/.installed
