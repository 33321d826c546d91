# Everything happens in .venv; Python 3.11 or newer and make are all that must be there.
# `make` alone lists the targets. A name in capitals may be given: make run PACTA_TODAY= , make test ARGS="-k journal".

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run test check audit soak bench clauses pages imports client translations clean

PYTHON ?= python3
PACTA_TODAY ?= 2024-12-28
WORKERS ?= auto
EXAMPLES ?= 460
CASES ?= 6
ARGS ?=

BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed
BENCH_BIN := .venv-bench/bin
BENCH := .venv-bench/.installed
AUDIT := .venv-audit
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all: -r
# What only tests and checks need is compiled when it is imported: half of it never is.
NOT_COMPILED := --no-compile
# Two installations side by side, each of every other package: what one of them needs may be with the other.
HALF := --no-deps $(NOT_COMPILED)
POSTGRES := $(BIN)/python -m tests.postgres
PYTEST := $(BIN)/python -m pytest
# Who is done takes over from who is not: the long tests are not spread evenly.
SIDE_BY_SIDE = -n $(WORKERS) --dist worksteal

# Tests and checks start Python many times: what was compiled once is kept (`make clean` removes it).
unexport PYTHONDONTWRITEBYTECODE

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1            \2/p' Makefile | sed 's/^\(.\{18\}\) */\1/'

setup: $(RUNTIME) ## install what Pacta needs to run, into .venv

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Pacta needs Python 3.11 or newer, and $(PYTHON) is not. Name one that is: make PYTHON=python3.12 setup" >&2; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

$(RUNTIME): requirements/runtime.txt | $(BIN)/python
	@echo "Installing what Pacta needs to run; this takes about half a minute."
	@$(INSTALL) $<
	@touch $@

$(DEV): requirements/dev.txt | $(BIN)/python
	@echo "Installing what the tests and checks need too; this takes about half a minute."
	@mkdir -p build
	@awk '/^[^ #]/ { found++ } { print > ("build/dev-" found % 2 ".txt") }' $<
	@$(INSTALL) build/dev-0.txt $(HALF) & other=$$!; \
		$(INSTALL) build/dev-1.txt $(HALF) && wait $$other || { kill $$other 2>/dev/null; exit 1; }
	@$(BIN)/python -m pip check
	@touch $@

