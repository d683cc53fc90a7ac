package postmart

import (
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/sandbox"
)

// TestContract proves the market contract against the sandbox, with every
// request and every unbroken answer held against postmart.yaml.
func TestContract(t *testing.T) {
	markettest.Run(t, func(t *testing.T) markettest.Shop {
		box := openSandbox(t)
		keys := box.Credentials()
		m, sent := openMarket(t, box, keys.PostmartClientSecret)
		bad, _ := openMarket(t, box, "wrong-client-secret")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		return markettest.Shop{
			Market:         m,
			BadCredentials: bad,
			Limits: listing.Limits{
				TitleMin: 10, TitleMax: 120, DescriptionMax: 10_000, PriceMin: 1000, PicturesMin: 1, PicturesMax: 9, UnitRequired: true,
			},
			Listing: func(sku listing.SKU) listing.Listing { return sellable(box, sku) },
			Decide:  box.DecideReviewsNow,
			Reject: func(sku listing.SKU, words string) {
				box.RejectSKU(string(sku), words)
				box.DecideReviewsNow()
				box.RejectSKU(string(sku), "")
			},
			AddForeign: func(l listing.Listing) {
				if l.SKU == "" {
					l.SKU = "BAN-TAY-0" // the market asks for one
				}
				must(box.AddForeignListing(sandbox.Postmart, sandbox.Foreign{SKU: string(l.SKU), Name: l.Title, Price: int64(l.Price)}))
			},
			TakeDown: func(sku listing.SKU) { must(box.TakeDown(sandbox.Postmart, string(sku), "Ảnh không rõ")) },
			Break: func(kind string) func() {
				if kind == markettest.FaultBusy || kind == markettest.FaultMovingTotal {
					return nil // no envelope, no total
				}
				fault := sandbox.Fault{Target: sandbox.Postmart, Kind: kind}
				if kind == markettest.FaultExpiredToken {
					fault.Count = 1
				}
				must(box.SetFault(fault))
				sent.answers.Store(false)
				return func() {
					box.ClearFaults()
					sent.answers.Store(true)
				}
			},
			Writes: func() int { return box.Writes()[sandbox.Postmart] },
			OnSale: func(sku listing.SKU) int {
				n := 0
				for _, l := range box.Listings(sandbox.Postmart, string(sku)) {
					if l.OnSale {
						n++
					}
				}
				return n
			},
			Secrets: []string{keys.PostmartClientSecret, "wrong-client-secret", "pm-token-"},
		}
	})
}

