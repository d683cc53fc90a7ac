package admin

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"ocopsync/internal/coverage"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// statusBody is what the status page shows, in words.
type statusBody struct {
	Notices  []string // what a person must see first
	Held     []heldLine
	Summary  string
	Coverage []coverageLine
	Markets  []marketLine
	Act      []actLine
	LeftOut  []actLine
	Failures []failureLine
	AsOf     string
}

type coverageLine struct {
	Name, Percent                                           string
	Full                                                    bool
	OnSale, Counted, InReview, Differs, Exempt, NotSellable int
}

type marketLine struct {
	Name                                               string
	Now                                                []nowLine
	LastRun, LastState, LastSuccess, NextRun, NextMode string
	LastBad                                            bool
}

type nowLine struct {
	Text string
	Bad  bool
}

type actLine struct {
	Party, Market, Why, Todo string
	Count                    int
}

type failureLine struct {
	When, Market, What, Words string
	Count                     int
}

// statusPage: GET /.
func (s *Server) statusPage(c *call) error {
	s.keepLang(c)
	secret, is, err := s.signedIn(c)
	if err != nil {
		return err
	}
	if !is {
		c.w.Header().Set("Location", "/sign-in")
		c.send(http.StatusSeeOther, "", nil)
		return nil
	}
	runs, err := s.o.History.Runs(c.r.Context(), "", recentRuns)
	if err != nil {
		return errAway(err)
	}
	w := wordsIn(c.lang)
	t := teller{w: &w, lang: c.lang, zone: s.o.Zone, vietnamese: s.o.Vietnamese, may: c.who.Role.Allows(state.Operator)}
	return s.show(c, http.StatusOK, "status", view{Title: w.Status, Here: "/", CSRF: csrfOf(secret), Body: t.status(s.o.Model.Status(), s.book(), runs)})
}

// recentRuns is among how many runs the newest failures are looked for, and
// shownFailures how many of them are shown.
const (
	recentRuns    = 20
	shownFailures = 10
)

// A teller puts figures into words of one language.
type teller struct {
	w    *words
	lang lang
	zone *time.Location

	vietnamese func(string) string
	may        bool // decide on what is held
}

// said is a sentence of a guard or a plan.
func (t teller) said(sentence string) string {
	if t.lang == vi {
		return t.vietnamese(sentence)
	}
	return sentence
}

func (t teller) time(at time.Time, otherwise string) string {
	if at.IsZero() {
		return otherwise
	}
	return at.In(t.zone).Format("15:04 02/01/2006")
}

