package postmart

import "sync"

// attemptsKept bounds how many bodies are remembered: more than the calls that
// can be under way at once.
const attemptsKept = 64

// attempts remembers what was sent under an idempotency key while nobody knows
// whether it arrived, so that the same attempt, tried again, sends the same
// bytes: the market refuses a key that comes with others (key_reused). What is
// forgotten, with the process for one, is resolved by looking.
type attempts struct {
	mu     sync.Mutex
	bodies map[string][]byte
	order  []string // keys, oldest first
}

func newAttempts() *attempts { return &attempts{bodies: make(map[string][]byte)} }

// sent gives what was sent under the key, nil when that is not known.
func (a *attempts) sent(key string) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bodies[key]
}

// keep remembers a body whose fate is not known.
func (a *attempts) keep(key string, body []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, known := a.bodies[key]; !known {
		if len(a.order) == attemptsKept {
			delete(a.bodies, a.order[0])
			a.order = a.order[1:]
		}
		a.order = append(a.order, key)
	}
	a.bodies[key] = body
}

// settle forgets a body whose fate is known.
func (a *attempts) settle(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, known := a.bodies[key]; !known {
		return
	}
	delete(a.bodies, key)
	for i, k := range a.order {
		if k == key {
			a.order = append(a.order[:i], a.order[i+1:]...)
			return
		}
	}
}
