# Everything that `up` and `test` need is set up by themselves, from the lock files, inside this folder.

PYTHON ?= python3
PURCHASES ?= ../shared/data/CDNOW_master.txt.gz
# How often `bench` kills every process on the way.
KILLS ?= 0
# How many random lives `walk` leads; `test` leads five.
SEEDS ?= 100

VENV := .venv
BIN := $(VENV)/bin
UV := .venv-uv/bin/uv
PROOFS := .venv-proofs
# Of the npm package, which there is for Linux on x86-64; elsewhere the one on the PATH.
FORGE = $(or $(firstword $(wildcard $(CURDIR)/node_modules/@foundry-rs/forge-*/bin/forge)),forge)
# How often `fuzz` leads each test: 100 times as often as `test` does, which takes hours.
RUNS ?= 25600
# One worker for each core, as pytest-xdist counts them.
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help up test check checked-python test-contracts test-python test-slow fuzz prove slither mutate coverage walk faults day bench gas fmt compile migration client translations assets picture clean reset

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(VENV)/runtime node_modules/.runtime ## Start everything, filled with real purchases (Ctrl-C stops, `make up` goes on)
	@$(BIN)/python -m compileall -q src/tokenpoints  # seven processes load it
	@$(BIN)/tokenpoints up --demo

test: ## Run all checks and tests
	@$(MAKE) --no-print-directory --jobs=2 test-contracts checked-python

# The checks use one core, while the contracts compile on the other.
checked-python: check
	@$(MAKE) --no-print-directory test-python

check: $(VENV)/dev node_modules/.dev ## Lint, types, layers, formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd contracts && $(FORGE) fmt --check

test-contracts: node_modules/.dev ## Forge tests: unit, fuzz, invariants, gas snapshots
	cd contracts && $(FORGE) test

test-python: $(VENV)/dev node_modules/.dev ## Python tests: units, a real node, a real browser
	@$(BIN)/python -m compileall -q src/tokenpoints  # hundreds of processes load it
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

test-slow: $(VENV)/dev node_modules/.dev ## The tests that `test` leaves out: kills and pages on PostgreSQL, lives under faults
	@$(BIN)/python -m compileall -q src/tokenpoints
	$(BIN)/pytest -m slow -n $(WORKERS) --dist loadgroup

fuzz: node_modules/.dev ## Fuzz tests and invariants of the contracts for hours: make fuzz RUNS=100000
	cd contracts && FOUNDRY_FUZZ_RUNS=$(RUNS) FOUNDRY_INVARIANT_RUNS=$(RUNS) FOUNDRY_FUZZ_SEED=$$(od -An -tx8 -N8 /dev/urandom | sed 's/ */0x/') \
		$(FORGE) test --match-test '^(testFuzz|invariant)_'

prove: $(PROOFS)/installed node_modules/.dev ## Prove the arithmetic of the packed words for all inputs (halmos)
	PATH="$(CURDIR)/$(PROOFS)/bin:$(dir $(FORGE)):$$PATH" python scripts/prove.py

slither: $(PROOFS)/installed node_modules/.dev ## Look for known faults in the contracts (slither)
	PATH="$(CURDIR)/$(PROOFS)/bin:$(dir $(FORGE)):$$PATH" python scripts/find_faults.py

mutate: node_modules/.dev ## Change the packed words' arithmetic place by place; their tests must notice
	PATH="$(dir $(FORGE)):$$PATH" $(PYTHON) scripts/mutate.py

coverage: node_modules/.dev ## Lines and branches of contracts/src that the forge tests reach
	@$(PYTHON) scripts/coverage.py $(FORGE)

walk: $(VENV)/dev node_modules/.dev ## Random lives of the pipeline on a real node: make walk SEEDS=200
	SEEDS=$(SEEDS) $(BIN)/pytest -n $(WORKERS) tests/integration/test_random_walk.py

# SEED leads one life again, EACH each fault alone.
FIRST ?= 1
faults: SEEDS = 20
faults: $(VENV)/dev node_modules/.dev ## Real processes under faults, by seed; the last line is JSON: make faults SEEDS=200
	@$(BIN)/python -m tests.faults --first $(FIRST) $(if $(SEED),--seed $(SEED),--seeds $(SEEDS)) $(if $(EACH),--each) \
		$(if $(filter-out auto,$(WORKERS)),--workers $(WORKERS))

day: $(VENV)/dev node_modules/.dev ## Play a day of two brands and a partner, and check their books; the last line is JSON
	@$(BIN)/python -m scripts.day

bench: $(VENV)/dev node_modules/.runtime ## Speed, all of it or BENCH="imports indexer reorgs pipeline reads"; the last line is JSON
	@PURCHASES=$(PURCHASES) KILLS=$(KILLS) $(BIN)/python -m scripts.bench $(BENCH)

gas: node_modules/.dev ## What transactions cost, beside other tokens and the EVM's floor; the last line is JSON
	@$(PYTHON) scripts/gas.py

fmt: $(VENV)/dev node_modules/.dev ## Format Python and Solidity
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	cd contracts && $(FORGE) fmt

compile: $(VENV)/dev node_modules/.dev ## Compile the contracts into src/tokenpoints/chain/artifacts
	$(BIN)/python scripts/compile_contracts.py

migration: $(VENV)/dev ## Write a migration for changed tables: make migration MESSAGE="…"
	$(BIN)/python scripts/new_migration.py "$(MESSAGE)"

client: $(VENV)/dev ## Write the client's models and methods from the gateway's OpenAPI document
	$(BIN)/python scripts/generate_client.py

translations: $(VENV)/dev ## Collect the pages' texts for translation
	$(BIN)/python scripts/extract_translations.py

assets: $(VENV)/dev node_modules/.dev ## Copy the pages' font and script out of node_modules
	npm install --no-save --no-package-lock --loglevel=error pretendard@1.3.9  # 98 MB, of no use but here
	$(BIN)/python scripts/vendor_assets.py

picture: $(VENV)/dev node_modules/.dev ## Take the README's picture anew
	$(BIN)/python scripts/take_picture.py

reset: ## Forget the embedded chain, its database and its deployment
	rm -rf .tokenpoints deployments/31337.json

clean: ## Remove everything that was set up or built
	rm -rf $(VENV) .venv-uv $(PROOFS) node_modules build contracts/out contracts/cache

# Stamps: one for what `up` needs, one for the tests' tools beside it, one for the provers, which only `prove` and `slither` need.

$(UV):
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv-uv
	.venv-uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

$(VENV)/runtime: uv.lock pyproject.toml | $(UV)
	$(UV) sync --quiet --frozen --inexact --compile-bytecode --no-dev --python $(PYTHON)
	@touch $@

$(VENV)/dev: uv.lock pyproject.toml | $(UV)
	$(UV) sync --quiet --frozen --inexact --compile-bytecode --python $(PYTHON)
	@touch $@ $(VENV)/runtime

$(PROOFS)/installed: contracts/proofs-requirements.txt | $(UV)
	$(UV) venv --quiet --clear --python $(PYTHON) $(PROOFS)
	$(UV) pip install --quiet --python $(PROOFS) --requirements $<
	@touch $@

node_modules/.runtime: package-lock.json
	npm ci --omit=dev --no-progress --loglevel=error
	@rm -f node_modules/.dev && touch $@

node_modules/.dev: package-lock.json
	npm ci --no-progress --loglevel=error
	@touch node_modules/.runtime && touch $@
