package main

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be the command: scripts and the tests that kill
// it run "ocopsync" from PATH as a process of its own.
func TestMain(m *testing.M) {
	// Most tests wait for others: a Redis, a backoff. The flag on the command line still wins.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"ocopsync": main, hurried: hurry})
}
