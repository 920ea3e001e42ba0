# Two commands are enough: `make demo` and `make test`. Each sets up what it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO_HOME ?= $(CURDIR)/.demo
PYTEST_ARGS ?=
BENCH ?= whole_path reading matching incremental search oai z3950 z3950_fuzz
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test check bench migration clean help

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

.stamp-run: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "UnionCat needs Python 3.11 or newer; set PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

.stamp-dev: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "UnionCat needs Python 3.11 or newer; set PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ .stamp-run

demo: .stamp-run  ## five sample libraries: harvest, merge, serve (Ctrl-C ends it)
	$(BIN)/unioncat demo --home $(DEMO_HOME)

test: .stamp-dev  ## the whole suite; peer programs that are not installed are skipped (see .ci/run)
	$(BIN)/python -m pytest -n auto --dist loadgroup $(PYTEST_ARGS)

check: .stamp-dev  ## linter, formatter, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .stamp-dev  ## every bench beside its peer in the same run; BENCH="whole_path reading" runs only those
	@for name in $(BENCH); do echo "== $$name"; $(BIN)/python -m bench $$name || echo "== $$name: a goal is missed, see above"; done

migration: .stamp-dev  ## write the initial migration anew from the tables (before the first release only)
	$(BIN)/python scripts/make_initial_migration.py

clean:  ## remove what the other targets made
	rm -rf $(VENV) .stamp-* .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
