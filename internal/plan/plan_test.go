package plan_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

// digestOf is the digest of a listing that differs by name and price only.
func digestOf(title string, price ocop.VND) listing.Digest {
	l := listing.Listing{Title: title, Description: "<p>ngon</p>", Category: "1001", Price: price, Stock: 5, Pictures: []string{"https://img.example/a.jpg"}}
	return l.Digest()
}

// shownOf is how a market shows that listing: another address of the picture,
// the text wrapped anew.
func shownOf(title string, price ocop.VND) listing.Digest {
	r := listing.Remote{Title: title, Description: "<p>ngon</p>\n", Category: "1001", Price: price, Stock: 3, Pictures: []string{"https://shop.example/1.jpg"}}
	return r.Digest()
}

func sell(price ocop.VND) *plan.Wanted {
	return &plan.Wanted{Code: "68-1", SKU: "OCOP-68-1", Sell: true, Ready: true, Digest: digestOf("Trà atisô túi lọc", price)}
}

func notReady(why ...ocop.Reason) *plan.Wanted {
	return &plan.Wanted{Code: "68-1", SKU: "OCOP-68-1", Sell: true, Reasons: why}
}

func refuse(why ...ocop.Reason) *plan.Wanted {
	return &plan.Wanted{Code: "68-1", SKU: "OCOP-68-1", Reasons: why}
}

func record(state listing.State, price ocop.VND) *listing.Record {
	return &listing.Record{Code: "68-1", SKU: "OCOP-68-1", ID: "7", State: state, Seen: true,
		Sent: digestOf("Trà atisô túi lọc", price), Stored: shownOf("Trà atisô túi lọc", price)}
}

func with(r *listing.Record, change func(*listing.Record)) *listing.Record {
	change(r)
	return r
}

func seen(id string, state listing.State, price ocop.VND) plan.Seen {
	return plan.Seen{ID: id, State: state, Digest: shownOf("Trà atisô túi lọc", price)}
}

// binned is what is remembered of a create that met a SKU in the bin.
func binned() *listing.Record {
	return &listing.Record{Code: "68-1", SKU: "OCOP-68-1", State: listing.NotListed, FailureKind: "duplicate",
		Pending: digestOf("Trà atisô túi lọc", 120000), Reasons: ocop.Reasons{ocop.InTrash}}
}

