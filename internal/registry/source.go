package registry

import (
	"context"
	"errors"
	"time"

	"ocopsync/internal/ocop"
)

// A Source is something that products can be read from.
type Source interface {
	// Read stages a new reading over the held one, or fails and leaves the held
	// one as it was: a reading is complete or an error (promise P3). The caller
	// must end the reading with Staged.Commit or Staged.Discard. progress may be
	// nil; it is called from the goroutine that called Read.
	Read(ctx context.Context, held *Held, how How, progress func(Progress)) (Reading, error)
	// Describe names the source for people, without secrets:
	// "http://registry.example/api (province)".
	Describe() string
}

// How says how thoroughly to read.
type How int

const (
	// Conditional takes what the source offers to save work: an ETag, the
	// products changed since the last reading, an unchanged file.
	Conditional How = iota
	// Full reads everything, whatever the source says of changes. A nightly
	// verify reads in full.
	Full
)

// The kinds of readings.
const (
	KindFull        = "full"         // everything was read
	KindDelta       = "delta"        // what changed was read and laid over the held reading
	KindNotModified = "not_modified" // the source says that nothing changed
)

// Reading is what one read brought.
type Reading struct {
	Kind    string
	AsOf    time.Time     // by the source's clock; of a file its modification time
	Total   int           // products in the staged reading, withdrawn ones included
	Changed []ocop.Code   // new, or their record differs from the held one; sorted
	Removed []ocop.Code   // held and no longer in the source; sorted; never filled by a delta
	Faults  []ocop.Fault  // of what was read this time, at most MaxFaults; see Staged.Faults for all that stand
	Pages   int           // requests answered with records, or sheets read
	Took    time.Duration // by the source's own clock option
	Staged  *Staged       // never nil in a successful reading
	more    int           // faults beyond MaxFaults
}

// FaultCount is how many faults this reading met, those beyond MaxFaults too.
func (r Reading) FaultCount() int { return len(r.Faults) + r.more }

// Progress is how far a read has come.
type Progress struct {
	Pages   int // pages or sheets read
	Records int // records or rows read
	Total   int // records expected, 0 when the source does not say
}

// MaxFaults is how many faults a reading keeps in memory; the others are
// counted, and those of a product stay with the product on disk.
const MaxFaults = 10_000

// Errors of reading that a caller may want to tell apart.
var (
	// ErrIncomplete is a read that ended early or did not add up.
	ErrIncomplete = errors.New("the registry's answer is incomplete")
	// ErrUnsettled is a list or file that kept changing while it was read.
	ErrUnsettled = errors.New("the source keeps changing while it is read")
	// ErrBusy is a held reading that another read (or process) is bringing up to date.
	ErrBusy = errors.New("another read of this registry is under way")
)

// faultList keeps faults up to MaxFaults and counts the others.
type faultList struct {
	list []ocop.Fault
	more int
}

func (l *faultList) add(faults ...ocop.Fault) {
	for _, f := range faults {
		if len(l.list) >= MaxFaults {
			l.more++
			continue
		}
		l.list = append(l.list, f)
	}
}

// maxValue is how many characters of a bad value are kept in a fault.
const maxValue = 200

// newFault builds a fault; the value is cut to 200 characters.
func newFault(at ocop.Place, code ocop.Code, field ocop.Field, value string, why ocop.Text) ocop.Fault {
	n := 0
	for i := range value {
		if n == maxValue {
			value = value[:i] + "…"
			break
		}
		n++
	}
	return ocop.Fault{Place: at, Code: code, Field: field, Value: value, Why: why}
}

// whyOf gives the words of a reader's refusal.
func whyOf(err error) ocop.Text {
	var re *ocop.ReadError
	if errors.As(err, &re) {
		return re.Why
	}
	return ocop.Text{VI: err.Error(), EN: err.Error()}
}
