package voso

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

// A create that waited at the pacer past its deadline must not leave, for the
// engine may be looking already whether it arrived (design decision 8).
func TestNoRequestLeavesAfterItsDeadline(t *testing.T) {
	t.Parallel()
	mall := newMall(t)
	mall.always(pathCreate, okay(`{"PRODUCT_ID": 5}`))
	mall.on(pathList, manyProducts(1).list)

	var ctx atomic.Pointer[stalled]
	client := market.NewClient(market.ClientOptions{Market: Name})
	paced := client.GetClient().Transport
	client.GetClient().Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == pathCreate {
			ctx.Load().deadline = time.Now().Add(-time.Millisecond) // while it waited for its turn
		}
		return paced.RoundTrip(r)
	})
	m := New(Options{BaseURL: mall.URL, Username: testUser, Password: testPassword, HTTP: client})
	mustList(t, m) // there are a token and an open connection

	late := &stalled{t.Context(), time.Now().Add(time.Hour)}
	ctx.Store(late)
	out := m.Apply(late, creates(1))
	if e := failure(t, out[0]); e.Kind != market.Cancelled || e.MaybeDone || e.Retryable || out[0].Wrote != 0 {
		t.Errorf("%v (maybe done %t, %d writes), expected it cancelled before it was written", e, e.MaybeDone, out[0].Wrote)
	}
	if got := len(mall.to(pathCreate)); got != 0 {
		t.Errorf("the mall got %d creates", got)
	}
	out = m.Apply(stalled{t.Context(), time.Now().Add(-time.Second)}, creates(2))
	for _, o := range out {
		if e := failure(t, o); e.Kind != market.Cancelled || e.MaybeDone {
			t.Errorf("%v, expected cancelled", e)
		}
	}
	if out = m.Apply(stalled{t.Context(), time.Now().Add(time.Hour)}, creates(1)); out[0].Err != nil {
		t.Errorf("in time: %v", out[0].Err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Whoever stops while waiting for the pacer or for a connection knows for sure
// that the mall has not heard of it.
func TestWhatNeverLeftIsNotInDoubt(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]bool{"stopped in the queue": false, "no connection": true} {
		mall := newMall(t)
		mall.on(pathList, manyProducts(1).list)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		client := market.NewClient(market.ClientOptions{Market: Name})
		paced := client.GetClient().Transport
		client.GetClient().Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != pathCreate {
				return paced.RoundTrip(r)
			}
			if refuse {
				mall.CloseClientConnections()
				r.URL.Host = "127.0.0.1:1"
			} else {
				cancel()
			}
			return paced.RoundTrip(r)
		})
		m := New(Options{BaseURL: mall.URL, Username: testUser, Password: testPassword, HTTP: client})
		mustList(t, m)
		out := m.Apply(ctx, creates(1))
		want := market.Cancelled
		if refuse {
			want = market.Unavailable
		}
		if e := failure(t, out[0]); e.Kind != want || e.MaybeDone || out[0].Wrote != 0 {
			t.Errorf("%s: %v (maybe done %t, %d writes), expected %s and no doubt", name, e, e.MaybeDone, out[0].Wrote, want)
		}
	}
}

func TestACreateThatLeftIsInDoubt(t *testing.T) {
	t.Parallel()
	mall := newMall(t)
	mall.on(pathCreate, func(int, string) answer { return answer{} }) // taken, the answer is lost
	out := mall.market(nil).Apply(t.Context(), creates(1))
	if e := failure(t, out[0]); e.Kind != market.Unavailable || !e.MaybeDone || out[0].Wrote != 1 {
		t.Errorf("%v (maybe done %t), expected unavailable, in doubt", e, e.MaybeDone)
	}
}

func TestADepartureIsDecidedOnce(t *testing.T) {
	t.Parallel()
	var gone, stayed departure
	if !gone.leave() || gone.leave() || gone.keep() {
		t.Error("what left cannot leave again, and cannot be kept")
	}
	kept, again := stayed.keep(), stayed.keep()
	if !kept || !again || stayed.leave() {
		t.Error("what was kept cannot leave")
	}
}

var _ context.Context = stalled{}

func TestCapabilitiesSayThatTheContractIsAssumed(t *testing.T) {
	t.Parallel()
	want := listing.Capabilities{BatchSize: 25, Workers: 4, LateEffect: 2 * time.Minute, Assumed: true}
	m := newMall(t).market(nil)
	if got := m.Capabilities(); got != want || m.Name() != "voso" {
		t.Errorf("%s can %+v, expected %+v", m.Name(), got, want)
	}
}
