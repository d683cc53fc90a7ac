# make demo and make test do all the set-up on a fresh Debian 12 machine with Go.
GO      ?= go
VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X main.version=$(VERSION)

.PHONY: build demo test bench lint clean

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ocopsync ./cmd/ocopsync

demo: build
	./bin/ocopsync demo --once

test:
	./.ci/needs redis-server redis-sentinel gcc
	CGO_ENABLED=1 $(GO) test -race ./...

bench: build
	./.ci/needs redis-server
	$(GO) run ./cmd/ocopsync/bench --binary bin/ocopsync

lint:
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	@out=$$(gofmt -l cmd config internal); test -z "$$out" || { echo "not gofmt-clean:"; echo "$$out"; exit 1; }

clean:
	rm -rf bin
