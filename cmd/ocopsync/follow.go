package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// maxEvent bounds one line of a stream: a run with its parts, in bytes.
const maxEvent = 4 << 20

func runPath(id string) string { return "/api/v1/runs/" + url.PathEscape(id) }

// follow shows a run as it goes and gives its end. It follows the run's stream
// of events; where that breaks or can't be had, it reads the run itself, so that
// a daemon that restarts, or a proxy that holds streams back, is no end of it. It
// fails when the daemon refuses, when it stays away for d.patience, and when ctx
// ends.
func (d *client) follow(ctx context.Context, id string, show func(state.Run)) (state.Run, error) {
	s := stream{client: d, id: id, show: show}
	var lost time.Time // since when the daemon does not answer
	for {
		if run, end := s.follow(ctx); end {
			return run, nil
		}
		if s.heard {
			lost = time.Time{}
		}
		var run state.Run
		_, err := d.get(ctx, runPath(id), nil, &run)
		var f *fault
		switch {
		case err == nil && state.Ended(run.State):
			return run, nil
		case err == nil:
			lost = time.Time{}
			show(run)
		case !errors.As(err, &f) || !f.passes:
			return run, err
		case lost.IsZero():
			lost = d.now()
			d.app.aside(ocop.Text{
				VI: "%v\nMất liên lạc với lượt %s; tìm lại dịch vụ trong %s.", EN: "%v\nLost sight of run %s; looking for the daemon for %s.",
			}, err, id, d.patience)
		case d.now().Sub(lost) >= d.patience:
			return run, fmt.Errorf("%s: %w", d.app.fill(ocop.Text{
				VI: "dịch vụ đã vắng %s nên không biết lượt %s kết thúc ra sao", EN: "the daemon has been away for %s, so how run %s ended is not known",
			}, d.patience, id), err)
		}
		if err := pause(ctx, d.rest); err != nil {
			return run, err
		}
	}
}

// A stream is a run's stream of events (openapi.yaml, followRun), taken up again
// after the last event that was heard.
type stream struct {
	*client
	id    string
	show  func(state.Run)
	last  string // id of the last event
	heard bool   // anything, the last time
}

// follow listens until the stream ends or breaks. end says that the run is over.
func (s *stream) follow(ctx context.Context) (run state.Run, end bool) {
	s.heard = false
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watch := time.AfterFunc(s.silence, cancel) // the daemon speaks every 15 s
	defer watch.Stop()
	req := s.http.R().SetContext(ctx).SetDoNotParseResponse(true).SetHeader("Accept", "text/event-stream")
	if s.last != "" {
		req.SetHeader("Last-Event-ID", s.last)
	}
	resp, err := req.Get(runPath(s.id) + "/events")
	if err != nil {
		return run, false
	}
	body := resp.RawBody()
	defer func() { _ = body.Close() }()
	if resp.StatusCode() != http.StatusOK || !strings.HasPrefix(resp.Header().Get("Content-Type"), "text/event-stream") {
		return run, false
	}
	return s.read(body, func() { watch.Reset(s.silence) })
}

// read goes through the events (HTML Living Standard, 9.2.6, as far as this
// server writes them: one line of data each).
func (s *stream) read(body io.Reader, alive func()) (run state.Run, end bool) {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 64<<10), maxEvent)
	var id, data string
	for lines.Scan() {
		alive()
		s.heard = true
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			id = value
		case "data":
			data = value
		}
		if lines.Text() != "" || data == "" { // an empty line ends an event
			continue
		}
		var run state.Run
		if err := json.Unmarshal([]byte(data), &run); err != nil {
			return run, false
		}
		s.last, data = id, ""
		if state.Ended(run.State) {
			return run, true
		}
		s.show(run)
	}
	return run, false
}
