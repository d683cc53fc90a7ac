package main

import (
	"testing"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/sandbox"
)

// A product that loses its right leaves the sale on all three markets and comes
// back when it has it again, whichever way the registry tells.

func TestProductWithoutRightLeavesTheSaleAndComesBack(t *testing.T) {
	t.Parallel()
	changes := []struct {
		name    string
		lose    func(*sandbox.Sandbox, string) error
		restore func(box *sandbox.Sandbox, code string, stars int) error
	}{
		{"revoked", (*sandbox.Sandbox).Revoke, recognize},
		{"demoted",
			func(box *sandbox.Sandbox, code string) error { return box.Demote(code, 2) },
			(*sandbox.Sandbox).Demote},
		{"withdrawn", (*sandbox.Sandbox).Withdraw, recognize},
	}
	readings := []struct {
		name string
		args []string
		kind string // of the reading
	}{
		{"by a delta", nil, "delta"},
		{"by a verify", []string{"--verify"}, "full"},
	}
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSmallStage(t, with("page_size: 500", "page_size: 10")) // a list of one page is read in full
			s.settle()
			codes := s.everywhere()
			for i, reading := range readings {
				code := codes[i]
				stars := s.registered(code).Stars
				s.box.ResetCounts()
				must(t, c.lose(s.box, code))
				s.settled(s.prices)
				r := s.sync(exitOK, reading.args...)
				if r.Run.Source.Kind != reading.kind {
					t.Errorf("%s: the registry was read as %q, expected %q", reading.name, r.Run.Source.Kind, reading.kind)
				}
				if on := s.onSale(code); len(on) > 0 {
					t.Errorf("%s: %s is still on sale: %v", reading.name, code, on)
				}
				s.judge(r)
				s.wantWrites(1)

				must(t, c.restore(s.box, code, stars))
				s.settled(s.prices)
				s.judge(s.sync(exitOK, reading.args...))
				s.judge(s.settle())
				if on := s.onSale(code); len(on) != len(sandbox.Markets()) {
					t.Errorf("%s: %s came back on %v only", reading.name, code, on)
				}
				s.wantWrites(2)
			}
		})
	}
}

func recognize(box *sandbox.Sandbox, code string, _ int) error { return box.Restore(code) }

func TestCertificateThatEndsLeavesTheSaleOnItsDay(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.settle()
	code := s.everywhere()[0]
	must(t, s.box.EndCertificate(code, s.now()))
	s.sync(exitOK)
	if on := s.onSale(code); len(on) != len(sandbox.Markets()) {
		t.Fatalf("the last day of the certificate counts, and %s is on sale on %v only", code, on)
	}
	s.box.ResetCounts()
	s.pass(24 * time.Hour)
	r := s.sync(exitOK)
	if r.Run.Source.Kind != "not_modified" {
		t.Errorf("the registry was read as %q; the test wants to see that a 304 does not hide an end", r.Run.Source.Kind)
	}
	if on := s.onSale(code); len(on) > 0 {
		t.Errorf("%s is on sale on %v after its certificate's last day", code, on)
	}
	s.judge(r)
	for _, left := range r.Coverage.Left {
		if left.Reason == ocop.CertificateExpired && left.Count > 0 {
			return
		}
	}
	t.Errorf("the report names no expired certificate: %+v", r.Coverage.Left)
}
