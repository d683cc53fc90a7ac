package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ocopsync/internal/admin"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// checks are what /readyz tells beside Redis and the figures. A market that is
// down, paused or held does not make the daemon unready: the others go on.
func (d *daemon) checks() []admin.Check {
	checks := []admin.Check{{
		Name: "stopping", Probe: d.probeStopping,
		Hint: ocop.Text{
			VI: "Dịch vụ đang dừng.",
			EN: "The daemon is stopping.",
		},
	}, {
		Name: "redis_settings", Warns: true, Probe: d.probeSettings,
		Hint: ocop.Text{
			VI: "Redis có thiết lập làm mất dữ liệu đã ghi. Hãy chạy: ocopsync check.",
			EN: "A setting of Redis can lose what it was told. Run: ocopsync check.",
		},
	}, {
		Name: "sources", Warns: true, Probe: d.probeSources,
		Hint: ocop.Text{
			VI: "Lần đọc sổ đăng ký hoặc bảng giá gần nhất bị giữ lại hoặc không đọc được; số liệu là của lần đọc tốt trước đó. Xem trang trạng thái.",
			EN: "The last reading of the registry or the price list was held or failed; the figures are of the last good one. See the status page.",
		},
	}, {
		Name: "plans", Warns: true, Probe: d.probeHeld,
		Hint: ocop.Text{
			VI: "Có kế hoạch bị giữ lại chờ cán bộ quyết định. Xem trang trạng thái.",
			EN: "A plan is held until an officer decides. See the status page.",
		},
	}}
	checks = append(checks, admin.Check{
		Name: "memory", Warns: true, Probe: d.probeMemory,
		Hint: ocop.Text{
			VI: "Redis đã mất dữ liệu, hoặc một bản cũ đã được khôi phục. Sàn chưa được xem lại toàn bộ thì chưa đăng tin mới ở đó; lượt đồng bộ tới sẽ xem.",
			EN: "Redis has lost what it held, or an old copy of it was restored. Nothing new is listed on a market before it was looked at as a whole; the next run does.",
		},
	})
	for _, s := range d.works.shops {
		name := s.Market.Name()
		checks = append(checks, admin.Check{
			Name: "market_" + string(name), Warns: true,
			Probe: func(context.Context) error { return probeCircuit(s.Market) },
			Hint: ocop.Text{
				VI: fmt.Sprintf("Sàn %s đang lỗi nên tạm thời không được gọi. Xem trang trạng thái và chạy: ocopsync check.", name),
				EN: fmt.Sprintf("%s is left alone for a while because it fails. See the status page and run: ocopsync check.", name),
			},
		})
	}
	return checks
}

func (d *daemon) probeStopping(context.Context) error {
	select {
	case <-d.stopping:
		return errors.New("stopping")
	default:
		return nil
	}
}

func (d *daemon) probeSettings(ctx context.Context) error {
	settings, err := d.works.store.CheckSettings(ctx)
	if err != nil {
		return err
	}
	for _, s := range settings {
		if s.Verdict == state.Refused || s.Verdict == state.Warned {
			return errors.New(s.String())
		}
	}
	return nil
}

// probeSources looks at the newest part of each market and at what was read last.
func (d *daemon) probeSources(context.Context) error {
	st := d.board.Status()
	if st.Source.Held != "" {
		return errors.New(st.Source.Held)
	}
	for _, m := range st.Markets {
		for _, f := range m.Failures {
			if f.Kind == "source" {
				return errors.New(f.Words)
			}
		}
	}
	return nil
}

func (d *daemon) probeHeld(context.Context) error {
	for _, m := range d.board.Status().Markets {
		if m.Held.Asks() {
			return fmt.Errorf("%s: %s", m.Market, m.Held.Why)
		}
	}
	return nil
}

func (d *daemon) probeMemory(context.Context) error {
	for _, m := range d.board.Status().Markets {
		if !m.DoubtedSince.IsZero() {
			return fmt.Errorf("what is remembered of %s is doubted since %s", m.Market, m.DoubtedSince.Format(time.RFC3339))
		}
	}
	return nil
}

func probeCircuit(m market.Market) error {
	if s, has := market.StateOf(m); has && s.State == "open" {
		return fmt.Errorf("the circuit is open since %s: %s", s.Since, s.Why)
	}
	return nil
}
