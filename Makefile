# make run · test · lint · bench · lock · messages: each first sets up what it needs in .venv.
# PORT  port of `make run`.        VAR  its state folder; a relative one lies in the checkout.
# PYTHON  the Python to use (3.11 or later); by default the newest one that really runs.
# TESTS, BENCH, LOCK  what to test (a path, pytest options), which benchmarks to run, and
# `make lock LOCK=--upgrade` for the newest releases instead of the fewest changes.

PORT ?= 8000
VAR ?= var
PYTHON ?=
TESTS ?=
BENCH ?=
LOCK ?=
# The whole suite goes to two processes, each with servers of its own; part of it to one.
WHOLE = -n 2

CANDIDATES = python3.13 python3.12 python3.11 python3 /usr/bin/python3 /usr/local/bin/python3
FITS = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
BIN = .venv/bin
SPEAK = $(BIN)/pybabel -q
CATALOGUES = advocacy/render/locale
COMPILE = $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --universal --python-version 3.11
DEV = import pathlib, tomllib; \
	project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]; \
	print(*project["optional-dependencies"]["dev"], sep="\n")

# The first Python that runs and fits, kept in $$python; a version manager's empty shims do not run.
SET_UP = python=; \
	for each in $${PYTHON:-$(BIN)/python $(CANDIDATES)}; do \
		if "$$each" -c '$(FITS)' >/dev/null 2>&1; then python=$$each; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "No Python 3.11 or later with venv found; name one: make PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	"$$python" .ci/environment.py

.PHONY: run test lint bench lock messages

run:
	@PYTHON="$(PYTHON)"; $(SET_UP) runtime
	@exec $(BIN)/python -m campaigns run --port "$(PORT)" --var "$(VAR)"

test:
	@PYTHON="$(PYTHON)"; $(SET_UP) dev
	@exec $(BIN)/python -m pytest $(if $(TESTS),$(TESTS),$(WHOLE))

lint:
	@PYTHON="$(PYTHON)"; $(SET_UP) dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench:
	@PYTHON="$(PYTHON)"; $(SET_UP) dev
	@exec $(BIN)/python -m benchmarks.run $(BENCH)

# The locks name no index: pip asks whichever index it is configured for and checks the hashes.
lock:
	@PYTHON="$(PYTHON)"; $(SET_UP) bare
	@[ -x $(BIN)/uv ] || $(BIN)/python -m pip install -q uv
	$(COMPILE) pyproject.toml -o requirements.lock $(LOCK)
	@$(BIN)/python -c '$(DEV)' | $(COMPILE) - -c requirements.lock -o tests/requirements.lock $(LOCK)
	@echo "Written: requirements.lock tests/requirements.lock"

# Brings the catalogues up to date with the messages in code and templates.
messages:
	@PYTHON="$(PYTHON)"; $(SET_UP) dev
	$(SPEAK) extract -F pyproject.toml -k lazy_gettext --add-location=file --sort-by-file \
		--project=advocacy -o .venv/messages.pot .
	@for locale in fr es ar; do \
		if [ -f $(CATALOGUES)/$$locale/LC_MESSAGES/messages.po ]; then \
			act="update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date"; \
		else \
			act=init; \
		fi; \
		$(SPEAK) $$act -i .venv/messages.pot -d $(CATALOGUES) -l $$locale || exit 1; \
	done
