package sandbox

import (
	"fmt"
	"strings"
)

// This file is what people do at the marketplaces without the program: the
// mall's staff, the producer at the shop's own pages, and buyers.

func notFound(market, sku string) error {
	return fmt.Errorf("%s: no listing with SKU %q", market, sku)
}

// byHand changes the newest listing of a SKU on a market, in the market's own
// words. A nil function says that the market can't do it.
func (s *Sandbox) byHand(market, sku, what string, pm func(*pmProduct), vs func(*vosoProduct), woo func(*wooProduct)) error {
	cannot := fmt.Errorf("%s: can't %s there", market, what)
	now := s.now()
	switch market {
	case Postmart:
		s.postmart.mu.Lock()
		defer s.postmart.mu.Unlock()
		s.postmart.decideDue(now)
		x := s.postmart.bySKU[sku]
		if pm == nil {
			return cannot
		} else if x == nil {
			return notFound(market, sku)
		}
		pm(x)
		s.postmart.touch(x, now, "by hand: "+what, false)
	case Voso:
		s.voso.mu.Lock()
		defer s.voso.mu.Unlock()
		s.voso.settle(now)
		all := s.voso.bySKU[sku]
		if vs == nil {
			return cannot
		} else if len(all) == 0 {
			return notFound(market, sku)
		}
		x := all[len(all)-1]
		vs(x)
		s.voso.touch(x, now, "by hand: "+what, false)
	case Lamdong:
		s.lamdong.mu.Lock()
		defer s.lamdong.mu.Unlock()
		x := s.lamdong.bySKU[strings.ToLower(sku)]
		if woo == nil {
			return cannot
		} else if x == nil {
			return notFound(market, sku)
		}
		woo(x)
		if x.status != "trash" || what != "trash" { // trashing told the ledger
			s.lamdong.touch(x, now, "by hand: "+what, false)
		}
	default:
		return fmt.Errorf("no marketplace %q", market)
	}
	return nil
}

// EditListing changes name and price at the shop's own pages; "" and 0 leave them.
func (s *Sandbox) EditListing(market, sku, name string, price int64) error {
	return s.byHand(market, sku, "edit", func(x *pmProduct) {
		set(&x.Content.Name, nonZero(name))
		set(&x.Content.Price, nonZero(price))
	}, func(x *vosoProduct) {
		set(&x.Name, nonZero(name))
		set(&x.Price, nonZero(price))
	}, func(x *wooProduct) {
		set(&x.name, nonZero(name))
		if price != 0 {
			x.regular = fmt.Sprint(price)
		}
	})
}

func nonZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// TakeDown lets the mall take a listing down: postmart only.
func (s *Sandbox) TakeDown(market, sku, reason string) error {
	return s.byHand(market, sku, "take down", func(x *pmProduct) { x.State, x.StateReason = pmTakenDown, reason }, nil, nil)
}

// Lock lets the mall lock a listing: postmart only.
func (s *Sandbox) Lock(market, sku, reason string) error {
	return s.byHand(market, sku, "lock", func(x *pmProduct) { x.State, x.StateReason = pmLocked, reason }, nil, nil)
}

// Unlock puts a locked or banned listing back on sale: postmart and voso.
func (s *Sandbox) Unlock(market, sku string) error {
	return s.byHand(market, sku, "unlock",
		func(x *pmProduct) { x.State, x.StateReason = pmOnSale, "" },
		func(x *vosoProduct) { x.Status, x.Reason = vosoOn, "" }, nil)
}

// Ban lets the mall ban a listing: voso only.
func (s *Sandbox) Ban(market, sku, reason string) error {
	return s.byHand(market, sku, "ban", nil, func(x *vosoProduct) { x.Status, x.Reason = vosoBanned, reason }, nil)
}

// TrashByHand moves a listing to the bin: lamdong only.
func (s *Sandbox) TrashByHand(market, sku string) error {
	return s.byHand(market, sku, "trash", nil, nil, func(x *wooProduct) {
		if x.status != "trash" {
			s.lamdong.trash(x, false)
		}
	})
}

