package admin

import (
	"context"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/ocop"
)

// How long a round of checks may take and is good for: many may ask, and none
// of them needs a look of his own.
const (
	checkTime  = 2 * time.Second
	checkedFor = time.Second
)

// livez: GET /livez. The process answers; that is all it says.
func (s *Server) livez(c *call) error {
	if _, err := c.query("verbose"); err != nil {
		return err
	}
	return c.json(http.StatusOK, struct {
		Status string `json:"status"`
	}{"ok"})
}

type readyAnswer struct {
	Ready    bool          `json:"ready"`
	NotReady []checkAnswer `json:"not_ready"`
	Checks   []checkAnswer `json:"checks,omitempty"` // all of them, with ?verbose
}

type checkAnswer struct {
	Name  string     `json:"name"`
	OK    bool       `json:"ok"`
	Warns bool       `json:"warns,omitempty"` // the daemon is ready without it
	Hint  *ocop.Text `json:"hint,omitempty"`  // what is wrong and what to do
}

// readyz: GET /readyz?verbose. 503 while something that is needed is not well.
func (s *Server) readyz(c *call) error {
	q, err := c.query("verbose")
	if err != nil {
		return err
	}
	checks := s.ready.look(c.r.Context(), s)
	a := readyAnswer{Ready: true, NotReady: []checkAnswer{}}
	for _, check := range checks {
		if !check.OK && !check.Warns {
			a.Ready = false
			a.NotReady = append(a.NotReady, check)
		}
	}
	if q.Has("verbose") {
		a.Checks = checks
	}
	status := http.StatusOK
	if !a.Ready {
		status = http.StatusServiceUnavailable
	}
	return c.json(status, a)
}

// readiness keeps the last round of checks for a moment.
type readiness struct {
	mu     sync.Mutex
	at     time.Time
	checks []checkAnswer
}

func (r *readiness) look(ctx context.Context, s *Server) []checkAnswer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := s.o.Now(); r.checks == nil || now.Sub(r.at).Abs() >= checkedFor {
		// One who asks and leaves must not spoil the round for the others.
		r.checks, r.at = s.checkAll(context.WithoutCancel(ctx)), now
	}
	return r.checks
}

// checkAll makes every check side by side.
func (s *Server) checkAll(ctx context.Context) []checkAnswer {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	all := append(s.ownChecks(), s.o.Checks...)
	answers := make([]checkAnswer, len(all))
	var wg sync.WaitGroup
	for i, check := range all {
		wg.Go(func() {
			err := check.Probe(ctx)
			answers[i] = checkAnswer{Name: check.Name, OK: err == nil, Warns: check.Warns}
			if err != nil {
				answers[i].Hint = &all[i].Hint
				s.o.Log.Warn("not ready", zap.String("check", check.Name), zap.Error(err))
			}
		})
	}
	wg.Wait()
	return answers
}

// ownChecks are those of what the server itself needs.
func (s *Server) ownChecks() []Check {
	return []Check{{
		Name: "redis", Probe: s.o.Store.Ping,
		Hint: ocop.Text{
			VI: "Không truy cập được Redis, nơi lưu bộ nhớ của dịch vụ. Hãy kiểm tra Redis và đường mạng tới đó.",
			EN: "Redis, the daemon's memory, can't be reached. Check Redis and the network to it.",
		},
	}, {
		Name: "figures", Warns: true,
		Probe: func(context.Context) error {
			if s.o.Model.Standing() == nil {
				return errNoReading()
			}
			return nil
		},
		Hint: ocop.Text{
			VI: "Sổ đăng ký chưa được đọc lần nào kể từ khi dịch vụ khởi động, nên chưa có số liệu.",
			EN: "The registry has not been read since the daemon started, so there are no figures yet.",
		},
	}}
}
