package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// Promise P3: what is on sale stays on sale when the registry or the price list
// can't be believed; the run says why, and the next good reading goes on.

func TestDoubtfulRegistryTakesNothingOffSale(t *testing.T) {
	t.Parallel()
	mood := func(mode string) func(*sandbox.Sandbox) error {
		return func(box *sandbox.Sandbox) error { return box.SetRegistryMode(mode) }
	}
	fault := func(f sandbox.Fault) func(*sandbox.Sandbox) error {
		f.Target = sandbox.Registry
		return func(box *sandbox.Sandbox) error { return box.SetFault(f) }
	}
	plain, verify, both := []string{""}, []string{"--verify"}, []string{"", "--verify"}
	for _, c := range []struct {
		name string
		goes func(*sandbox.Sandbox) error
		runs []string // how: a failing call is tried again for seconds, so not all in both ways
		exit int
		says string
	}{
		{"empty", mood(sandbox.ModeEmpty), both, exitHeld, "the registry's reading is empty"},
		{"short", mood(sandbox.ModeShort), both, exitHeld, "eligible products fell from"},
		{"cut short on the way", mood(sandbox.ModeTruncated), verify, exitFailed, "the records do not add up"},
		{"another list on every call", mood(sandbox.ModeChanging), verify, exitFailed, "the list changed between two pages"},
		{"500", fault(sandbox.Fault{Kind: sandbox.Fault5xx, Status: 500}), plain, exitFailed, "the registry answered 500 Internal Server Error"},
		{"web page", fault(sandbox.Fault{Kind: sandbox.Fault5xx, Status: 200}), verify, exitFailed, "the registry answered with a web page instead of JSON"},
		{"half a JSON", fault(sandbox.Fault{Kind: sandbox.FaultTruncated}), plain, exitFailed, "the registry's answer is incomplete"},
		{"token refused", fault(sandbox.Fault{Kind: sandbox.FaultExpiredToken}), both, exitFailed, "is the registry's token right?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSmallStage(t, with("page_size: 500", "page_size: 10"))
			s.settle()
			before := s.box.Figures()
			s.box.ResetCounts()
			// Something has changed, so that a 304 can't hide what goes wrong.
			must(t, s.box.Rename(s.ineligible(), "Sản phẩm chưa đủ điều kiện, tên mới"))
			must(t, c.goes(s.box))
			for _, how := range c.runs {
				args := strings.Fields("sync " + how)
				got := s.call(args...)
				if got.code != c.exit || !strings.Contains(got.out+got.err, c.says) {
					t.Errorf("%v: expected exit %d and %q\n%s", args, c.exit, c.says, got)
				}
				if !strings.Contains(got.out, "Nothing was changed on any market") {
					t.Errorf("%v: it does not say that nothing was changed\n%s", args, got)
				}
				if secret := sandbox.RegistryToken; strings.Contains(got.out+got.err, secret) {
					t.Errorf("%v: it tells the token\n%s", args, got)
				}
			}
			s.wantWrites(0)
			if after := s.box.Figures(); after.Overall != before.Overall {
				t.Errorf("on sale were %+v, are %+v", before.Overall, after.Overall)
			}
			s.goesOn()
		})
	}
}

// ineligible is a product of the registry that may not be sold.
func (s *stage) ineligible() string {
	s.t.Helper()
	for _, l := range s.box.Labels() {
		if !l.Eligible && l.Why != "withdrawn" {
			return l.Code
		}
	}
	s.t.Fatal("every product is eligible")
	return ""
}

// goesOn sees that the next good reading is acted upon.
func (s *stage) goesOn() {
	s.t.Helper()
	s.box.ClearFaults()
	must(s.t, s.box.SetRegistryMode(sandbox.ModeNormal))
	s.box.ResetCounts()
	s.setPrice(s.everywhere()[0], 321_000)
	s.judge(s.sync(exitOK))
	s.wantWrites(1)
}

// What only follows from a reading that is not believed is not told row by row.
func TestHeldReadingIsToldWithoutItsConsequences(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.settle()
	must(t, s.box.SetRegistryMode(sandbox.ModeEmpty))
	for _, command := range []string{"sync", "plan"} {
		got := s.call(command)
		if strings.Contains(got.out, "no product of the registry matches this row") || strings.Count(got.out, "banggia.xlsx") != 1 {
			t.Errorf("%s tells every price that has no product in an empty registry\n%s", command, got)
		}
		for _, words := range []string{"HELD: the registry's reading is empty", "rows of the price list find no product", "1 value in the sources"} {
			if !strings.Contains(got.out, words) {
				t.Errorf("%s does not say %q\n%s", command, words, got)
			}
		}
	}
	must(t, s.box.SetRegistryMode(sandbox.ModeNormal))
	must(t, s.box.Withdraw(s.everywhere()[0]))
	if got := s.call("sync"); strings.Contains(got.out, "rows of the price list find no product") {
		t.Errorf("of a reading that is believed every row is told\n%s", got)
	}
}

