package sandbox

import "sync"

// tally counts what is under way. Unlike a sync.WaitGroup it may be waited for
// while more begins.
type tally struct {
	mu   sync.Mutex
	n    int
	none *sync.Cond
}

func newTally() *tally {
	t := &tally{}
	t.none = sync.NewCond(&t.mu)
	return t
}

func (t *tally) add(by int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n += by; t.n == 0 {
		t.none.Broadcast()
	}
}

func (t *tally) wait() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.n > 0 {
		t.none.Wait()
	}
}
