# What one does here. "make" alone lists it.

ROUNDS   ?= 1000
FUZZTIME ?= 30s
BENCH    ?= .
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# One static binary, for every machine of its kind. The race detector is the one exception.
export CGO_ENABLED = 0

.PHONY: help test race sizes generate build lint crash fuzz bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

test: ## every suite; installs or starts what the suites need where it can
	@scripts/test

race: ## go test with the race detector, on SQLite (needs a C compiler)
	CGO_ENABLED=1 go test -race ./...

sizes: ## the long files and functions, to think about
	@scripts/sizes

generate: ## write the *_templ.go of all pages anew
	@go tool templ generate -log-level error

build: ## bin/mainstay
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/ ./cmd/...

lint: ## golangci-lint, with the reasons in .golangci.yml
	@command -v golangci-lint >/dev/null || { \
	  echo "golangci-lint is not here; get version 2 from https://golangci-lint.run/docs/welcome/install/"; exit 1; }
	golangci-lint run

crash: ## kill -9 in a loop while alerts arrive (ROUNDS=1000)
	MAINSTAY_CRASH_ROUNDS=$(ROUNDS) go test ./internal/crashtest -run TestCrash -count=1 -timeout 0

fuzz: ## every fuzz test in turn (FUZZTIME=30s)
	@FUZZTIME=$(FUZZTIME) scripts/fuzz

bench: ## the benchmarks, on SQLite and on a durable PostgreSQL (BENCH=regexp)
	MAINSTAY_PG_FSYNC=on scripts/with-postgres go test ./... -run '^$$' -bench '$(BENCH)' -benchmem

clean: ## remove what was built
	rm -rf bin
