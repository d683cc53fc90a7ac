package state

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ocopsync/internal/journal"
	"ocopsync/internal/ocop"
)

// refill puts back what the journal has and Redis does not know: of each subject
// the latest decision, also that something has ended, and what came after the
// newest entry of the audit log. Doing it again changes nothing. Round trips: one
// per 8 decisions of a kind, and two for the audit log.
func (s *Store) refill(ctx context.Context) error {
	if s.journal == nil {
		return nil
	}
	entries, err := s.journal.Entries(ctx)
	if err != nil {
		return err
	}
	calls := make(map[string][][]any) // by hash
	var audit []journal.Entry
	unknown := 0
	for _, e := range journal.Latest(entries, MaxAudit) {
		hash := DecisionKind(e.Kind).hash()
		switch {
		case e.Kind == auditKind:
			audit = append(audit, e)
		case hash == "" || e.Subject == "":
			unknown++
		default:
			calls[hash] = append(calls[hash], decideArgs(e, true))
		}
	}
	if unknown > 0 {
		s.notice(fmt.Sprintf("%s of the journal are of a kind that this version of ocopsync does not know, and are passed over",
			ocop.Count(unknown, "decision", "decisions")))
	}
	back := 0
	for hash, some := range calls {
		answers, err := s.runAll(ctx, decideScript, s.decideKeys(hash), some)
		if err != nil {
			return told(err, "put decisions of the journal back into Redis")
		}
		for _, a := range answers {
			if at, _ := a.Int64(); at >= 0 {
				back++
			}
		}
	}
	if back > 0 {
		s.notice(fmt.Sprintf("Redis lacked %s of the journal: put back", ocop.Count(back, "decision", "decisions")))
	}
	return s.refillAudit(ctx, audit)
}

// refillAudit puts back the entries that are newer than the newest of the audit
// log, which can only grow at its end. Older ones that it lacks stay in the
// journal alone.
func (s *Store) refillAudit(ctx context.Context, entries []journal.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	newest, err := s.client.XRevRangeN(ctx, s.key("audit"), "+", "-", 1).Result()
	if err != nil {
		return told(err, "read the newest entry of the audit log")
	}
	var last streamID
	if len(newest) > 0 {
		last = parseStreamID(newest[0].ID)
	}
	slices.SortFunc(entries, func(a, b journal.Entry) int { return parseStreamID(a.ID).compare(parseStreamID(b.ID)) })
	pipe := s.client.Pipeline()
	for _, e := range entries {
		id := parseStreamID(e.ID)
		if id.compare(last) <= 0 {
			continue
		}
		args := auditArgs(s.key("audit"), e.Body)
		args.ID, last = e.ID, id
		pipe.XAdd(ctx, args)
	}
	if pipe.Len() == 0 {
		return nil
	}
	_, err = pipe.Exec(ctx)
	return told(err, "put the audit log back into Redis")
}

// A streamID is the id of an entry of a stream; zero: none.
type streamID struct{ ms, n uint64 }

func (a streamID) compare(b streamID) int {
	return cmp.Or(cmp.Compare(a.ms, b.ms), cmp.Compare(a.n, b.n))
}

func parseStreamID(id string) streamID {
	first, second, _ := strings.Cut(id, "-")
	ms, err := strconv.ParseUint(first, 10, 64)
	if err != nil {
		return streamID{}
	}
	n, err := strconv.ParseUint(second, 10, 64)
	if err != nil {
		return streamID{}
	}
	return streamID{ms, n}
}
