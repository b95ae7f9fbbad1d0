# `make help` lists the targets. Each prints the commands it runs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := sample
export TZ ?= UTC
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DBT_PROFILES_DIR ?= $(CURDIR)

.DEFAULT_GOAL := help
.PHONY: help install demo test lint lint-python lint-sql unit prove clean-data lock bench demo-dbt-1.12

help: ## list the targets
	@grep -hE '^[a-z][a-z0-9.-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  %-16s %s\n", $$1, $$2}'

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps -e .
	touch $@

profiles.yml: | profiles.example.yml
	cp profiles.example.yml $@

install: $(VENV)/installed profiles.yml ## create .venv from the lock, and profiles.yml

demo: install ## sample, load, dbt build, docs site, summary
	$(BIN)/python -m python_loaders.demo $(SAMPLE)

lint: install ## ruff, mypy, sqlfluff, dbt parse
	@$(MAKE) --no-print-directory -j 2 lint-python lint-sql

lint-python: install ## ruff, mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lint-sql: install ## dbt parse, sqlfluff
	$(BIN)/dbt --warn-error parse --target lint --no-partial-parse --quiet
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models macros tests/generic tests/singular

unit: install ## pytest with coverage, the long files first
	rm -f .coverage .coverage.*
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=

test: lint unit ## everything that checks the project
	$(BIN)/coverage report

prove: install ## the long proofs: kills at every write, random histories; long
	TRADEHOUSE_PROVE=1 $(BIN)/pytest -s tests/python/faults tests/python/properties tests/python/integration/partitioned tests/python/postgres tests/python/e2e/test_server.py tests/python/integration/test_candles_of_ticks.py tests/python/e2e/test_real_market.py

bench: install .venv-peers/installed ## benchmarks, as ratios in one run (QUICK=1: smaller)
	$(BIN)/python -m benchmarks

# what the benchmarks compare with, apart from the project's own packages
.venv-peers/installed: benchmarks/peers.lock
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --no-deps --require-hashes -r benchmarks/peers.lock
	touch $@

demo-dbt-1.12: profiles.yml ## build the demo on dbt-core 1.12.0, in a venv and a warehouse of its own
	$(PYTHON) -m venv .venv-dbt-1.12
	.venv-dbt-1.12/bin/python -m pip install --quiet dbt-core==1.12.0 dbt-core-experimental-parser==2.0.0a4 hatchling editables
	.venv-dbt-1.12/bin/python -m pip install --quiet --no-build-isolation -e .
	TRADEHOUSE_PATH=.venv-dbt-1.12/warehouse DBT_TARGET_PATH=.venv-dbt-1.12/target .venv-dbt-1.12/bin/python -m python_loaders.demo $(SAMPLE)

lock: install ## resolve requirements.lock anew from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --all-extras -c .ci/constraints.txt pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-header --no-annotate benchmarks/peers.in -o benchmarks/peers.lock

clean-data: ## remove the local warehouse and sample, nothing else
	rm -rf warehouse $(SAMPLE)