func TestPriceListThatCannotBeReadTakesNothingOffSale(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, path string)
		says  string
	}{
		{"missing", func(t *testing.T, path string) { must(t, os.Remove(path)) }, "no such file"},
		{"no workbook", func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte("<html>Đăng nhập</html>"), 0o600))
		},
			"this is no .xlsx workbook, or only the beginning of one"},
		{"empty file", func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) }, "the file is empty"},
		{"half a workbook", func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, b[:len(b)/2], 0o600))
		}, "workbook"},
		{"a folder", func(t *testing.T, path string) { must(t, os.Remove(path)); must(t, os.Mkdir(path, 0o700)) }, "this is a directory, not a file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSmallStage(t)
			s.settle()
			s.box.ResetCounts()
			c.spoil(t, s.prices)
			past := time.Now().Add(-time.Hour)
			_ = os.Chtimes(s.prices, past, past) // of a missing file there is none
			for _, args := range [][]string{{"sync"}, {"sync", "--verify"}, {"plan"}} {
				got := s.call(args...)
				if got.code != exitFailed || !strings.Contains(got.err, "price list") || !strings.Contains(got.err, c.says) {
					t.Errorf("%v: expected exit %d and words on the price list: %q\n%s", args, exitFailed, c.says, got)
				}
			}
			s.wantWrites(0)
			must(t, os.RemoveAll(s.prices))
			s.goesOn()
		})
	}
}

// A price list that has lost its prices is not believed.
func TestEmptiedPriceListIsHeld(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.settle()
	before := s.box.Figures()
	s.box.ResetCounts()
	for _, code := range s.box.Codes() {
		must(t, s.box.SetPrice(code, 0))
	}
	s.settled(s.prices)
	r := s.sync(exitHeld)
	s.judge(r)
	s.wantWrites(0)
	if !strings.Contains(r.Run.Source.Held, "prices in the price list fell from 67 to 0, more than 20 %") {
		t.Errorf("held: %q", r.Run.Source.Held)
	}
	if after := s.box.Figures(); after.Overall != before.Overall {
		t.Errorf("on sale were %+v, are %+v", before.Overall, after.Overall)
	}
}

func TestGuardHoldsARunThatWouldTakeMuchOffSale(t *testing.T) {
	t.Parallel()
	s := newStage(t, with("max_shrink_percent: 20", "max_shrink_percent: 100"))
	s.settle()
	codes := s.everywhere()
	for _, code := range codes[:len(codes)/2] {
		must(t, s.box.Revoke(code))
	}
	s.box.ResetCounts()
	for _, args := range [][]string{{"sync"}, {"sync"}, {"sync", "--verify"}, {"plan"}} {
		got := s.call(args...)
		if got.code != exitHeld || !strings.Contains(got.out, "listings would leave the sale, more than 30 %") {
			t.Errorf("%v: expected exit %d and the guard's words\n%s", args, exitHeld, got)
		}
		if args[0] == "sync" && (strings.Contains(got.out, "nothing to do") || strings.Count(got.out, " would be taken off sale\n") != len(sandbox.Markets())) {
			t.Errorf("%v: it does not say what is held\n%s", args, got)
		}
	}
	s.wantWrites(0)
	r := s.sync(exitHeld)
	for m, p := range r.Run.Parts {
		if p.State != state.Held || p.Checksum == "" {
			t.Errorf("%s: state %q, checksum %q: expected a held part with what can be approved", m, p.State, p.Checksum)
		}
	}
	// What is visibly held stays on sale, and a smaller change goes on.
	for _, code := range codes[4 : len(codes)/2] {
		must(t, s.box.Restore(code))
	}
	s.judge(s.sync(exitOK))
	for i, code := range codes[:len(codes)/2] {
		if on := s.onSale(code); (len(on) == 0) != (i < 4) {
			t.Errorf("%s, number %d of which the first 4 are revoked, is on sale on %v", code, i, on)
		}
	}
}
