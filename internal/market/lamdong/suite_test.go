package lamdong

import (
	"crypto/x509"
	"net/http/httptest"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/sandbox"
)

// TestContractOverHTTP proves the contract with OAuth signatures.
func TestContractOverHTTP(t *testing.T) {
	markettest.Run(t, func(t *testing.T) markettest.Shop {
		box := openSandbox(t)
		return openShop(t, box, box.URL(sandbox.Lamdong), nil)
	})
}

// TestContractOverTLS proves it with Basic authentication.
func TestContractOverTLS(t *testing.T) {
	markettest.Run(t, func(t *testing.T) markettest.Shop {
		box := openSandbox(t)
		server := httptest.NewTLSServer(box.Handler(sandbox.Lamdong))
		t.Cleanup(server.Close)
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		return openShop(t, box, server.URL, roots)
	})
}

func openSandbox(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box
}

func openShop(t *testing.T, box *sandbox.Sandbox, address string, roots *x509.CertPool) markettest.Shop {
	t.Helper()
	keys := box.Credentials()
	open := func(secret string) *Market {
		client := market.NewClient(market.ClientOptions{
			Market: Name, Timeout: time.Second, RootCAs: roots,
			Pacer: market.NewPacer(market.PacerOptions{}),
		})
		t.Cleanup(client.GetClient().CloseIdleConnections)
		return New(Options{BaseURL: address, ConsumerKey: keys.LamdongConsumerKey, ConsumerSecret: secret, HTTP: client})
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	return markettest.Shop{
		Market:         open(keys.LamdongConsumerSecret),
		BadCredentials: open("cs_wrong"),
		Limits:         listing.Limits{PriceMin: 1, PicturesMin: 1, PictureNeedsExt: true, UnitRequired: true},
		Listing: func(sku listing.SKU) listing.Listing {
			return listing.Listing{
				SKU: sku, Code: ocop.Code(sku), Title: "Trà atisô " + string(sku), Description: "<p>Trà thơm</p>",
				Category: "mat-ong", Price: 120000, Stock: 30, Unit: "hộp 250g",
				Pictures:   []string{box.PictureURL("pictures", string(sku)+".jpg")},
				Attributes: listing.Attributes{Stars: 4, Certificate: "12/2024", Producer: "HTX Gió Sương", Origin: "Lạc Dương"},
			}
		},
		AddForeign: func(l listing.Listing) {
			must(box.AddForeignListing(sandbox.Lamdong, sandbox.Foreign{SKU: string(l.SKU), Name: l.Title, Price: int64(l.Price)}))
		},
		Trash: func(sku listing.SKU) { must(box.TrashByHand(sandbox.Lamdong, string(sku))) },
		Break: func(kind string) func() {
			if kind == markettest.FaultExpiredToken || kind == markettest.FaultBusy {
				return nil // no tokens, no envelope
			}
			must(box.SetFault(sandbox.Fault{Target: sandbox.Lamdong, Kind: kind}))
			return box.ClearFaults
		},
		Writes: func() int { return box.Writes()[sandbox.Lamdong] },
		OnSale: func(sku listing.SKU) int {
			n := 0
			for _, l := range box.Listings(sandbox.Lamdong, string(sku)) {
				if l.OnSale {
					n++
				}
			}
			return n
		},
		Secrets: []string{keys.LamdongConsumerSecret, keys.LamdongConsumerKey, "oauth_signature"},
	}
}
