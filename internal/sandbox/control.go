package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// controlDoors is what GET / of the control door lists.
var controlDoors = []string{
	"GET /ledger", "POST /judge", "GET /labels", "GET /figures",
	"GET /faults", "POST /faults", "DELETE /faults",
	"POST /registry/mode", "POST /registry/products/{code}",
	"POST /listings/{market}", "POST /listings/{market}/{sku}",
	"POST /reviews/decide", "POST /reviews/reject-next", "POST /settle",
	"POST /shops/voso", "POST /reset-counts",
}

// controlRoutes is the second door to the Sandbox's methods; see the package doc.
func (s *Sandbox) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, do func(*http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			answer, err := do(r)
			if err != nil {
				writeProblem(w, problem{Status: http.StatusUnprocessableEntity, Title: "Not done", Detail: err.Error()})
				return
			}
			if answer == nil {
				answer = map[string]bool{"done": true}
			}
			writeJSON(w, http.StatusOK, answer)
		})
	}
	handle("GET /{$}", func(*http.Request) (any, error) {
		return map[string]any{"what": "the sandbox's control door", "doors": controlDoors, "urls": s.urls}, nil
	})
	handle("GET /ledger", func(r *http.Request) (any, error) { return s.ledgerReport(r) })
	handle("POST /judge", func(r *http.Request) (any, error) {
		explained := make(map[string]map[string]string)
		if err := readControl(r, &explained); err != nil {
			return nil, err
		}
		return s.Judge(explained), nil
	})
	handle("GET /labels", func(*http.Request) (any, error) { return s.Labels(), nil })
	handle("GET /figures", func(*http.Request) (any, error) { return s.Figures(), nil })
	handle("GET /faults", func(*http.Request) (any, error) {
		return map[string]any{"faults": s.Faults(), "played": s.FaultsPlayed()}, nil
	})
	handle("POST /faults", func(r *http.Request) (any, error) {
		var f Fault
		if err := readControl(r, &f); err != nil {
			return nil, err
		}
		return nil, s.SetFault(f)
	})
	handle("DELETE /faults", func(*http.Request) (any, error) { s.ClearFaults(); return nil, nil })
	handle("POST /registry/mode", func(r *http.Request) (any, error) {
		var body struct{ Mode string }
		if err := readControl(r, &body); err != nil {
			return nil, err
		}
		return nil, s.SetRegistryMode(body.Mode)
	})
	handle("POST /registry/products/{code}", func(r *http.Request) (any, error) { return nil, s.controlProduct(r) })
	handle("POST /listings/{market}", func(r *http.Request) (any, error) {
		var f Foreign
		if err := readControl(r, &f); err != nil {
			return nil, err
		}
		return nil, s.AddForeignListing(r.PathValue("market"), f)
	})
	handle("POST /listings/{market}/{sku}", func(r *http.Request) (any, error) { return nil, s.controlListing(r) })
	handle("POST /reviews/decide", func(*http.Request) (any, error) { s.DecideReviewsNow(); return nil, nil })
	handle("POST /reviews/reject-next", func(r *http.Request) (any, error) {
		var body struct{ Reason string }
		if err := readControl(r, &body); err != nil || body.Reason == "" {
			return nil, errors.Join(err, errors.New("a reason is needed"))
		}
		s.RejectNext(body.Reason)
		return nil, nil
	})
	handle("POST /settle", func(*http.Request) (any, error) { s.Settle(); return nil, nil })
	handle("POST /shops/voso", func(r *http.Request) (any, error) {
		var body struct {
			Locked    *bool `json:"locked"`
			NewPerDay *int  `json:"new_per_day"`
		}
		if err := readControl(r, &body); err != nil {
			return nil, err
		}
		if body.Locked != nil {
			s.LockShop(*body.Locked)
		}
		if body.NewPerDay != nil {
			s.LimitNewPerDay(*body.NewPerDay)
		}
		return nil, nil
	})
	handle("POST /reset-counts", func(*http.Request) (any, error) { s.ResetCounts(); return nil, nil })
	return mux
}

