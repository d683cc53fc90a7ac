package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// A Redis that was put back as it was some time ago, or emptied: what was made
// since is found again on the markets, what was decided in the journal, and only
// what differs is written.

// later are products that come into the registry after the copy was made.
func (s *stage) later() []string {
	s.t.Helper()
	codes := s.box.Codes()[:5]
	for _, code := range codes {
		must(s.t, s.box.Withdraw(code))
	}
	return codes
}

// goOn does what a copy of Redis does not know of: products come, one goes, one
// costs more.
func (s *stage) goOn(later []string) (gone, dearer string) {
	s.t.Helper()
	gone, dearer = s.everywhere()[0], s.everywhere()[1]
	for _, code := range later {
		must(s.t, s.box.Restore(code))
	}
	must(s.t, s.box.Revoke(gone))
	s.setPrice(dearer, 77_000)
	return gone, dearer
}

// asGone wants what goOn did to stand.
func (s *stage) asGone(gone, dearer string) {
	s.t.Helper()
	if on := s.onSale(gone); len(on) > 0 {
		s.t.Errorf("%s lost its right and is on sale: %v", gone, on)
	}
	for _, m := range sandbox.Markets() {
		if p := s.listed(m, dearer).Price; p != 77_000 {
			s.t.Errorf("%s shows the price %d", m, p)
		}
	}
}

func TestOldRedisUnderSync(t *testing.T) {
	t.Parallel()
	s := newSmallStage(t)
	later := s.later()
	s.settle()
	restore := s.redis.Copy()
	gone, dearer := s.goOn(later)
	s.settle()
	on := s.box.Figures()
	changed := s.everywhere()[2]

	restore()
	s.setPrice(changed, 88_000)
	s.box.ResetCounts()
	if got := s.call("plan"); got.code != exitChanges || !strings.Contains(got.err, "Redis holds an older memory than was seen") {
		t.Errorf("plan: expected exit %d and what became of Redis\n%s", exitChanges, got)
	}
	s.wantWrites(0)
	got := s.call("sync")
	if got.code != exitOK || strings.Count(got.err, "Redis holds an older memory than was seen") != 1 {
		t.Errorf("sync: expected exit %d and what became of Redis\n%s", exitOK, got)
	}
	s.wantWrites(1)
	s.asGone(gone, dearer)
	s.pass(longAfter)
	s.judge(s.settle())
	if now := s.box.Figures(); now.Overall != on.Overall {
		t.Errorf("on sale were %+v, are %+v", on.Overall, now.Overall)
	}
	(&fleet{stage: s}).madeOnce()
	s.box.ResetCounts()
	s.judge(s.sync(exitOK, "--verify"))
	s.wantWrites(0)
	if got := s.call("sync"); strings.Contains(got.err, "Redis holds") {
		t.Errorf("it is doubted again\n%s", got)
	}
}

// decide has an officer exempt a product everywhere and pause lamdong.
func (r *replica) decide(code string) {
	r.t.Helper()
	until := ocop.DayOf(r.now().Add(72*time.Hour), time.UTC).String()
	r.as(state.Operator, http.StatusOK, http.MethodPut, "/api/v1/exemptions/"+code+"/all", `{"reason":"tạm ngừng sản xuất","until":"`+until+`"}`)
	r.as(state.Operator, http.StatusOK, http.MethodPost, "/api/v1/markets/lamdong/pause", `{"reason":"bảo trì"}`)
}

// decided says whether that is in force.
func (r *replica) decided(code string) (exempt, paused bool) {
	r.t.Helper()
	listed := r.as(state.Viewer, http.StatusOK, http.MethodGet, "/api/v1/exemptions", "").body
	status := r.as(state.Viewer, http.StatusOK, http.MethodGet, "/api/v1/status", "").body
	return strings.Contains(listed, `"code":"`+code+`"`), strings.Contains(status, `"reason":"bảo trì"`)
}

