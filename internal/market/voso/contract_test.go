package voso

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/sandbox"
)

// TestMarket holds the adapter to the market contract, against the sandbox's
// mall, and every request of it to the wire contract.
func TestMarket(t *testing.T) { //nolint:paralleltest // markettest counts goroutines
	router := contractRouter(t)
	markettest.Run(t, func(t *testing.T) markettest.Shop { return openShop(t, router) })
}

func openShop(t *testing.T, router routers.Router) markettest.Shop {
	t.Helper()
	play, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(validated(t, router, play.Handler(sandbox.Voso)))
	open := func(password string) *Market {
		client := market.NewClient(market.ClientOptions{
			Market: Name, Timeout: time.Second, Pacer: market.NewPacer(market.PacerOptions{}),
		})
		t.Cleanup(client.GetClient().CloseIdleConnections)
		return New(Options{BaseURL: server.URL, Username: sandbox.VosoUsername, Password: password, HTTP: client})
	}
	t.Cleanup(func() { // clients close after this one, which runs later
		server.CloseClientConnections()
		server.Close()
		if err := play.Close(); err != nil {
			t.Errorf("close the sandbox: %v", err)
		}
	})
	must := func(err error) {
		if err != nil {
			t.Errorf("play by hand: %v", err)
		}
	}
	return markettest.Shop{
		Market:  open(sandbox.VosoPassword),
		Listing: func(sku listing.SKU) listing.Listing { return sellable(play, sku) },
		Limits: listing.Limits{
			TitleMax: 150, TitleWithUnit: true, DescriptionMax: 5000, PlainText: true, PriceStep: 500,
			PicturesMin: 1, PicturesMax: 8, UnitRequired: true,
		},
		Decide: play.Settle,
		AddForeign: func(l listing.Listing) {
			must(play.AddForeignListing(sandbox.Voso, sandbox.Foreign{SKU: string(l.SKU), Name: l.Title, Price: int64(l.Price)}))
		},
		TakeDown: func(sku listing.SKU) { must(play.Ban(sandbox.Voso, string(sku), "Ảnh có số điện thoại")) },
		Break: func(kind string) func() {
			if kind == markettest.FaultExpiredToken {
				play.ExpireTokens() // all that there are; new ones are good
				return func() {}
			}
			must(play.SetFault(sandbox.Fault{Target: sandbox.Voso, Kind: kind}))
			return play.ClearFaults
		},
		Writes: func() int { return play.Writes()[sandbox.Voso] },
		OnSale: func(sku listing.SKU) (n int) {
			for _, l := range play.Listings(sandbox.Voso, string(sku)) {
				if l.OnSale {
					n++
				}
			}
			return n
		},
		BadCredentials: open("not-the-password"),
		Secrets:        []string{sandbox.VosoPassword, sandbox.VosoUsername, "not-the-password", "vs-token"},
	}
}

// sellable is a listing for a leaf of the sandbox's tree.
func sellable(play *sandbox.Sandbox, sku listing.SKU) listing.Listing {
	n := 0
	for _, c := range sku {
		n = n*7 + int(c)
	}
	return listing.Listing{
		SKU: sku, Code: ocop.Code(sku), Title: "Trà atisô Đồi Sương " + string(sku), Unit: "hộp 100g",
		Description: "Hái sớm, sấy lạnh.\nUống nóng hoặc lạnh.", Category: "112",
		Price: ocop.VND(50_000 + n%400*500), Stock: 20,
		Pictures: []string{
			play.PictureURL("pictures", string(sku)+"-1.jpg"), play.PictureURL("pictures", string(sku)+"-2.jpg"),
		},
		Attributes: listing.Attributes{Stars: 4, Certificate: "QĐ-" + string(sku), Origin: "Đà Lạt"},
	}
}

