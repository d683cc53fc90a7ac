package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// A fuse stands before the doors and before Redis. Armed, it does something in the
// middle of the nth thing that passes one of them. It may be used from any
// goroutine.
type fuse struct {
	mu    sync.Mutex
	armed *charge
}

// A charge acts once.
type charge struct {
	place string // a door's name, or atRedis
	left  int    // how many pass before it acts
	when  moment
	act   func()
	once  sync.Once
	done  chan struct{} // closed when it has acted
}

const atRedis = "redis"

func newCharge(place string, nth int, when moment, act func()) *charge {
	return &charge{place: place, left: nth, when: when, act: act, done: make(chan struct{})}
}

func (c *charge) fire() {
	c.once.Do(func() {
		c.act()
		close(c.done)
	})
}

func (f *fuse) arm(c *charge) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = c
}

func (f *fuse) disarm() { f.arm(nil) }

// pass gives the charge that acts on what passes a place now, nil for none.
func (f *fuse) pass(place string) *charge {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.armed
	if c == nil || c.place != place {
		return nil
	}
	if c.left--; c.left > 0 {
		return nil
	}
	f.armed = nil
	return c
}

// door puts the fuse before a door.
func (f *fuse) door(name string) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := f.pass(name)
			switch {
			case c == nil:
				h.ServeHTTP(w, r)
			case c.when == before: // it never takes effect
				c.fire()
				panic(http.ErrAbortHandler)
			case c.when == after: // and then it is answered, should anybody be there
				answer := httptest.NewRecorder()
				func() {
					defer c.fire()
					h.ServeHTTP(answer, r)
				}()
				for name, values := range answer.Header() {
					w.Header()[name] = values
				}
				w.WriteHeader(answer.Code)
				_, _ = io.Copy(w, answer.Body)
			default:
				c.fire()
				h.ServeHTTP(w, r)
			}
		})
	}
}
