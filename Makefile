# `make demo` and `make test` each set everything up by themselves, in $(VENV).

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
WORKERS ?= 2
export TF_CPP_MIN_LOG_LEVEL ?= 3
export KERAS_BACKEND ?= tensorflow

.PHONY: demo test bench catalog clean

demo: $(VENV)/demo
	$(BIN)/archcompiler check examples
	mkdir -p demo
	$(BIN)/archcompiler emit examples/autoencoder.yaml -o demo/autoencoder.py
	$(BIN)/archcompiler emit examples/many_to_one.yaml -o demo/many_to_one.py
	$(BIN)/python examples/datasets.py many_to_one -o demo/many_to_one.npz
	$(BIN)/python demo/many_to_one.py train demo/many_to_one.npz --epochs 5 --seed 1 -o demo/many_to_one.keras
	@echo
	@echo "The code:            demo/many_to_one.py and demo/autoencoder.py"
	@echo "The trained model:   demo/many_to_one.keras"

test: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/python -m archcompiler.build.catalog --check
	$(BIN)/python -m archcompiler.show.schema --check
	$(BIN)/python -m archcompiler.show.manual --check
	$(BIN)/python -m pytest -m "not slow" -n $(WORKERS)

# Compiled, as pip leaves every installed package, Keras among them.
bench: $(VENV)/dev
	$(BIN)/python -m compileall -q archcompiler
	$(BIN)/python -m benchmarks.run

catalog: $(VENV)/dev
	$(BIN)/python -m archcompiler.build.catalog
	$(BIN)/python -m archcompiler.show.schema
	$(BIN)/python -m archcompiler.show.manual

clean:
	rm -rf $(VENV) demo dist .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "archcompiler needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

# One stamp for each set of packages; they are installed again when pyproject.toml changes.
$(VENV)/demo: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[tensorflow,examples]'
	touch $@

$(VENV)/dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/demo
