package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// What others do on the markets, and markets that are ill.

// Promise P4.
func TestForeignListingIsNeverTouched(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.settle()
	name := s.registered(s.everywhere()[0]).Name
	for market, skus := range map[string][]string{
		sandbox.Postmart: {"CUAHANG-1", "OCOPX-2"},
		sandbox.Voso:     {"CUAHANG-1", ""},
		sandbox.Lamdong:  {"CUAHANG-1", ""},
	} {
		for _, sku := range skus {
			must(t, s.box.AddForeignListing(market, sandbox.Foreign{SKU: sku, Name: name, Price: 99_000}))
		}
	}
	before := s.foreign()
	if len(before) != 6 {
		t.Fatalf("%d foreign listings were made, expected 6", len(before))
	}
	s.box.ResetCounts()
	for _, args := range [][]string{{"--verify"}, {}, {"--verify"}} {
		s.judge(s.sync(exitOK, args...))
	}
	s.wantWrites(0)
	must(t, s.box.Revoke(s.everywhere()[0]))
	s.setPrice(s.everywhere()[1], 77_000)
	s.judge(s.sync(exitOK, "--verify"))
	if diff := cmp.Diff(before, s.foreign()); diff != "" {
		t.Errorf("foreign listings were touched (-before +after):\n%s", diff)
	}
}

func (s *stage) foreign() []sandbox.Listing {
	var all []sandbox.Listing
	for _, m := range sandbox.Markets() {
		for _, l := range s.box.Listings(m, "") {
			if l.Foreign {
				all = append(all, l)
			}
		}
	}
	return all
}

func TestDriftIsHealedByAVerify(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.settle()
	codes := s.everywhere()
	price, name, off := codes[0], codes[1], codes[2]
	was := make(map[string][3]listing.Remote)
	for _, m := range sandbox.Markets() {
		was[m] = [3]listing.Remote{s.listed(m, price), s.listed(m, name), s.listed(m, off)}
		must(t, s.box.EditListing(m, "OCOP-"+price, "", 11_000))
		must(t, s.box.EditListing(m, "OCOP-"+name, "Tên do người khác sửa", 0))
		must(t, s.box.SetOffByHand(m, "OCOP-"+off))
	}
	s.box.ResetCounts()
	s.sync(exitOK)
	s.wantWrites(0) // a sync looks at the shops no further than it must
	s.sync(exitOK, "--verify")
	s.box.Settle()
	s.judge(s.settle())
	for _, m := range sandbox.Markets() {
		for i, code := range []string{price, name, off} {
			got, want := s.listed(m, code), was[m][i]
			if got.Price != want.Price || got.Title != want.Title || got.State != listing.OnSale {
				t.Errorf("%s, %s: %q for %d, %s; expected %q for %d on sale", m, code, got.Title, got.Price, got.State, want.Title, want.Price)
			}
		}
	}
	s.box.ResetCounts()
	s.judge(s.sync(exitOK, "--verify"))
	s.wantWrites(0)
}

func TestTakeDownIsReportedAndNotFought(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.settle()
	codes := s.everywhere()
	must(t, s.box.TakeDown(sandbox.Postmart, "OCOP-"+codes[0], "hình ảnh chưa phù hợp"))
	must(t, s.box.Lock(sandbox.Postmart, "OCOP-"+codes[1], "nghi vấn nhãn hiệu"))
	must(t, s.box.Ban(sandbox.Voso, "OCOP-"+codes[0], "hình ảnh chưa phù hợp"))
	must(t, s.box.TrashByHand(sandbox.Lamdong, "OCOP-"+codes[0]))
	s.box.ResetCounts()
	var r runReport
	for _, args := range [][]string{{"--verify"}, {}, {"--verify"}} {
		r = s.sync(exitOK, args...)
		s.judge(r)
	}
	s.wantWrites(0)
	for market, want := range map[string]map[string]ocop.Reason{
		sandbox.Postmart: {codes[0]: ocop.TakenDownByMarket, codes[1]: ocop.LockedByMarket},
		sandbox.Voso:     {codes[0]: ocop.LockedByMarket},
		sandbox.Lamdong:  {codes[0]: ocop.InTrash},
	} {
		for code, reason := range want {
			if got := stated(r.Missing)[market][code]; got != string(reason) {
				t.Errorf("%s, %s: stated is %q, expected %q", market, code, got, reason)
			}
		}
	}
	text := s.call("sync", "--lang", "vi")
	if !strings.Contains(text.out, "hình ảnh chưa phù hợp") || !strings.Contains(text.out, ocop.TakenDownByMarket.Text().VI) {
		t.Errorf("the market's words or the reason's are missing\n%s", text)
	}
}

func TestMarketDownLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	for _, m := range sandbox.Markets() {
		t.Run(m, func(t *testing.T) {
			t.Parallel()
			s := newSmallStage(t)
			s.settle()
			code := s.everywhere()[0]
			must(t, s.box.SetFault(sandbox.Fault{Target: m, Kind: sandbox.Fault5xx, Status: 503}))
			s.box.ResetCounts()
			s.setPrice(code, 234_000)
			got := s.call("sync", "--json", "--verify")
			r := s.report(got)
			if got.code != exitFailed || !strings.Contains(got.err, m+" failed") {
				t.Errorf("expected exit %d and words on %s\n%s", exitFailed, m, got)
			}
			for name, p := range r.Run.Parts {
				switch {
				case string(name) != m:
					if p.State != state.Succeeded || s.listed(string(name), code).Price != 234_000 {
						t.Errorf("%s is %s, and shows the price %d", name, p.State, s.listed(string(name), code).Price)
					}
				case p.State != state.Failed || len(p.Failures) == 0 || !strings.Contains(p.Failures[0].Words, "503"):
					t.Errorf("%s is %s with %+v; expected a failure that tells the status", m, p.State, p.Failures)
				}
			}
			if n := s.box.CallCounts()[m]; n > 30 {
				t.Errorf("%s is down and was called %d times", m, n)
			}
			s.box.ClearFaults()
			s.judge(s.sync(exitOK))
			if p := s.listed(m, code).Price; p != 234_000 {
				t.Errorf("%s came back and shows the price %d", m, p)
			}
		})
	}
}

func TestWrongCredentialsAreOneClearMessage(t *testing.T) {
	t.Parallel()
	s := newStage(t,
		with("client_secret: sandbox-shop-secret", "client_secret: WRONG-secret"),
		with("password: sandbox-password", "password: WRONG-password"),
		with("consumer_secret: cs_5a0db0c5a0db0c5a0db0c5a0db0c5a0db0c5a0db", "consumer_secret: cs_WRONG"))
	got := s.call("sync", "--json")
	r := s.report(got)
	if got.code != exitFailed {
		t.Errorf("expected exit %d\n%s", exitFailed, got)
	}
	for _, m := range slices.Sorted(maps.Keys(r.Run.Parts)) {
		p := r.Run.Parts[m]
		if p.State != state.Failed || len(p.Failures) != 1 || p.Failures[0].Kind != "auth" {
			t.Errorf("%s: %s with %+v; expected one failure of kind auth", m, p.State, p.Failures)
		}
		if n := s.box.CallCounts()[string(m)]; n > 3 {
			t.Errorf("%s was called %d times with wrong credentials", m, n)
		}
	}
	if strings.Contains(got.out+got.err, "WRONG") {
		t.Errorf("a secret is told\n%s", got)
	}
	s.wantWrites(0)
	s.judge(r)
}

// What a market refused is not sent again by itself; a person who names the
// product has it tried once more, and nothing else is touched.
func TestRefusedIsTriedAgainWhenNamed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	code := refusedOnLamdong(s.settle())
	s.setPrice(s.everywhere()[0], 88_000) // this one is not named
	s.box.ResetCounts()
	s.sync(exitFailed, "--code", code)
	if w := s.box.Writes(); w[sandbox.Lamdong] != 1 || w[sandbox.Voso] != 1 {
		t.Errorf("writing calls for one refused product: %v, expected one on lamdong and voso", w)
	}
	s.box.ResetCounts()
	s.judge(s.sync(exitOK))
	s.wantWrites(1)
}

// refusedOnLamdong is a product whose picture lamdong refused.
func refusedOnLamdong(r runReport) string {
	for _, m := range r.Missing {
		if m.Market == sandbox.Lamdong && m.Reason == ocop.BadImage {
			return string(m.Code)
		}
	}
	return ""
}
