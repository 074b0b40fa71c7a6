# `make` alone lists what there is. Every target installs what it needs; the second time, nothing.

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
INSTALLED := $(VENV)/.installed
PORT ?= 8000
PIP := $(PYTHON) -m pip --disable-pip-version-check --retries 10 --timeout 60
# JupyterLab with the settings in lab/ and nbgrader's in grader/; it takes `FLAGS=--no-browser` and such.
LAB := JUPYTER_CONFIG_PATH="$(CURDIR)/lab:$(CURDIR)/grader" $(PYTHON) -m jupyterlab \
  $(if $(filter 0,$(shell id -u)),--allow-root)
FLAGS ?=
# Uses all processors; files are taken in their order, for those with few tests take longest.
PYTEST := $(PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder

.PHONY: help setup book serve links lab grade release test test-long bench-grading bench-site screenshots lint lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) ## Install the locked packages into .venv

$(INSTALLED): requirements.txt
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  "$$python" -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	    2>/dev/null && break; \
	done || { echo "This course needs Python 3.11, 3.12 or 3.13 with its venv module: install one \
	(Debian, Ubuntu: sudo apt-get install python3-venv; others: https://www.python.org/downloads/) \
	and run make again." >&2; exit 1; }; \
	echo "Installing into $(VENV), once; this takes a few minutes."; \
	test "$$python" = $(PYTHON) || "$$python" -m venv --clear $(VENV)
	@$(PIP) install -r requirements.txt
	@touch $@

book: setup ## Build the website into _build/html
	@$(BIN)/jupyter-book build . -W -n --keep-going

serve: book ## Build the website and show it at http://127.0.0.1:8000 (PORT=… for another)
	@$(PYTHON) -m tools.serve $(PORT)

links: setup ## Check the links that lead out of the book; needs the internet
	@$(BIN)/jupyter-book build . --builder custom --custom-builder linkcheck

lab: setup ## Practise: JupyterLab on the chapters and on your copy of the exercises
	@$(PYTHON) -m grader practice
	@$(PYTHON) -m tools.exchange
	@$(LAB) --LabApp.default_url=/lab/tree/practice $(FLAGS)

grade: setup ## Grade: nbgrader's formgrader in the browser
	@$(LAB) --LabApp.default_url=/formgrader $(FLAGS)

release: setup ## Make the students' notebooks from solutions/ into grader/release/
	@$(PYTHON) -m grader release

test: setup ## Run every test, with a real browser
	@$(PYTHON) -m tools.browser
	@$(MAKE) book
	@$(PYTEST)

test-long: setup ## Run what takes half an hour: every attack on stock nbgrader too, faults, growth
	@$(PYTEST) -m 'slow or stock'

bench-grading: setup ## Time grading: stock nbgrader and this course's engine in turn
	@$(PYTHON) -m tools.bench_grading

bench-site: setup book ## Weigh and time every page, beside stock widgets
	@$(PYTHON) -m tools.bench_site

screenshots: book ## Photograph every page, light, dark and phone width, into _build/screenshots/
	@$(PYTHON) -m tools.screenshots

lint: setup ## Check style, types and spelling
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy
	@$(BIN)/codespell

# uv is needed for this alone, so it lives in a folder that is thrown away.
lock: setup ## Compile requirements.txt from pyproject.toml
	@uv=$$(mktemp -d) && $(PYTHON) -m venv "$$uv" && "$$uv/bin/pip" install --quiet uv && \
	"$$uv/bin/uv" pip compile --quiet pyproject.toml --group dev --universal --python-version 3.11 \
	  --no-header --output-file requirements.txt; status=$$?; rm -rf "$$uv"; exit $$status

clean: ## Delete what was built; .venv and practice/ stay
	@rm -rf _build .pytest_cache .mypy_cache .ruff_cache .coverage