// SetOffByHand takes a listing off sale at the shop's own pages.
func (s *Sandbox) SetOffByHand(market, sku string) error {
	return s.byHand(market, sku, "set off",
		func(x *pmProduct) { x.State = pmUnlisted },
		func(x *vosoProduct) { x.Status = vosoOff },
		func(x *wooProduct) { x.status = "draft" })
}

// SetOnByHand puts a listing on sale at the shop's own pages.
func (s *Sandbox) SetOnByHand(market, sku string) error {
	return s.byHand(market, sku, "set on",
		func(x *pmProduct) { x.State = pmOnSale },
		func(x *vosoProduct) { x.Status = vosoOn },
		func(x *wooProduct) { x.status = "publish" })
}

// OrderStock lets buyers take some of the stock.
func (s *Sandbox) OrderStock(market, sku string, quantity int) error {
	return s.byHand(market, sku, "order",
		func(x *pmProduct) { x.Content.Stock = max(0, x.Content.Stock-quantity) },
		func(x *vosoProduct) { x.Quantity = max(0, x.Quantity-quantity) },
		func(x *wooProduct) { x.stock = max(0, x.stock-quantity); x.sold += quantity })
}

// Foreign is a listing that somebody made at the shop's own pages.
type Foreign struct {
	SKU         string `json:"sku"` // "" on voso and lamdong for none
	Name        string `json:"name"`
	Certificate string `json:"certificate,omitempty"` // the OCOP certificate's number, if stated
	Price       int64  `json:"price,omitempty"`       // 100,000 when 0
}

// AddForeignListing puts a listing on sale that the program did not make.
func (s *Sandbox) AddForeignListing(market string, f Foreign) error {
	if f.Price == 0 {
		f.Price = 100_000
	}
	picture := s.PictureURL("pictures", "tay-"+slugOf(f.Name)+".jpg")
	now := s.now()
	const what = "by hand: create"
	switch market {
	case Postmart:
		if !skuForm.MatchString(f.SKU) {
			return fmt.Errorf("postmart: bad SKU %q", f.SKU)
		}
		s.postmart.mu.Lock()
		defer s.postmart.mu.Unlock()
		if s.postmart.holder(f.SKU) != nil {
			return fmt.Errorf("postmart: the SKU %q is taken", f.SKU)
		}
		content := pmContent{SKU: f.SKU, Name: f.Name, Description: "<p>Hàng chủ thể tự đăng</p>", CategoryID: postmartBase, Images: []string{"img-0"}, Price: f.Price, Stock: 10, Unit: "Gói"}
		if f.Certificate != "" {
			content.Attributes = map[string]string{"ocop_certificate": f.Certificate}
		}
		s.postmart.touch(s.postmart.add(content, pmOnSale), now, what, false)
	case Voso:
		s.voso.mu.Lock()
		defer s.voso.mu.Unlock()
		s.voso.add(&vosoProduct{SKU: f.SKU, Name: f.Name, Category: vosoBase, Price: f.Price, Quantity: 10,
			Images: []string{picture}, CertNo: f.Certificate, Status: vosoOn}, now, what, false)
	case Lamdong:
		s.lamdong.mu.Lock()
		defer s.lamdong.mu.Unlock()
		if s.lamdong.skuFree(f.SKU, nil) != nil {
			return fmt.Errorf("lamdong: the SKU %q is taken", f.SKU)
		}
		x := &wooProduct{kind: "simple", status: "publish", stockStatus: "instock", visibility: "visible", taxStatus: "taxable", created: now,
			name: f.Name, sku: f.SKU, regular: fmt.Sprint(f.Price), categories: []int{wooUncategorized}}
		if f.Certificate != "" {
			x.meta = []wooMeta{s.lamdong.newMeta("ocop_certificate", encode(f.Certificate))}
		}
		s.lamdong.insert(x, now, what, false)
	default:
		return fmt.Errorf("no marketplace %q", market)
	}
	return nil
}
