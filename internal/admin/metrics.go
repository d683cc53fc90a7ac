package admin

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ocopsync/internal/listing"
	"ocopsync/internal/state"
)

// Metrics are the counters of one daemon, in a registry of their own. What can be
// read off the Model is not counted but told at each scrape. Labels are of closed
// sets; none is a product. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	handler  http.Handler
	labelled prometheus.Registerer // with the tenant

	runs, parts, changes, planned, writes *prometheus.CounterVec
	runSeconds                            *prometheus.HistogramVec
	calls, waits, waitSeconds             *prometheus.CounterVec
	callSeconds                           *prometheus.HistogramVec
	requests                              *prometheus.CounterVec
	requestSeconds                        *prometheus.HistogramVec
}

// NewMetrics makes them, all zero.
func NewMetrics(tenant string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.labelled = prometheus.WrapRegistererWith(prometheus.Labels{"tenant": tenant}, m.registry)
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: callTime})
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ocopsync_" + name, Help: help}, labels)
		m.labelled.MustRegister(c)
		return c
	}
	seconds := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "ocopsync_" + name, Help: help, Buckets: buckets}, labels)
		m.labelled.MustRegister(h)
		return h
	}
	m.runs = counter("runs_total", "Runs that ended.", "mode", "trigger", "state")
	m.runSeconds = seconds("run_duration_seconds", "From a run's start to its end.", prometheus.ExponentialBuckets(0.1, 4, 9), "mode")
	m.parts = counter("parts_total", "Parts of runs that ended.", "market", "state")
	m.changes = counter("changes_total", "Changes carried out or tried, by how they ended.", "market", "kind", "outcome")
	m.planned = counter("changes_planned_total", "Changes that plans held.", "market", "kind")
	m.writes = counter("writes_total", "Writing calls that changes took, pictures not counted.", "market")
	m.calls = counter("market_calls_total", "Calls to markets, every attempt.", "market", "kind", "outcome")
	m.callSeconds = seconds("market_call_duration_seconds", "From a call's turn to its answer's headers.", prometheus.DefBuckets, "market")
	m.waits = counter("quota_waits_total", "Calls that waited for their turn under the market's quota.", "market")
	m.waitSeconds = counter("quota_wait_seconds_total", "How long calls waited for their turn.", "market")
	m.requests = counter("http_requests_total", "Requests to this API.", "route", "method", "status")
	m.requestSeconds = seconds("http_request_duration_seconds", "How long requests to this API took; streams until their end.", prometheus.DefBuckets, "route")
	return m
}

// Run counts a run that has ended; its parts are counted by Part.
func (m *Metrics) Run(r state.Run) {
	m.runs.WithLabelValues(oneWord(r.Mode, modeSync, modeVerify, modePlan), oneWord(r.Trigger, "schedule", "request", "foreground"), r.State).Inc()
	if !r.StartedAt.IsZero() && !r.EndedAt.IsZero() {
		m.runSeconds.WithLabelValues(oneWord(r.Mode, modeSync, modeVerify, modePlan)).Observe(r.EndedAt.Sub(r.StartedAt).Seconds())
	}
}

// Part counts a part that has ended.
func (m *Metrics) Part(market listing.Market, p state.Part) {
	name := string(market)
	m.parts.WithLabelValues(name, p.State).Inc()
	for key, n := range p.Counts {
		kind, outcome, told := strings.Cut(key, "_")
		switch {
		case key == "writes":
			m.writes.WithLabelValues(name).Add(float64(n))
		case told && kind == "planned" && isKind(outcome):
			m.planned.WithLabelValues(name, outcome).Add(float64(n))
		case told && isKind(kind):
			m.changes.WithLabelValues(name, kind, oneWord(outcome,
				string(listing.Done), string(listing.Submitted), string(listing.Waiting), string(listing.Failed))).Add(float64(n))
		}
	}
}

// A Call is one attempt at a market.
type Call struct {
	Market listing.Market
	Method string        // of HTTP
	Status int           // 0 without an answer
	Waited time.Duration // for its turn
	Took   time.Duration
}

// Call counts a call to a market.
func (m *Metrics) Call(c Call) {
	name := string(c.Market)
	m.calls.WithLabelValues(name, strings.ToLower(knownMethod(c.Method)), outcomeOf(c.Status)).Inc()
	m.callSeconds.WithLabelValues(name).Observe(c.Took.Seconds())
	if c.Waited > 0 {
		m.waits.WithLabelValues(name).Inc()
		m.waitSeconds.WithLabelValues(name).Add(c.Waited.Seconds())
	}
}

// outcomeOf sorts answers into ok, refused, rate, fault and none.
func outcomeOf(status int) string {
	switch {
	case status == 0:
		return "none"
	case status == http.StatusTooManyRequests:
		return "rate"
	case status >= http.StatusInternalServerError:
		return "fault"
	case status >= http.StatusBadRequest:
		return "refused"
	}
	return "ok"
}

func (m *Metrics) request(rt *route, c *call, took time.Duration) {
	m.requests.WithLabelValues(rt.path, knownMethod(c.r.Method), fmt.Sprint(c.w.status)).Inc()
	m.requestSeconds.WithLabelValues(rt.path).Observe(took.Seconds())
}

// getMetrics: GET /metrics.
func (s *Server) getMetrics(c *call) error {
	s.o.Metrics.handler.ServeHTTP(c.w, c.r)
	return nil
}

func isKind(word string) bool {
	switch listing.Kind(word) {
	case listing.None, listing.Create, listing.Adopt, listing.Update, listing.Relist, listing.Unlist, listing.Retire, listing.Resolve, listing.Hold:
		return true
	}
	return false
}

// oneWord keeps a label within its set.
func oneWord(word string, set ...string) string {
	for _, w := range set {
		if w == word {
			return word
		}
	}
	return "other"
}
