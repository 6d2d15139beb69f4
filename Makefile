# whipbird: `make demo` to see it, `make test` to check it. Everything is installed into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MODELS := commands commands-lecture digits capuchinbird urbansound urbansound-mfcc

# Extras that were asked for, now or before, are kept; the stamps have them in their names, so that others are installed.
comma := ,
extras := $(sort $(subst $(comma), ,$(EXTRAS)) $(shell cat $(VENV)/.extras 2>/dev/null))
empty :=
listed := $(subst $(empty) $(empty),$(comma),$(extras))
RUNTIME := $(VENV)/.runtime,$(listed)
DEVELOPMENT := $(VENV)/.development,$(listed)
SITE := $(VENV)/.site,$(listed)
DISTRIBUTION := $(VENV)/.distribution,$(listed)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test lint docs dist fuzz models bench clean

help:
	@echo "make setup   install whipbird into $(VENV); then: $(BIN)/whipbird --help"
	@echo "             with EXTRAS=feeds,scan also these extras: all (but training),"
	@echo "             alerts, docs, evaluate, feeds, home, inspect, onnx, outputs, page,"
	@echo "             pandas, scan, search, train, voices"
	@echo "make demo    replay a bundled recording and see what is heard"
	@echo "make test    install what development needs, check style and types, run tests"
	@echo "make lint    style and types alone"
	@echo "make docs    build the documentation into build/docs"
	@echo "make dist    build the package into dist, and check it"
	@echo "make fuzz    damage inputs of every kind at random, MINUTES=1 for each kind;"
	@echo "             what fails is kept in runs/fuzz"
	@echo "make models  retrain the shipped models, or continue: about a day on two"
	@echo "             cores (recordings in WHIPBIRD_DATA, see train/README.md)"
	@echo "make bench   measure speed, memory and delay"
	@echo "make clean   remove $(VENV) and caches"

setup: $(RUNTIME)
	@echo "installed; next: $(BIN)/whipbird --help, or make demo"

demo: $(RUNTIME)
	$(BIN)/whipbird replay examples/demo.flac --speed 1
	@echo
	@echo "next, with a microphone:   $(BIN)/whipbird listen"
	@echo "or with your recordings:   $(BIN)/whipbird replay FOLDER --speed max"

test: $(DEVELOPMENT) lint
	tests/system_packages.sh
	$(BIN)/python -m pytest --numprocesses 3 --dist worksteal

lint: $(DEVELOPMENT)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: $(SITE)
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs build/docs
	@echo "open build/docs/index.html"

dist: $(DISTRIBUTION)
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl

fuzz: $(DEVELOPMENT)
	WHIPBIRD_FUZZ_MINUTES=$(or $(MINUTES),1) $(BIN)/python -m pytest tests/fuzz --capture=no

models: $(DEVELOPMENT)
	tests/system_packages.sh
	for recipe in $(MODELS); do $(BIN)/whipbird train $$recipe || exit; done
	$(BIN)/whipbird train second --out models/commands
	$(BIN)/whipbird train word train/wake-words.txt --minutes 60

bench: $(DEVELOPMENT)
	tests/system_packages.sh
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip comes last into an environment: one that was not made to the end is made again.
$(BIN)/pip:
	@$(PYTHON) tests/check_setup.py $(extras)
	tests/system_packages.sh --venv $(PYTHON)
	$(PYTHON) -m venv $(VENV)

define install
	@$(BIN)/python tests/check_setup.py $(extras)
	$(BIN)/python -m pip install --quiet --editable '.$(if $(1),[$(1)])'
	@echo $(extras) > $(VENV)/.extras
endef

$(RUNTIME): pyproject.toml | $(BIN)/pip
	$(call install,$(listed))
	@touch $@

$(DEVELOPMENT): pyproject.toml | $(BIN)/pip
	$(call install,train$(comma)dev$(if $(listed),$(comma)$(listed)))
	@touch $@ $(RUNTIME)

$(SITE): pyproject.toml | $(BIN)/pip
	$(call install,docs$(if $(listed),$(comma)$(listed)))
	@touch $@ $(RUNTIME)

$(DISTRIBUTION): pyproject.toml | $(BIN)/pip
	$(call install,dist$(if $(listed),$(comma)$(listed)))
	@touch $@ $(RUNTIME)
