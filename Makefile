# Two commands do everything: `make run` and `make test`. `make help` lists the others.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check bench lock messages clean environment environment-dev

# Compiled modules make every start but the first a quick one.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv/bin/python
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
COMPILE := $(VENV) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header -p 3.11

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

run: environment ## run the whole portal here (PORT=8000, HOST=127.0.0.1); Ctrl-C stops it
	@exec $(VENV) -m cpms.run

test: environment-dev ## run every test, browser tests included (ARGS="-k name" to choose)
	@$(VENV) -m cpms.assets --dev
	@$(VENV) manage.py messages --compile
	@$(VENV) -m pytest -n 3 --dist loadgroup $(ARGS)

check: environment-dev ## style, types, import contracts, missing migrations, templates, missing translations
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy .
	@$(VENV) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	@$(VENV) manage.py makemigrations --check --dry-run
	@$(VENV) -m djlint --lint --quiet templates
	@$(VENV) manage.py messages --check

bench: environment-dev ## measure the gateway beside a server that stores nothing
	@$(VENV) -m benchmarks

lock: environment-dev ## lock the packages anew: the newest that requirements/*.in and package.json allow
	@$(COMPILE) --upgrade requirements/bootstrap.in -o requirements/bootstrap.txt
	@$(COMPILE) --upgrade requirements/run.in -o requirements/run.txt
	@$(COMPILE) --upgrade -c requirements/run.txt requirements/dev.in -o requirements/dev.txt
	@$(COMPILE) --upgrade requirements/embedded.in -o requirements/embedded.txt
	@$(VENV) -m cpms.assets --lock

messages: environment-dev ## collect the texts to translate and compile their translations
	@$(VENV) manage.py messages

clean: ## remove what was made here, the data of the embedded servers included
	rm -rf .venv node_modules static/vendor var .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

environment: python-found
	@$(PYTHON) requirements/install.py run

environment-dev: python-found
	@$(PYTHON) requirements/install.py dev

.PHONY: python-found
python-found:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed and was not found. Install it, or name it: make PYTHON=/path/to/python3 run"; exit 1; }
