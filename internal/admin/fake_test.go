package admin

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// fakeModel gives what a test puts in.
type fakeModel struct {
	status   atomic.Pointer[Status]
	standing atomic.Pointer[Standing]
}

func newModel() *fakeModel {
	m := &fakeModel{}
	m.standing.Store(&Standing{AsOf: monday.Add(-time.Minute), Markets: markets(), Products: province()})
	m.status.Store(&Status{
		AsOf: monday, Tenant: "da-lat", Source: state.SourceSummary{Kind: "province", Total: 8, Eligible: 6, Faults: 1, AsOf: monday},
		Queue: QueueDepth{Waiting: 1, Running: 1},
		Markets: []MarketStatus{{
			Market: "lamdong", LastAttempt: monday.Add(-time.Hour), LastSuccess: monday.Add(-time.Hour), NextSync: monday.Add(14 * time.Minute),
			LastRun: "run-1", LastState: state.Succeeded, Counts: map[string]int{"create_done": 3},
		}, {
			Market: "postmart", LastAttempt: monday.Add(-time.Minute), NextVerify: monday.Add(time.Hour), Assumed: true,
			Work: &Progress{Run: "run-2", Phase: "apply", Done: 3, Total: 5}, LastState: state.Partial,
			Failures: []state.Failure{{Kind: "invalid", Words: "Tên <quá> dài", Count: 2, Example: "LD-1"}},
		}, {
			Market: "voso", Pause: &state.Pause{Reason: "Sàn bảo trì", By: "officer-1", At: monday}, Assumed: true,
			Circuit: &Circuit{State: "open", Why: "credentials refused", Since: monday}, WindowOpens: monday.Add(time.Hour),
			Held: &Held{Run: "run-1", Checksum: "abc", Why: "40 % of the listings would be taken off sale", Since: monday},
		}},
	})
	return m
}

func (m *fakeModel) Status() *Status     { return m.status.Load() }
func (m *fakeModel) Standing() *Standing { return m.standing.Load() }

func (m *fakeModel) Product(_ context.Context, code ocop.Code) (*ocop.Product, error) {
	st := m.standing.Load()
	for _, p := range st.Products {
		if p.Code == code && p.Name != "Rời sổ" {
			stock := int64(40)
			return &ocop.Product{
				Code: p.Code, Name: p.Name, Rating: ocop.Rating{Recognized: p.Stars}, Status: ocop.StatusRecognized, Group: p.Group,
				Producer:    ocop.Producer{Name: p.Producer, Kind: ocop.Cooperative, Phone: phone, Email: email, Commune: p.Commune},
				Certificate: ocop.Certificate{Number: "12/2024", IssuedOn: ocop.OneDay(ocop.Day{Year: 2024, Month: 5, Dom: 6})},
				Offer:       ocop.Offer{Price: 120_000, Unit: "hộp 250g", Stock: &stock}, UpdatedAt: monday,
				Faults: []ocop.Fault{
					{Place: ocop.Place{Row: 7}, Field: ocop.FieldProducer, Value: phone + " " + email, Why: ocop.Text{VI: "lạ", EN: "odd"}},
				},
			}, nil
		}
	}
	return nil, fmt.Errorf("product %s: %w", code, state.ErrNotFound)
}

func markets() []listing.Market { return []listing.Market{"lamdong", "postmart", "voso"} }

