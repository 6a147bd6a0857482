# `make corpus` and `make test` are all that a first visit needs; both set up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
N ?= 300
OUT ?= outputs/demo
WEIGHTS := build/local-model

.DEFAULT_GOAL := help
.PHONY: help corpus test lint test-faults test-local-model bench bench-client bench-duplicates figures docs clean

help: ## Show what there is to make
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.run: requirements.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@

corpus: $(VENV)/.run ## Write a demonstration corpus of 300 documents into outputs/demo
	@$(BIN)/sdf generate -n $(N) -o $(OUT)

test: $(VENV)/.test ## Run the tests, the linters and the type checker
	@$(BIN)/python -m pytest
	@$(MAKE) --no-print-directory lint

lint: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test-faults: $(VENV)/.test ## Kill, fill the disk and flip bits at full count (about forty minutes)
	@SDF_FAULTS=1 $(BIN)/python -m pytest -m "faults or not faults" tests/run tests/test_files.py tests/providers/test_budget.py

test-local-model: $(VENV)/.test ## Drive the command line with a real model of 98 MB on this machine
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/local_model/requirements.txt
	@$(BIN)/python -m tests.local_model.fetch $(WEIGHTS)
	@SDF_LOCAL_MODEL=$(CURDIR)/$(WEIGHTS)/SmolLM2-135M-Instruct.Q4_1.gguf $(BIN)/python -m pytest tests/local_model

bench: $(VENV)/.test ## Measure 20,000 offline documents in CPU seconds and memory
	@$(BIN)/python -m benchmarks.offline

$(VENV)/.bench: $(VENV)/.test
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps langchain-anthropic==1.7.7
	@touch $@

bench-client: $(VENV)/.bench ## Measure the live client beside bare SDKs, and its memory, against a loopback server
	@$(BIN)/python -m benchmarks.client

$(VENV)/.peers: $(VENV)/.test
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps rensa==0.5.0 gaoya==0.2.2
	@touch $@

bench-duplicates: $(VENV)/.peers ## Measure duplicate detection beside other packages
	@$(BIN)/python -m benchmarks.duplicates

figures: $(VENV)/.test ## Measure what a run in OUT repeats and shares
	@$(BIN)/python -m benchmarks.figures $(OUT)

docs: $(VENV)/.run ## Write docs/cli.md and docs/prompts anew
	@$(BIN)/python -m docs.write_cli > docs/cli.md
	@$(BIN)/python -m docs.write_prompts

clean: ## Remove what was built; outputs stay
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
