# whipbird: `make demo` to see it, `make test` to check it. Everything is installed into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
MODELS := commands commands-lecture digits capuchinbird urbansound urbansound-mfcc
DEVELOPMENT := $(VENV)/.development

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test lint fuzz models bench clean

help:
	@echo "make setup   install whipbird into $(VENV); then: $(BIN)/whipbird --help"
	@echo "make demo    replay a bundled recording and see what is heard"
	@echo "make test    install what development needs, check style and types, run the tests"
	@echo "make lint    style and types alone"
	@echo "make fuzz    damage inputs of every kind at random, MINUTES=1 for each kind; what fails is kept in runs/fuzz"
	@echo "make models  retrain the shipped models, or go on with it (recordings in WHIPBIRD_DATA, see train/README.md)"
	@echo "make bench   measure speed, memory and delay"
	@echo "make clean   remove $(VENV) and caches"

setup: $(RUNTIME)

demo: $(RUNTIME)
	$(BIN)/whipbird replay examples/demo.flac --speed 1

test: $(DEVELOPMENT) lint
	tests/system_packages.sh
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal

lint: $(DEVELOPMENT)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fuzz: $(DEVELOPMENT)
	WHIPBIRD_FUZZ_MINUTES=$(or $(MINUTES),1) $(BIN)/python -m pytest tests/fuzz --capture=no

models: $(DEVELOPMENT)
	tests/system_packages.sh
	for recipe in $(MODELS); do $(BIN)/whipbird train $$recipe || exit; done

bench: $(DEVELOPMENT)
	tests/system_packages.sh
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV):
	tests/system_packages.sh --venv $(PYTHON)
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): pyproject.toml | $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(DEVELOPMENT): pyproject.toml | $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[train,dev]'
	@touch $@ $(RUNTIME)