// cases has every kind of change that a plan can make, and every reason for
// making none.
func cases() map[string]plan.Item {
	looked := func(it plan.Item) plan.Item { it.Looked = true; return it }
	return map[string]plan.Item{
		"create":                           looked(plan.Item{Wanted: sell(120000)}),
		"create_in_sync":                   {Wanted: sell(120000)},
		"none_as_wanted":                   looked(plan.Item{Wanted: sell(120000), Record: record(listing.OnSale, 120000), Seen: []plan.Seen{seen("7", listing.OnSale, 120000)}}),
		"none_as_wanted_in_sync":           {Wanted: sell(120000), Record: record(listing.OnSale, 120000)},
		"update_price_in_sync":             {Wanted: sell(135000), Record: record(listing.OnSale, 120000)},
		"update_drift_on_the_market":       looked(plan.Item{Wanted: sell(120000), Record: record(listing.OnSale, 120000), Seen: []plan.Seen{seen("7", listing.OnSale, 99000)}}),
		"none_stock_moved_by_orders":       looked(plan.Item{Wanted: sell(120000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Stored.Stock = 5 }), Seen: []plan.Seen{seen("7", listing.OnSale, 120000)}}),
		"update_first_look_disagrees":      looked(plan.Item{Wanted: sell(120000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Stored = listing.Digest{} }), Seen: []plan.Seen{seen("7", listing.OnSale, 120)}}),
		"none_incomplete_stays_on_sale":    {Wanted: notReady(ocop.MissingPrice), Record: record(listing.OnSale, 120000)},
		"none_missing_price":               looked(plan.Item{Wanted: notReady(ocop.MissingPrice)}),
		"unlist_expired":                   {Wanted: refuse(ocop.CertificateExpired), Record: record(listing.OnSale, 120000)},
		"unlist_left_the_registry":         {Record: record(listing.OnSale, 120000)},
		"unlist_unknown_under_our_sku":     looked(plan.Item{Seen: []plan.Seen{seen("9", listing.OnSale, 120000)}}),
		"unlist_pending_on_voso":           looked(plan.Item{Wanted: refuse(ocop.Revoked), Record: record(listing.InReview, 120000), Seen: []plan.Seen{seen("7", listing.InReview, 120000)}}),
		"none_expired_in_review":           {Wanted: refuse(ocop.CertificateExpired), Record: with(record(listing.InReview, 120000), func(r *listing.Record) { r.ID, r.Submission = "", "R-1" })},
		"none_expired_never_listed":        {Wanted: refuse(ocop.CertificateExpired)},
		"none_exempt_stays_on_sale":        {Exempt: true, Wanted: sell(135000), Record: record(listing.OnSale, 120000)},
		"none_exempt_without_its_right":    {Exempt: true, Wanted: refuse(ocop.CertificateExpired), Record: record(listing.OnSale, 120000)},
		"none_exempt_left_the_registry":    {Exempt: true, Record: record(listing.OnSale, 120000)},
		"none_exempt_is_not_created":       looked(plan.Item{Exempt: true, Forced: true, Wanted: sell(120000)}),
		"none_exempt_incomplete":           looked(plan.Item{Exempt: true, Wanted: notReady(ocop.MissingPrice)}),
		"none_exempt_is_not_put_back":      {Exempt: true, Wanted: sell(120000), Record: record(listing.OffSale, 120000)},
		"none_exempt_with_an_open_intent":  looked(plan.Item{Exempt: true, Wanted: sell(120000), Intent: &listing.Intent{Code: "68-1", SKU: "OCOP-68-1"}}),
		"adopt_forgotten_write":            looked(plan.Item{Doubted: true, Wanted: sell(125000), Record: record(listing.OnSale, 120000), Seen: []plan.Seen{seen("7", listing.OnSale, 125000)}}),
		"update_although_doubted":          looked(plan.Item{Doubted: true, Wanted: sell(125000), Record: record(listing.OnSale, 120000), Seen: []plan.Seen{seen("7", listing.OnSale, 120000)}}),
		"update_doubted_stock":             looked(plan.Item{Doubted: true, Wanted: sell(125000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Sent.Stock = 77 }), Seen: []plan.Seen{seen("7", listing.OnSale, 125000)}}),
		"none_doubted_and_as_wanted":       looked(plan.Item{Doubted: true, Wanted: sell(120000), Record: record(listing.OnSale, 120000), Seen: []plan.Seen{seen("7", listing.OnSale, 120000)}}),
		"adopt_exempt_without_writing":     looked(plan.Item{Exempt: true, Wanted: sell(120000), Seen: []plan.Seen{seen("7", listing.OffSale, 90000)}}),
		"relist":                           {Wanted: sell(120000), Record: record(listing.OffSale, 120000)},
		"relist_and_update":                {Wanted: sell(125000), Record: record(listing.OffSale, 120000)},
		"adopt_as_wanted":                  looked(plan.Item{Wanted: sell(120000), Seen: []plan.Seen{seen("7", listing.OnSale, 120000)}}),
		"adopt_and_update":                 looked(plan.Item{Wanted: sell(120000), Seen: []plan.Seen{seen("7", listing.OnSale, 90000)}}),
		"adopt_off_sale":                   looked(plan.Item{Wanted: sell(120000), Seen: []plan.Seen{seen("7", listing.OffSale, 120000)}}),
		"adopt_in_review":                  looked(plan.Item{Wanted: sell(120000), Seen: []plan.Seen{{Submission: "R-1", State: listing.InReview}}}),
		"adopted_in_sync_compares_stored":  {Wanted: sell(130000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Sent = listing.Digest{} })},
		"adopted_unseen_waits":             {Wanted: sell(130000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Sent, r.Stored = listing.Digest{}, listing.Digest{} })},
		"retire_duplicate":                 looked(plan.Item{Wanted: sell(120000), Record: record(listing.OnSale, 120000), Seen: []plan.Seen{seen("11", listing.OnSale, 120000), seen("7", listing.OnSale, 120000)}}),
		"retire_duplicate_keeps_the_older": looked(plan.Item{Wanted: sell(120000), Seen: []plan.Seen{seen("11", listing.OnSale, 120000), seen("9", listing.OnSale, 120000)}}),
		"retire_and_unlist_when_expired":   looked(plan.Item{Wanted: refuse(ocop.CertificateExpired), Record: record(listing.OnSale, 120000), Seen: []plan.Seen{seen("11", listing.OnSale, 120000), seen("7", listing.OnSale, 120000)}}),
		"resolve_open_intent":              looked(plan.Item{Wanted: sell(120000), Intent: &listing.Intent{Code: "68-1", SKU: "OCOP-68-1"}}),
		"adopt_found_intent":               looked(plan.Item{Wanted: sell(120000), Intent: &listing.Intent{}, Seen: []plan.Seen{seen("7", listing.OnSale, 120000)}}),
		"none_in_review":                   {Wanted: sell(135000), Record: with(record(listing.InReview, 120000), func(r *listing.Record) { r.ID, r.Submission = "", "R-1" })},
		"update_price_while_in_review":     {Wanted: sell(135000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Submission = "R-2"; r.Pending = digestOf("Trà atisô mới", 120000) })},
		"none_text_waits_for_review":       {Wanted: &plan.Wanted{Code: "68-1", SKU: "OCOP-68-1", Sell: true, Ready: true, Digest: digestOf("Trà atisô khác", 120000)}, Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Submission = "R-2"; r.Pending = digestOf("Trà atisô mới", 120000) })},
		"none_rejected_unchanged":          {Wanted: sell(120000), Record: with(record(listing.Rejected, 120000), func(r *listing.Record) { r.ID, r.Submission, r.Pending = "", "R-1", r.Sent })},
		"create_rejected_and_corrected":    {Wanted: sell(125000), Record: with(record(listing.Rejected, 120000), func(r *listing.Record) { r.ID, r.Submission, r.Pending = "", "R-1", r.Sent })},
		"create_rejected_when_forced":      {Forced: true, Wanted: sell(120000), Record: with(record(listing.Rejected, 120000), func(r *listing.Record) { r.ID, r.Submission, r.Pending = "", "R-1", r.Sent })},
		"none_taken_down":                  {Wanted: sell(120000), Record: record(listing.TakenDown, 120000)},
		"update_taken_down_and_corrected":  {Wanted: sell(125000), Record: record(listing.TakenDown, 120000)},
		"none_locked":                      {Wanted: sell(125000), Record: record(listing.Locked, 120000)},
		"none_refused_before":              looked(plan.Item{Wanted: sell(120000), Record: &listing.Record{Code: "68-1", SKU: "OCOP-68-1", State: listing.NotListed, FailureKind: "invalid", Pending: digestOf("Trà atisô túi lọc", 120000), Reasons: ocop.Reasons{ocop.BadImage}}}),
		"none_update_refused_before": {Wanted: sell(125000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) {
			r.FailureKind, r.Pending, r.Reasons = "invalid", digestOf("Trà atisô túi lọc", 125000), ocop.Reasons{ocop.BadPrice}
		})},
		"none_exempt_duplicate_stays": looked(plan.Item{Exempt: true, Wanted: sell(120000), Record: record(listing.OnSale, 120000), Seen: []plan.Seen{seen("11", listing.OnSale, 120000), seen("7", listing.OnSale, 120000)}}),
		"none_handed_to_a_person":     looked(plan.Item{Wanted: sell(125000), Record: &listing.Record{Code: "68-1", SKU: "OCOP-68-1", State: listing.AwaitingPerson, Pending: digestOf("Trà atisô túi lọc", 120000)}}),
		"none_rejected_and_only_the_stock_moved": {Wanted: sell(120000), Record: with(record(listing.Rejected, 120000), func(r *listing.Record) {
			r.ID, r.Submission, r.Pending = "", "R-1", r.Sent
			r.Pending.Stock = 9
		})},
		"none_rejected_not_shown_by_a_whole_look":  looked(plan.Item{Wanted: sell(120000), Record: with(record(listing.Rejected, 120000), func(r *listing.Record) { r.ID, r.Submission, r.Pending = "", "R-1", r.Sent })}),
		"none_taken_down_and_only_the_stock_moved": {Wanted: sell(120000), Record: with(record(listing.TakenDown, 120000), func(r *listing.Record) { r.Sent.Stock = 9 })},
		"none_taken_down_and_a_request_is_open":    {Wanted: sell(125000), Record: with(record(listing.TakenDown, 120000), func(r *listing.Record) { r.Submission, r.Pending = "R-2", digestOf("Trà atisô túi lọc", 121000) })},
		"none_request_open_and_reverted":           {Wanted: sell(120000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Submission, r.Pending = "R-2", digestOf("Trà atisô mới", 120000) })},
		"none_request_found_open": looked(plan.Item{Wanted: &plan.Wanted{Code: "68-1", SKU: "OCOP-68-1", Sell: true, Ready: true, Digest: digestOf("Trà atisô khác", 120000)},
			Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Submission = "R-2" }),
			Seen:   []plan.Seen{seen("7", listing.OnSale, 120000), {ID: "7", Submission: "R-2", State: listing.InReview}}}),
		"none_relist_refused_before": {Wanted: sell(120000), Record: with(record(listing.OffSale, 120000), func(r *listing.Record) {
			r.FailureKind, r.Pending, r.Reasons = "invalid", digestOf("Trà atisô túi lọc", 120000), ocop.Reasons{ocop.RejectedByMarket}
		})},
		"update_stock_beside_what_was_refused": {Wanted: sell(125000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) {
			r.FailureKind, r.Pending, r.Reasons = "invalid", digestOf("Trà atisô túi lọc", 125000), ocop.Reasons{ocop.RejectedByMarket}
			r.Pending.Stock, r.Sent.Stock = 9, 9
		})},
		"update_after_another_failure": {Wanted: sell(125000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) {
			r.FailureKind, r.Pending, r.Reasons = "timeout", digestOf("Trà atisô túi lọc", 125000), ocop.Reasons{ocop.MarketUnreachable}
		})},
		"adopt_nothing_counts_as_sent":            looked(plan.Item{Wanted: sell(120000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Sent = listing.Digest{} }), Seen: []plan.Seen{seen("7", listing.OnSale, 120000)}}),
		"none_nothing_counts_as_sent_unlooked":    {Wanted: sell(120000), Record: with(record(listing.OnSale, 120000), func(r *listing.Record) { r.Sent = listing.Digest{} })},
		"none_bin_known_by_a_refusal":             {Wanted: sell(120000), Record: binned()},
		"none_gone_into_the_bin_in_sync":          {Wanted: sell(125000), Record: with(record(listing.Gone, 120000), func(r *listing.Record) { r.Reasons = ocop.Reasons{ocop.InTrash} })},
		"create_bin_emptied":                      looked(plan.Item{Wanted: sell(120000), Record: binned()}),
		"relist_restored_from_the_bin":            looked(plan.Item{Wanted: sell(120000), Record: with(binned(), func(r *listing.Record) { r.ID, r.State = "7", listing.OffSale }), Seen: []plan.Seen{seen("7", listing.OffSale, 120000)}}),
		"none_in_review_and_not_shown":            looked(plan.Item{Wanted: sell(120000), Record: with(record(listing.InReview, 120000), func(r *listing.Record) { r.ID, r.Submission = "", "R-1" })}),
		"none_submission_vanished_once":           looked(plan.Item{Wanted: sell(120000), Record: with(record(listing.NotListed, 120000), func(r *listing.Record) { r.ID, r.Submission, r.Absent = "", "R-1", 1 })}),
		"none_in_trash":                           looked(plan.Item{Wanted: sell(120000), Seen: []plan.Seen{{ID: "7", State: listing.OffSale, Trashed: true}}}),
		"none_vanished_once":                      looked(plan.Item{Wanted: sell(120000), Record: with(record(listing.NotListed, 120000), func(r *listing.Record) { r.Absent = 1 })}),
		"none_vanished_once_in_sync":              {Wanted: sell(120000), Record: with(record(listing.NotListed, 120000), func(r *listing.Record) { r.Absent = 1 })},
		"create_gone":                             looked(plan.Item{Wanted: sell(120000), Record: with(record(listing.Gone, 120000), func(r *listing.Record) { r.Absent = 2 })}),
		"create_answered_lost_and_unknown_record": looked(plan.Item{Wanted: sell(120000), Record: &listing.Record{Code: "68-1", SKU: "OCOP-68-1", State: listing.NotListed, FailureKind: "timeout"}}),
	}
}

