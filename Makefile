# Every target says in one line what it does; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# Python keeps what it has compiled, also where the environment forbids it: else every process that
# the tests start, and every one that runs tests, compiles all modules anew.
export PYTHONDONTWRITEBYTECODE :=
PYTHON ?= python3
BIN := .venv/bin
# Tests are run by so many processes: one more than a small machine has cores, for many of them wait.
WORKERS ?= 3
PARALLEL := -n $(WORKERS) --dist loadscope
READY := .venv/ready-$(shell cat requirements/dev.txt pyproject.toml | sha256sum | cut -c1-16)

.PHONY: help setup demo test check render release bench properties lint types imports test-stack test-browser test-rules test-asyncapi clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(READY) ## make .venv with the pinned packages

$(READY): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	rm -f .venv/ready-*
	touch $@

demo: setup ## set up, start everything, play two stories; ARGS=--exit ends after checking it
	$(BIN)/lmc demo $(ARGS)

test: setup check ## set up and run all tests that need only Python, make and git
	$(BIN)/pytest $(PARALLEL) $(ARGS)

test-stack: setup ## the local stack as a whole: started, refused, killed, and all of it through `lmc`
	$(BIN)/pytest $(PARALLEL) tests/devstack tests/chaos tests/e2e $(ARGS)

check: setup lint types imports ## lint, types, imports: under a minute, before every commit

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

bench: setup ## measure what the product promises; writes bench/results/latest.json; ARGS=--full longer
	$(BIN)/python -m bench $(ARGS)

properties: setup ## compare the fold with the reference on 100,000 random logs; LOGS=n for another number
	LMC_PROPERTY_LOGS=$(or $(LOGS),100000) $(BIN)/pytest $(PARALLEL) tests/properties --timeout=3600 $(ARGS)

render: setup ## write what follows from the code: golden schemas, lists, reference documents
	$(BIN)/python -m lmc.render

release: setup ## promise the golden schemas as they are (schemas/released/)
	$(BIN)/python -m lmc.render release

test-browser: setup ## the board in Chromium (needs the program chromium)
	$(BIN)/pytest tests/browser $(ARGS)

test-rules: ## Prometheus' configuration and alerts (needs the program promtool)
	promtool check config --syntax-only deploy/prometheus/prometheus.yml
	promtool check rules deploy/prometheus/alerts.yml
	promtool test rules deploy/prometheus/tests/alerts.yml

ASYNCAPI := @asyncapi/specs@6.11.1
test-asyncapi: setup ## the AsyncAPI document against its specification's schema (needs npm)
	npm install --silent --no-save --no-package-lock --prefix build/asyncapi $(ASYNCAPI)
	$(BIN)/check-jsonschema docs/generated/asyncapi.json \
		--schemafile build/asyncapi/node_modules/@asyncapi/specs/schemas/3.0.0.json

clean: ## remove what make made (not the data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
