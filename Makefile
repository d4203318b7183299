# Scrip's commands. `make help` lists them; each says in a sentence what is missing when it cannot go on.

# Everything that is installed or compiled is cached outside the checkout. Removing it is always safe.
SCRIP_CACHE ?= $(or $(XDG_CACHE_HOME),$(if $(HOME),$(HOME)/.cache,$(CURDIR)/build))/scrip
CARGO_TARGET_DIR ?= $(SCRIP_CACHE)/target
export SCRIP_CACHE CARGO_TARGET_DIR
# bean-check and bean-query come last, so that their Python hides no other.
export PATH := $(PATH):$(SCRIP_CACHE)/python/bin

# CI refuses a lock file that is out of date; at a desk cargo brings it up to date.
LOCKED := $(if $(CI),--locked)

# `make run DEMO=/tmp/books PROFILE=dev`
DEMO ?= demo
PROFILE ?= release

# `make laws CASES=20000`: how many random histories for each law; SEED=1 for the same ones again
CASES ?= 2000
SEED ?=

# `make bench-window CUSTOMERS=1000 ENTRIES=10000`: the books that the window is measured on; they stay in the cache
CUSTOMERS ?= 100000
ENTRIES ?= 1000000
LARGE = $(SCRIP_CACHE)/large-$(CUSTOMERS)-$(ENTRIES)

# The window is a feature of its crate: without it cargo needs no web view of the system.
WINDOW = --features scrip-desktop/window

# Where the command line's own words are used; change them here.
SCRIP = cargo run $(LOCKED) --profile $(PROFILE) --package scrip-cli --bin scrip --
RUN_DEMO = $(SCRIP) demo --dir "$(DEMO)"
RUN_WINDOW = cargo run $(LOCKED) --profile $(PROFILE) --package scrip-desktop --features window -- "$(DEMO)"
RUN_TOUR = cargo test $(LOCKED) --profile $(PROFILE) --package scrip-desktop --features window --test window \
	-- --ignored tour
RUN_BUDGETS = cargo test $(LOCKED) --profile release --package scrip-desktop --features window --test window \
	-- --ignored --nocapture budgets
RUN_SCHEMAS = $(SCRIP) schemas --dir docs/schemas

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run test test-rust test-ui test-window lint lint-rust lint-ui laws bench bench-window schemas bindings
.PHONY: setup setup-run setup-test setup-window package test-package

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup-run setup-window ui/dist/index.html ## make the demo in demo/ and open the window on it
	$(RUN_DEMO)
	@echo "The demo's books and reports are in $(abspath $(DEMO))"
ifneq ($(or $(DISPLAY),$(WAYLAND_DISPLAY)),)
	$(RUN_WINDOW)
else
	@echo "There is no display here, so the window opens on one of its own and is looked at for you."
	SCRIP_TOUR="$(abspath $(DEMO))" SCRIP_PICTURES="$(abspath $(DEMO))/pictures" $(RUN_TOUR)
	@echo "Pictures of the window are in $(abspath $(DEMO))/pictures, the report in $(abspath $(DEMO))/reports"
endif

test: setup test-rust test-ui test-window ## install what tests need, then run them all

test-rust: ui/dist/index.html ## the Rust tests alone, without the journeys through the window
	cargo test $(LOCKED) --workspace $(WINDOW) --no-fail-fast -- --skip journeys::

test-ui: ui/node_modules/.package-lock.json ## the front end's own tests alone
	npm --prefix ui test

test-window: ui/dist/index.html ## the journeys through the real window alone
	cargo test $(LOCKED) --workspace $(WINDOW) --test window -- --test-threads=1

lint: lint-rust lint-ui ## formatting, lints, licences, types

lint-rust: ui/dist/index.html
	cargo fmt --all --check
	cargo clippy $(LOCKED) --workspace $(WINDOW) --all-targets -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then \
	  cargo deny check licenses bans sources; \
	else \
	  echo "cargo-deny is not installed; tests/tests/licences.rs holds the same rules."; \
	fi

lint-ui: ui/node_modules/.package-lock.json
	npm --prefix ui run typecheck
	npm --prefix ui run lint

laws: setup-run ## a long run of the model checker; CASES=20000 says how long
	SCRIP_LAWS_CASES="$(CASES)" SCRIP_LAWS_SEED="$(SEED)" cargo test $(LOCKED) --profile $(PROFILE) \
	  --package scrip-tests --test laws --test laws_invoices --test laws_costs --test laws_preview \
	  --test laws_reports --test laws_bulk --test reversals --test moves --test limits \
	  --test holds_and_invoices

bench: setup-run ## the benchmarks
	scripts/run-benches.sh $(LOCKED)

bench-window: setup-run setup-window ui/dist/index.html ## the window's times and memory, on large books
	cargo bench $(LOCKED) --package scrip-tests --bench large -- $(CUSTOMERS) $(ENTRIES) "$(LARGE)"
	SCRIP_LARGE="$(LARGE)" $(RUN_BUDGETS)

schemas: setup-run ## write the JSON schemas that the program knows into docs/schemas
	$(RUN_SCHEMAS)

bindings: ui/dist/index.html ## write the front end's types of the window's commands again
	UPDATE_GOLDEN=1 cargo test $(LOCKED) --workspace $(WINDOW) --test bindings

package: setup-window ui/dist/index.html ## the installable packages of this system: .deb and .rpm on Linux
	PROFILE="$(PROFILE)" scripts/package.sh

test-package: setup-window ## install the .deb that `make package` left, start it on a display of its own, remove it
	PROFILE="$(PROFILE)" scripts/test-package.sh

setup: setup-test setup-window ui/node_modules/.package-lock.json ## install what building and testing need, if it is missing

setup-test:
	@scripts/check-tools.sh rust node
	@scripts/install-system.sh build test
	@scripts/install-python-tools.sh

setup-window:
	@scripts/check-tools.sh rust node
	@scripts/install-system.sh build window

setup-run:
	@scripts/check-tools.sh rust
	@scripts/install-system.sh build

ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json
	@scripts/check-tools.sh node
	npm --prefix ui ci --no-audit --no-fund
	@touch $@

ui/dist/index.html: ui/node_modules/.package-lock.json ui/index.html ui/vite.config.ts $(shell find ui/src -type f)
	npm --prefix ui run build
	@touch $@
