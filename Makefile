# Every target builds the virtual environment from the hashed lock when it is missing or older than the lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUN := PYTHONWARNINGS=default $(BIN)/python -m nhi_scan

.DEFAULT_GOAL := help
.PHONY: help demo test coverage lint format bench lock clean

help: ## say what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(STAMP): .lock/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "nhi-scan needs Python 3.11 or newer; say PYTHON=python3.12, for example" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .lock/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(STAMP) ## scan an embedded organization over real HTTP and write the reports to ./nhi-scan-demo/
	$(BIN)/nhi-scan demo

test: $(STAMP) ## run every test
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadgroup

coverage: $(STAMP) ## run every test and say which lines none of them reaches: a third slower
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadgroup --cov --cov-report=term:skip-covered

lint: $(STAMP) ## format check, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## time the analysis of large accounts and print ratios
	$(BIN)/python -m tests.perf

lock: $(STAMP) ## resolve the dependencies again, with hashes
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --all-extras --group dev pyproject.toml \
	  --output-file .lock/dev.txt --no-header --upgrade

clean: ## remove everything that the other targets made
	rm -rf $(VENV) nhi-scan-demo .bench build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find nhi_scan tests -name __pycache__ -type d -prune -exec rm -rf {} +
