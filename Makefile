# Each target says what it does after ##; `make` alone lists them.

GO       ?= go
LINT     := $(GO) tool -modfile=tools/go.mod golangci-lint
ACTIONLINT := $(GO) tool -modfile=tools/actionlint/go.mod actionlint
BENCHSTAT := $(GO) tool -modfile=tools/go.mod benchstat
BIN      := bin/tocsin

# What is built says what it is, in `tocsin version` and in tocsin_build_info.
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
REVISION := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
BRANCH   := $(shell git rev-parse --abbrev-ref HEAD 2>/dev/null || echo unknown)
STAMP    := github.com/prometheus/common/version
LDFLAGS  := -s -w -X $(STAMP).Version=$(VERSION) -X $(STAMP).Revision=$(REVISION) -X $(STAMP).Branch=$(BRANCH)

FUZZTIME ?= 10s
COUNT    ?= 1

.DEFAULT_GOAL := help
.PHONY: help run build test unit e2e lint fmt cover bench fuzz sim tools clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build and start the demo: a whole world in one process, on loopback
	$(BIN) demo

build: ## build bin/tocsin
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/tocsin

test: tools unit e2e ## install what the tests need, then run all of them

# The end-to-end tests measure time against real processes, so they run alone.
unit: ## all tests but the end-to-end ones
	$(GO) test -timeout 10m $$($(GO) list ./... | grep -v '/e2e$$')

e2e: tools ## the end-to-end tests: real Prometheus, real daemon, kill -9
	$(GO) test -timeout 15m -parallel 8 ./e2e

lint: ## all linters, formatting and the workflow of docs/ci too
	$(LINT) config verify
	$(LINT) run ./...
	$(ACTIONLINT) docs/ci/github.yaml

fmt: ## format the code
	$(LINT) fmt ./...

cover: tools ## test coverage, per function in coverage.out
	$(GO) test -timeout 20m -coverprofile=coverage.out -coverpkg=./... ./...
	$(GO) tool cover -func=coverage.out | tail -1

bench: ## benchmarks into bench.txt; COUNT=6, and OLD=file to compare with
	$(GO) test -run '^$$' -bench . -benchmem -count $(COUNT) -timeout 30m ./... > bench.txt || { cat bench.txt; exit 1; }
	@grep -E '^(Benchmark|pkg:)' bench.txt
	@if [ -n "$(OLD)" ]; then $(BENCHSTAT) $(OLD) bench.txt; fi

fuzz: ## each fuzz target for FUZZTIME (10s)
	GO='$(GO)' scripts/fuzz $(FUZZTIME)

sim: ## the simulation with one seed: make sim SEED=42
	@if [ -z "$(SEED)" ]; then echo 'make sim: which seed? make sim SEED=42' >&2; exit 2; fi
	$(GO) test -count=1 -v -run '^TestSimulation$$' ./engine -args -sim.seed=$(SEED)

tools: ## install the programs that tests run against, if they are missing
	@scripts/test-tools

clean: ## remove what was built
	rm -rf bin coverage.out bench.txt
