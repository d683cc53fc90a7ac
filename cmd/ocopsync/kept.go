package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/journal"
	"ocopsync/internal/state"
)

// keptOutside gives what a folder of data_dir has beside Redis: the journal of
// decisions, which who only reads does not have, and which memory was seen last.
func keptOutside(ctx context.Context, dir string, o wiring) (decisions state.Journal, seen state.Seen, err error) {
	if !o.readOnly {
		notice := func(words string) { o.log.Warn("the journal of decisions", zap.String("notice", words)) }
		if decisions, err = journal.Open(ctx, dir, journal.Options{Notice: notice}); err != nil {
			return nil, seen, fmt.Errorf("data_dir: %w", err)
		}
	}
	mark, err := journal.LoadMark(dir)
	if err != nil {
		// Nobody knows what was seen: the memory is doubted, which costs a look.
		o.log.Warn("what is remembered is doubted", zap.Error(err))
		mark.Epoch = "not readable"
	}
	return decisions, state.Seen{Epoch: mark.Epoch, Writes: mark.Writes}, nil
}

// A marker keeps in data_dir which memory was seen in Redis. It is safe for
// concurrent use.
type marker struct {
	dir   string
	store *state.Store
	now   func() time.Time
	log   *zap.Logger

	mu    sync.Mutex
	kept  state.Seen
	fails bool
}

// keep keeps it where it has changed. That it can't is told once; an older mark
// shows less, and nothing wrong.
func (m *marker) keep() {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := m.store.Seen()
	if seen == m.kept {
		return
	}
	err := journal.SaveMark(m.dir, journal.Mark{Epoch: seen.Epoch, Writes: seen.Writes, At: m.now().UTC()})
	if err == nil {
		m.kept = seen
	} else if !m.fails {
		m.log.Warn("an older Redis might not be noticed at the next start", zap.Error(err))
	}
	m.fails = err != nil
}
