# Porchlight. `make` alone lists what there is. Needs Python 3.11 or newer and nothing else.

PORT ?= 8000
SPEED ?= 1
ARGS ?=
DEMO_DATA ?= .data/demo
UV_VERSION ?= 0.13.9
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
# The first interpreter that runs and is new enough (a name alone may be a shim of a version manager).
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && { echo $$p; break; }; done)
# The demo is its own little world, whatever the shell has set for a real installation.
CLEAN_ENV := env -u DATABASE_URL -u SECRET_KEY -u EMAIL_BACKEND -u EMAIL_HOST -u REDIS_URL -u Q_BROKER -u ALLOWED_HOSTS
DEMO_ENV = $(CLEAN_ENV) DEMO=1 DATA_DIR="$(abspath $(DEMO_DATA))" BASE_URL=http://localhost:$(PORT) \
	SANDBOX_SPEED=$(SPEED) PYTHONUNBUFFERED=1

.DEFAULT_GOAL := help
.PHONY: help demo play demo-reset install test lint types migrate web worker bench lock screenshots pictures contact-sheet

help: ## list the commands
	@echo "make demo [PORT=8000] [SPEED=1]   the sample store on this machine; SPEED=600 lets ten hours pass in a minute"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / && $$1 != "demo" {printf "make %-28s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- the environment: each stamp is as new as what it was made from ---

$(VENV)/.uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (set PYTHON=/path/to/python3)." >&2; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || \
		{ echo "$(PYTHON) is older than Python 3.11 (set PYTHON=/path/to/a/newer/python3)." >&2; exit 1; }
	@echo "Making the environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "Python's venv module is missing: on Debian and Ubuntu it is the package python3-venv." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/.runtime: requirements.lock | $(VENV)/.uv
	@echo "Installing what Porchlight runs on …"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.test: tests/requirements.lock $(VENV)/.runtime
	@echo "Installing what the tests and checks need …"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r tests/requirements.lock
	@touch $@

install: $(VENV)/.runtime ## build the environment alone

# --- have a look ---

demo: $(VENV)/.runtime
	@exec $(DEMO_ENV) $(MANAGE) demo --port $(PORT) --speed $(SPEED) --stop-with-parent

play: $(VENV)/.runtime ## let something happen to a demo parcel: NUMBER=SBX… SCENARIO=late|lost|attempt|return|…
	@$(DEMO_ENV) $(MANAGE) sandbox "$(NUMBER)" "$(SCENARIO)"

demo-reset: ## forget the demo's data; the next `make demo` begins anew
	@rm -rf "$(DEMO_DATA)"
	@echo "$(DEMO_DATA) is gone."

# --- work on it ---

test: $(VENV)/.test ## run the tests; ARGS="tests/tracking -k fold" picks some
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

lint: $(VENV)/.test ## check style, layers and templates
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/djlint templates --lint --quiet

types: $(VENV)/.test ## check types
	@$(BIN)/mypy config customers tracking returns engagement

bench: $(VENV)/.test ## measure; needs PostgreSQL for some rows
	@$(BIN)/python -m bench $(ARGS)

lock: $(VENV)/.uv ## resolve the dependencies in pyproject.toml anew
	@$(BIN)/uv pip compile pyproject.toml --python-version 3.11 --universal --upgrade --generate-hashes \
		--no-emit-index-url --no-header --quiet -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group test --python-version 3.11 --universal --upgrade --generate-hashes \
		--no-emit-index-url --no-header --quiet -c requirements.lock -o tests/requirements.lock

pictures: $(VENV)/.runtime ## draw the sample store's product pictures
	@$(BIN)/python -m engagement.demo.pictures

screenshots: $(VENV)/.test ## take the README's pictures of the order page (needs Chromium)
	@$(CLEAN_ENV) $(BIN)/python docs/screenshots.py

contact-sheet: $(VENV)/.test ## draw all built-in messages on sheets in .data/messages (needs Chromium)
	@$(CLEAN_ENV) $(BIN)/python docs/contact_sheet.py .data/messages

# --- run it for real; see docs/configuration.md ---

migrate: $(VENV)/.runtime ## bring the database up to date
	@$(MANAGE) migrate

web: $(VENV)/.runtime ## serve the pages on PORT
	@exec $(BIN)/gunicorn config.wsgi --worker-class gthread --threads 8 --bind 0.0.0.0:$(PORT)

worker: $(VENV)/.runtime ## do the work in the background
	@exec $(MANAGE) qcluster
