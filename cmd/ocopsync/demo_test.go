package main

import (
	"bytes"
	"strings"
	"testing"
)

// The demo is what a person sees first: it must end well, and say so.
func TestDemo(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	code := newApp(&out, &errs).run(t.Context(), []string{"demo", "--once"})
	got := said{code, out.String(), errs.String()}
	if code != exitOK {
		t.Fatalf("expected exit 0\n%s", got)
	}
	for _, words := range []string{
		"Starting the sandbox", "everywhere", "Who must act", "Producer: ", "The sandbox's ledger: ", "Every promise holds.",
	} {
		if !strings.Contains(got.out, words) {
			t.Errorf("the demo does not say %q\n%s", words, got)
		}
	}
}
