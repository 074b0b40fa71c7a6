# `make` alone lists the targets. A target that needs packages installs them into .venv first, once.

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
INSTALLED := $(VENV)/.installed
PORT ?= 8000
PIP := $(PYTHON) -m pip --disable-pip-version-check --retries 10 --timeout 60
# JupyterLab's settings are in lab/, and nbgrader's in grader/.
# FLAGS passes JupyterLab more options, as in `make lab FLAGS=--no-browser`.
SETTINGS := $(CURDIR)/lab:$(CURDIR)/grader
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
FLAGS ?=
# Three workers for two processors, because many tests wait for a browser or a kernel. A worker
# takes whole files, because the tests of a file share fixtures.
# The last option keeps the order of tests/conftest.py, where the longest files come first.
PROCESSORS := nproc 2>/dev/null || getconf _NPROCESSORS_ONLN
PYTEST := $(PYTHON) -m pytest -n $$(($$($(PROCESSORS)) * 3 / 2)) --dist loadfile --no-loadscope-reorder

.PHONY: help setup book serve links lab grade release test test-long bench-grading bench-site bench-lab lighthouse screenshots formulas lint lock editor clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) ## Install the locked packages into .venv

# Python's venv refuses a link, so it gets the folder that a linked .venv leads to.
$(INSTALLED): requirements.txt
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  "$$python" -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	    2>/dev/null && break; \
	done || { echo "This course needs Python 3.11, 3.12 or 3.13 with its venv module: install one \
	(Debian, Ubuntu: sudo apt-get install python3-venv; others: https://www.python.org/downloads/) \
	and run make again." >&2; exit 1; }; \
	echo "Installing into $(VENV), once; this takes a few minutes."; \
	test "$$python" = $(PYTHON) || "$$python" -m venv --clear "$$(readlink $(VENV) || echo $(VENV))"
	@$(PIP) install -r requirements.txt
	@touch $@

book: setup ## Build the website into _build/html
	@mkdir -p _build && touch _build/started
	@$(BIN)/jupyter-book build . -W -n --keep-going -q
	@mv _build/started _build/built

serve: book ## Build the website and show it at http://127.0.0.1:8000 (PORT=… for another)
	@$(PYTHON) -m tools.serve $(PORT)

links: setup ## Check the links that lead out of the book; needs the internet
	@$(BIN)/jupyter-book build . --builder custom --custom-builder linkcheck

lab: setup ## Practice: open your copy of the chapters and exercises in JupyterLab
	@$(PYTHON) -m grader practice
	@$(PYTHON) -m tools.exchange
	@JUPYTER_CONFIG_PATH="$(SETTINGS)" $(PYTHON) -m jupyterlab practice \
	  --LabApp.default_url=/lab/tree/start.md $(AS_ROOT) $(FLAGS)

grade: setup ## Grade, and edit the course: open nbgrader's formgrader in the browser
	@JUPYTER_CONFIG_PATH="$(CURDIR)/lab/author:$(SETTINGS)" $(PYTHON) -m jupyterlab \
	  --LabApp.default_url=/formgrader $(AS_ROOT) $(FLAGS)

release: setup ## Make the students' notebooks from solutions/ into grader/release/
	@$(PYTHON) -m grader release

test: setup ## Run every test, with a real browser
	@$(PYTHON) -m tools.browser
	@$(MAKE) book
	@$(PYTEST)

test-long: setup ## Run the long tests, half an hour: attacks on stock nbgrader, faults, memory
	@$(PYTEST) -m 'slow or stock'

bench-grading: setup ## Time grading by stock nbgrader and by this course's engine
	@$(PYTHON) -m tools.bench_grading

bench-site: setup book ## Measure the size and the speed of every page, and of stock widgets
	@$(PYTHON) -m tools.bench_site

bench-lab: setup book ## Time the demos of the student kit in JupyterLab
	@$(PYTHON) -m tools.bench_lab

lighthouse: setup book ## Print Lighthouse's scores of every page; needs Node.js
	@$(PYTHON) -m tools.lighthouse

screenshots: book ## Take pictures of every page into _build/screenshots/: light, dark, tablet, phone
	@$(PYTHON) -m tools.screenshots

formulas: book ## Draw every kind of formula in three browsers into _build/formulas/
	@$(PYTHON) -m tools.formulas

lint: setup ## Check style, types and spelling
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy
	@$(BIN)/codespell

# Only this target needs uv, so it installs uv into a temporary folder and deletes it.
# The student kit gets the versions of requirements.txt, because those are the ones that are tested.
COMPILE := pip compile --quiet --universal --python-version 3.11 --no-header
lock: setup ## Compile the two lists of exact versions from pyproject.toml
	@uv=$$(mktemp -d) && $(PYTHON) -m venv "$$uv" && "$$uv/bin/pip" install --quiet uv && \
	"$$uv/bin/uv" $(COMPILE) pyproject.toml --group dev --output-file requirements.txt && \
	"$$uv/bin/uv" $(COMPILE) --group student --no-annotate --constraint requirements.txt \
	  --output-file requirements-student.txt; status=$$?; rm -rf "$$uv"; exit $$status

# Only this target needs Node.js with npm. The page's editor is committed, so nobody else needs them.
editor: setup ## Bundle the editor of the exercise pages anew, from tools/editor/; needs Node.js
	@cd tools/editor && npm ci --no-audit --no-fund && npm run --silent build; status=$$?; \
	rm -rf node_modules; exit $$status

clean: ## Delete everything that was built; keep .venv and practice/
	@rm -rf _build .pytest_cache .mypy_cache .ruff_cache .coverage
