# One environment, made from nothing but Python 3.11, pip and the package index. `make` says what there is.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest -q
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)

# One thread a process: at the pupil's size more threads are slower, and far slower on a shared machine.
export OMP_NUM_THREADS := 1
# Hundreds of processes are started here; without it each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
# The type checker comes with its wheel; without this it asks the network for a newer one.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.PHONY: help demo test lint test-slow evidence learning docs system clean

help:
	@echo "make demo       install, then let a real model evolve on Game of 24 (about 10 minutes)"
	@echo "make test       install, lint, type check, suite (about 10 minutes)"
	@echo "make test-slow  the slow tier (up to an hour)"
	@echo "make evidence   run every planned experiment, each recipe beside its broken arms (many hours, resumable)"
	@echo "make learning   the first of them alone: what the cycle teaches on Game of 24 (hours, resumable)"
	@echo "make lint       ruff and pyright alone"
	@echo "make docs       write docs/recipes.md anew, check the documentation: snippets, command lines"
	@echo "make system     optional system packages, by apt-get"
	@echo "make clean      remove caches and build output (not $(VENV), not runs)"

demo: $(VENV)/.demo
	$(BIN)/lamarck run rest_em --learner pupil --environment game24 --rounds 5 --accumulate --temperature 1 --replay 0.33

# A file stays with one worker, so that its tests share what they run.
test: lint
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

test-slow: $(VENV)/.dev
	$(PYTEST) -m slow

evidence: $(VENV)/.dev
	$(BIN)/python -m benchmarks.evidence

learning: $(VENV)/.dev
	$(BIN)/python -m benchmarks.evidence rest_em

docs: $(VENV)/.dev
	$(BIN)/python tools/docs.py
	$(PYTEST) tests/test_docs.py

# bubblewrap: the sandbox for code that a model wrote. chromium: pictures of report pages.
# postgresql: a memory that many runs write to. Nothing in `demo` or `test` needs them.
system:
	$(SUDO) apt-get update
	$(SUDO) apt-get install --yes bubblewrap chromium postgresql

clean:
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o -path ./.git -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf

# The stamps lie in the environment, so that they go when it goes. pip is made last: its presence says that the
# environment is whole.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Lamarck needs Python 3.11 or newer; type: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(BIN)/pip
	$(PIP) install -e ".[local,report]"
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/pip
	$(PIP) install -e ".[local,report,dev]"
	@touch $(VENV)/.demo $@
