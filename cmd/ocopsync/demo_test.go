package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// The demo is what a person sees first: it must end well, and say so.
func TestDemo(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	code := newApp(&out, &errs).run(t.Context(), []string{"demo", "--once", "--json"})
	got := said{code, out.String(), errs.String()}
	if code != exitOK {
		t.Fatalf("expected exit 0\n%s", got)
	}
	var r demoReport
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	if len(r.Broken) > 0 || r.Coverage.OnSale != r.Ledger.Overall.OnSale || r.OnSale < 100 || r.Explained == 0 {
		t.Errorf("broken %v, %d listings on sale, %d explained, overall %+v by the ledger", r.Broken, r.OnSale, r.Explained, r.Ledger.Overall)
	}
	for _, words := range []string{
		"Starting the sandbox", "registry: source", "everywhere", "Who must act", "Producer: ", "The sandbox's ledger: ", "Every promise holds.",
	} {
		if !strings.Contains(got.err, words) {
			t.Errorf("the demo does not say %q\n%s", words, got)
		}
	}
}
