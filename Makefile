# Two commands do all the set-up on a fresh machine: `make demo` and `make test`. Nothing outside .venv and var is touched.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
# Where it is set, every process that a test or the demo starts would compile the whole project again: half of its start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo serve test suite check style types format proof pictures bench models clean

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(INSTALLED)  ## the environment in .venv

# The marker is written last, so that a stopped installation goes on instead of passing for whole. pip would compile its
# 26,000 files one after the other; a file that is no Python of today (a template) is none of ours.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Chaffinch needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check --no-compile -c constraints.txt -e '.[serve,train,dev]'
	$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
	touch $(INSTALLED)

demo: $(INSTALLED)  ## the whole loop once, on the starter corpus
	$(BIN)/chaffinch demo

serve: $(INSTALLED)  ## the API and the console on http://127.0.0.1:8700
	$(BIN)/chaffinch serve

test: style  ## everything that has to hold, in minutes
	$(MAKE) --no-print-directory -j 2 types suite

suite: $(INSTALLED)
	$(BIN)/pytest -m "not proof" -n auto --dist loadfile --no-loadscope-reorder

check: style types  ## format, lint, import contracts, types

style: $(INSTALLED)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

types: $(INSTALLED)
	$(BIN)/mypy
	MYPYPATH=benchmarks $(BIN)/mypy --explicit-package-bases benchmarks

format: $(INSTALLED)  ## put the code in its form
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

proof: $(INSTALLED)  ## the long proofs at full count: kills, hostile input, many rows
	$(BIN)/pytest -m proof

pictures: $(INSTALLED)  ## docs/console.md anew: every page of a house at work (Chromium, a Chinese font)
	$(BIN)/python -m tests.album

bench: $(INSTALLED)  ## speed and memory, beside a baseline in the same run
	for each in ngrams score_path growth; do $(BIN)/python benchmarks/$$each.py || exit 1; done
	for each in encoder memory serve score_file agreement; do $(BIN)/python benchmarks/$$each.py $(MODEL) || exit 1; done  # MODEL=chaffinch@public, else the champion

models: $(INSTALLED)  ## the named models that need public data sets (docs/how-to/data-scientist.md)
	# The frozen sets that the named models must stay apart from come first.
	for name in starter everyday chineseharm released public full; do $(BIN)/chaffinch data build $$name || exit 1; done
	$(BIN)/chaffinch train released --resume
	$(BIN)/chaffinch train public --resume
	$(BIN)/chaffinch train full --warm chaffinch@public --resume

clean:  ## forget the environment and every run
	rm -rf .venv var