# Beside what Pacta needs, the usual stack has what Pacta has no use for: an environment of its own.
$(BENCH): requirements/bench.txt
	@echo "Installing what the benchmark needs, into .venv-bench; this takes about half a minute."
	@test -x $(BENCH_BIN)/python || $(PYTHON) -m venv .venv-bench
	@$(BENCH_BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all: -r $< $(NOT_COMPILED)
	@touch $@

# What looks for vulnerabilities stands apart: nothing of Pacta needs it.
$(AUDIT)/bin/pip-audit: requirements/audit.txt
	@test -x $(AUDIT)/bin/python || $(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all: -r $< $(NOT_COMPILED)
	@touch $@

audit: $(AUDIT)/bin/pip-audit ## ask whether vulnerabilities of locked packages are known (needs the internet)
	$(BIN)/python scripts/audit.py $<

run: export DEBUG = 1
run: export PACTA_TODAY := $(PACTA_TODAY)
run: setup ## set up, load the sample portfolio, serve it on 127.0.0.1:8000 and say how to sign in
	@$(BIN)/python manage.py demo

test: $(DEV) ## run the tests on SQLite, then those that use a database on PostgreSQL
	env -u DATABASE_URL $(PYTEST) $(SIDE_BY_SIDE) $(ARGS)
	PACTA_EXAMPLES=12 $(POSTGRES) $(PYTEST) $(SIDE_BY_SIDE) --database-only $(ARGS)

# What is sent at the same moment, where PostgreSQL undoes whatever has no place in an order of all.
IN_ORDER := tests/api/test_contract_races.py tests/api/test_races.py tests/api/test_idempotency.py tests/test_retrying.py

# Schemathesis tries some 14,000 cases on each database in three to five minutes of one core: CASES fitting and as many
# spoilt ones of each operation, all on the edges of its values, and 20 chains of up to ten operations for each of CASES.
soak: $(DEV) ## run the long trials on both databases
	env -u DATABASE_URL $(PYTEST) -m soak $(ARGS)
	$(POSTGRES) --durable $(PYTEST) -m soak --database-only --shown-too $(ARGS)
	$(POSTGRES) $(PYTEST) $(SIDE_BY_SIDE) --database-only --shown-too $(ARGS)
	$(POSTGRES) --serializable $(PYTEST) $(IN_ORDER) $(ARGS)
	env -u DATABASE_URL PACTA_EXAMPLES=$(EXAMPLES) $(PYTEST) tests/api/test_fuzz.py $(ARGS)
	PACTA_EXAMPLES=$(EXAMPLES) $(POSTGRES) $(PYTEST) tests/api/test_fuzz.py $(ARGS)
	env -u DATABASE_URL PACTA_CASES=$(CASES) $(PYTEST) tests/api/test_schemathesis.py $(ARGS)
	PACTA_CASES=$(CASES) $(POSTGRES) $(PYTEST) tests/api/test_schemathesis.py $(ARGS)

# `make bench ARGS="--agreements 100000 --works list,step"`: see docs/performance.md. What was loaded is kept in build/bench.
bench: $(BENCH) ## measure Pacta beside a usual stack and a floor, on both databases
	env -u DATABASE_URL $(BENCH_BIN)/python -m bench $(ARGS)
	$(BENCH_BIN)/python -m tests.postgres --durable $(BENCH_BIN)/python -m bench $(ARGS)

clauses: $(DEV) ## measure what it costs to answer clauses and to write workbooks, on both databases
	env -u DATABASE_URL $(BIN)/python -m tests.bench_clauses $(ARGS)
	$(POSTGRES) --durable $(BIN)/python -m tests.bench_clauses $(ARGS)

pages: $(DEV) ## measure what pages cost on a large register, on both databases
	env -u DATABASE_URL $(BIN)/python -m tests.bench_pages $(ARGS)
	$(POSTGRES) $(BIN)/python -m tests.bench_pages $(ARGS)

imports: $(DEV) ## measure what it costs to take over a large table, on both databases
	env -u DATABASE_URL $(BIN)/python -m tests.bench_imports $(ARGS)
	$(POSTGRES) --durable $(BIN)/python -m tests.bench_imports $(ARGS)

client: $(DEV) ## generate a typed Python client of the API into build/client
	@mkdir -p build
	DEBUG=1 $(BIN)/python manage.py spectacular --format openapi-json --file build/openapi.json
	$(BIN)/openapi-python-client generate --path build/openapi.json --config scripts/client.yml \
		--output-path build/client --overwrite

# As in production, with a key of no use to anybody. The types take as long as all the rest, and are checked beside it.
check: export DEBUG := 0
check: export SECRET_KEY := checks-only-Zq7Lw2Vx9Bn4Tk8Rd3Fh6Jm1Pc5Gs0Ya-unused-elsewhere
check: export ALLOWED_HOSTS := pacta.example
check: export DATABASE_URL := sqlite://:memory:
check: $(DEV) ## check format, lint, types, layers, templates, migrations, settings and translations
	$(BIN)/mypy agreements tracker bench & types=$$!; { \
		$(BIN)/ruff format --check . && \
		$(BIN)/ruff check . && \
		$(BIN)/lint-imports && \
		$(BIN)/djlint --profile django --lint --quiet --ignore H015 templates && \
		$(BIN)/python manage.py makemigrations --check --dry-run && \
		$(BIN)/python manage.py check --deploy --fail-level WARNING && \
		$(BIN)/python scripts/messages.py check && \
		$(MAKE) --no-print-directory $(AUDIT)/bin/pip-audit && \
		$(BIN)/python scripts/audit.py --if-reachable $(AUDIT)/bin/pip-audit; \
	} && wait $$types || { kill $$types 2>/dev/null; exit 1; }

translations: $(DEV) ## bring locale/ up to date with the code and compile it
	$(BIN)/python scripts/messages.py extract
	$(BIN)/python scripts/messages.py compile

clean: ## remove what tools leave behind; the database and .venv stay
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov staticfiles
	rm -f var/test-*
	find agreements tracker tests scripts bench -name __pycache__ -type d -prune -exec rm -rf {} +
