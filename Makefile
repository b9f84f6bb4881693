# Every target makes its own environment first. PYTHON=python3.12 make env chooses another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# -qq: errors are shown, warnings about the local set-up of pip are not.
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
CHECK_PYTHON := import sys; v = sys.version_info[:2]; \
  (3, 11) <= v <= (3, 13) or sys.exit("Python 3.11 to 3.13 is needed, $(PYTHON) is %d.%d: try make PYTHON=python3.12" % v)
# The parts that have to run on every Keras backend.
BACKEND_TESTS := $(wildcard tests/encoders tests/fusion tests/heads tests/objectives tests/contract)

.PHONY: help env run test test-jax test-formats lint results bench faults notebooks clean

help:
	@echo "make run           train, evaluate, export and query the flagship networks"
	@echo "make test          the whole test suite"
	@echo "make test-jax      the networks' parts on the JAX backend"
	@echo "make test-formats  the exports to LiteRT, ONNX and OpenVINO, with their packages"
	@echo "make lint          ruff and the rules of the architecture"
	@echo "make results       measure the figures of the README again (hours) and write them into it"
	@echo "make bench         the speed measurements"
	@echo "make faults        ten thousand broken requests to each model's artefact"
	@echo "make notebooks     execute the tutorials"
	@echo "make env           only the environment in $(VENV)"
	@echo "make clean         remove what can be made again in seconds"

env: $(VENV)/.installed

$(VENV)/.installed: setup.cfg pyproject.toml constraints.txt
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { $(PYTHON) -c '$(CHECK_PYTHON)' && $(PYTHON) -m venv $(VENV); }
	@echo "Installing into $(VENV): about 2.6 GB, a few minutes the first time."
	@$(INSTALL) -e '.[test,lint]'
	@touch $@

$(VENV)/.installed-jax: $(VENV)/.installed
	@$(INSTALL) -e '.[jax]'
	@touch $@

$(VENV)/.installed-formats: $(VENV)/.installed
	@$(INSTALL) -e '.[litert,onnx,openvino]'
	@touch $@

$(VENV)/.installed-notebooks: $(VENV)/.installed
	@$(INSTALL) -e '.[notebooks]'
	@touch $@

run: env
	@$(BIN)/python benchmarks/run_flagships.py

test: env
	@$(BIN)/python -m pytest -q -n 2

test-jax: env $(VENV)/.installed-jax
	@KERAS_BACKEND=jax $(BIN)/python -m pytest -q $(BACKEND_TESTS)

test-formats: env $(VENV)/.installed-formats
	@$(BIN)/python -m pytest -q tests/export/formats

lint: env
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo --no-cache

results: env $(if $(filter formats,$(or $(ONLY),formats)),$(VENV)/.installed-formats)
	@$(BIN)/python benchmarks/results.py $(ONLY)
	@$(BIN)/python benchmarks/readme_tables.py

bench: env
	@set -e; for script in $(sort $(wildcard benchmarks/bench_*.py)); do echo "== $$script"; $(BIN)/python $$script; done

faults: env
	@$(BIN)/python benchmarks/mutated_requests.py

notebooks: env $(VENV)/.installed-notebooks
	@set -e; for source in $(sort $(wildcard notebooks/source/*.py)); do \
	  notebook=notebooks/$$(basename $$source .py).ipynb; echo "== $$notebook"; \
	  $(BIN)/jupytext --quiet --to ipynb --output $$notebook $$source; \
	  $(BIN)/jupyter-execute --inplace $$notebook; \
	done

clean:
	@rm -rf build dist *.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
