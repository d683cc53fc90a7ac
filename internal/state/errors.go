package state

import (
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
)

// What callers tell apart, with errors.Is.
var (
	// ErrSchemaNewer: a newer version of the program has written here. Nothing was changed.
	ErrSchemaNewer = errors.New("the state in Redis was written by a newer version of ocopsync")
	// ErrMemoryLost: Redis does not hold the memory that Open found: it was
	// emptied, restored or replaced. Open again, which dates the memory anew.
	ErrMemoryLost = errors.New("the state in Redis is not the one this process opened: Redis was emptied, restored or replaced")
	// ErrMemoryOlder: Redis holds this memory as it was some time ago. It is
	// doubted from now on (MarketState.MemorySince); what was to be done next
	// must be planned anew.
	ErrMemoryOlder = errors.New("the state in Redis is older than this process has seen: it was restored, or a failover lost writes; what is left is planned anew")
	// ErrBusy: another holds the market's lease; see BusyError.
	ErrBusy = errors.New("market is being worked on")
	// ErrLeaseLost is the cause with which the context of Lease.Keep ends.
	ErrLeaseLost = errors.New("lease on the market was lost")
	// ErrFenced: the lease of this write is no longer the last one granted. Nothing was written.
	ErrFenced = errors.New("refused: another has taken the market's lease since")
	// ErrClaimed: another tenant works this shop; see ClaimedError.
	ErrClaimed = errors.New("shop is claimed by another tenant")
	// ErrNotFound: there is no such run, or its time is over.
	ErrNotFound = errors.New("not found")
	// ErrExists: a run of this id is there already.
	ErrExists = errors.New("exists already")
	// ErrEnded: the part has ended, which stands. Nothing was written.
	ErrEnded = errors.New("has ended already")
	// ErrReadOnly: this Redis takes no writes.
	ErrReadOnly = errors.New("this Redis is a read-only replica: give the master's address, or its Sentinels")
	// ErrFull: Redis refuses writes for want of memory.
	ErrFull = errors.New("no memory left in Redis (maxmemory): nothing can be remembered, so nothing may be sent to a market")
	// ErrDenied: Redis refuses the user or the password.
	ErrDenied = errors.New("user name or password refused by Redis, or this user may not do it")
)

// A BusyError says who holds a market's lease. It is ErrBusy.
type BusyError struct {
	Market listing.Market
	Owner  string    // as given to Acquire
	Since  time.Time // by the owner's clock
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("%s is being worked on by %s since %s", e.Market, e.Owner, e.Since.Format(time.RFC3339))
}

// Is says that a BusyError is ErrBusy.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// A ClaimedError says which tenant works a shop. It is ErrClaimed.
type ClaimedError struct {
	Market  listing.Market
	Account string
	Tenant  string // the other one
}

func (e *ClaimedError) Error() string {
	return fmt.Sprintf("account %q on %s is worked by tenant %q: two tenants can't work one shop", e.Account, e.Market, e.Tenant)
}

// Is says that a ClaimedError is ErrClaimed.
func (e *ClaimedError) Is(target error) bool { return target == ErrClaimed }

// told wraps what Redis answered with what was being done, and puts the failures
// that a person must mend into words. The cause stays in the chain.
func told(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	doing := fmt.Sprintf(format, args...)
	for _, known := range []struct {
		is   bool
		says error
	}{
		{redis.IsReadOnlyError(err), ErrReadOnly},
		{redis.IsOOMError(err), ErrFull},
		{redis.IsAuthError(err) || redis.IsPermissionError(err), ErrDenied},
	} {
		if known.is {
			return fmt.Errorf("%s: %w: %w", doing, known.says, err)
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}