func openSandbox(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{ReviewDelay: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box
}

func openMarket(t *testing.T, box *sandbox.Sandbox, clientSecret string) (*Market, *contract) {
	t.Helper()
	client := market.NewClient(market.ClientOptions{
		Market: Name, Timeout: 2 * time.Second, MaxBody: 4 << 20, Pacer: market.NewPacer(market.PacerOptions{}),
	})
	sent := underContract(t, client)
	sent.answers.Store(true)
	fetcher := market.NewFetcher(market.FetchOptions{AllowHosts: []string{hostOf(t, box.URL(sandbox.Registry))}})
	t.Cleanup(fetcher.Close)
	t.Cleanup(client.GetClient().CloseIdleConnections)
	return New(Options{
		BaseURL: box.URL(sandbox.Postmart), ClientID: box.Credentials().PostmartClientID, ClientSecret: clientSecret,
		HTTP: client, Fetch: fetcher,
	}), sent
}

// sellable is a listing in a category that asks for stars and certificate.
func sellable(box *sandbox.Sandbox, sku listing.SKU) listing.Listing {
	price := ocop.VND(50_000)
	for i := range len(sku) {
		price += ocop.VND(i) * ocop.VND(sku[i]) * 100
	}
	return listing.Listing{
		SKU: sku, Code: ocop.Code(sku), Title: "Trà atisô Langbiang " + string(sku), Description: "<p>Trà <strong>thơm</strong></p>",
		Category: "1001", Price: price, Stock: 30, Unit: "hộp 250g",
		Pictures:   []string{box.PictureURL("pictures", string(sku)+".jpg")},
		Attributes: listing.Attributes{Stars: 4, Certificate: "12/QĐ-UBND", Producer: "HTX Gió Sương", Origin: "Lạc Dương"},
	}
}

// What the mall took down comes back by an approved update, not by relist.
func TestTakenDownComesBack(t *testing.T) {
	t.Parallel()
	box := openSandbox(t)
	m, _ := openMarket(t, box, box.Credentials().PostmartClientSecret)
	facts, err := m.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l, problems := m.Prepare(sellable(box, "OCOP-1"), facts)
	if len(problems) > 0 {
		t.Fatalf("problems: %+v", problems)
	}
	apply := func(o listing.Order) listing.Outcome {
		t.Helper()
		o.SKU = l.SKU
		out := m.Apply(t.Context(), []listing.Order{o})[0]
		if out.Err != nil {
			t.Fatalf("%s: %v", o.Kind, out.Err)
		}
		box.DecideReviewsNow()
		return out
	}
	only := func() listing.Remote {
		t.Helper()
		found, err := m.Find(t.Context(), []listing.SKU{l.SKU})
		if err != nil || len(found) != 1 {
			t.Fatalf("find: %+v, %v", found, err)
		}
		return found[0]
	}
	apply(listing.Order{Kind: listing.Create, Listing: l, Key: "create-1"})
	if err := box.TakeDown(sandbox.Postmart, "OCOP-1", "Ảnh mờ"); err != nil {
		t.Fatal(err)
	}
	r := only()
	if r.State != listing.TakenDown || r.Words != "Ảnh mờ" {
		t.Fatalf("taken down, and shown as %+v", r)
	}
	out := apply(listing.Order{Kind: listing.Relist, ID: r.ID, Listing: l, Key: "relist-1"})
	if out.Status != listing.Submitted || out.Wrote != 2 {
		t.Errorf("relist: %+v, want an update request after a refused relist", out)
	}
	if got := only(); got.State != listing.OnSale || got.Digest() != r.Digest() {
		t.Errorf("after the approval: %+v, before %+v", got, r)
	}
}

// A listing that somebody made by hand under our SKU keeps its pictures, unless
// the market refuses the very ones that it shows.
func TestHandMadeListingIsUpdated(t *testing.T) {
	t.Parallel()
	box := openSandbox(t)
	m, _ := openMarket(t, box, box.Credentials().PostmartClientSecret)
	if err := box.AddForeignListing(sandbox.Postmart, sandbox.Foreign{SKU: "OCOP-1", Name: "Atisô nhà làm"}); err != nil {
		t.Fatal(err)
	}
	found, err := m.Find(t.Context(), []listing.SKU{"OCOP-1"})
	if err != nil || len(found) != 1 {
		t.Fatalf("find: %+v, %v", found, err)
	}
	fields := listing.FieldTitle | listing.FieldDescription | listing.FieldAttributes
	order := listing.Order{Kind: listing.Update, SKU: "OCOP-1", ID: found[0].ID, Fields: fields, Listing: sellable(box, "OCOP-1"), Key: "adopt-1"}
	if out := m.Apply(t.Context(), []listing.Order{order})[0]; out.Status != listing.Submitted {
		t.Fatalf("outcome %+v", out)
	}
	box.DecideReviewsNow()
	after, err := m.Find(t.Context(), []listing.SKU{"OCOP-1"})
	if err != nil || len(after) != 1 {
		t.Fatalf("find: %+v, %v", after, err)
	}
	if r := after[0]; r.Title != order.Listing.Title || r.Price != found[0].Price || r.Stock != found[0].Stock || len(r.Pictures) != 1 {
		t.Errorf("after the update %+v", r)
	}
}
