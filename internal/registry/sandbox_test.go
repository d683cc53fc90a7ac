package registry_test

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ocopsync/internal/ocop"
	"ocopsync/internal/registry"
	"ocopsync/internal/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noSleep lets a test run its retries at once.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func start(t *testing.T, o sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	sb, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sb.Close() })
	return sb
}

func newHTTP(t *testing.T, o registry.HTTPOptions) *registry.HTTP {
	t.Helper()
	if o.Sleep == nil {
		o.Sleep = noSleep
	}
	h, err := registry.NewHTTP(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func ofSandbox(t *testing.T, sb *sandbox.Sandbox, dialect string) *registry.HTTP {
	t.Helper()
	return newHTTP(t, registry.HTTPOptions{BaseURL: sb.URL("registry"), Token: sb.Credentials().RegistryToken, Dialect: dialect})
}

func openHeld(t *testing.T, dir string) *registry.Held {
	t.Helper()
	h, err := registry.OpenHeld(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// mustRead reads and commits.
func mustRead(t *testing.T, s registry.Source, h *registry.Held, how registry.How) registry.Reading {
	t.Helper()
	r, err := s.Read(t.Context(), h, how, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Staged.Commit(); err != nil {
		t.Fatal(err)
	}
	return r
}

func products(t *testing.T, h *registry.Held) map[ocop.Code]*ocop.Product {
	t.Helper()
	all := map[ocop.Code]*ocop.Product{}
	for _, e := range h.Entries() {
		p, err := h.Product(e)
		if err != nil {
			t.Fatal(err)
		}
		all[e.Code] = p
	}
	return all
}

func today(now time.Time) ocop.Day {
	return ocop.DayOf(now, time.FixedZone(ocop.Zone, 7*3600))
}

// The sandbox's labels say what must become of every product; the registry as
// read must lead to the same.
func TestProvinceAgreesWithLabels(t *testing.T) {
	t.Parallel()
	sb := start(t, sandbox.Options{})
	held := openHeld(t, t.TempDir())
	r := mustRead(t, ofSandbox(t, sb, ""), held, registry.Full)
	all := products(t, held)
	if r.Kind != registry.KindFull || r.Total != len(all) || len(r.Changed) != r.Total || len(r.Removed) != 0 {
		t.Errorf("reading %+v of %d products", r, len(all))
	}
	rules := ocop.Rules{MinStars: 3}
	for _, label := range sb.Labels() {
		p, ok := all[ocop.Code(label.Code)]
		if !ok {
			if label.Why != "withdrawn" {
				t.Errorf("%s %q is not read (label %q)", label.Code, label.Name, label.Why)
			}
			continue
		}
		why := ocop.Check(p, rules, today(time.Now()))
		if (len(why) == 0) != label.Eligible {
			t.Errorf("%s %q: check says %v, label %q; faults %v", label.Code, label.Name, why, label.Why, p.Faults)
		}
		e, _ := held.Find(p.Code)
		if got := e.Check(rules, today(time.Now())); !slices.Equal(got, why) {
			t.Errorf("%s: the entry's check says %v, the product's %v", p.Code, got, why)
		}
	}
	if len(r.Faults) > 0 {
		t.Errorf("faults in a clean registry:\n%s", registry.Report(r.Faults))
	}
}

func TestProvinceConditional(t *testing.T) {
	t.Parallel()
	sb := start(t, sandbox.Options{Products: 1200, Seed: 1})
	dir := t.TempDir()
	held := openHeld(t, dir)
	source := ofSandbox(t, sb, "")
	mustRead(t, source, held, registry.Full)
	before := products(t, held)

	sb.ResetCounts()
	if r := mustRead(t, source, held, registry.Conditional); r.Kind != registry.KindNotModified || r.Total != len(before) {
		t.Errorf("unchanged: %+v", r)
	}
	if n := sb.CallCounts()["registry"]; n != 1 {
		t.Errorf("unchanged took %d calls, not 1", n)
	}

	codes := slices.Sorted(maps.Keys(before))
	demoted, withdrawn := codes[0], codes[1]
	if err := sb.Demote(string(demoted), 1); err != nil {
		t.Fatal(err)
	}
	if err := sb.Withdraw(string(withdrawn)); err != nil {
		t.Fatal(err)
	}
	// A restart in between: the delta is laid over what is on disk.
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	held = openHeld(t, dir)
	sb.ResetCounts()
	r := mustRead(t, source, held, registry.Conditional)
	if r.Kind != registry.KindDelta || !slices.Equal(r.Changed, []ocop.Code{demoted, withdrawn}) || len(r.Removed) != 0 {
		t.Errorf("delta: %s, changed %v, removed %v", r.Kind, r.Changed, r.Removed)
	}
	if n := sb.CallCounts()["registry"]; n != 2 {
		t.Errorf("a delta took %d calls, not 2", n)
	}
	after := products(t, held)
	if p := after[withdrawn]; p == nil || p.Status != ocop.StatusWithdrawn {
		t.Errorf("the withdrawn product is held as %+v", p)
	}
	if after[demoted].Rating.Recognized != 1 || len(after) != len(before) {
		t.Errorf("after the delta: %d stars, %d products", after[demoted].Rating.Recognized, len(after))
	}
	// What the probe's ETag stood for is what the delta led to.
	if r := mustRead(t, source, held, registry.Conditional); r.Kind != registry.KindNotModified {
		t.Errorf("after the delta: %s", r.Kind)
	}
	r = mustRead(t, source, held, registry.Full)
	if !slices.Equal(r.Removed, []ocop.Code{withdrawn}) || len(r.Changed) != 0 {
		t.Errorf("verify: changed %v, removed %v", r.Changed, r.Removed)
	}
}

func TestNationalDialect(t *testing.T) {
	t.Parallel()
	sb := start(t, sandbox.Options{})
	held := openHeld(t, t.TempDir())
	source := ofSandbox(t, sb, registry.DialectOCOPVietnam)
	r := mustRead(t, source, held, registry.Full)
	all := products(t, held)
	byName := map[string]*ocop.Product{}
	for code, p := range all {
		if len(code) < 4 || code[:3] != "OV-" || p.Status != ocop.StatusRecognized {
			t.Errorf("product %s with status %q", code, p.Status)
		}
		byName[ocop.CleanText(p.Name)] = p
	}
	for _, f := range r.Faults {
		// The older six groups have none for ornamentals: the site shows no type.
		if f.Field != ocop.FieldGroup || f.Value != "" {
			t.Errorf("fault %s", f)
		}
	}
	if r.Total < 50 || len(r.Faults) > 2 {
		t.Errorf("%d products, faults:\n%s", r.Total, registry.Report(r.Faults))
	}
	for _, label := range sb.Labels() {
		p := byName[ocop.CleanText(label.Name)]
		if p == nil {
			continue // not on the national site
		}
		why := ocop.Check(p, ocop.Rules{MinStars: 3}, today(time.Now()))
		if (len(why) == 0) != label.Eligible {
			t.Errorf("%s %q: check says %v, label %q", p.Code, p.Name, why, label.Why)
		}
	}
	sb.ResetCounts()
	again := mustRead(t, source, held, registry.Conditional)
	if len(again.Changed)+len(again.Removed) != 0 || len(again.Faults) != len(r.Faults) {
		t.Errorf("again: changed %v, removed %v, %d faults", again.Changed, again.Removed, len(again.Faults))
	}
	if n, pages := sb.CallCounts()["registry"], (r.Total+99)/100; n != pages {
		t.Errorf("again took %d calls, not the list's %d", n, pages)
	}
}

// An annex has no codes: its products are those of the registry by name.
func TestWorkbookOfSandbox(t *testing.T) {
	t.Parallel()
	sb := start(t, sandbox.Options{})
	path := filepath.Join(t.TempDir(), "phu-luc.xlsx")
	if err := sb.WriteRegistryWorkbook(path); err != nil {
		t.Fatal(err)
	}
	source, err := registry.NewWorkbook(registry.FileOptions{Path: path, Settle: -1})
	if err != nil {
		t.Fatal(err)
	}
	held := openHeld(t, t.TempDir())
	r := mustRead(t, source, held, registry.Full)
	if len(r.Faults) > 0 {
		t.Errorf("faults:\n%s", registry.Report(r.Faults))
	}
	byName := map[string]*ocop.Product{}
	for _, p := range products(t, held) {
		byName[ocop.NameKey(p.Name)] = p
		if p.Producer.District == "" || p.Group == "" || !p.Certificate.IssuedOn.Exact() || !p.Code.Derived() {
			t.Errorf("read as %+v", p)
		}
	}
	for _, label := range sb.Labels() {
		p := byName[ocop.NameKey(label.Name)]
		if label.Eligible && p == nil {
			t.Errorf("%q is not read", label.Name)
		} else if p != nil {
			why := ocop.Check(p, ocop.Rules{MinStars: 3}, today(time.Now()))
			if (len(why) == 0) != label.Eligible {
				t.Errorf("%q: check says %v, label %q", p.Name, why, label.Why)
			}
		}
	}
	if again := mustRead(t, source, held, registry.Conditional); again.Kind != registry.KindNotModified {
		t.Errorf("again: %s", again.Kind)
	}
	if again := mustRead(t, source, held, registry.Full); len(again.Changed)+len(again.Removed) != 0 {
		t.Errorf("again in full: changed %v, removed %v", again.Changed, again.Removed)
	}
}

func TestPriceListOfSandbox(t *testing.T) {
	t.Parallel()
	sb := start(t, sandbox.Options{})
	held := openHeld(t, t.TempDir())
	mustRead(t, ofSandbox(t, sb, ""), held, registry.Full)
	all := products(t, held)
	for i, name := range []string{"gia.xlsx", "gia.csv"} {
		price := ocop.VND(123_456 + i)
		path := filepath.Join(t.TempDir(), name)
		if err := sb.WritePriceList(path); err != nil {
			t.Fatal(err)
		}
		list, err := registry.NewPriceList(registry.FileOptions{Path: path, Settle: -1})
		if err != nil {
			t.Fatal(err)
		}
		prices, changed, err := list.Read(t.Context())
		if err != nil || !changed {
			t.Fatalf("%s: changed %v, %v", name, changed, err)
		}
		prices = prices.Among(held.Entries())
		for _, label := range sb.Labels() {
			p := all[ocop.Code(label.Code)]
			if p == nil {
				continue
			}
			offer, faults, _ := prices.Offer(p)
			blocked := label.Blocked[sandbox.Lamdong]
			if noPrice := blocked == "missing_price" || blocked == "bad_price"; label.Eligible && noPrice == (offer.Price != 0) {
				t.Errorf("%s: %s %q: price %d, blocked %q", name, p.Code, p.Name, offer.Price, blocked)
			}
			if bad := blocked == "bad_price"; label.Eligible && bad != (len(faults) > 0) {
				t.Errorf("%s: %s %q: faults %v, blocked %q", name, p.Code, p.Name, faults, blocked)
			}
			e, _ := held.Find(p.Code)
			if prices.OfferHash(p) != prices.OfferHashOf(e) {
				t.Errorf("%s: %s: the hash of the product and of its entry differ", name, p.Code)
			}
		}
		if left := prices.Unmatched(held.Entries()); len(left) > 0 {
			t.Errorf("%s: unmatched:\n%s", name, registry.Report(left))
		}
		if _, changed, err := list.Read(t.Context()); err != nil || changed {
			t.Errorf("%s again: changed %v, %v", name, changed, err)
		}
		code := held.Entries()[0].Code
		before := prices.OfferHash(all[code])
		if err := sb.SetPrice(string(code), int64(price)); err != nil {
			t.Fatal(err)
		}
		prices, changed, err = list.Read(t.Context())
		if err != nil || !changed {
			t.Fatalf("%s after a change: changed %v, %v", name, changed, err)
		}
		if offer, _, _ := prices.Offer(all[code]); offer.Price != price || prices.OfferHash(all[code]) == before {
			t.Errorf("%s: after a change the price is %d", name, offer.Price)
		}
	}
}

func TestProvinceFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind string
		want string // "" is a reading
	}{
		{sandbox.FaultShortPage, "the registry's answer is incomplete: read 3 times: the records do not add up"},
		{sandbox.FaultRepeatedPage, "the registry's answer is incomplete: read 3 times: the records do not add up"},
		{sandbox.FaultMovingTotal, "the source keeps changing while it is read: begun 3 times: the list changed between two pages"},
		{sandbox.Fault5xx, "the registry answered 502 Bad Gateway"},
		{sandbox.Fault429, "the registry answered 429 Too Many Requests"},
		{sandbox.FaultExpiredToken, "the registry answered 401 Unauthorized (is the registry's token right?)"},
		{sandbox.FaultTruncated, "the registry's answer is incomplete"},
		{sandbox.FaultMalformed, "the registry's answer is incomplete"},
		{sandbox.FaultCut, "calling the registry"},
		{sandbox.FaultEmpty, ""}, // the engine's guards judge it
		{sandbox.FaultShort, ""}, // likewise
	}
	sb := start(t, sandbox.Options{Products: 1200, Seed: 2})
	held := openHeld(t, t.TempDir())
	source := ofSandbox(t, sb, "")
	mustRead(t, source, held, registry.Full)
	before := held.Meta()
	for _, test := range tests {
		sb.ClearFaults()
		if err := sb.SetFault(sandbox.Fault{Target: sandbox.Registry, Kind: test.kind}); err != nil {
			t.Fatal(err)
		}
		r, err := source.Read(t.Context(), held, registry.Full, nil)
		if err == nil {
			r.Staged.Discard()
		}
		wantError(t, test.kind, err, test.want)
		if held.Meta().Seq != before.Seq || len(held.Entries()) != before.Total {
			t.Errorf("%s: the held reading changed", test.kind)
		}
	}
	sb.ClearFaults()
	// A server that answers 304 for ever is found out by the next full read.
	if err := sb.SetRegistryMode(sandbox.ModeStale304); err != nil {
		t.Fatal(err)
	}
	code := held.Entries()[0].Code
	if err := sb.Rename(string(code), "Trà đổi tên"); err != nil {
		t.Fatal(err)
	}
	if r := mustRead(t, source, held, registry.Conditional); r.Kind != registry.KindNotModified {
		t.Errorf("304 for ever: %s", r.Kind)
	}
	if r := mustRead(t, source, held, registry.Full); !slices.Equal(r.Changed, []ocop.Code{code}) {
		t.Errorf("304 for ever, read in full: changed %v", r.Changed)
	}
	// A fault that passes costs a retry, not the reading.
	for _, kind := range []string{sandbox.FaultShortPage, sandbox.Fault5xx, sandbox.FaultTruncated, sandbox.FaultCut, sandbox.Fault429} {
		if err := sb.SetFault(sandbox.Fault{Target: sandbox.Registry, Kind: kind, Count: 2}); err != nil {
			t.Fatal(err)
		}
		if r := mustRead(t, source, held, registry.Full); len(r.Changed)+len(r.Removed) != 0 {
			t.Errorf("%s: changed %v, removed %v", kind, r.Changed, r.Removed)
		}
	}
}
