package admin

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ocopsync/internal/coverage"
)

// gauges tell at each scrape what the Model says then.
type gauges struct {
	s *Server

	attempt, success, observed, nextSync, nextVerify  *prometheus.Desc
	paused, circuit, held, queue                      *prometheus.Desc
	products, eligible, counted, onSale, ratio        *prometheus.Desc
	allCounted, allOnSale, allRatio, missing, leftOut *prometheus.Desc
	figuresAt                                         *prometheus.Desc
}

// show tells of the server's Model from now on. One Metrics has one server.
func (m *Metrics) show(s *Server) error {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("ocopsync_"+name, help, labels, nil)
	}
	return m.labelled.Register(&gauges{
		s:          s,
		attempt:    desc("last_attempt_timestamp_seconds", "Start of the market's last part.", "market"),
		success:    desc("last_success_timestamp_seconds", "End of the market's last part that succeeded.", "market"),
		observed:   desc("last_observation_timestamp_seconds", "Start of the last complete look at the market.", "market"),
		nextSync:   desc("next_sync_timestamp_seconds", "When the next sync is due.", "market"),
		nextVerify: desc("next_verify_timestamp_seconds", "When the next verify is due.", "market"),
		paused:     desc("paused", "1 where a person has paused the market or everything.", "market"),
		circuit:    desc("circuit_open", "1 where the market is left alone because it fails.", "market"),
		held:       desc("plan_held", "1 where a plan waits for a person.", "market"),
		queue:      desc("queue_depth", "Parts of runs that are accepted and not done.", "state"),
		products:   desc("products", "Products in the registry."),
		eligible:   desc("products_eligible", "Products that may be sold."),
		counted:    desc("coverage_counted", "Eligible products that count on the market.", "market"),
		onSale:     desc("coverage_on_sale", "Of those, the ones that the market itself showed on sale.", "market"),
		ratio:      desc("coverage_ratio", "On sale of counted, 0 to 1.", "market"),
		allCounted: desc("coverage_overall_counted", "Products that count on a market or more."),
		allOnSale:  desc("coverage_overall_on_sale", "Of those, the ones on sale wherever they count."),
		allRatio:   desc("coverage_overall_ratio", "On sale of counted, 0 to 1."),
		missing:    desc("coverage_missing", "Products that count and are not on sale, by stated reason and who must act.", "market", "reason", "party"),
		leftOut:    desc("products_left_out", "Products that are not eligible, by stated reason.", "reason", "party"),
		figuresAt:  desc("figures_timestamp_seconds", "When the products' standing was taken."),
	})
}

// Describe tells of every metric.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		g.attempt, g.success, g.observed, g.nextSync, g.nextVerify, g.paused, g.circuit, g.held, g.queue, g.products, g.eligible,
		g.counted, g.onSale, g.ratio, g.allCounted, g.allOnSale, g.allRatio, g.missing, g.leftOut, g.figuresAt,
	} {
		ch <- d
	}
}

// Collect tells of what is.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	moment := func(d *prometheus.Desc, t time.Time, labels ...string) {
		if !t.IsZero() { // a time that is not known is left out, not told as 1970
			tell(d, float64(t.UnixMilli())/1000, labels...)
		}
	}
	st := g.s.o.Model.Status()
	tell(g.queue, float64(st.Queue.Waiting), "waiting")
	tell(g.queue, float64(st.Queue.Running), "running")
	for i := range st.Markets {
		m := &st.Markets[i]
		name := string(m.Market)
		moment(g.attempt, m.LastAttempt, name)
		moment(g.success, m.LastSuccess, name)
		moment(g.observed, m.LastObservation, name)
		moment(g.nextSync, m.NextSync, name)
		moment(g.nextVerify, m.NextVerify, name)
		tell(g.paused, oneIf(m.Pause != nil || st.Pause != nil), name)
		tell(g.circuit, oneIf(m.Circuit != nil), name)
		tell(g.held, oneIf(m.Held != nil), name)
	}
	if b := g.s.book(); b != nil {
		moment(g.figuresAt, b.of.AsOf)
		g.figures(tell, b.figures)
	}
}

func (g *gauges) figures(tell func(*prometheus.Desc, float64, ...string), f coverage.Figures) {
	tell(g.products, float64(f.Products))
	tell(g.eligible, float64(f.Eligible))
	tell(g.allCounted, float64(f.Counted))
	tell(g.allOnSale, float64(f.OnSale))
	tell(g.allRatio, ratio(f.OnSale, f.Counted))
	for _, left := range f.Left {
		tell(g.leftOut, float64(left.Count), string(left.Reason), string(left.Party))
	}
	for i := range f.Markets {
		m := &f.Markets[i]
		name := string(m.Market)
		tell(g.counted, float64(m.Counted), name)
		tell(g.onSale, float64(m.OnSale), name)
		tell(g.ratio, ratio(m.OnSale, m.Counted), name)
		for _, missing := range m.Missing {
			tell(g.missing, float64(missing.Count), name, string(missing.Reason), string(missing.Party))
		}
	}
}

// ratio is the share that coverage.Percent gives, uncut; nothing of nothing is 1.
func ratio(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