// readControl reads a body strictly; an empty one leaves everything as it is.
func readControl(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("the body cannot be read: %w", err)
	}
	return nil
}

// ledgerReport answers the counts, and the listings and calls asked for.
func (s *Sandbox) ledgerReport(r *http.Request) (any, error) {
	q := r.URL.Query()
	listings := make(map[string][]Listing)
	for _, m := range Markets() {
		if q.Get("market") == "" || q.Get("market") == m {
			listings[m] = s.Listings(m, q.Get("sku"))
		}
	}
	report := map[string]any{
		"totals": s.Calls(), "calls": s.CallCounts(), "writes": s.Writes(), "refused": s.Refused(),
		"picture_fetches": s.PictureFetches(), "listings": listings,
	}
	if n, err := strconv.Atoi(q.Get("calls")); err == nil && n > 0 {
		recent := s.RecentCalls()
		report["recent"] = recent[max(0, len(recent)-n):]
	}
	return report, nil
}

// controlProduct changes a product; the fields given are applied in this order.
func (s *Sandbox) controlProduct(r *http.Request) error {
	var body struct {
		Price       *int64  `json:"price"`
		PriceText   *string `json:"price_text"`
		Stock       *int    `json:"stock"`
		Unit        *string `json:"unit"`
		Stars       *int    `json:"stars"`
		Name        *string `json:"name"`
		Description *string `json:"description"`
		Revoke      bool    `json:"revoke"`
		Withdraw    bool    `json:"withdraw"`
		Restore     bool    `json:"restore"`
	}
	if err := readControl(r, &body); err != nil {
		return err
	}
	code := r.PathValue("code")
	if _, ok := s.products.find(code); !ok {
		return fmt.Errorf("no product %q", code)
	}
	return errors.Join(
		given(body.Price, func(v int64) error { return s.SetPrice(code, v) }),
		given(body.PriceText, func(v string) error { return s.SetPriceText(code, v) }),
		given(body.Stock, func(v int) error { return s.SetStock(code, v) }),
		given(body.Unit, func(v string) error { return s.SetUnit(code, v) }),
		given(body.Stars, func(v int) error { return s.Demote(code, v) }),
		given(body.Name, func(v string) error { return s.Rename(code, v) }),
		given(body.Description, func(v string) error { return s.Describe(code, v) }),
		when(body.Revoke, func() error { return s.Revoke(code) }),
		when(body.Withdraw, func() error { return s.Withdraw(code) }),
		when(body.Restore, func() error { return s.Restore(code) }),
	)
}

func given[T any](v *T, do func(T) error) error {
	if v == nil {
		return nil
	}
	return do(*v)
}

func when(yes bool, do func() error) error {
	if !yes {
		return nil
	}
	return do()
}

// controlListing does by hand what the body's "do" names.
func (s *Sandbox) controlListing(r *http.Request) error {
	var body struct {
		Do       string `json:"do"`
		Reason   string `json:"reason"`
		Name     string `json:"name"`
		Price    int64  `json:"price"`
		Quantity int    `json:"quantity"`
		Code     string `json:"code"`
	}
	if err := readControl(r, &body); err != nil {
		return err
	}
	market, sku := r.PathValue("market"), r.PathValue("sku")
	switch body.Do {
	case "edit":
		return s.EditListing(market, sku, body.Name, body.Price)
	case "take_down":
		return s.TakeDown(market, sku, body.Reason)
	case "lock":
		return s.Lock(market, sku, body.Reason)
	case "unlock":
		return s.Unlock(market, sku)
	case "ban":
		return s.Ban(market, sku, body.Reason)
	case "trash":
		return s.TrashByHand(market, sku)
	case "set_off":
		return s.SetOffByHand(market, sku)
	case "set_on":
		return s.SetOnByHand(market, sku)
	case "order":
		return s.OrderStock(market, sku, body.Quantity)
	case "adopt":
		return s.Adopt(market, sku, body.Code)
	case "reject":
		s.RejectSKU(sku, body.Reason)
		return nil
	}
	return fmt.Errorf("listings: no %q", body.Do)
}
