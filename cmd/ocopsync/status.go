package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ocopsync/internal/admin"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

func (a *app) statusCommand() *cobra.Command {
	var r reach
	c := &cobra.Command{
		Use:   "status",
		Short: "say how a running daemon and its markets are",
		Long: `status shows of each market when it last succeeded and when it is next worked, who
paused it and why, whether it is left alone because it fails, what waits for a
person, what is under way and what failed last. It takes a viewer's token. Times
are the province's (` + ocop.Zone + `).

Exit codes: 0 shown, however the markets are; 1 the daemon can't be reached or
refuses.`,
		Example: "  ocopsync status\n  ocopsync status --json --address https://ocop.example.vn --token-file /run/secrets/viewer",
		RunE: func(c *cobra.Command, _ []string) error {
			var st statusAnswer
			return a.fetch(c.Context(), r, "/api/v1/status", nil, &st, func(t teller) { t.printStatus(&st) })
		},
	}
	r.add(c)
	return c
}

// statusAnswer is what GET /api/v1/status gives.
type statusAnswer struct {
	admin.Status
	FiguresAsOf time.Time `json:"figures_as_of"`
	Overall     *struct {
		Counted int     `json:"counted"`
		OnSale  int     `json:"on_sale"`
		Percent float64 `json:"percent"`
	} `json:"overall"`
	Markets []marketAnswer `json:"markets"`
}

type marketAnswer struct {
	admin.MarketStatus
	Coverage *marketFigures `json:"coverage"`
}

func (t teller) printStatus(st *statusAnswer) {
	t.say(ocop.Text{VI: "%s lúc %s (%s)\n", EN: "%s at %s (%s)\n"}, st.Tenant, t.at(st.AsOf, "-"), ocop.Zone)
	if p := st.Pause; p != nil {
		t.say(ocop.Text{VI: "TẤT CẢ ĐANG TẠM DỪNG, bởi %s, từ %s: %s\n", EN: "EVERYTHING IS PAUSED by %s since %s: %s\n"},
			oneLine(p.By), t.ago(p.At, "-"), oneLine(p.Reason))
	}
	t.printSourceStatus(st.Source)
	t.say(ocop.Text{VI: "Công việc: %s đang chờ, %d đang chạy\n", EN: "Work: %s waiting, %d running\n"},
		t.counted(st.Queue.Waiting, noun{"part", "parts", "phần"}), st.Queue.Running)
	if st.Overall == nil {
		t.say(ocop.Text{VI: "Đang bán: chưa biết, vì sổ đăng ký chưa được đọc\n", EN: "On sale: not known until the registry was read\n"})
	} else {
		t.say(ocop.Text{VI: "Đang bán ở mọi nơi cần có: %d trên %s (%s), số liệu lúc %s\n", EN: "On sale wherever it counts: %d of %s (%s), as of %s\n"},
			st.Overall.OnSale, t.counted(st.Overall.Counted, productNoun()), t.covered(st.Overall.OnSale, st.Overall.Counted), t.ago(st.FiguresAsOf, "-"))
	}
	t.printf("\n")
	tb := t.table(
		ocop.Text{VI: "sàn", EN: "market"}, ocop.Text{VI: "hiện tại", EN: "now"}, ocop.Text{VI: "thành công gần nhất", EN: "last success"},
		ocop.Text{VI: "đồng bộ kế tiếp", EN: "next sync"}, ocop.Text{VI: "kiểm tra kế tiếp", EN: "next verify"}, ocop.Text{VI: "đang bán", EN: "on sale"})
	for i := range st.Markets {
		m := &st.Markets[i]
		onSale := "-"
		if m.Coverage != nil {
			onSale = t.share(m.Coverage.OnSale, m.Coverage.Counted) + " (" + t.covered(m.Coverage.OnSale, m.Coverage.Counted) + ")"
		}
		tb.row(m.Market, t.text(marketNow(m)), t.ago(m.LastSuccess, t.never()), t.at(m.NextSync, "-"), t.at(m.NextVerify, "-"), onSale)
	}
	tb.end()
	for i := range st.Markets {
		t.printMarketStatus(&st.Markets[i])
	}
}