// contractRouter finds the operations of voso.yaml. Fields that the contract
// does not name are refused here, for the mall ignores them without a word.
func contractRouter(t *testing.T) routers.Router {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("testdata/voso.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil // the tests' servers have other addresses
	for _, item := range doc.Paths.Map() {
		if body := item.Post.RequestBody; body != nil {
			only := false
			body.Value.Content["application/json"].Schema.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: &only}
		}
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// validated lets requests through that the contract allows, and fails the test
// for any other.
func validated(t *testing.T, router routers.Router, next http.Handler) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client broke off
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err := validate(r.Context(), router, r); err != nil {
			t.Errorf("a request breaks the contract: %s %s %s\n%v", r.Method, r.URL.Path, body, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

func validate(ctx context.Context, router routers.Router, r *http.Request) error {
	route, params, err := router.FindRoute(r)
	if err != nil {
		return err
	}
	hasToken := func(context.Context, *openapi3filter.AuthenticationInput) error {
		if r.Header.Get("Token") == "" {
			return errors.New("no Token")
		}
		return nil
	}
	return openapi3filter.ValidateRequest(ctx, &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: hasToken},
	})
}

// A check that lets everything through would prove nothing.
func TestTheContractCheckRefuses(t *testing.T) {
	t.Parallel()
	router := contractRouter(t)
	for name, tc := range map[string]struct{ path, token, body string }{
		"no token":          {pathList, "", `{"PAGE": 1}`},
		"misspelt filter":   {pathList, "t", `{"PAGE": 1, "SKU": "OCOP-7"}`},
		"page zero":         {pathList, "t", `{"PAGE": 0}`},
		"no such path":      {"/v2/seller/product/delete", "t", `{}`},
		"price as text":     {pathUpdate, "t", `{"PRODUCT_ID": 1, "PRICE": "5000"}`},
		"no pictures":       {pathCreate, "t", `{"NAME": "Trà", "IMAGE_URLS": []}`},
		"two stars":         {pathCreate, "t", `{"NAME": "Trà", "OCOP_STAR": 2}`},
		"status not by us":  {pathStatus, "t", `{"PRODUCT_ID": 1, "STATUS": "BANNED"}`},
		"login without all": {pathLogin, "", `{"USERNAME": "u"}`},
	} {
		r := httptest.NewRequest(http.MethodPost, tc.path, bytes.NewBufferString(tc.body))
		r.Header.Set("Content-Type", "application/json")
		if tc.token != "" {
			r.Header.Set("Token", tc.token)
		}
		if err := validate(t.Context(), router, r); err == nil {
			t.Errorf("%s: %s passes", name, tc.body)
		}
	}
}

// What the scripted tests send keeps to the contract as well.
func TestOrdersKeepToTheContract(t *testing.T) {
	t.Parallel()
	mall := newMall(t)
	for _, path := range []string{pathCreate, pathUpdate} {
		mall.always(path, okay(`{"PRODUCT_ID": 5}`))
	}
	mall.always(pathStatus, okay(`{"PRODUCT_ID": 5, "STATUS": "ON"}`))
	checked := httptest.NewServer(validated(t, contractRouter(t), mall))
	t.Cleanup(checked.Close)
	mall.URL = checked.URL
	bare := listing.Listing{Title: "Trà, hộp", Category: "112", Price: 500, Pictures: []string{"https://pictures.example/1.jpg"}}
	var orders []listing.Order
	for _, l := range []listing.Listing{wanted(), bare} {
		orders = append(orders,
			listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l},
			listing.Order{Kind: listing.Relist, ID: "5", Fields: everything, Listing: l})
		for f := listing.FieldTitle; f <= listing.FieldState; f <<= 1 {
			orders = append(orders, listing.Order{Kind: listing.Update, ID: "5", Fields: f, Listing: l})
		}
	}
	for i, o := range mall.market(nil).Apply(t.Context(), orders) {
		if o.Err != nil {
			t.Errorf("order %d: %v", i, o.Err)
		}
	}
}
