package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Media is the fault target for the pictures on the registry's door.
const Media = "media"

// The kinds of fault. Those marked (list) are played by calls that list, those
// marked (look-up) by calls that ask for one SKU; elsewhere they do nothing.
const (
	FaultLatency      = "latency"        // answered Delay later
	Fault429          = "429"            // refused; Retry-After is Delay (1 s); voso's shop locks that long
	Fault5xx          = "5xx_html"       // Status (502) with a page of HTML
	FaultLostAnswer   = "lost_answer"    // the effect happens, the connection is cut before the answer
	FaultLateEffect   = "late_effect"    // the connection is cut, the effect happens Delay later
	FaultCut          = "cut"            // the connection is cut before the effect
	FaultMalformed    = "malformed_json" // the effect happens, the answer cannot be read
	FaultTruncated    = "truncated_json" // the effect happens, the answer stops half-way
	FaultSlowBody     = "slow_body"      // the answer trickles during Delay
	FaultEndless      = "endless_body"   // an answer that never ends
	FaultExpiredToken = "expired_token"  // the token is no longer good
	FaultHang         = "hang"           // no answer until the client goes
	FaultSlowWork     = "slow_work"      // the market works for Delay with the call under way
	FaultBusy         = "system_busy"    // voso: SYSTEM_BUSY in the envelope
	FaultWrongProduct = "wrong_product"  // (look-up) another SKU's product comes back
	FaultShortPage    = "short_page"     // (list) a page misses its last entries
	FaultRepeatedPage = "repeated_page"  // (list) the page before comes again
	FaultMovingTotal  = "moving_total"   // (list) the stated total differs from call to call
	FaultEmpty        = "empty"          // registry (list): nothing there
	FaultShort        = "short"          // registry (list): half of it, consistently
	FaultStale        = "stale"          // registry (list): 304 to any ETag
)

var faultKinds = []string{
	FaultLatency, Fault429, Fault5xx, FaultLostAnswer, FaultLateEffect, FaultCut, FaultMalformed,
	FaultTruncated, FaultSlowBody, FaultEndless, FaultExpiredToken, FaultHang, FaultSlowWork, FaultBusy,
	FaultWrongProduct, FaultShortPage, FaultRepeatedPage, FaultMovingTotal, FaultEmpty, FaultShort, FaultStale,
}

// Fault is something that goes wrong with calls. The first that matches a call
// and whose dice falls right is played.
type Fault struct {
	Target      string        `json:"target"`           // registry, media, postmart, voso or lamdong
	Kind        string        `json:"kind"`             // one of the Fault constants
	Match       string        `json:"match,omitempty"`  // part of the path; every path when empty
	Method      string        `json:"method,omitempty"` // every method when empty
	Probability float64       `json:"probability,omitempty"`
	Count       int           `json:"count,omitempty"` // how often; 0 until cleared
	Delay       time.Duration `json:"delay,omitempty"` // nanoseconds in JSON
	Status      int           `json:"status,omitempty"`
	// Effect lets a 5xx_html take effect before it is answered, as a gateway
	// that gave up waiting does.
	Effect bool `json:"effect,omitempty"`
	// Played is how often it was played so far; not read by SetFault.
	Played int `json:"played"`
}

type faults struct {
	mu     sync.Mutex
	dice   *rand.Rand
	set    []*Fault
	played map[string]map[string]int // target, kind
}

func newFaults(seed int64) *faults {
	return &faults{
		dice:   rand.New(rand.NewPCG(uint64(seed), 0x0C0B)),
		played: make(map[string]map[string]int),
	}
}

// SetFault adds a fault to those that are played.
func (s *Sandbox) SetFault(f Fault) error { return s.faults.add(f) }

// ClearFaults ends every fault. What was locked stays locked until its time.
func (s *Sandbox) ClearFaults() { s.faults.clear() }

// Faults lists the faults in force with how often each was played.
func (s *Sandbox) Faults() []Fault { return s.faults.list() }

// FaultsPlayed counts what was really played, by target and kind, cleared faults included.
func (s *Sandbox) FaultsPlayed() map[string]map[string]int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	out := make(map[string]map[string]int, len(s.faults.played))
	for target, kinds := range s.faults.played {
		out[target] = make(map[string]int, len(kinds))
		for kind, n := range kinds {
			out[target][kind] = n
		}
	}
	return out
}

func (fs *faults) add(f Fault) error {
	if !slices.Contains([]string{Registry, Media, Postmart, Voso, Lamdong}, f.Target) {
		return fmt.Errorf("fault: no target %q", f.Target)
	}
	if !slices.Contains(faultKinds, f.Kind) {
		return fmt.Errorf("fault: no kind %q", f.Kind)
	}
	if f.Probability < 0 || f.Probability > 1 || f.Count < 0 || f.Delay < 0 {
		return fmt.Errorf("fault: probability 0 to 1, count and delay not below 0")
	}
	if f.Probability == 0 {
		f.Probability = 1
	}
	f.Played = 0
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.set = append(fs.set, &f)
	return nil
}

func (fs *faults) clear() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.set = nil
}

func (fs *faults) list() []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	out := make([]Fault, 0, len(fs.set))
	for _, f := range fs.set {
		out = append(out, *f)
	}
	return out
}

// pick throws the dice for a call; a picked fault counts as played.
func (fs *faults) pick(target string, r *http.Request) (Fault, bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.set {
		if f.Target != target || f.Method != "" && f.Method != r.Method || !strings.Contains(r.URL.Path, f.Match) {
			continue
		}
		if f.Count > 0 && f.Played >= f.Count {
			continue
		}
		if f.Probability < 1 && fs.dice.Float64() >= f.Probability {
			continue
		}
		f.Played++
		if fs.played[target] == nil {
			fs.played[target] = make(map[string]int)
		}
		fs.played[target][f.Kind]++
		return *f, true
	}
	return Fault{}, false
}
