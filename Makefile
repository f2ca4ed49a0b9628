# Everything a newcomer needs: `make run` and `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PORT

# The stamp is newer than what it was made of, or the environment is made again.
STAMP := $(VENV)/.installed

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: setup ## Set up, start the database, load demo data, serve on http://127.0.0.1:8000
	@$(BIN)/switchboard serve

test: setup ## Run the whole test suite
	@$(BIN)/python -m pytest -q --numprocesses logical --dist loadfile

setup: $(STAMP) ## Install everything into .venv and export the embedding model once

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Switchboard needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV); this takes two minutes the first time."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-compile --constraint constraints.txt --editable '.[dev,studio]'
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || :  # some libraries bring files of other Pythons
	@$(BIN)/switchboard setup
	@touch $@

format: setup ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lint: style types ## Check format, style, layers and types

style: setup ## Check format, style and layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports

types: setup ## Check types
	@$(BIN)/mypy

check: style ## Everything that has to hold before a change lands
	@$(MAKE) --no-print-directory --jobs 2 types test

soak: setup ## The long tests: hundreds of kills over thousands of messages
	@$(BIN)/python -m pytest -q -m soak

bench: setup ## Measure a turn against a plain baseline and a floor
	@$(BIN)/python -m benchmarks.turn --quick

studio: setup ## Serve the graph to LangGraph Studio
	@$(BIN)/langgraph dev --no-browser --config langgraph.json

coverage: setup ## Run the tests and show what they do not reach
	@$(BIN)/python -m pytest -q --cov --cov-report=term-missing:skip-covered

constraints: setup ## Renew constraints.txt from what is installed
	@$(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu//' > constraints.new
	@{ head -1 constraints.txt; cat constraints.new; } > constraints.txt && rm constraints.new

clean: ## Forget the environment and all local data
	@rm -rf $(VENV) var

.PHONY: help run test setup format lint style types check soak bench studio coverage constraints clean
