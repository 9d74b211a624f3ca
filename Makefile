# Every target first sets up what it needs (scripts/install): as root through apt-get, otherwise it prints the command.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

# Without a database to ask, sqlx checks queries against the committed .sqlx. The same value for all targets, so that
# they share what is built.
export SQLX_OFFLINE := true

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The dev profile: a newcomer waits for one build, and `make test` goes on from it. The hot dependencies are optimized
# in it all the same (Cargo.toml). The features are those of the whole workspace, or half of it would be built twice.
.PHONY: up
up: ## everything on this machine, with a sample fleet; Ctrl-C ends it
	@scripts/install up
	cargo build --locked --workspace --bin entente
	@scripts/up

.PHONY: test
test: ## all tests, on a Postgres and a Kafka of their own
	@scripts/install test
	# The stories start the program; cargo builds it by itself only for a package's own tests.
	cargo build --locked --workspace --bin entente
	# The tests wait for processes, servers and each other as often as they compute: more of them than there are cores.
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$(($$(nproc) * 3 / 2))} scripts/test-env cargo test --workspace --locked

.PHONY: lint
lint: lint-format lint-rules lint-contract lint-dependencies lint-code lint-queries ## all checks, the quick ones first

.PHONY: lint-tools
lint-tools:
	@scripts/install lint

.PHONY: lint-format
lint-format: lint-tools ## rustfmt
	cargo fmt --all --check

.PHONY: lint-rules
lint-rules: lint-tools ## no float in money, no transport in the domain, no service that knows another
	scripts/lint-rules

.PHONY: lint-contract
lint-contract: lint-tools ## buf
	.tools/python/bin/buf lint

.PHONY: lint-dependencies
lint-dependencies: lint-tools ## licences, banned crates, sources, advisories
	scripts/lint-dependencies

.PHONY: lint-code
lint-code: lint-tools ## clippy
	cargo clippy --workspace --all-targets --locked -- -D warnings

.PHONY: lint-queries
lint-queries: lint-tools ## .sqlx is what the migrated database gives
	scripts/test-env --no-kafka scripts/sqlx-prepare --check

.PHONY: sqlx
sqlx: ## write .sqlx anew, after a change to a query or a migration
	@scripts/install lint
	scripts/test-env --no-kafka scripts/sqlx-prepare

.PHONY: bench
bench: ## measure what it costs, print the table and keep it in docs/benchmarks.md
	@scripts/install bench
	# What measures is built together with the program, so that they share what they are built from.
	cargo build --locked --profile bench --package entente --package entente-benches
	# On the disk, as the figures that are kept were.
	TMPDIR=$${TMPDIR:-/tmp} scripts/test-env $${CARGO_TARGET_DIR:-target}/release/entente-bench

.PHONY: kafka
kafka: ## a Kafka in the background, at 127.0.0.1:9092 (KAFKA_PORT)
	@scripts/install kafka
	@deploy/kafka/kafka start
	@echo "use it:   ENTENTE_KAFKA_BROKERS=127.0.0.1:$${KAFKA_PORT:-9092} make up"
	@echo "end it:   deploy/kafka/kafka stop"

.PHONY: clean
clean: ## stop the Kafka of `make kafka`, and remove all that was built or downloaded
	@deploy/kafka/kafka stop
	rm -rf deploy/kafka/target .tools services/identity/tests/provider/node_modules
	cargo clean
