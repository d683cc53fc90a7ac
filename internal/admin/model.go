package admin

import (
	"context"
	"time"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// A Model gives the figures ready-made. It is asked for with every request, so
// Status and Standing must be as cheap as reading a pointer, also while a run is
// under way. What they give never changes once given: when anything in it does,
// another one is given. The pointer is the version by which encoded answers are
// kept. All methods are safe for concurrent use.
type Model interface {
	// Status is how the daemon and the markets are; never nil.
	Status() *Status
	// Standing is how the products stand; nil until the sources were read once.
	Standing() *Standing
	// Product is the registry's entry of a code, with the producer's telephone
	// and e-mail, which only operators are shown. It fails with
	// state.ErrNotFound.
	Product(ctx context.Context, code ocop.Code) (*ocop.Product, error)
}

// A Standing is every product with how it stands on every market, as of a moment.
type Standing struct {
	AsOf     time.Time
	Markets  []listing.Market   // sorted; each product's On is in this order
	Products []coverage.Product // sorted by code
}

// Status is how the daemon is: what changes more often than products do.
type Status struct {
	AsOf   time.Time           `json:"as_of"`
	Tenant string              `json:"tenant"`
	Source state.SourceSummary `json:"source"`          // the last reading, believed or held
	Pause  *state.Pause        `json:"pause,omitempty"` // of everything
	Queue  QueueDepth          `json:"queue"`
	// Markets are all that are configured, sorted by name.
	Markets []MarketStatus `json:"markets"`
}

// QueueDepth is how much work is accepted and not done.
type QueueDepth struct {
	Waiting int `json:"waiting"` // parts of runs that nobody works on yet
	Running int `json:"running"`
}

// MarketStatus is how one market is.
type MarketStatus struct {
	Market          listing.Market `json:"market"`
	LastAttempt     time.Time      `json:"last_attempt,omitzero"`     // start of the last part
	LastSuccess     time.Time      `json:"last_success,omitzero"`     // end of the last part that succeeded
	LastObservation time.Time      `json:"last_observation,omitzero"` // start of the last complete look
	// DoubtedSince is when memory of the market was found to be lost, as long as
	// there was no complete look since: nothing new is listed meanwhile.
	DoubtedSince time.Time       `json:"doubted_since,omitzero"`
	NextSync     time.Time       `json:"next_sync,omitzero"`
	NextVerify   time.Time       `json:"next_verify,omitzero"`
	WindowOpens  time.Time       `json:"window_opens,omitzero"` // outside the allowed window: until when
	Pause        *state.Pause    `json:"pause,omitempty"`       // its own, else that of everything
	Circuit      *Circuit        `json:"circuit,omitempty"`     // where the market is left alone
	Held         *Held           `json:"held,omitempty"`        // a plan that waits for a person
	Work         *Progress       `json:"work,omitempty"`        // the part under way
	LastRun      string          `json:"last_run,omitempty"`    // id of the run of the last part
	LastState    string          `json:"last_state,omitempty"`  // of that part, see state.Succeeded and so on
	Counts       map[string]int  `json:"counts,omitempty"`      // of that part, by kind of change and outcome
	Failures     []state.Failure `json:"failures,omitempty"`    // of that part
	Assumed      bool            `json:"assumed"`               // the market's wire contract is our assumption
	Policy       string          `json:"policy,omitempty"`      // what may be done there: sync, upsert-only, create-only, observe
}

// A Circuit says that a market is left alone because it fails.
type Circuit struct {
	State string    `json:"state"` // "open" or "half-open"
	Why   string    `json:"why,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"` // when the next call is let through
}

// Held is what waits on a market for a person.
type Held struct {
	Run      string    `json:"run"`
	Checksum string    `json:"checksum"` // "": there is nothing to decide on, but something to mend
	Why      string    `json:"why"`
	Since    time.Time `json:"since,omitzero"`
	Ends     time.Time `json:"ends,omitzero"`     // when it can no longer be approved
	Reading  bool      `json:"reading,omitempty"` // of the sources, for all markets
	Total    int       `json:"total,omitempty"`   // changes
	// Counts are they by what they would do, Changes the most urgent of them.
	Counts  map[listing.Kind]int `json:"counts,omitempty"`
	Changes []listing.Change     `json:"changes,omitempty"`
	// Decision is a person's last word on it: refused, so that it is not asked
	// again, or approved and not yet carried out.
	Decision *state.HeldDecision `json:"decision,omitempty"`
}

// Asks says whether a person is to decide, or to mend something.
func (h *Held) Asks() bool { return h != nil && h.Decision == nil }

// Progress is how far a part is. Total is 0 where it is not known.
type Progress struct {
	Run   string `json:"run"`
	Phase string `json:"phase"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

// Work is what the daemon does when asked. All methods are safe for concurrent
// use, across processes.
type Work interface {
	// Submit records a run with its parts and then queues it: after a nil error
	// it happens or is seen to fail (promise P7). Run.Markets are never empty.
	// It fails with state.ErrExists when the run's id is taken.
	Submit(ctx context.Context, run state.Run) error
	// Cancel makes a run stop writing within a second. It fails with
	// state.ErrNotFound, and is nil for a run that has ended meanwhile.
	Cancel(ctx context.Context, id string) error
	// Pause stops a market, or with "" everything, until Resume of the same.
	Pause(ctx context.Context, m listing.Market, p state.Pause) error
	Resume(ctx context.Context, m listing.Market) error
	// Decide takes a person's word on what is held, and submits the run of an
	// approval as Submit does. It fails as state.Store.Decide does; of a reading
	// with state.ErrStale when another one is held, or none.
	Decide(ctx context.Context, w Word) error
}

// History is what is known of runs. *state.Store is one; the daemon may lay the
// progress of what it works on itself over it.
type History interface {
	Run(ctx context.Context, id string) (state.Run, error)
	Runs(ctx context.Context, before string, limit int) ([]state.Run, error)
}

// A Check is one thing that must be well for the daemon to be ready.
type Check struct {
	Name string
	// Hint tells anybody, without addresses or names of accounts, what is not
	// ready and what to do.
	Hint ocop.Text
	// Probe must heed ctx. Its error goes to the log only.
	Probe func(ctx context.Context) error
	// Warns: shown with ?verbose, but the daemon is ready without it.
	Warns bool
}
