# A fresh Debian 12 machine with Go, git and make is all that these need.
GO      ?= go
VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X main.version=$(VERSION)
# Where git can't read the clone (it belongs to somebody else, say), Go would
# refuse to build with its revision in it.
STAMP    = $(shell git rev-parse --verify -q HEAD >/dev/null 2>&1 || echo -buildvcs=false)
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: build demo test bench chaos lint clean

build:
	CGO_ENABLED=0 $(GO) build -trimpath $(STAMP) -ldflags '$(LDFLAGS)' -o bin/ocopsync ./cmd/ocopsync

demo: build
	./bin/ocopsync demo

# Two packages at a time: most tests start servers of their own, and the machine
# that they must pass on has two cores. The registry's tests run a second time,
# because the race detector's own memory would be measured in one of them.
test:
	./.ci/needs redis-server redis-sentinel systemd gcc libc6-dev
	CGO_ENABLED=1 $(GO) test -race -p 2 -timeout 10m ./...
	$(GO) test -timeout 5m ./internal/registry

# One line per figure; the exit status is the test's.
bench: SHELL = /bin/bash
bench:
	./.ci/needs redis-server
	@set -o pipefail; OCOPSYNC_BENCH=1 $(GO) test -count=1 -timeout 30m -run '^Test(Serve|ServePace)?Figures$$' -v ./cmd/ocopsync 2>&1 | ./.ci/figures

# Daemons, Redis and the markets broken at random, and judged by the ledger.
# A failing round is replayed by its seed: make chaos SEED=7 ROUNDS=1
SEED   ?= 1
ROUNDS ?= 20
chaos: SHELL = /bin/bash
chaos:
	./.ci/needs redis-server
	@set -o pipefail; OCOPSYNC_CHAOS=1 SEED=$(SEED) ROUNDS=$(ROUNDS) $(GO) test -count=1 -timeout 3h -parallel 4 -run '^TestChaos$$' -v ./cmd/ocopsync | grep --line-buffered '^chaos'

lint:
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	@out=$$("$$($(GO) env GOROOT)/bin/gofmt" -l cmd config internal) && test -z "$$out" || { echo "not gofmt-clean:"; echo "$$out"; exit 1; }

clean:
	rm -rf bin
