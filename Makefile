# Everything here runs on a machine with python3 (3.11 or newer), pip, make and git. `make` alone lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=

# A stamp's name carries a checksum of what was installed, so nothing is installed twice and nothing stays out of date.
KEY := $(shell cat pyproject.toml constraints.txt | cksum | cut -d ' ' -f 1)
RUNTIME := $(VENV)/.installed-runtime-$(KEY)
TEST := $(VENV)/.installed-test-$(KEY)
DOCS := $(VENV)/.installed-docs-$(KEY)
DEV := $(VENV)/.installed-dev-$(KEY)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help report test test-slow lint format docs bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

report: $(RUNTIME) ## Measure the built-in digits and write a report under runs/
	@$(BIN)/gromov measure digits
	@report=$$(ls -t runs/measure-digits-*/report.html 2>/dev/null | head -n 1); \
	if [ -z "$$report" ]; then echo "gromov ended well but left no report under runs/" >&2; exit 1; fi; \
	echo "The report: $(CURDIR)/$$report"

test: $(TEST) ## Run the tests that take seconds
	@$(BIN)/python -m pytest -m "not slow" -n 2 $(PYTEST_ARGS)

test-slow: $(TEST) ## Run the tests that take minutes
	@$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

lint: $(DEV) ## Check formatting, style, types, layers and documentation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m pyright
	$(BIN)/lint-imports
	$(BIN)/interrogate src

format: $(DEV) ## Format the code and apply the safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(DOCS) ## Build the documentation into site/; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "The documentation: $(CURDIR)/site/index.html"

bench: $(TEST) ## Run the benchmarks; figures go to benchmarks/results/
	@set -e; found=; for file in benchmarks/bench_*.py; do \
		[ -e "$$file" ] || continue; \
		found=yes; echo "$$file"; $(BIN)/python "$$file"; \
	done; \
	if [ -z "$$found" ]; then echo "no benchmarks/bench_*.py to run" >&2; exit 1; fi

clean: ## Remove what was built (not runs/, not .venv/)
	rm -rf site dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
	find src tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or newer, or run make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "gromov needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1): run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Creating $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "the virtual environment could not be made: on Debian and Ubuntu, apt install python3-venv" >&2; exit 1; }

# $(call install,stamp,what to install,stamps it fulfils as well)
define install
$(1): | $(BIN)/python
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(VENV) holds a Python older than 3.11: remove the folder and run make again" >&2; exit 1; }
	@echo "Installing $(2) into $(VENV): the first time takes a few minutes ..."
	@find $(VENV) -maxdepth 1 -name '.installed-*' ! -name '*-$(KEY)' -delete
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '$(2)'
	@touch $(1) $(3)
endef

$(eval $(call install,$(RUNTIME),.,))
$(eval $(call install,$(TEST),.[test],$(RUNTIME)))
$(eval $(call install,$(DOCS),.[docs],$(RUNTIME)))
$(eval $(call install,$(DEV),.[dev],$(RUNTIME) $(TEST) $(DOCS)))
