# The only entry point: people, hooks and CI run the same lines. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3.11
BIN := .venv/bin
# PostgreSQL's files in memory halve the time of the tests, where there is room for them.
IN_MEMORY := $(shell test -w /dev/shm && df -k /dev/shm | awk 'NR == 2 && $$4 > 4000000 {print "TMPDIR=/dev/shm"}')
# Half as many again as there are processors: the long tests mostly wait. A worker takes its tests in their order, so the
# story of tests/e2e is lived by one of them.
ALONGSIDE := -n $(shell expr $$(nproc) \* 3 / 2) --dist worksteal
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "needs $(PYTHON): apt-get install python3 python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.runtime: .venv/bin/python requirements.txt pyproject.toml
	$(PIP) install --require-hashes -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: install
install: .venv/.runtime ## install the exporter into .venv

.PHONY: run
run: install ## start the exporter on 127.0.0.1:9847 with an embedded database in ./data
	@exec $(BIN)/comms-exporter serve

.PHONY: demo
demo: install ## the same with simulated senders, visibly marked as such
	@exec $(BIN)/comms-exporter demo

.PHONY: dev
dev: .venv/.dev ## install what tests and checks need into .venv

.PHONY: stack
stack: ## install Debian's prometheus, alertmanager and chromium, and newer ones beside them
	@sh tools/stack.sh

.PHONY: test
test: dev stack ## run every test (PostgreSQL, Prometheus and Alertmanager are real)
	$(IN_MEMORY) $(BIN)/python -m pytest $(ALONGSIDE)

.PHONY: check
check: dev ## format, lint, types, layers, shipped configuration (tests compare generated files)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/comms-exporter check

.PHONY: fmt
fmt: dev ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: generate
generate: dev ## write the generated files again: schema, dashboards, tables in README, deploy/
	$(BIN)/python -m exporter.config > config.schema.json
	$(BIN)/python -m grafana.build
	$(BIN)/python -m tools.docs
	$(BIN)/python -m tools.deploy
	$(BIN)/python -m tools.rule_inputs

.PHONY: faults
faults: dev ## the long fault runs: kills of the exporter and of PostgreSQL under load
	$(IN_MEMORY) $(BIN)/python -m pytest -m faults tests/faults tests/integration tests/stack tests/e2e -s

.PHONY: preview
preview: dev stack ## draw every dashboard from a demo's answers in Chromium: pages and pictures in ./preview
	$(BIN)/python -m tests.preview --out preview

.PHONY: peers
peers: ## unpack the exporters that `make bench` compares our scans with
	@PYTHON=$(PYTHON) sh tools/peers.sh

.PHONY: mutate
mutate: dev stack ## plant each small mistake in each rule, and list those that no test of rules notices
	$(IN_MEMORY) $(BIN)/python -m tests.mutation

.PHONY: bench
bench: dev peers ## measure, and print tables and ratios of one run
	$(BIN)/python -m tests.bench

.PHONY: lock
lock: dev ## pin every dependency again, with hashes
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--universal pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--universal pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

.PHONY: clean
clean: ## remove what was built here; ./data stays
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
