package state

import (
	"context"
	"fmt"
	"net/url"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
)

// Claim notes that this tenant works the account on the market. Claiming again
// is no error; when another tenant has it, it fails with a *ClaimedError, which
// is ErrClaimed (design decision 1). It holds until Unclaim.
func (s *Store) Claim(ctx context.Context, m listing.Market, account string) error {
	if own := s.accounts[m]; own != "" && own != account {
		return fmt.Errorf("claim account %q on %s: the state was opened for account %q", account, m, own)
	}
	key := claimKey(m, account)
	pipe := s.client.Pipeline()
	pipe.SetNX(ctx, key, s.tenant, 0)
	holder := pipe.Get(ctx, key)
	cmds, _ := pipe.Exec(ctx)
	if err := firstError(cmds); err != nil {
		return told(err, "claim account %q on %s", account, m)
	}
	switch holder.Val() {
	case s.tenant:
		return nil
	case "":
		return fmt.Errorf("claim account %q on %s: the claim was removed at the same moment; try again", account, m)
	}
	return &ClaimedError{Market: m, Account: account, Tenant: holder.Val()}
}

// Unclaim gives up this tenant's claim, so that another may work the shop; the
// claim of another tenant is left as it is.
func (s *Store) Unclaim(ctx context.Context, m listing.Market, account string) error {
	err := unclaimScript.Run(ctx, s.client, []string{claimKey(m, account)}, s.tenant).Err()
	return told(err, "give up the claim of account %q on %s", account, m)
}

// unclaimScript: KEYS 1 claim; ARGV 1 tenant; returns how many claims went.
var unclaimScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)

// claimKey has a hash tag of its own, as tenants of one Cluster live apart.
func claimKey(m listing.Market, account string) string {
	return "ocopsync:claim:{" + url.QueryEscape(string(m)) + ":" + url.QueryEscape(account) + "}"
}
