# The verbs of the project. `make demo` and `make test` set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE = 1

.DEFAULT_GOAL := help
.PHONY: help demo stop test check bench docs lock audit clean browser-test

help:  ## what each verb does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/run.stamp: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the observatory needs to run (hashes are checked) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@echo "Installing what the tests and checks need …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/run.stamp  ## simulate a fictional country, publish its figures and start the portal
	@$(BIN)/observatory demo

stop:  ## stop the portal that `make demo` started
	@$(BIN)/observatory stop

test: $(VENV)/dev.stamp  ## every test (browser tests need chromium; they say so when it is missing)
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/dev.stamp  ## style, types, import contracts, catalogue, translations, docs and links
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/observatory catalogue check
	$(BIN)/python -m mkdocs build --strict --quiet --site-dir site

docs: $(VENV)/dev.stamp  ## the documentation as a site in site/
	$(BIN)/python -m mkdocs build --strict --site-dir site

bench: $(VENV)/dev.stamp  ## benchmarks, with the ratio to the named peer
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lock:  ## compile requirements/*.in to hashed requirements (needs uv)
	@for name in run build dev spark; do \
	  uv pip compile requirements/$$name.in --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links --quiet --output-file requirements/$$name.txt; done

audit: $(VENV)/dev.stamp  ## known vulnerabilities in the pinned dependencies (needs network)
	$(BIN)/pip-audit --require-hashes -r requirements/run.txt

clean:  ## remove what the demo and the builds made
	rm -rf var site build src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
