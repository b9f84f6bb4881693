# Every target makes its own environment first. PYTHON=python3.12 make env chooses another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# -qq: errors are shown, warnings about the local set-up of pip are not.
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
CHECK_PYTHON := import sys; v = sys.version_info[:2]; \
  (3, 11) <= v <= (3, 13) or sys.exit("Python 3.11 to 3.13 is needed, $(PYTHON) is %d.%d: try make PYTHON=python3.12" % v)
# Where other runtimes and servers are kept, outside the repository and the environment.
CACHE := $(or $(MULTIMODAL_ZOO_CACHE),$(HOME)/.cache/multimodal_zoo)
RUNTIME_2_20 := $(CACHE)/tensorflow-2.20.0
TRITON := $(CACHE)/triton-0.7.0
STUBS := $(TRITON)/pytriton/tritonserver
PYTHON_VERSION = $$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
# The parts that have to run on every Keras backend.
BACKEND_TESTS := $(wildcard tests/encoders tests/fusion tests/heads tests/objectives tests/training/optimizers tests/contract)
# What makes the wheel needs none of what the wheel needs.
BUILD := $(CACHE)/build
SERVING_PEERS := $(CACHE)/serving-peers
TRAINING_PEERS := $(CACHE)/training-peers

.PHONY: help env run test test-jax test-formats test-runtime-2.20 test-triton lint results results-all report bench \
  bench-growth bench-serving bench-training faults saved_models names wheel wheel-test notebooks docs clean

help:
	@echo "make run                train, evaluate, export and query the flagship networks"
	@echo "make test               the whole test suite"
	@echo "make test-jax           the networks' parts on the JAX backend"
	@echo "make test-formats       the exports to LiteRT, ONNX and OpenVINO, with their packages"
	@echo "make test-runtime-2.20  exports under the TensorFlow 2.20 runtime (250 MB are fetched)"
	@echo "make test-triton        exports behind a Triton server (Python 3.11 or 3.12)"
	@echo "make lint               ruff, the rules of the architecture and mypy"
	@echo "make results            measure the figures of the README again (two hours) and write them into it"
	@echo "make results-all        the same, and what takes longer (a day)"
	@echo "make report             tables and pictures of the results files that are there (seconds)"
	@echo "make bench              the speed measurements"
	@echo "make bench-growth       how time and memory grow, and the page of scale (five minutes)"
	@echo "make bench-serving      requests per second, latency, memory and cold start of exports (40 minutes)"
	@echo "make bench-training     training steps in turns with PyTorch and DeepCTR (half an hour)"
	@echo "make faults             ten thousand broken requests to each model's artefact"
	@echo "make saved_models       train and export the small networks in saved_models/ again (a few minutes)"
	@echo "make names              write down the names that a shell completes, after a model or data set was added"
	@echo "make wheel              wheel and source archive, into dist/"
	@echo "make wheel-test         the same, installed into an empty environment and tried (2.6 GB, removed afterwards)"
	@echo "make notebooks          execute the tutorials"
	@echo "make docs               the documents, into site/"
	@echo "make env                only the environment in $(VENV)"
	@echo "make clean              remove what can be made again in seconds"

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

$(VENV)/.installed-plots: $(VENV)/.installed
	@$(INSTALL) -e '.[plots]'
	@touch $@

$(VENV)/.installed-notebooks: $(VENV)/.installed
	@$(INSTALL) -e '.[notebooks]'
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	@$(INSTALL) -e '.[docs]'
	@touch $@

# What the index over embeddings is compared with.
$(VENV)/.installed-bench: $(VENV)/.installed
	@$(INSTALL) usearch
	@touch $@

run: env
	@$(BIN)/python benchmarks/run_flagships.py

test: env
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

test-jax: env $(VENV)/.installed-jax
	@KERAS_BACKEND=jax $(BIN)/python -m pytest -q -n 2 --dist worksteal $(BACKEND_TESTS)

test-formats: env $(VENV)/.installed-formats
	@$(BIN)/python -m pytest -q tests/export/formats
