package voso

import (
	"context"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/market"
)

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func mustList(t *testing.T, m *Market) {
	t.Helper()
	if _, err := m.List(t.Context(), ""); err != nil {
		t.Fatalf("List: %v", err)
	}
}

func logins(t *testing.T, mall *mall, want int, when string) {
	t.Helper()
	if got := len(mall.to(pathLogin)); got != want {
		t.Errorf("%s: %d logins, expected %d", when, got, want)
	}
}

func TestOneLoginServesAllWorkers(t *testing.T) {
	t.Parallel()
	mall := newMall(t)
	mall.on(pathList, manyProducts(3).list)
	m := mall.market(nil)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			if _, err := m.List(t.Context(), ""); err != nil {
				t.Errorf("List: %v", err)
			}
		})
	}
	workers.Wait()
	logins(t, mall, 1, "16 workers at once")
	sameJSON(t, "the login", mall.to(pathLogin)[0], `{"USERNAME": "0900111222", "PASSWORD": "correct-horse"}`)
}

func TestATokenIsRenewedBeforeItEnds(t *testing.T) {
	t.Parallel()
	c := &clock{at: evening}
	mall := newMall(t)
	mall.on(pathLogin, func(int, string) answer {
		return okay(`{"TOKEN": "token-1", "EXPIRED_AT": %d}`, c.now().Add(time.Hour).UnixMilli())
	})
	mall.on(pathList, manyProducts(1).list)
	m := mall.market(c.now)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{
		{0, 1}, {58 * time.Minute, 1}, {time.Minute, 2}, {30 * time.Minute, 2}, {30 * time.Minute, 3},
	} {
		c.move(step.after)
		mustList(t, m)
		logins(t, mall, step.want, c.now().Sub(evening).String())
	}
}

func TestRenewalTime(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		life time.Duration
		want time.Duration // 0: not before it is refused
	}{
		{"a day", 24 * time.Hour, 24*time.Hour - time.Minute},
		{"short", 50 * time.Second, 45 * time.Second},
		{"clocks differ", -time.Hour, 0},
		{"ends at once", 0, 0},
	} {
		got := renewal(evening, evening.Add(tc.life).UnixMilli())
		if tc.want == 0 != got.IsZero() || !got.IsZero() && got.Sub(evening) != tc.want {
			t.Errorf("%s: renewed at %v, expected %v after the login", tc.name, got, tc.want)
		}
	}
	if got := renewal(evening, 0); !got.IsZero() {
		t.Errorf("an end that is not given is read as %v", got)
	}
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	for _, code := range []string{codeTokenExpired, codeTokenInvalid} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			mall := newMall(t)
			products := manyProducts(1)
			mall.on(pathList, func(n int, body string) answer {
				if n == 1 {
					return refuse(401, code, "Token đã hết hạn")
				}
				return products.list(n, body)
			})
			mustList(t, mall.market(nil))
			logins(t, mall, 2, "after one refusal")
			if mall.calls[len(mall.calls)-1].token != "token-2" {
				t.Errorf("the call was sent again with %q, expected the new token", mall.calls[len(mall.calls)-1].token)
			}
		})
		t.Run(code+" always", func(t *testing.T) {
			t.Parallel()
			mall := newMall(t)
			mall.always(pathList, refuse(401, code, "Token đã hết hạn"))
			_, err := mall.market(nil).List(t.Context(), "")
			if e := market.AsError(err); e == nil || e.Kind != market.Unavailable || !e.Retryable {
				t.Errorf("a token refused twice gives %v, expected a retryable unavailable: the login itself was accepted", err)
			}
			logins(t, mall, 2, "a token that is always refused")
			if got := len(mall.to(pathList)); got != 2 {
				t.Errorf("%d calls, expected 2", got)
			}
		})
	}
}

func TestManyRefusedCallersRenewOnce(t *testing.T) {
	t.Parallel()
	mall := newMall(t)
	products := manyProducts(1)
	const workers = 8
	var together sync.WaitGroup // all are refused before the first renews
	together.Add(workers)
	mall.on(pathList, func(n int, body string) answer {
		if n <= workers {
			together.Done()
			together.Wait()
			return refuse(401, codeTokenExpired, "Token đã hết hạn")
		}
		return products.list(n, body)
	})
	m := mall.market(nil)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			if _, err := m.List(t.Context(), ""); err != nil {
				t.Errorf("List: %v", err)
			}
		})
	}
	running.Wait()
	logins(t, mall, 2, "8 callers refused at once")
}

func TestWrongCredentialsNeedAPerson(t *testing.T) {
	t.Parallel()
	mall := newMall(t)
	mall.always(pathLogin, refuse(401, codeTokenInvalid, "Sai mật khẩu"))
	_, err := mall.market(nil).List(t.Context(), "")
	e := market.AsError(err)
	if e == nil || e.Kind != market.Auth || e.Retryable || e.Op != "log in" {
		t.Errorf("wrong credentials give %v, expected auth at \"log in\"", err)
	}
	logins(t, mall, 1, "wrong credentials")
}

func TestALoginThatFailsHasNotDoneTheWrite(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answer{
		"no answer": {}, "bad gateway": html(502, ""), "busy": refuse(500, codeSystemBusy, ""), "no token": okay(`{}`),
	} {
		mall := newMall(t)
		mall.always(pathLogin, a)
		out := mall.market(nil).Apply(t.Context(), creates(1))
		if e := failure(t, out[0]); e.MaybeDone || out[0].Wrote != 0 {
			t.Errorf("%s: %v, maybe done %t, %d writes; the create was never sent", name, e, e.MaybeDone, out[0].Wrote)
		}
	}
}

// A caller that gives up during its login must not fail those who wait for it.
func TestAnAbandonedLoginIsTakenOver(t *testing.T) {
	t.Parallel()
	mall := newMall(t)
	mall.on(pathList, manyProducts(1).list)
	arrived, release := make(chan struct{}), make(chan struct{})
	mall.on(pathLogin, func(n int, _ string) answer {
		if n == 1 {
			close(arrived)
			<-release
			return answer{}
		}
		return okay(`{"TOKEN": "token-2", "EXPIRED_AT": 0}`)
	})
	m := mall.market(nil)
	first, giveUp := context.WithCancel(t.Context())
	failed, served := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := m.List(first, "")
		failed <- err
	}()
	<-arrived
	go func() {
		_, err := m.List(t.Context(), "")
		served <- err
	}()
	giveUp()
	if err := <-failed; market.KindOf(err) != market.Cancelled {
		t.Errorf("the caller that gave up got %v, expected cancelled", err)
	}
	if err := <-served; err != nil {
		t.Errorf("the caller that waited got %v", err)
	}
	close(release)
}