// province is a small province with something of everything, by code.
func province() []coverage.Product {
	on := coverage.Standing{State: listing.OnSale, Seen: true, URL: "https://san.example/p/1", Since: monday}
	told := coverage.Standing{State: listing.OnSale}
	not := func(r ...ocop.Reason) coverage.Standing {
		return coverage.Standing{State: listing.NotListed, Reasons: r}
	}
	rejected := coverage.Standing{State: listing.Rejected, Seen: true, Reasons: ocop.Reasons{ocop.RejectedByMarket}, Words: "Ảnh mờ"}
	differs := on
	differs.Reasons = ocop.Reasons{ocop.CallFailed}
	p := func(n int, name string, stars ocop.Stars, group ocop.Group, producer, commune string, why ocop.Reasons, on ...coverage.Standing) coverage.Product {
		return coverage.Product{
			Code: ocop.Code(fmt.Sprintf("68-672-%05d-1-2024", n)), Name: name, Stars: stars, Group: group, Producer: producer, Commune: commune, Why: why, On: on,
		}
	}
	atiso, cau := "HTX Nông nghiệp Ví dụ", "Cơ sở Cầu Đất Ví dụ"
	return []coverage.Product{
		p(1, "Trà atisô túi lọc", 4, ocop.Drink, atiso, "Phường 7", nil, on, on, on),
		p(2, "Cao atisô", 5, ocop.Herbal, atiso, "Phường 7", nil, on, rejected, not(ocop.MissingImage, ocop.MissingStock)),
		p(3, "Cà phê Arabica Cầu Đất", 4, ocop.Drink, cau, "Xuân Trường", nil, differs, on, told),
		p(4, "Rượu dâu tằm", 3, ocop.Drink, cau, "Xuân Trường", nil, not(ocop.NotSellableHere), not(ocop.NotSellableHere), not(ocop.NotSellableHere)),
		p(5, "Hồng treo gió", 3, ocop.Food, "Hộ kinh doanh Ví dụ", "", nil, not(ocop.Exempt), not(ocop.MissingPrice), not(ocop.MissingPrice)),
		p(6, "Mứt <dâu> & \"đậu\"", 3, ocop.Food, "Hộ kinh doanh Ví dụ", "", nil, not(), not(ocop.MarketUnreachable), not(ocop.BadImage)),
		p(7, "Nấm hết hạn", 3, ocop.Food, atiso, "Phường 7", ocop.Reasons{ocop.CertificateExpired}, on, not(), not()),
		p(8, "Rời sổ", 2, ocop.Food, atiso, "Phường 7", ocop.Reasons{ocop.BelowMinStars}, not(), not(), not()),
	}
}

// fakeWork records as the daemon does, and can be told to fail.
type fakeWork struct {
	store     *state.Store
	fails     atomic.Pointer[error]
	submitted atomic.Int64
}

func (w *fakeWork) failing() error {
	if err := w.fails.Load(); err != nil {
		return *err
	}
	return nil
}

func (w *fakeWork) Submit(ctx context.Context, run state.Run) error {
	if err := w.failing(); err != nil {
		return err
	}
	if err := w.store.CreateRun(ctx, run); err != nil {
		return err
	}
	w.submitted.Add(1)
	return nil
}

func (w *fakeWork) Cancel(ctx context.Context, id string) error {
	run, err := w.store.Run(ctx, id)
	if err != nil {
		return err
	}
	if _, err := w.store.Cancel(ctx, id); err != nil {
		return err
	}
	for m, p := range run.Parts { // as those who work on it do
		p.State = state.Cancelled
		if _, err := w.store.EndPart(ctx, id, run.Mode, m, p); err != nil && !errors.Is(err, state.ErrEnded) {
			return err
		}
	}
	return nil
}

func (w *fakeWork) Decide(ctx context.Context, word Word) error {
	if err := w.failing(); err != nil {
		return err
	}
	if word.Reading {
		return w.Submit(ctx, word.Run)
	}
	err := w.store.DecideHeld(ctx, word.Market, word.Decision, func(run string) (bool, error) {
		r, err := w.store.Run(ctx, run)
		if errors.Is(err, state.ErrNotFound) {
			return true, nil
		}
		return state.Ended(r.State), err
	})
	if err != nil || !word.Decision.Approved {
		return err
	}
	return w.Submit(ctx, word.Run)
}

func (w *fakeWork) Pause(ctx context.Context, m listing.Market, p state.Pause) error {
	if err := w.failing(); err != nil {
		return err
	}
	return w.store.SetPause(ctx, m, p)
}

func (w *fakeWork) Resume(ctx context.Context, m listing.Market) error {
	return w.store.Resume(ctx, m)
}
