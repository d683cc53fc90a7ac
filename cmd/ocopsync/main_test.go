package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be the command: scripts and the tests that kill
// it run "ocopsync" from PATH as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ocopsync": main})
}
