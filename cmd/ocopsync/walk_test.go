package main

import (
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/sandbox"
)

// What a province gets: everything eligible on sale, once, or explained; no
// call without a cause; and exactly one call per market for a change.

func TestFirstSyncSettlesByTheLedger(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.sync(exitFailed) // three pictures are refused
	r := s.settle()
	s.judge(r)
	verdict := s.box.Judge(stated(r.Missing))
	if n := verdict.Counts["explained_differs"]; n > 0 {
		t.Errorf("%d stated reasons are not those of the labels", n)
		why := stated(r.Missing)
		for _, l := range s.box.Labels() {
			for m, blocked := range l.Blocked {
				if got := why[m][l.Code]; l.Eligible && got != blocked && got != "" {
					t.Errorf("  %s %q on %s: %s, expected %s", l.Code, l.Name, m, got, blocked)
				}
			}
		}
	}
	if verdict.Counts["on_sale"] < 100 {
		t.Errorf("only %d listings are on sale", verdict.Counts["on_sale"])
	}

	s.box.ResetCounts()
	s.judge(s.sync(exitOK, "--verify"))
	s.judge(s.sync(exitOK))
	s.judge(s.sync(exitOK, "--verify"))
	s.wantWrites(0)
}

func TestPriceChangeIsThreeWritingCalls(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.settle()
	code := s.everywhere()[0]
	const price = 123_000
	s.box.ResetCounts()
	s.setPrice(code, price)
	s.judge(s.sync(exitOK))
	s.wantWrites(1)
	for _, m := range sandbox.Markets() {
		if l := s.listed(m, code); l.Price != price {
			t.Errorf("%s shows the price %d, expected %d", m, l.Price, price)
		}
	}
	s.box.ResetCounts()
	s.judge(s.sync(exitOK, "--verify"))
	s.wantWrites(0)
}

func TestTextChangeIsThreeWritingCalls(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(box *sandbox.Sandbox, code string) error
		shows  func(listing.Remote) string
		want   string
	}{
		{"name", func(box *sandbox.Sandbox, code string) error {
			return box.Rename(code, "Trà atisô Mây Ngàn loại mới")
		},
			func(l listing.Remote) string { return l.Title }, "Trà atisô Mây Ngàn loại mới"},
		{"description", func(box *sandbox.Sandbox, code string) error {
			return box.Describe(code, "<p>Thu hái <b>buổi sớm</b> ở Đà Lạt, sấy lạnh ba ngày.</p>")
		}, func(l listing.Remote) string { return l.Description }, "sấy lạnh ba ngày"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSmallStage(t)
			s.settle()
			code := s.everywhere()[0]
			s.box.ResetCounts()
			must(t, c.change(s.box, code))
			s.judge(s.sync(exitOK))
			s.box.Settle()
			s.wantWrites(1)
			s.judge(s.settle())
			s.wantWrites(1)
			for _, m := range sandbox.Markets() {
				if shown := c.shows(s.listed(m, code)); !strings.Contains(shown, c.want) {
					t.Errorf("%s shows %q, expected %q in it", m, shown, c.want)
				}
			}
			s.box.ResetCounts()
			s.judge(s.sync(exitOK, "--verify"))
			s.wantWrites(0)
		})
	}
}