// percent writes a coverage; of nothing there is none.
func (t teller) percent(onSale, counted int) string {
	if counted == 0 {
		return "–"
	}
	text := fmt.Sprintf("%.1f %%", coverage.Percent(onSale, counted))
	if t.lang == vi {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

func (t teller) status(st *Status, b *book, runs []state.Run) statusBody {
	body := statusBody{Failures: t.failures(runs)}
	if st.Pause != nil {
		body.Notices = append(body.Notices, fmt.Sprintf(t.w.AllPaused, st.Pause.By, st.Pause.Reason))
	}
	if st.Source.Held != "" {
		body.Notices = append(body.Notices, fmt.Sprintf(t.w.SourceHeld, t.said(st.Source.Held)))
	}
	for _, e := range st.Source.Ending {
		body.Notices = append(body.Notices, fmt.Sprintf(t.w.CertificatesEnd, e.Day, e.Count))
	}
	body.Held = t.held(st)
	for i := range st.Markets {
		m := &st.Markets[i]
		if m.Held.Asks() && !m.Held.Reading {
			body.Notices = append(body.Notices, string(m.Market)+": "+fmt.Sprintf(t.w.PlanHeld, t.said(m.Held.Why)))
		}
		body.Markets = append(body.Markets, t.market(m))
	}
	figuresAt := t.w.Never
	if b != nil {
		figuresAt = t.time(b.of.AsOf, t.w.Never)
		t.figures(&body, b.figures)
	}
	body.AsOf = fmt.Sprintf(t.w.AsOf, t.time(st.AsOf, t.w.Never), figuresAt)
	return body
}

func (t teller) market(m *MarketStatus) marketLine {
	line := marketLine{
		Name: string(m.Market), LastRun: t.time(m.LastAttempt, t.w.Never), LastSuccess: t.time(m.LastSuccess, t.w.Never),
		NextRun: t.time(m.NextSync, t.w.NotPlanned), NextMode: t.w.SyncRun,
	}
	if m.LastState != "" {
		line.LastState = t.w.runState(m.LastState)
		line.LastBad = slices.Contains([]string{state.Failed, state.Partial, state.Held}, m.LastState)
	}
	if !m.NextVerify.IsZero() && (m.NextSync.IsZero() || m.NextVerify.Before(m.NextSync)) {
		line.NextRun, line.NextMode = t.time(m.NextVerify, ""), t.w.Verify
	} else if m.NextSync.IsZero() {
		line.NextMode = ""
	}
	now := func(bad bool, text string) { line.Now = append(line.Now, nowLine{text, bad}) }
	if m.Pause != nil {
		now(true, fmt.Sprintf(t.w.Paused, m.Pause.By, m.Pause.Reason))
	}
	if !m.WindowOpens.IsZero() { // decision 10: it stops unlisting too
		now(true, fmt.Sprintf(t.w.WindowShut, t.time(m.WindowOpens, "")))
	}
	if !m.DoubtedSince.IsZero() {
		now(true, fmt.Sprintf(t.w.Doubted, t.time(m.DoubtedSince, "")))
	}
	if text := t.w.policies[m.Policy]; text != "" {
		now(false, text)
	}
	if m.Circuit != nil {
		now(true, fmt.Sprintf(t.w.CircuitOpen, m.Circuit.Why))
	}
	if m.Held.Asks() {
		now(true, fmt.Sprintf(t.w.PlanHeld, t.said(m.Held.Why)))
	}
	if m.Work != nil {
		at := m.Work.Phase
		if m.Work.Total > 0 {
			at = fmt.Sprintf("%s, %d/%d", at, m.Work.Done, m.Work.Total)
		}
		now(false, fmt.Sprintf(t.w.Working, at))
	}
	if len(line.Now) == 0 {
		now(false, t.w.Idle)
	}
	return line
}

func (t teller) figures(body *statusBody, f coverage.Figures) {
	body.Summary = fmt.Sprintf(t.w.Summary, f.OnSale, f.Counted, t.percent(f.OnSale, f.Counted))
	for _, m := range f.Markets {
		if m.Kept > 0 {
			body.Notices = append(body.Notices, fmt.Sprintf(t.w.Kept, m.Market, m.Kept))
		}
		body.Coverage = append(body.Coverage, coverageLine{
			Name: string(m.Market), Percent: t.percent(m.OnSale, m.Counted), Full: m.OnSale == m.Counted, OnSale: m.OnSale, Counted: m.Counted,
			InReview: m.InReview, Differs: m.Differs, Exempt: m.Exempt, NotSellable: m.NotSellable,
		})
		for _, r := range m.Missing {
			body.Act = append(body.Act, t.act(r, string(m.Market)))
		}
	}
	for _, r := range f.Left {
		body.LeftOut = append(body.LeftOut, t.act(r, ""))
	}
	slices.SortStableFunc(body.Act, func(a, b actLine) int {
		return cmp.Or(t.partyPlace(a.Party)-t.partyPlace(b.Party), b.Count-a.Count)
	})
}

func (t teller) act(r coverage.ByReason, market string) actLine {
	return actLine{t.w.party(r.Party), market, t.lang.of(r.Reason.Text()), t.lang.of(r.Reason.Todo()), r.Count}
}

func (t teller) partyPlace(name string) int {
	return slices.IndexFunc([]ocop.Party{ocop.PartyOfficer, ocop.PartyProducer, ocop.PartyMarketplace, ocop.PartySystem},
		func(p ocop.Party) bool { return t.w.party(p) == name })
}

// failures are what went wrong in the newest runs, newest first.
func (t teller) failures(runs []state.Run) []failureLine {
	var lines []failureLine
	for _, r := range runs {
		for _, m := range r.Markets {
			p := r.Parts[m]
			at := t.time(p.EndedAt, t.time(p.StartedAt, t.time(r.CreatedAt, "")))
			for _, f := range p.Failures {
				lines = append(lines, failureLine{at, string(m), t.w.failure(f.Kind), f.Words, f.Count})
			}
			if p.Held != "" || len(p.Failures) == 0 && p.State == state.Failed {
				lines = append(lines, failureLine{When: at, Market: string(m), What: t.w.runState(p.State), Words: t.said(p.Held)})
			}
		}
	}
	return lines[:min(shownFailures, len(lines))]
}
