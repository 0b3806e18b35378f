# Two commands on a fresh clone do everything: `make repro` and `make test`.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help repro results report serve test lint api losses full-scale bench-setup peers spark-setup lock clean

help: ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 13

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or later is needed; this is " + sys.version.split()[0] + " (make PYTHON=python3.12 …)")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[dev]'
	$(VENV)/bin/python -m traindy.report.plots_page
	@touch $@

repro: $(READY) ## Set up, run the pipeline on the simulated shop, print the results
	dvc repro
	@python -m traindy.evaluate.table

results: $(READY) ## Print the results of the last run again
	@python -m traindy.evaluate.table

report: $(READY) ## Write report.html, after make repro: data, model and results in pictures
	python -m traindy.report

serve: $(READY) ## Serve the web app at http://127.0.0.1:8000, after make repro
	$(PIP) -e '.[serve]'
	traindy serve

test: $(READY) ## Set up, pass the tests
	pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(READY) ## Check style, types and that everything public has a docstring
	ruff check .
	ruff format --check .
	mypy

api: $(READY) ## Write build/api/index.html: every function and class, from the docstrings
	python -W error::UserWarning -W "ignore:Couldn't import traindy.core.spark_engine" -m pdoc --docformat google --output-directory build/api traindy '!traindy.core.spark_engine'

losses: $(READY) ## Write docs/losses.md; WEEK=folder adds that week of real purchases
	python benchmarks/losses.py $(if $(WEEK),--week $(WEEK))

full-scale: $(READY) ## Simulate H&M's full size, run everything on it, write docs/scale.md (long)
	python benchmarks/scale.py run

bench-setup: $(READY) ## Install what benchmarks/ needs beside it
	$(PIP) -e '.[bench]'

peers: .venv-peers/.ready ## Install the packages that benchmarks/speed.py compares with, apart

.venv-peers/.ready: benchmarks/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

spark-setup: $(READY) ## Install what engine.name=spark needs beside Java 17
	$(PIP) -e '.[spark]'

lock: $(READY) ## Write the installed versions to constraints.txt
	@(head -n 1 constraints.txt; pip freeze --exclude-editable | sed 's/^torch==\([0-9.]*\).*/torch==\1/') > constraints.new
	@mv constraints.new constraints.txt

clean: ## Remove the environment, build/ and the tools' caches; data and DVC's cache stay
	rm -rf $(VENV) .venv-peers build .pytest_cache .hypothesis .mypy_cache .ruff_cache
