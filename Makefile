# Everything a developer runs. A fresh machine needs Python 3.11 or newer and make; the rest comes
# from the package index that pip or uv is set up for. `make` alone lists the targets.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
UV := $(PYTHON) tools/uv.py
BIN := .venv/bin
MEMBERS := simulators $(wildcard plugins/*)
ARGS ?=

export UV_PYTHON_DOWNLOADS := never
export VIRTUAL_ENV := $(CURDIR)/.venv

.DEFAULT_GOAL := help
.PHONY: help setup demo dist test a11y check fix bench bench-allocation brokers faults screenshots docs helm lock clean
MAKEFLAGS += --no-print-directory

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: .venv/.assets  ## install everything into .venv (again at once when nothing changed)

demo: setup  ## run the whole platform with synthetic people; ARGS="--once --summary out.json"
	@$(BIN)/opptak demo $(ARGS)

test: setup  ## run the tests; ARGS="tests/core -k offer" to choose
	@$(BIN)/python -m tools.run_tests $(ARGS)

a11y: setup  ## run the tests that drive a real browser, accessibility included
	@$(BIN)/python -m tools.run_tests -m browser $(ARGS)

check: .venv/.python  ## ruff, house rules, layers, types
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/python -m tools.lint
	@$(BIN)/lint-imports --no-cache --no-logo > .venv/layers.txt || { cat .venv/layers.txt; exit 1; }
	@$(BIN)/mypy

fix: .venv/.python  ## repair and format what ruff can
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

bench: setup  ## measure speed and print the figures
	@$(BIN)/python -m tests.bench.run $(ARGS)

bench-allocation: setup .venv/.bench  ## measure the allocation engine against its peers; ARGS="--most 10000"
	@$(BIN)/python -m tests.bench.allocation $(ARGS)

faults: setup  ## break a deployment fifty times and look; ARGS="--seed 7 --kills 25 --faults 25"
	@$(BIN)/python -m tests.faults.run $(ARGS)

brokers: setup  ## tell the demo's story on every broker and compare the figures
	@$(BIN)/python -m tests.servers.story $(ARGS)

screenshots: setup  ## take the pictures in docs/images anew; needs a Chromium
	@$(BIN)/python -m tools.screenshots $(ARGS)

docs: .venv/.python  ## write docs/reference from the code and check every link
	@$(BIN)/python -m tools.docs
	@$(BIN)/python -m tools.links

helm: .venv/.helm  ## render and validate the Kubernetes chart
	@$(BIN)/pytest --quiet --no-header tests/helm $(ARGS)

dist: setup  ## build the wheels for an installation into dist/, with the made files inside
	@rm -rf dist
	@for member in . $(wildcard plugins/*); do \
		$(UV) build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist $$member || exit 1; done
	@ls dist

lock:  ## choose versions anew and pin them
	@$(UV) lock --quiet --upgrade
	@$(UV) export --quiet $(EXPORT) --all-extras --group dev --group build -o requirements.lock
	@$(UV) export --quiet $(EXPORT) --only-group helm -o requirements-helm.lock
	@$(UV) export --quiet $(EXPORT) --only-group bench -o requirements-bench.lock

EXPORT := --frozen --format requirements.txt --no-emit-workspace --no-header --no-default-groups

clean:  ## remove what was installed and built; the demo's data in .opptak stays
	rm -rf .venv .bootstrap build dist core/opptak/ui/node_modules core/opptak/ui/static/vendor

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=…"; exit 1; }
	@$(UV) venv --quiet --python $(PYTHON) --prompt opptak --allow-existing .venv

.venv/.python: requirements.lock pyproject.toml $(wildcard plugins/*/pyproject.toml) \
		simulators/pyproject.toml tools/uv.py | .venv/bin/python
	@echo "installing …"
	@$(UV) pip install --quiet --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation -e . $(MEMBERS:%=-e ./%)
	@touch $@

.venv/.assets: core/opptak/ui/package-lock.json tools/assets.py .venv/.python
	@$(BIN)/python tools/assets.py
	@touch $@

.venv/.bench: requirements-bench.lock .venv/.python
	@$(UV) pip install --quiet --require-hashes -r requirements-bench.lock
	@touch $@

.venv/.helm: requirements-helm.lock .venv/.python
	@$(UV) pip install --quiet --require-hashes -r requirements-helm.lock
	@touch $@
