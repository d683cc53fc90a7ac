package state

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// MaxItems is how many items of one part are kept; of the others, the number.
const MaxItems = 10_000

// An Item is what a run did with one product on one market, and why.
type Item struct {
	Code    ocop.Code    `json:"code"`
	SKU     listing.SKU  `json:"sku"`
	Kind    listing.Kind `json:"kind"`
	Outcome string       `json:"outcome"`
	Reason  ocop.Reason  `json:"reason,omitempty"`
	Why     string       `json:"why,omitempty"`
	From    string       `json:"from,omitempty"`
	To      string       `json:"to,omitempty"`
	At      time.Time    `json:"at,omitzero"`
}

// A Page is some of a part's items.
type Page struct {
	Items   []Item
	Next    string // cursor of the next page; "" after the last
	Total   int    // items kept
	Dropped int    // items that came after the first MaxItems and were not kept
}

// AddItems appends to the items of a part, in order, until MaxItems are kept; it
// counts the rest. It fails with ErrNotFound when the run is gone. One round trip
// per 4,000 items. Should Redis' answer be lost and the call be sent again, an
// item can be there twice.
func (s *Store) AddItems(ctx context.Context, runID string, m listing.Market, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	keys := []string{s.runKey(runID), s.itemsKey(runID, m)}
	var calls [][]any
	for some := range slices.Chunk(items, piece) {
		args := make([]any, 0, 3+len(some))
		args = append(args, MaxItems, s.keep.For.Milliseconds(), droppedField(m))
		for i := range some {
			value, err := json.Marshal(&some[i])
			if err != nil {
				return fmt.Errorf("add item %s to part %s of run %s: %w", some[i].SKU, m, runID, err)
			}
			args = append(args, value)
		}
		calls = append(calls, args)
	}
	answers, err := s.runAll(ctx, itemsScript, keys, calls)
	if err != nil {
		return told(err, "add %s to part %s of run %s", ocop.Count(len(items), "item", "items"), m, runID)
	}
	for _, a := range answers {
		said, _ := a.Text()
		if err := refusal(said); err != nil {
			return fmt.Errorf("add %s to part %s of run %s: %w", ocop.Count(len(items), "item", "items"), m, runID, err)
		}
	}
	return nil
}

// itemsScript appends what there is room for and counts the rest.
//
//	KEYS 1 run, 2 items
//	ARGV 1 most, 2 lifetime (ms), 3 field of the number dropped, then items
//	returns ok | missing
var itemsScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
local given = #ARGV - 3
local room = tonumber(ARGV[1]) - redis.call('LLEN', KEYS[2])
local taken = math.max(0, math.min(given, room))
if taken > 0 then
  redis.call('RPUSH', KEYS[2], unpack(ARGV, 4, 3 + taken))
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
if taken < given then redis.call('HINCRBY', KEYS[1], ARGV[3], given - taken) end
return 'ok'`)

// Items gives up to limit items of a part from a cursor on, "" from the first.
// A run that is not there has none. One round trip.
func (s *Store) Items(ctx context.Context, runID string, m listing.Market, cursor string, limit int) (Page, error) {
	start := 0
	if cursor != "" {
		n, err := strconv.Atoi(cursor)
		if err != nil || n < 0 {
			return Page{}, fmt.Errorf("read items of part %s of run %s: cursor %q is not one of ours", m, runID, cursor)
		}
		start = n
	}
	if limit <= 0 {
		return Page{}, fmt.Errorf("read items of part %s of run %s: limit %d", m, runID, limit)
	}
	pipe := s.client.Pipeline()
	found := pipe.LRange(ctx, s.itemsKey(runID, m), int64(start), int64(start+limit-1))
	total := pipe.LLen(ctx, s.itemsKey(runID, m))
	dropped := pipe.HGet(ctx, s.runKey(runID), droppedField(m))
	cmds, _ := pipe.Exec(ctx)
	if err := firstError(cmds); err != nil {
		return Page{}, told(err, "read items of part %s of run %s", m, runID)
	}
	page := Page{Items: make([]Item, len(found.Val())), Total: int(total.Val())}
	for i, value := range found.Val() {
		if err := json.Unmarshal([]byte(value), &page.Items[i]); err != nil {
			return Page{}, fmt.Errorf("read item %d of part %s of run %s: %w", start+i, m, runID, err)
		}
	}
	n, err := count(dropped)
	if err != nil {
		return Page{}, fmt.Errorf("read items of part %s of run %s: number dropped: %w", m, runID, err)
	}
	page.Dropped = int(n)
	if next := start + len(page.Items); len(page.Items) > 0 && next < page.Total {
		page.Next = strconv.Itoa(next)
	}
	return page, nil
}

func droppedField(m listing.Market) string { return "dropped:" + string(m) }

func (s *Store) itemsKey(runID string, m listing.Market) string {
	return s.key("run:" + runID + ":items:" + string(m))
}
