# evosearch: `make help` lists what there is. Uses uv when it is installed, venv and pip otherwise.

PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
READY := .venv/.evosearch-ready
RAY_READY := .venv/.evosearch-ray-ready
BROWSER_READY := .venv/.evosearch-browser-ready
BENCH := .venv-bench
BENCH_READY := $(BENCH)/.evosearch-ready
# What `make bench` runs: all rows, or those named, as in ROWS="row05 row06". QUICK=1 only tries.
ROWS ?=
QUICK ?=
# What `make check` tests; CI asks for the slow ones there, having run the quick ones already.
TESTS ?= test

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-ray test-browser chromium check format lint types imports bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with everything needed

$(READY): pyproject.toml
ifdef UV
	uv sync --quiet --locked --group dev
else
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "evosearch needs Python 3.11 or newer: make setup PYTHON=python3.12, or install uv"; exit 1; }
	@echo "installing, a few minutes"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
endif
	@touch $@

# The prices are named: with others, set for this machine, a second demo could not be merged.
demo: $(READY) ## Search as two machines, merge, and show the best strategy
	$(BIN)/evosearch run --profile pro --data sample:ibm-daily --results results/demo
	$(BIN)/evosearch run --profile air --data sample:ibm-daily --results results/demo
	$(BIN)/evosearch merge 'results/demo/*.parquet' --results results/demo
	$(BIN)/evosearch show 1 --results results/demo

test: $(READY) ## Run the tests (a few minutes)
	$(BIN)/python -m pytest -n 2 -m "not slow and not ray and not browser"

test-slow: $(READY) ## Run the tests that take longer
	$(BIN)/python -m pytest -n 2 -m "slow and not ray and not browser"

# Clusters of their own: one test at a time. Two hosts need root; without it those tests skip.
test-ray: $(RAY_READY) ## Install Ray (Linux) and run the tests that start clusters
	$(BIN)/python -m pytest -m ray -rs

# Both below keep what the other has installed.
$(RAY_READY): $(READY)
ifdef UV
	uv sync --quiet --locked --inexact --extra ray --group dev --group cluster
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,ray]" \
		"kubernetes-validate>=1.31" "pyyaml>=6"
endif
	@touch $@

test-browser: $(BROWSER_READY) chromium ## Open reports in a Chromium
	$(BIN)/python -m pytest -m browser -rs

$(BROWSER_READY): $(READY)
ifdef UV
	uv sync --quiet --locked --inexact --group dev --group browser
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]" \
		"axe-playwright-python>=0.1.4" "pytest-playwright>=0.5"
endif
	@touch $@

# Debian's Chromium, where this machine has none and we may install one. EVOSEARCH_CHROMIUM names
# another program.
chromium: $(BROWSER_READY)
	@$(BIN)/python -m tests.browser.chromium > /dev/null 2>&1 \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null && apt-get update --quiet=2 \
			&& apt-get install --quiet=2 --yes --no-install-recommends chromium > /dev/null; } \
		|| true
	@$(BIN)/python -m tests.browser.chromium > /dev/null

check: format lint types imports $(TESTS) ## Format, lint, types, imports and tests, as CI does

format: $(READY)
	$(BIN)/ruff format --check --quiet .

lint: $(READY)
	$(BIN)/ruff check --quiet .
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

# Each system has a cache of its own: a common one is thrown away at every change of system.
types: $(READY)
	for system in linux darwin win32; do \
		$(BIN)/mypy --no-error-summary --platform $$system --cache-dir .mypy_cache/$$system || exit 1; \
	done

imports: $(READY)
	$(BIN)/lint-imports

# Peers have an environment of their own: what they pin must not reach ours.
$(BENCH_READY): pyproject.toml benchmarks/requirements.txt
ifdef UV
	uv venv --quiet --allow-existing $(BENCH)
	VIRTUAL_ENV=$(CURDIR)/$(BENCH) uv pip install --quiet -e . -r benchmarks/requirements.txt
else
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check -e . -r benchmarks/requirements.txt
endif
	@touch $@

bench: $(READY) $(BENCH_READY) ## Measure against the peers and write benchmarks/RESULTS.md
	$(BENCH)/bin/python -m benchmarks $(ROWS) $(if $(QUICK),--quick)

clean: ## Remove what can be made again (never results)
	rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