func (t teller) printSourceStatus(s state.SourceSummary) {
	if s.AsOf.IsZero() {
		t.say(ocop.Text{VI: "Sổ đăng ký: chưa đọc\n", EN: "Registry: not read yet\n"})
		return
	}
	t.say(ocop.Text{VI: "Sổ đăng ký: %s, %d đủ điều kiện, đọc lúc %s", EN: "Registry: %s, %d eligible, read %s"},
		t.counted(s.Total, productNoun()), s.Eligible, t.ago(s.AsOf, "-"))
	if s.Faults > 0 {
		t.say(ocop.Text{VI: "; %s không đọc được chắc chắn", EN: "; %s not read surely"}, t.counted(s.Faults, noun{"value", "values", "giá trị"}))
	}
	t.printf("\n")
	if s.Held != "" {
		t.say(ocop.Text{VI: "%s: lần đọc đó không được tin: %s\n", EN: "%s: that reading is not believed: %s\n"}, t.text(heldHead()), t.why(oneLine(s.Held)))
	}
}

// marketNow is a market in a word, the worst first.
func marketNow(m *marketAnswer) ocop.Text {
	switch {
	case m.Pause != nil:
		return ocop.Text{VI: "TẠM DỪNG", EN: "PAUSED"}
	case m.Held.Asks():
		return heldHead()
	case m.Circuit != nil:
		return ocop.Text{VI: "SÀN LỖI", EN: "FAILING"}
	case m.Work != nil:
		return ocop.Text{VI: "đang chạy", EN: "at work"}
	case !m.WindowOpens.IsZero():
		return ocop.Text{VI: "ngoài giờ", EN: "closed"}
	case slices.Contains([]string{state.Failed, state.Partial}, m.LastState):
		last := word(stateWords(), m.LastState)
		return ocop.Text{VI: "lượt cuối " + last.VI, EN: "last run " + last.EN}
	}
	return ocop.Text{VI: "sẵn sàng", EN: "ready"}
}

// printMarketStatus says of a market what does not fit the table; nothing where
// all is well.
func (t teller) printMarketStatus(m *marketAnswer) {
	var lines []string
	add := func(said ocop.Text, args ...any) { lines = append(lines, oneLine(t.fill(said, args...))) }
	if p := m.Pause; p != nil && !p.All { // that of everything is told above
		add(ocop.Text{VI: "TẠM DỪNG bởi %s từ %s: %s", EN: "PAUSED by %s since %s: %s"}, p.By, t.ago(p.At, "-"), p.Reason)
	}
	if said, limited := policyWords()[m.Policy]; limited {
		add(said)
	}
	if m.Held != nil {
		t.heldStatus(m.Market, m.Held, add)
	}
	if c := m.Circuit; c != nil {
		add(ocop.Text{
			VI: "SÀN LỖI từ %s nên tạm không gọi (%s), thử lại %s: %s", EN: "FAILING since %s, so it is left alone (%s), tried again %s: %s",
		}, t.ago(c.Since, "-"), c.State, t.ago(c.Until, t.text(ocop.Text{VI: "sớm", EN: "soon"})), orMinus(c.Why))
	}
	if !m.WindowOpens.IsZero() {
		add(ocop.Text{VI: "ngoài giờ cho phép đến %s", EN: "outside its allowed hours until %s"}, t.ago(m.WindowOpens, "-"))
	}
	if w := m.Work; w != nil {
		at := t.text(word(phaseWords(), w.Phase))
		if w.Total > 0 {
			at += fmt.Sprintf(" %d/%d", w.Done, w.Total)
		}
		add(ocop.Text{VI: "đang chạy: %s (lượt %s)", EN: "at work: %s (run %s)"}, at, w.Run)
	}
	if len(m.Failures) > 0 {
		add(ocop.Text{VI: "lỗi mới nhất, %s (lượt %s):", EN: "newest failures, %s (run %s):"}, t.ago(m.LastAttempt, "-"), m.LastRun)
	}
	if len(lines) == 0 {
		return
	}
	t.printf("\n%s\n", m.Market)
	for _, l := range lines {
		t.printf("  %s\n", l)
	}
	t.printFailures("    ", m.Failures)
}