$(RUNTIME_2_20)/.installed:
	@mkdir -p $(RUNTIME_2_20)
	@$(BIN)/python -m pip download -qq --disable-pip-version-check --no-deps --dest $(RUNTIME_2_20) tensorflow-cpu==2.20.0
	@$(BIN)/python tests/export/c_api/unpack_wheel.py $(RUNTIME_2_20)/*.whl $(RUNTIME_2_20)
	@rm $(RUNTIME_2_20)/*.whl
	@touch $@

test-runtime-2.20: env $(RUNTIME_2_20)/.installed
	@MULTIMODAL_ZOO_RUNTIME=$(RUNTIME_2_20) $(BIN)/python -m pytest -q tests/export/c_api -k other

# The server's Python backend finds the stub of its Python beside itself, and was built with NumPy 1. TensorFlow imports
# JAX where it is installed, as for `make test-jax`, and that needs NumPy 2: here it is not to be found.
$(TRITON)/.installed:
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --target $(TRITON) nvidia-pytriton==0.7.0
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --target $(TRITON)/numpy1 numpy==1.26.4
	@echo 'raise ImportError("JAX needs NumPy 2.")' > $(TRITON)/numpy1/jax.py
	@cp $(STUBS)/python_backend_stubs/$(PYTHON_VERSION)/triton_python_backend_stub $(STUBS)/backends/python/
	@touch $@

test-triton: env $(TRITON)/.installed
	@MULTIMODAL_ZOO_TRITON=$(TRITON) $(BIN)/python -m pytest -q tests/export/test_triton_server.py

lint: env
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/mypy

results: env $(if $(filter formats,$(ONLY)),$(VENV)/.installed-formats) \
  $(if $(filter fusion-operators,$(ONLY)),$(VENV)/.installed-plots)
	@$(BIN)/python benchmarks/results.py $(ONLY)
	@$(MAKE) --no-print-directory report

results-all: env $(VENV)/.installed-formats $(VENV)/.installed-plots
	@$(BIN)/python benchmarks/results.py --all
	@$(MAKE) --no-print-directory report

# Nothing is measured: tables, pages and pictures are made of the results files that are there.
report: env $(VENV)/.installed-plots
	@$(BIN)/python benchmarks/readme_tables.py
	@$(BIN)/python benchmarks/write_benchmarks.py

# PyTorch and DeepCTR, to compare with: in a folder of their own, no part of the environment. PyTorch's build for
# processors has an index of its own: give it to pip by PIP_EXTRA_INDEX_URL.
$(TRAINING_PEERS)/.installed: benchmarks/training_peers.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --target $(TRAINING_PEERS) \
	  -r benchmarks/training_peers.txt
	@touch $@

bench: env $(VENV)/.installed-bench $(VENV)/.installed-plots $(TRAINING_PEERS)/.installed
	@set -e; export MULTIMODAL_ZOO_TRAINING_PEERS=$(TRAINING_PEERS); \
	for script in $(sort $(wildcard benchmarks/bench_*.py)); do echo "== $$script"; $(BIN)/python $$script; done
	@$(BIN)/python benchmarks/write_scale.py
	@$(MAKE) --no-print-directory report

bench-growth: env $(VENV)/.installed-plots
	@$(BIN)/python benchmarks/bench_growth.py
	@$(BIN)/python benchmarks/write_scale.py
	@$(MAKE) --no-print-directory report

bench-training: env $(TRAINING_PEERS)/.installed
	@$(BIN)/multimodal-zoo compile
	@set -e; for part in embeddings deepfm pictures; do echo "== $$part"; \
	  MULTIMODAL_ZOO_TRAINING_PEERS=$(TRAINING_PEERS) $(BIN)/python benchmarks/training_$$part.py; done
	@$(MAKE) --no-print-directory report

faults: env
	@$(BIN)/python benchmarks/mutated_requests.py
	@$(MAKE) --no-print-directory report

# ONNX Runtime and OpenVINO, to compare with: in a folder of their own, no part of the environment.
$(SERVING_PEERS)/.installed:
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --target $(SERVING_PEERS) -r benchmarks/serving_peers.txt
	@touch $@

bench-serving: env $(TRITON)/.installed $(SERVING_PEERS)/.installed
	@MULTIMODAL_ZOO_TRITON=$(TRITON) $(BIN)/python benchmarks/serving.py --peers $(SERVING_PEERS) --soak 600
	@$(MAKE) --no-print-directory report

# From made-up data that are built in: nothing is fetched.
saved_models: env
	@$(BIN)/python saved_models/train_and_export.py

names: env
	@$(BIN)/python -c 'from multimodal_zoo.cli.completion import write_names; write_names()'

$(BUILD)/.installed:
	@$(PYTHON) -c '$(CHECK_PYTHON)' && $(PYTHON) -m venv $(BUILD)
	@$(BUILD)/bin/python -m pip install -qq --disable-pip-version-check build
	@touch $@

# The wheel is made from the source archive. What an earlier build left would be taken for sources.
wheel: $(BUILD)/.installed
	@rm -rf build dist *.egg-info
	@$(BUILD)/bin/python -m build --outdir dist . >$(BUILD)/log 2>&1 || { cat $(BUILD)/log; exit 1; }
	@ls -l dist

wheel-test: wheel
	@$(PYTHON) tests/distribution/try_wheel.py dist/*.whl --constraints constraints.txt

# 3: kernels show what Python writes, and no remarks of TensorFlow's C++ code.
notebooks: env $(VENV)/.installed-notebooks
	@set -e; export TF_CPP_MIN_LOG_LEVEL=3; for source in $(sort $(wildcard notebooks/source/*.py)); do \
	  notebook=notebooks/$$(basename $$source .py).ipynb; echo "== $$notebook"; \
	  $(BIN)/jupytext --quiet --to ipynb --output $$notebook $$source; \
	  $(BIN)/jupyter-execute --inplace $$notebook; \
	done

# Any warning, such as a link that leads nowhere, ends it.
docs: env $(VENV)/.installed-docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo "The documents are in site/: open site/index.html."

clean:
	@rm -rf build dist site *.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
