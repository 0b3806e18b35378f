# Two commands on a fresh clone do everything: `make repro` and `make test`.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: help repro test results report losses full-scale serve bench-setup spark-setup peers lint lock clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or later is needed; this is " + sys.version.split()[0] + " (make PYTHON=python3.12 …)")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(VENV)/bin/python -m traindy.report.plots_page
	@touch $@

repro: $(READY) ## Set up, run the pipeline on the simulated shop, print the results
	dvc repro
	@python -m traindy.evaluate.table

test: $(READY) ## Set up, pass the tests
	pytest -n 2 --dist loadgroup

results: $(READY) ## Print the results of the last run again
	@python -m traindy.evaluate.table

report: $(READY) ## Write report.html, after make repro: the data, the model and its results in pictures
	python -m traindy.report

bench-setup: $(READY) ## Install what benchmarks/ needs beside it
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'

peers: .venv-peers/.ready ## Install the packages that benchmarks/speed.py compares with, apart

.venv-peers/.ready: benchmarks/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

spark-setup: $(READY) ## Install what engine.name=spark needs beside Java 17
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[spark]'

losses: $(READY) ## Write docs/losses.md; WEEK=folder adds that week of real purchases
	python benchmarks/losses.py $(if $(WEEK),--week $(WEEK))

full-scale: $(READY) ## Simulate H&M's full size, run everything on it, write docs/scale.md (long)
	python benchmarks/scale.py run

serve: $(READY) ## Serve the web app at http://127.0.0.1:8000, after make repro
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[serve]'
	traindy serve

lint: $(READY) ## Check style and types
	ruff check .
	ruff format --check .
	mypy

lock: $(READY) ## Write the installed versions to constraints.txt
	@(head -n 1 constraints.txt; pip freeze --exclude-editable | sed 's/^torch==\([0-9.]*\).*/torch==\1/') > constraints.new
	@mv constraints.new constraints.txt

clean: ## Remove the environment and the tools' caches; data and DVC's cache stay
	rm -rf $(VENV) .venv-peers .pytest_cache .hypothesis .mypy_cache .ruff_cache
