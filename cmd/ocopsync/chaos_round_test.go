package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// A round of chaos: a small province, one or two daemons in a hurry, what is drawn
// from a seed, and in the end the ledger's judgement.

// round is a round under way. Only its own goroutine uses it.
type round struct {
	*fleet
	dice     *rand.Rand
	fuse     *fuse
	doors    []edit // of every daemon's configuration
	nodes    []*node
	accepted []string        // runs that were answered with 202
	moved    map[string]bool // products that may have lost their right meanwhile
	did      map[string]int  // hands and deeds, by name
	kills    int
	verdict  *verdict
}

// A node is a machine on which a daemon runs, or ran.
type node struct {
	n     int
	relay *relay
	r     *replica // nil: none runs
}

const (
	chaosProducts = 40
	chaosSteps    = 4
	stepPlagues   = 2
	stepHands     = 3
	ourPrefix     = "OCOP-" // of SKUs, as shipped
)

func newRound(t *testing.T, seed uint64) *round {
	t.Helper()
	r := &round{
		fleet: &fleet{stage: newStageOf(t, chaosProducts)}, dice: rand.New(rand.NewPCG(seed, 0xC4A05)), fuse: &fuse{},
		moved: make(map[string]bool), did: make(map[string]int), verdict: newVerdict(),
	}
	r.hurry()
	r.configure()
	r.makeTokens()
	r.doors = []edit{with("  page_size: 500\n", "  page_size: 10\n  timeout: 1s\n")}
	for _, m := range sandbox.Markets() {
		r.doors = append(r.doors, with("    url: "+r.box.URL(m)+"\n", "    timeout: 1s\n    url: "+r.mount(m, r.fuse.door(m))+"\n"))
	}
	for n := range 1 + min(1, r.dice.IntN(3)) { // more often two
		nd := &node{n: n, relay: newRelay(t, r.redis.Addr, r.fuse)}
		r.nodes = append(r.nodes, nd)
		r.boot(nd)
	}
	return r
}

// settleFirst brings the province in step before anything goes wrong.
func (r *round) settleFirst() {
	r.t.Helper()
	r.nodes[0].r.settle()
	// Before it, the first run on a shop in use would wait for an officer.
	for _, m := range sandbox.Markets() {
		must(r.t, r.box.AddForeignListing(m, sandbox.Foreign{SKU: "HANG-NGOAI-1", Name: "Mật ong hoa cà phê của chủ thể"}))
	}
	r.did["begun with a province in step"]++
}

// boot starts the node's daemon, on what its machine has kept.
func (r *round) boot(nd *node) {
	r.t.Helper()
	own := []edit{r.ownData(fmt.Sprintf("data-%d", nd.n)), with(r.redis.Addr, nd.relay.addr)}
	r.configure(append(own, r.doors...)...)
	nd.r = r.serve()
}

// alive gives the nodes whose daemon runs. One that ended unasked is a violation.
func (r *round) alive() []*node {
	r.t.Helper()
	var out []*node
	for _, nd := range r.nodes {
		if nd.r == nil {
			continue
		}
		select {
		case end := <-nd.r.ended:
			r.verdict.add("P7", "a daemon ended by itself\n%s\n%s", end, nd.r.logged())
			nd.r = nil
		default:
			out = append(out, nd)
		}
	}
	return out
}

// play does the round's steps; the kinds of fault are dealt so that none comes twice.
func (r *round) play() {
	r.t.Helper()
	if r.dice.IntN(2) == 0 {
		r.settleFirst()
	}
	kinds, acts := plagues(), deeds()
	dealt := r.dice.Perm(len(kinds))
	for step := range chaosSteps {
		if len(r.alive()) == 0 {
			r.boot(one(r.dice, r.nodes))
		}
		for _, i := range dealt[step*stepPlagues : (step+1)*stepPlagues] {
			must(r.t, r.box.SetFault(kinds[i].fault(r.dice)))
		}
		for range stepHands {
			r.lend()
		}
		r.do(one(r.dice, acts))
		r.appease()
	}
}

// appease ends what would keep every later run from doing anything, mostly.
func (r *round) appease() {
	r.t.Helper()
	if r.dice.IntN(4) == 0 {
		return
	}
	must(r.t, r.box.SetRegistryMode(sandbox.ModeNormal))
	r.box.LockShop(false)
	r.box.LimitNewPerDay(0)
}

// lend lets people do one thing.
func (r *round) lend() {
	r.t.Helper()
	h, code := one(r.dice, hands()), one(r.dice, r.box.Codes())
	must(r.t, h.do(r, code, ourPrefix+strings.ToUpper(code)))
	r.settled(r.prices)
	r.did[h.name]++
	if h.moves {
		r.moved[code] = true
	}
}

// ask asks a daemon for a run, which may be refused or fall on deaf ears.
func (r *round) ask(nd *node) {
	body := one(r.dice, []string{`{"mode":"verify"}`, `{"mode":"sync"}`, `{}`, `{"mode":"verify","markets":["voso"]}`, `{"markets":["lamdong","postmart"]}`, `{"mode":"plan"}`})
	got, err := nd.r.ask(r.secrets[state.Operator], http.MethodPost, "/api/v1/resyncs", body)
	if err == nil && got.status == http.StatusAccepted {
		r.accepted = append(r.accepted, strings.TrimPrefix(got.header.Get("Location"), "/api/v1/runs/"))
	}
}

// rest lets time pass in which nothing is done to the daemons.
func (r *round) rest(d time.Duration) {
	ctx, cancel := context.WithTimeout(r.t.Context(), d)
	defer cancel()
	<-ctx.Done()
}
