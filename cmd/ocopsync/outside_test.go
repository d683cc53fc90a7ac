package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// What a stage shows of the outside: the ledger's judgement, the markets'
// listings, the registry's products.

// settle does runs until one succeeds with no review open and nothing written.
func (s *stage) settle() runReport {
	s.t.Helper()
	const most = 10
	for range most {
		r := s.sync(anyEnd)
		s.box.Settle()
		if r.Run.State == state.Succeeded && written(r.Run) == 0 && waiting(r) == 0 {
			return r
		}
	}
	s.t.Fatalf("not settled after %d runs", most)
	return runReport{}
}

func waiting(r runReport) int {
	n := 0
	for _, m := range r.Coverage.Markets {
		n += m.InReview
	}
	return n
}

// mount puts a market's door behind a handler and gives its address.
func (s *stage) mount(market string, wrap func(http.Handler) http.Handler) string {
	s.t.Helper()
	server := httptest.NewServer(wrap(s.box.Handler(market)))
	s.t.Cleanup(server.Close)
	return server.URL
}

// everywhere lists the products that are on sale on all three markets.
func (s *stage) everywhere() []string {
	s.t.Helper()
	on := make(map[string]int)
	for _, m := range sandbox.Markets() {
		for _, l := range s.box.Listings(m, "") {
			if l.OnSale && l.Code != "" {
				on[l.Code]++
			}
		}
	}
	var codes []string
	for code, n := range on {
		if n == len(sandbox.Markets()) {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		s.t.Fatal("nothing is on sale on all three markets")
	}
	slices.Sort(codes)
	return codes
}

// onSale counts a product's listings on sale, by market.
func (s *stage) onSale(code string) map[string]int {
	n := make(map[string]int)
	for _, m := range sandbox.Markets() {
		for _, l := range s.box.Listings(m, "") {
			if l.OnSale && l.Code == code {
				n[m]++
			}
		}
	}
	return n
}

// judge fails the test where the ledger shows a broken promise, or other
// figures than were printed.
func (s *stage) judge(r runReport) {
	s.t.Helper()
	for _, v := range s.box.Judge(stated(r.Missing)).Violations {
		s.t.Errorf("%s broken on %s: %s %s: %s", v.Promise, v.Market, v.SKU, v.Code, v.What)
	}
	ledger := s.box.Figures()
	for _, m := range r.Coverage.Markets {
		if l := ledger.Markets[string(m.Market)]; l.OnSale != m.OnSale || l.Counted != m.Counted {
			s.t.Errorf("%s: printed %d of %d on sale, by the ledger %d of %d", m.Market, m.OnSale, m.Counted, l.OnSale, l.Counted)
		}
	}
	if r.Coverage.OnSale != ledger.Overall.OnSale || r.Coverage.Counted != ledger.Overall.Counted || r.Coverage.Eligible != ledger.Eligible {
		s.t.Errorf("overall: printed %d of %d on sale, %d eligible, by the ledger %+v", r.Coverage.OnSale, r.Coverage.Counted, r.Coverage.Eligible, ledger)
	}
}

// wantWrites fails the test unless each market got exactly n writing calls
// since the last ResetCounts.
func (s *stage) wantWrites(n int) {
	s.t.Helper()
	for m, got := range s.box.Writes() {
		if want := n; slices.Contains(sandbox.Markets(), m) && got != want {
			s.t.Errorf("%s got %d writing calls, expected %d", m, got, want)
			for _, c := range s.box.Calls() {
				if c.Market == m && c.Write {
					s.t.Logf("  %+v", c)
				}
			}
		}
	}
}

// dropLeases lets the leases of a killed process end at once, as 15 s would.
func (s *stage) dropLeases() {
	s.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.redis.Addr})
	defer func() { _ = client.Close() }()
	keys, err := client.Keys(s.t.Context(), "*:lease").Result()
	must(s.t, err)
	if len(keys) > 0 {
		must(s.t, client.Del(s.t.Context(), keys...).Err())
	}
}

// listed reads a product's only listing as the market shows it.
func (s *stage) listed(marketName, code string) listing.Remote {
	s.t.Helper()
	found := s.remotes(marketName, listing.SKU("OCOP-"+code))
	if len(found) != 1 {
		s.t.Fatalf("%s shows %d listings of %s, expected one", marketName, len(found), code)
	}
	return found[0]
}

func (s *stage) remotes(marketName string, sku listing.SKU) []listing.Remote {
	s.t.Helper()
	cfg, err := config.Load(s.config, func(string) (string, bool) { return "", false })
	must(s.t, err)
	shops, err := openShops(cfg, shopParts{now: s.now})
	must(s.t, err)
	for _, shop := range shops {
		if string(shop.Market.Name()) == marketName {
			found, err := shop.Market.Find(s.t.Context(), []listing.SKU{sku})
			must(s.t, err)
			return found
		}
	}
	s.t.Fatalf("no market %s", marketName)
	return nil
}

// registered asks the registry for one product.
func (s *stage) registered(code string) (p struct {
	Stars    int      `json:"stars"`
	Name     string   `json:"name"`
	Group    string   `json:"group"`
	Images   []string `json:"images"`
	Producer struct {
		Name, Phone, Email string
	} `json:"producer"`
},
) {
	s.t.Helper()
	req := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, "/api/v1/products/"+code, nil)
	req.Header.Set("Authorization", "Bearer "+sandbox.RegistryToken)
	answer := httptest.NewRecorder()
	s.box.Handler(sandbox.Registry).ServeHTTP(answer, req)
	if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil {
		s.t.Fatalf("the registry's product %s: %v: %s", code, err, answer.Body)
	}
	return p
}
