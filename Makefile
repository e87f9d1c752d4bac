# Calculus for Machine Learning. `make` builds the book, `make test` tests it, `make help` lists the rest.

PYTHON := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Sums keep their order and two workers do not fight for two cores.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: all html serve test test-whole test-frameworks lint hooks chapter accept-checks accept-outputs elsewhere mutants sweep
.PHONY: bench bench-build bench-site lock clean help
.DEFAULT_GOAL := all

all: ready latex        ## install what is missing and build the site with the PDF in it
	@$(PYTHON) -m bookkit build

html: ready             ## build the site without the PDF (needs no LaTeX)
	@$(PYTHON) -m bookkit html

serve: ready            ## read the book at http://localhost:8000 and rebuild what is edited
	@$(PYTHON) -m bookkit serve

# One process waits, for a browser or for LaTeX, while two work.
PYTEST = $(PYTHON) -m pytest -n 3 --dist worksteal $(if $(SEED),--randomly-seed=$(SEED))
test: all chromium lint ## build the book and run the tests (SEED=1234 repeats an order)
	@$(PYTEST) -m "not whole and not mutants"

test-whole: all chromium ## open every page, look at every word of the PDF, typeset anew, run a notebook alone
	@$(PYTEST) -m whole --timeout 3600

LIBRARIES := torch jax
test-frameworks: ready  ## run the code shown for PyTorch and JAX (LIBRARIES="jax tensorflow-cpu": for others)
	@sh code/bookkit/install.sh frameworks $(LIBRARIES)
	@PYTHONPATH=code _build/frameworks/bin/python -m pytest -q -rs tests/frameworks

lint: ready             ## check style and types of the code, and spelling
	@ruff check code tests benchmarks
	@ruff format --check --quiet code tests benchmarks
	@codespell
	@mypy

hooks: ready            ## run quick checks before every commit (uses pre-commit)
	@pre-commit install

chapter: ready          ## start a new chapter: make chapter NAME=my_chapter
	@$(PYTHON) -m bookkit chapter --name "$(NAME)"

accept-checks: ready    ## record that the checks were reread against the equations as they now stand
	@$(PYTHON) -m bookkit accept-checks

accept-outputs: ready   ## record what the cells print, after a cell was edited
	@$(PYTHON) -m bookkit accept-outputs

elsewhere: ready        ## run the cells as other machines would (SETTING=noise: one of the settings)
	@$(PYTHON) -m bookkit elsewhere --setting "$(SETTING)"

mutants: html           ## break the code on purpose, one place at a time; the tests must notice
	@$(PYTHON) -m tests.mutants
	@$(PYTEST) -m mutants --timeout 0

sweep: ready            ## compare the slopes of all entrywise rules with mpmath, over all sizes of floats
	@$(PYTHON) tests/calcml/rule_sweep.py

bench: ready            ## measure calcml beside its peers
	@$(PYTHON) benchmarks/run.py

bench-build: ready latex stock ## measure the whole build beside plain Jupyter Book
	@$(PYTHON) benchmarks/bench_build.py

bench-site: all chromium stock lighthouse ## measure the pages as a phone gets them (PAGES="index momentum")
	@$(PYTHON) benchmarks/bench_site.py $(PAGES)

lock: ready             ## renew the pinned versions in requirements*.txt and package-lock.json
	@uv pip compile --quiet --upgrade pyproject.toml --all-extras --universal --generate-hashes \
	  --python-version 3.11 --custom-compile-command "make lock" --output-file requirements.txt
	@uv pip compile --quiet pyproject.toml --constraint requirements.txt --universal --generate-hashes \
	  --python-version 3.11 --no-annotate --custom-compile-command "make lock" \
	  --output-file requirements-notebooks.txt
	@npm update --package-lock-only --ignore-scripts

clean:                  ## remove everything that was built (not what was installed)
	@rm -rf _build

help:                   ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

# --- what the commands above need -----------------------------------------------------------------

.PHONY: ready latex chromium stock lighthouse

ready: .venv/ready node_modules/ready

.venv/ready: requirements.txt pyproject.toml
	@sh code/bookkit/install.sh python
	@touch $@

node_modules/ready: package-lock.json .venv/ready
	@sh code/bookkit/install.sh node
	@touch $@

latex chromium stock lighthouse:
	@sh code/bookkit/install.sh $@
