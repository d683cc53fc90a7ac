package main

import (
	"net"
	"sync"
	"testing"
)

// A relay is a daemon's way to Redis, which can be cut and has the fuse in it.
type relay struct {
	addr     string // host:port
	to       string
	fuse     *fuse
	listener net.Listener
	work     sync.WaitGroup

	mu    sync.Mutex
	isCut bool
	open  map[net.Conn]bool // both ends of every connection
}

func newRelay(t *testing.T, to string, f *fuse) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	r := &relay{addr: l.Addr().String(), to: to, fuse: f, listener: l, open: make(map[net.Conn]bool)}
	r.work.Go(r.accept)
	t.Cleanup(func() {
		_ = l.Close()
		r.cut()
		r.work.Wait()
	})
	return r
}

func (r *relay) accept() {
	for {
		from, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		to, err := net.Dial("tcp", r.to)
		if err != nil || !r.keep(from, to) {
			_ = from.Close()
			if to != nil {
				_ = to.Close()
			}
			continue
		}
		r.work.Go(func() { r.carry(from, to) })
	}
}

// keep counts a connection in, unless the way is cut.
func (r *relay) keep(from, to net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.isCut {
		r.open[from], r.open[to] = true, true
	}
	return !r.isCut
}

// cut ends every connection and refuses new ones until mend.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.isCut = true
	for c := range r.open {
		_ = c.Close()
	}
}

func (r *relay) mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.isCut = false
}

// carry passes on both ways until either end goes.
func (r *relay) carry(from, to net.Conn) {
	var both sync.WaitGroup
	answers := make(chan *charge, 1) // which waits for the next answer
	both.Go(func() { r.ask(from, to, answers) })
	both.Go(func() { r.answer(from, to, answers) })
	both.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, from)
	delete(r.open, to)
}

// ask passes on what is asked.
func (r *relay) ask(from, to net.Conn, answers chan<- *charge) {
	defer func() { _, _ = from.Close(), to.Close() }()
	for b := make([]byte, 64<<10); ; {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		c := r.fuse.pass(atRedis)
		switch {
		case c == nil:
		case c.when == before: // it is never asked
			c.fire()
			return
		case c.when == after:
			answers <- c
		default:
			c.fire()
		}
		if _, err := to.Write(b[:n]); err != nil {
			if c != nil {
				c.fire()
			}
			return
		}
	}
}

// answer passes on what is answered.
func (r *relay) answer(from, to net.Conn, answers <-chan *charge) {
	defer func() { _, _ = from.Close(), to.Close() }()
	for b := make([]byte, 64<<10); ; {
		n, err := to.Read(b)
		select {
		case c := <-answers: // the answer to it is lost
			c.fire()
			return
		default:
		}
		if err != nil {
			return
		}
		if _, err := from.Write(b[:n]); err != nil {
			return
		}
	}
}
