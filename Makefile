# `make demo` and `make test` are the whole set-up: each makes .venv and installs what it needs.
PYTHON ?= python3
# So many tests at a time; more of them than cores only wait for each other.
WORKERS ?= 2
# What spends money has a higher floor of coverage than the rest, which pyproject.toml has.
GATE := app/services/gen_ai/core/*,app/services/gen_ai/wire/*,app/services/gen_ai/rules/*,app/services/gen_ai/ledger/*
BIN := .venv/bin
PIP := PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet

.PHONY: help demo serve test lint bench bench-billing bench-caching bench-verifier bench-path bench-postgres bench-revisions bench-workers check-catalog clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: .venv/.run ## The main job from end to end, without a key or a database server
	@$(BIN)/tollgate demo

serve: .venv/.run ## The API on 127.0.0.1:8000, its documentation on /docs
	@$(BIN)/tollgate serve

test: .venv/.test ## All tests; with COVERAGE=1 also what of the branches they run, which takes twice as long
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(if $(COVERAGE),--cov --cov-report=term)
	$(if $(COVERAGE),$(BIN)/coverage report --include='$(GATE)' --fail-under=95 > /dev/null)

lint: .venv/.lint ## ruff, mypy strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.test .venv/.bt ## What the gate adds to a call, what a backtest takes, and a report page
	$(BIN)/python -m benchmarks.overhead
	$(BIN)/python -m benchmarks.gate
	$(BIN)/python -m benchmarks.backtests
	$(BIN)/python -m benchmarks.report_page

bench-billing: .venv/.test .venv/.litellm ## Who prices what right: Tollgate, genai-prices, litellm
	$(BIN)/python -m benchmarks.billing

bench-caching: .venv/.test ## What 100 requests of the builder cost with each way of caching
	$(BIN)/python -m benchmarks.caching

bench-verifier: .venv/.test ## Precision and recall of the fact check, on its test set
	$(BIN)/python -m benchmarks.verifier

bench-postgres: .venv/.test ## What a write to PostgreSQL costs, with and without waiting for the disk
	$(BIN)/python -m benchmarks.postgres

bench-path: .venv/.test ## How many files, functions and classes a call passes through
	$(BIN)/python -m benchmarks.call_path

bench-revisions: .venv/.test ## A call's CPU in this revision and in another: AGAINST=its checkout
	$(BIN)/python -m benchmarks.revisions --against $(AGAINST)

bench-workers: .venv/.test ## What a call waits while backtests run, in threads and in processes
	$(BIN)/python -m benchmarks.backtest_workers

check-catalog: .venv/.run ## What the newest litellm and genai-prices say against our catalogue; JSON=1, EXTRACT=1
	@$(BIN)/python -m benchmarks.catalog_check $(if $(JSON),--json) $(if $(EXTRACT),--write-extract)

clean: ## Remove the environment and all caches
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; say which one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ echo "On Debian, install the package python3-venv first." >&2; rm -rf .venv; exit 1; }
	@touch $@

.venv/.run: .venv/.made pyproject.toml constraints.txt
	@echo "Installing what Tollgate needs (once) ..."
	@$(PIP) --editable .
	@touch $@

.venv/.test: .venv/.run
	@echo "Installing what the tests need (once) ..."
	@$(PIP) --editable '.[test]'
	@touch $@

.venv/.lint: .venv/.test
	@echo "Installing what lint needs (once) ..."
	@$(PIP) --editable '.[test,lint]'
	@touch $@

# In an environment of its own: litellm is compared with, and nothing of Tollgate uses it.
.venv/.litellm: .venv/.made benchmarks/billing_litellm.txt
	@echo "Installing litellm, for the comparison alone (once) ..."
	@$(PYTHON) -m venv .venv/litellm
	@PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/litellm/bin/python -m pip install --quiet -r benchmarks/billing_litellm.txt
	@touch $@

# In an environment of its own: bt is compared with, and nothing of Tollgate uses it.
.venv/.bt: .venv/.made benchmarks/backtests_bt.txt
	@echo "Installing bt, for the comparison alone (once) ..."
	@$(PYTHON) -m venv .venv/bt
	@PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bt/bin/python -m pip install --quiet -r benchmarks/backtests_bt.txt
	@touch $@