// TestDecisions compares what is decided in every case with the golden file.
func TestDecisions(t *testing.T) {
	t.Parallel()
	got := make(map[string][]listing.Change)
	for name, it := range cases() {
		it.Code, it.SKU = "68-1", "OCOP-68-1"
		p := plan.Make(plan.Input{Rules: plan.Rules{MayCreate: true}, Items: []plan.Item{it}})
		got[name] = slices.Collect(p.All())
	}
	golden(t, "decisions.json", got)
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s differs (-want +got); if it is meant, run go test ./internal/plan -update:\n%s", name, diff)
	}
}

// TestNamesSayTheKind holds the case's name against the decision, so that a
// golden file that was updated thoughtlessly is still seen.
func TestNamesSayTheKind(t *testing.T) {
	t.Parallel()
	for name, it := range cases() {
		it.Code, it.SKU = "68-1", "OCOP-68-1"
		p := plan.Make(plan.Input{Rules: plan.Rules{MayCreate: true}, Items: []plan.Item{it}})
		want, _, _ := bytes.Cut([]byte(name), []byte("_"))
		kind := string(want)
		switch name {
		case "adopted_in_sync_compares_stored":
			kind = "update"
		case "adopted_unseen_waits":
			kind = "none"
		}
		c := slices.Collect(p.All())[0]
		if got := string(c.Kind); got != kind {
			t.Errorf("%s: decided %s (%s)", name, got, c.Why)
		}
	}
}