func TestServeOnAnOldRedis(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]bool{"put back under it": false, "put back before its start": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			later := f.later()
			r := f.serveHere()
			r.settle()
			restore := f.redis.Copy()
			r.awaitReady(http.StatusOK, soon)
			gone, dearer := f.goOn(later)
			r.settle()
			exempt, changed := f.everywhere()[2], f.everywhere()[3]
			r.decide(exempt)

			if restart {
				r.stopped()
			}
			restore()
			if restart {
				r = f.serveHere()
			}
			r.awaitReady(http.StatusOK, soon)
			untilSaid(t, soon, "/readyz says that memory is doubted", func() string {
				_, said := r.health("/readyz?verbose")
				if strings.Contains(said, `{"name":"memory","ok":false`) && strings.Contains(said, "Redis has lost what it held, or an old copy of it was restored") {
					return ""
				}
				return said + r.logged()
			})
			untilSaid(t, soon, "what was decided since is in force", func() string {
				if x, p := r.decided(exempt); !x || !p {
					return r.logged()
				}
				return ""
			})
			f.box.ResetCounts()
			f.setPrice(exempt, 66_000)
			f.setPrice(changed, 88_000)
			r.awaitEnd(r.resync(`{"markets":["postmart","voso"]}`), soon)
			for m, want := range map[string]int{sandbox.Postmart: 1, sandbox.Voso: 1, sandbox.Lamdong: 0} {
				if n := f.box.Writes()[m]; n != want {
					t.Errorf("%s got %d writing calls, expected %d", m, n, want)
				}
			}
			r.as(state.Operator, http.StatusOK, http.MethodPost, "/api/v1/markets/lamdong/resume", "")
			r.awaitEnd(r.resync(`{}`), soon)
			if n := f.box.Writes()[sandbox.Lamdong]; n != 1 {
				t.Errorf("lamdong got %d writing calls, expected 1", n)
			}
			f.asGone(gone, dearer)
			f.madeOnce()
			r.as(state.Operator, http.StatusNoContent, http.MethodDelete, "/api/v1/exemptions/"+exempt+"/all", "")
			r.converge()
			if _, said := r.health("/readyz?verbose"); strings.Contains(said, `{"name":"memory","ok":false`) {
				t.Errorf("it is still doubted: %s", said)
			}
			r.stopped()
		})
	}
}

// An emptied Redis is filled again from the markets and from the journal; without
// the journal what was decided is forgotten.
func TestEmptiedRedisWithAndWithoutTheJournal(t *testing.T) {
	t.Parallel()
	for name, journaled := range map[string]bool{"with it": true, "without it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			r := f.serveHere()
			r.settle()
			exempt := f.everywhere()[0]
			r.decide(exempt)
			r.stopped()
			must(t, f.client().FlushAll(t.Context()).Err())
			if !journaled {
				must(t, os.RemoveAll(filepath.Join(f.dir, "data", "decisions-da-lat")))
			}
			f.makeTokens()
			f.setPrice(exempt, 66_000)
			f.box.ResetCounts()

			r = f.serveHere()
			if x, p := r.decided(exempt); x != journaled || p != journaled {
				t.Errorf("exempt: %t, paused: %t; expected %t of both", x, p, journaled)
			}
			want := 1
			if journaled {
				want = 0
				r.as(state.Operator, http.StatusOK, http.MethodPost, "/api/v1/markets/lamdong/resume", "")
			}
			r.awaitEnd(r.resync(`{}`), soon)
			f.wantWrites(want)
			f.madeOnce()
			if journaled {
				r.as(state.Operator, http.StatusNoContent, http.MethodDelete, "/api/v1/exemptions/"+exempt+"/all", "")
				r.awaitEnd(r.resync(`{}`), soon)
				f.wantWrites(1)
			}
			audit := r.as(state.Operator, http.StatusOK, http.MethodGet, "/api/v1/audit", "").body
			if got := strings.Contains(audit, `"what":"exempt"`); got != journaled {
				t.Errorf("the audit log knows who exempted: %t, expected %t\n%s", got, journaled, audit)
			}
			r.judge()
			r.stopped()
		})
	}
}
