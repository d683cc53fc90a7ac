package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ocopsync/internal/state"
)

// beat is how often a stream with no news says that it is there; proxies cut
// silent connections after a minute or so.
const beat = 15 * time.Second

// streamTime is how long a stream lasts at most. Who comes back with the last id
// misses nothing, and shows his token again.
const streamTime = 30 * time.Minute

// followRun: GET /api/v1/runs/{id}/events, server-sent events. Each event is the
// run as it is, so that none needs the one before it: its id is a digest of it,
// and who comes back with the last one gets the next change. The run is looked
// at in Redis, so that any replica can tell of it. The stream ends with the run;
// who then asks again with the last id is told by 204 not to.
func (s *Server) followRun(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	run, err := s.findRun(c)
	if err != nil {
		return err
	}
	last := c.r.Header.Get("Last-Event-ID")
	event, err := newEvent(run)
	if err != nil {
		return err
	}
	if ended(run.State) && event.id == last {
		c.send(http.StatusNoContent, "", nil)
		return nil
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		return errTooManyStreams()
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	return s.stream(c, run.ID, event, last)
}

// stream writes events until the run ends, the caller goes or the server stops.
func (s *Server) stream(c *call, id string, event runEvent, last string) error {
	ctx, cancel := context.WithTimeout(c.r.Context(), streamTime)
	defer cancel()
	ticker := time.NewTicker(s.o.Poll)
	defer ticker.Stop()
	beats := time.NewTicker(beat)
	defer beats.Stop()
	if err := c.write(": the run as it is, whenever it changes\n\n"); err != nil {
		return err
	}
	for {
		if event.id != last {
			if err := c.write(event.text); err != nil {
				return err
			}
			last = event.id
		}
		if event.ended {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.stop.Done():
			return nil
		case <-beats.C:
			if err := c.write(": still there\n\n"); err != nil {
				return err
			}
			continue
		case <-ticker.C:
		}
		run, err := s.o.History.Run(ctx, id)
		switch {
		case errors.Is(err, state.ErrNotFound):
			return nil
		case err != nil:
			continue // Redis is away; the caller still sees the beats
		}
		if event, err = newEvent(run); err != nil {
			return err
		}
	}
}

// write sends a piece of a stream at once; a reader that stops is cut off.
func (c *call) write(text string) error {
	out := http.NewResponseController(c.w)
	_ = out.SetWriteDeadline(time.Now().Add(writeTime)) // a test's recorder has none
	_ = out.SetReadDeadline(time.Time{})
	if _, err := c.w.Write([]byte(text)); err != nil {
		return fmt.Errorf("write to a stream: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write to a stream: %w", err)
	}
	return nil
}

// A runEvent is a run as it was at a look.
type runEvent struct {
	id    string
	text  string
	ended bool
}

func newEvent(run state.Run) (runEvent, error) {
	body, err := json.Marshal(run)
	if err != nil {
		return runEvent{}, fmt.Errorf("encode run %s: %w", run.ID, err)
	}
	sum := sha256.Sum256(body)
	e := runEvent{id: hex.EncodeToString(sum[:8]), ended: ended(run.State)}
	name := "run"
	if e.ended {
		name = "end"
	}
	e.text = fmt.Sprintf("id: %s\nevent: %s\ndata: %s\n\n", e.id, name, body)
	return e, nil
}