func TestNothingIsCreatedWithoutAFreshLook(t *testing.T) {
	t.Parallel()
	for name, it := range cases() {
		it.Code, it.SKU = "68-1", "OCOP-68-1"
		for c := range plan.Make(plan.Input{Items: []plan.Item{it}}).All() {
			if c.Kind == listing.Create {
				t.Errorf("%s: created without a fresh complete observation", name)
			}
		}
	}
}

func TestUrgentFirst(t *testing.T) {
	t.Parallel()
	items := []plan.Item{}
	for i, name := range []string{"create", "none_as_wanted", "update_price_in_sync", "unlist_expired", "adopt_and_update", "relist", "retire_duplicate"} {
		it := cases()[name]
		it.Code = ocop.Code(rune('a' + i))
		items = append(items, it)
	}
	var got []listing.Kind
	for c := range plan.Make(plan.Input{Items: items, Rules: plan.Rules{MayCreate: true}}).All() {
		got = append(got, c.Kind)
	}
	want := []listing.Kind{listing.Retire, listing.Unlist, listing.Update, listing.Relist, listing.Adopt, listing.Create, listing.None, listing.None}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order of changes (-want +got):\n%s", diff)
	}
}

// TestOpenRequestOfWhatIsShown: a market that shows a listing and the request to
// change it apart shows one thing.
func TestOpenRequestOfWhatIsShown(t *testing.T) {
	t.Parallel()
	request := plan.Seen{ID: "7", Submission: "R-2", State: listing.InReview}
	if got := plan.Current(nil, []plan.Seen{request, seen("7", listing.OnSale, 120000)}); got.Submission != "R-2" || got.State != listing.OnSale {
		t.Errorf("got %+v, want the listing with its open request", got)
	}
	if got := plan.Current(nil, []plan.Seen{request, seen("8", listing.OnSale, 120000)}); got.Submission != "" {
		t.Errorf("got %+v with the request of another listing", got)
	}
}

func TestChecksumNamesTheChanges(t *testing.T) {
	t.Parallel()
	a := plan.Make(plan.Input{Rules: plan.Rules{MayCreate: true}, Items: []plan.Item{cases()["create"]}})
	b := plan.Make(plan.Input{Rules: plan.Rules{MayCreate: true}, Items: []plan.Item{cases()["create"], cases()["none_as_wanted"]}})
	if a.Checksum() != b.Checksum() {
		t.Error("a product that needs nothing changed the checksum")
	}
	other := cases()["create"]
	other.Wanted = sell(121000)
	if c := plan.Make(plan.Input{Rules: plan.Rules{MayCreate: true}, Items: []plan.Item{other}}); c.Checksum() == a.Checksum() {
		t.Error("another price has the same checksum")
	}
}
