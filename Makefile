# Needs only Python 3.11 or newer, make and a package index; uses uv when it is there. `make up` is all it takes.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
WHEELS ?= --only-binary=:all:   # nothing is compiled; empty it on a machine for which a wheel is missing

unexport PYTHONDONTWRITEBYTECODE   # where it is set, every process would compile everything anew: seconds each

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
STAMP := $(VENV)/engage.sha256

.PHONY: up test check conformance faults bench screenshots venv lock clean

up: venv
	@PATH="$(BIN):$$PATH" exec $(BIN)/python -m engage up --host $(HOST) --port $(PORT) $(if $(DATA),--data "$(DATA)")

test: venv
	@$(if $(ALL),ENGAGE_TEST_ALL=1) $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

# Every check runs, so that one look shows all there is to mend.
check: venv
	@failed=; \
	run() { echo "$$*"; "$(BIN)/$$@" || failed="$$failed $$1"; }; \
	run ruff format --check .; \
	run ruff check .; \
	run mypy; \
	run lint-imports --no-cache; \
	run djlint templates --check; \
	run djlint templates --lint; \
	run deptry .; \
	if [ -n "$$failed" ]; then echo "check failed:$$failed" >&2; exit 1; fi; \
	echo "check passed"

# What independent readers make of our feeds; .ci/setup installs those that are not Python.
conformance: venv
	@$(BIN)/python -m tests.conformance

# The promises of delivery, counted at a real mail server while everything breaks; ARGS="--seed 7 --engine sqlite".
faults: venv
	@$(BIN)/python -W ignore::RuntimeWarning -m tests.faults $(ARGS)

# Medians beside peers of the same run, with targets; ARGS names some of them. Needs nginx and wrk (Debian packages).
# ENGAGE_BENCH_SCALE=0.1 makes its sends a tenth as large: a look whether it works.
bench: venv
	@PATH="$$PATH:/usr/sbin" $(BIN)/python -m tests.bench $(ARGS)

# The main pages on a phone and on a desktop, to be looked at; needs a Chromium (Debian package).
screenshots: venv
	@$(BIN)/python -W ignore -m tests.browser.screenshots

# What translators work on, brought up to date with the sentences of sources and templates; NEW=fr begins a language.
catalogues: venv
	@$(BIN)/python -m tests.catalogues $(NEW)

# Set-up only; the command is then .venv/bin/engage. At once when neither the lock nor pyproject.toml has changed.
venv:
	@command -v "$(PYTHON)" >/dev/null || { echo '$(PYTHON) was not found: name a Python 3.11 or newer, as in' \
	  '`make PYTHON=python3.11`.' >&2; exit 3; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "engage needs Python 3.11 or newer, and" \
	  "$(PYTHON) is `$(PYTHON) -V 2>&1`: name another, as in 'make PYTHON=python3.11'." >&2; exit 3; }
	@wanted=`cat requirements.lock pyproject.toml | $(PYTHON) -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'`; \
	if [ -x $(BIN)/python ] && [ "`cat $(STAMP) 2>/dev/null`" = "$$wanted" ]; then exit 0; fi; \
	echo "Setting up $(VENV) ..." >&2; rm -f $(STAMP); \
	if uv --version >/dev/null 2>&1; then \
	  $(with_uv) || { echo "uv could not do it; trying pip." >&2; $(with_pip); }; \
	else $(with_pip); fi && \
	echo "$$wanted" > $(STAMP)

with_uv = { { [ -x $(BIN)/python ] || uv venv --quiet --python "$(PYTHON)" $(VENV); } && \
	  uv pip install --quiet --python $(BIN)/python $(WHEELS) --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; }

with_pip = { { $(BIN)/python -m pip --version >/dev/null 2>&1 || { $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null && \
	    $(PYTHON) -m venv --clear $(VENV); } || { \
	    echo 'This Python cannot make a virtual environment: install its venv module (Debian: apt install python3-venv).' >&2; \
	    exit 3; }; } && \
	  $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check $(WHEELS) --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; }

# For maintainers, after a change of the dependencies in pyproject.toml: needs uv and writes no host name.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  --all-extras --group dev pyproject.toml -o requirements.lock

# Takes away what can be made again; the data folder (var) is not touched.
clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
