# `make` alone lists the targets. Needs Python 3.11 or newer and make; everything else is set up on the way.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
LOCALE := resources/locale

# A Mac always has a screen; elsewhere the session says so.
SCREEN := $(strip $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s)))
ifeq ($(SCREEN),)
ON_SCREEN_OR_OFF := QT_QPA_PLATFORM=offscreen
else
ON_SCREEN_OR_OFF :=
endif

.DEFAULT_GOAL := help
.PHONY: help setup run demo-day test attack soak check pictures documents year bench package lock format rules translate clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Make .venv and install what is missing (the other targets do it themselves)
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name one: make $(firstword $(MAKECMDGOALS)) PYTHON=/where/it/is" >&2; exit 1; }
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 7))" || { echo "Pusterum needs Python 3.11 or newer, and $(PYTHON) is far older. Name another: make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) tools/setup.py

run: setup ## Open the program; without a screen, play the demo day instead
ifeq ($(SCREEN),)
	@echo "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open. Playing the demo day instead."
	@$(MAKE) --no-print-directory demo-day
else
	@$(RUN) main.py
endif

demo-day: setup ## Play one working day with invented people, into the folder demo-day
	@$(ON_SCREEN_OR_OFF) $(RUN) -m tools.demo_day

# By folder, the quick unit tests last. By the number of tests in a file, as is usual, those with few long ones would end.
test: setup ## Run every test, one file after another on each processor
	@QT_QPA_PLATFORM=offscreen $(RUN) -m pytest -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart 0

MINUTES ?= 30

soak: setup ## Try laptops and server on a bad line for MINUTES (30); the last line says what was tried
	@QT_QPA_PLATFORM=offscreen $(RUN) -m tests.end_to_end.soak --minutes $(MINUTES)

attack: setup ## Attack the program, and print what was tried and what came of it
	@$(RUN) -m tools.attack

check: setup ## Format, lint, types, import rules and the quick unit tests; every branch of the domain
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	QT_QPA_PLATFORM=offscreen $(RUN) -m pytest tests/unit -m "not slow" --ignore tests/unit/domain
	$(RUN) -m pytest tests/unit/domain tests/unit/test_rules.py tests/unit/test_sheet_columns.py --cov --cov-report term

pictures: setup ## Take pictures of the windows, into the folder pictures
	@QT_QPA_PLATFORM=offscreen $(RUN) -m tools.pictures

year: setup ## Play a participant's year for each of the five documents, and draw it into the folder year
	@QT_QPA_PLATFORM=offscreen $(RUN) -m tools.year

documents: setup ## Make every document and report on the invented data, with pictures, into the folder documents
	@QT_QPA_PLATFORM=offscreen $(RUN) -m tools.documents

bench: setup ## Measure how fast things are
	@QT_QPA_PLATFORM=offscreen $(RUN) -m bench

package: setup ## Make a package for machines without Python, into the folder dist, and try it
	@$(RUN) -m tools.package

lock: setup ## Write requirements.lock anew from pyproject.toml
	@test -x $(VENV)/bin/uv || $(RUN) -m pip install --quiet uv
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra server --extra dev pyproject.toml -o requirements.lock

format: setup ## Put the code in the one format, and mend what can be mended by itself
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

rules: setup ## Write docs/rules.md: every rule, its document, its code and its test
	@$(RUN) -m tools.rules

translate: setup ## Bring the Danish file up to date with the sentences in the code
	@$(VENV)/bin/python -m tools.translate update compile check

clean: ## Remove everything that make makes, .venv too
	@rm -rf $(VENV) build dist demo-day pictures year documents .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
