package state

import (
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

func TestRecordComesBackAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawRecord(t)
		value := string(appendRecord(nil, &want))
		got, err := decodeRecord(want.Code, value)
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("came back changed (-written +read):\n%s", diff)
		}
	})
}

func TestIntentComesBackAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := listing.Intent{
			Code: "c", SKU: listing.SKU(drawText(t, "sku")), Key: drawText(t, "key"), Run: drawText(t, "run"),
			OpenedAt: drawTime(t, "opened"), Deadline: drawTime(t, "deadline"),
			Looks: rapid.Int().Draw(t, "looks"), LookedAt: drawTime(t, "looked"),
		}
		got, err := decodeIntent("c", string(appendIntent(nil, &want)))
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("came back changed (-written +read):\n%s", diff)
		}
	})
}

// A field that is added to Record, Digest or Intent must be added to the codec.
func TestEveryFieldIsKept(t *testing.T) {
	t.Parallel()
	var r listing.Record
	for i, v := 0, reflect.ValueOf(&r).Elem(); i < v.NumField(); i++ {
		name := v.Type().Field(i).Name
		r = listing.Record{}
		fill(t, v.Field(i))
		got, err := decodeRecord(r.Code, string(appendRecord(nil, &r)))
		if diff := cmp.Diff(r, got); err != nil || diff != "" {
			t.Errorf("Record.%s is not kept (raise recordVersion and write it): %v\n%s", name, err, diff)
		}
	}
	var in listing.Intent
	for i, v := 0, reflect.ValueOf(&in).Elem(); i < v.NumField(); i++ {
		name := v.Type().Field(i).Name
		in = listing.Intent{}
		fill(t, v.Field(i))
		got, err := decodeIntent(in.Code, string(appendIntent(nil, &in)))
		if diff := cmp.Diff(in, got); err != nil || diff != "" {
			t.Errorf("Intent.%s is not kept (raise intentVersion and write it): %v\n%s", name, err, diff)
		}
	}
}

// fill gives every part of v another value than zero.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(monday))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(7)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("a field of kind %s: teach this test to fill it", v.Kind())
	}
}

// The form of version 1, byte by byte: what is in Redis must stay readable.
// When this fails, the form has changed: raise the version and keep reading this one.
func TestFormOfVersion1(t *testing.T) {
	t.Parallel()
	sent := listing.Digest{Title: 1, TitleText: 2, Price: 125000, Stock: 40}
	r := listing.Record{
		Code: "68-1", SKU: "LD-68-1", ID: "9", State: listing.OnSale, Seen: true, Sent: sent, Stored: sent,
		SeenAt: time.Unix(0, 258).UTC(), Since: time.Unix(0, 1).UTC(), Absent: 1, Failures: 2,
		Reasons: ocop.Reasons{ocop.Parked}, Words: "khóa", FailureKind: "rate",
	}
	const form = "01" + "0000000000000102" + "03" + // version, SeenAt, flags
		"0000000000000000" + "0000000000000000" + "0000000000000001" + // CreatedAt, SentAt, Since
		"830c" + "0000000000000001" + "0000000000000002" + "90a10f" + "50" + // Sent
		"00" + "00" + // Stored as Sent, Pending zero
		"02" + "04" + "01" + // Absent, Failures, number of reasons
		"07" + "01" + "00" + "00" + "07" + "05" + "04" + "06" + // lengths of the texts
		"4c442d36382d31" + "39" + "6f6e5f73616c65" + "6b68c3b361" + "72617465" + "7061726b6564"
	if got := hex.EncodeToString(appendRecord(nil, &r)); got != form {
		t.Errorf("record is written as\n%s, not as\n%s", got, form)
	}
	value, err := hex.DecodeString(form)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeRecord("68-1", string(value))
	if diff := cmp.Diff(r, got); err != nil || diff != "" {
		t.Errorf("read back: %v\n%s", err, diff)
	}
}

func TestDamagedValuesAreRefused(t *testing.T) {
	t.Parallel()
	r, in := record(1), intent(1)
	r.Reasons, r.Pending = ocop.Reasons{ocop.Parked}, r.Sent
	for name, c := range map[string]struct {
		value  string
		decode func(string) error
	}{
		"record": {string(appendRecord(nil, &r)), func(v string) error { _, err := decodeRecord("c", v); return err }},
		"intent": {string(appendIntent(nil, &in)), func(v string) error { _, err := decodeIntent("c", v); return err }},
	} {
		if err := c.decode(c.value); err != nil {
			t.Fatalf("%s: whole: %v", name, err)
		}
		for n := range len(c.value) {
			if err := c.decode(c.value[:n]); err == nil {
				t.Errorf("%s: cut to %d of %d bytes it was read", name, n, len(c.value))
			}
		}
		if err := c.decode(c.value + "x"); !errors.Is(err, errCut) {
			t.Errorf("%s: with a byte too many: %v, want errCut", name, err)
		}
		err := c.decode("\x02" + c.value[1:])
		if err == nil || !strings.Contains(err.Error(), "form 2 of the value is unknown, this version of ocopsync knows 1") {
			t.Errorf("%s of a newer form: %v", name, err)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	r := record(1)
	f.Add(string(appendRecord(nil, &r)))
	r.Stored, r.Pending, r.Reasons = r.Sent, listing.Digest{Unit: 5}, ocop.Reasons{ocop.Parked, "mới"}
	f.Add(string(appendRecord(nil, &r)))
	f.Add("")
	f.Add("\x01")
	f.Add("\x01" + strings.Repeat("\xff", 80))
	f.Fuzz(func(t *testing.T, value string) {
		first, err := decodeRecord("c", value)
		if err != nil {
			return
		}
		again, err := decodeRecord("c", string(appendRecord(nil, &first)))
		if diff := cmp.Diff(first, again); err != nil || diff != "" {
			t.Errorf("%q: read, written and read again: %v\n%s", value, err, diff)
		}
	})
}

func FuzzDecodeIntent(f *testing.F) {
	in := intent(1)
	f.Add(string(appendIntent(nil, &in)))
	f.Add("")
	f.Add("\x01" + strings.Repeat("\x80", 60))
	f.Fuzz(func(t *testing.T, value string) {
		first, err := decodeIntent("c", value)
		if err != nil {
			return
		}
		again, err := decodeIntent("c", string(appendIntent(nil, &first)))
		if diff := cmp.Diff(first, again); err != nil || diff != "" {
			t.Errorf("%q: read, written and read again: %v\n%s", value, err, diff)
		}
	})
}

func drawRecord(t *rapid.T) listing.Record {
	r := listing.Record{
		Code: "c", SKU: listing.SKU(drawText(t, "sku")), ID: drawText(t, "id"), Submission: drawText(t, "submission"),
		URL: drawText(t, "url"), State: listing.State(drawText(t, "state")), Seen: rapid.Bool().Draw(t, "seen"),
		Sent:      drawDigest(t, listing.Digest{}, "sent"),
		CreatedAt: drawTime(t, "created"), SentAt: drawTime(t, "sent at"), SeenAt: drawTime(t, "seen at"), Since: drawTime(t, "since"),
		Absent: rapid.Int().Draw(t, "absent"), Failures: rapid.Int().Draw(t, "failures"),
		Words: drawText(t, "words"), FailureKind: drawText(t, "failure"),
	}
	r.Stored, r.Pending = drawDigest(t, r.Sent, "stored"), drawDigest(t, r.Sent, "pending")
	for range rapid.IntRange(0, 4).Draw(t, "number of reasons") {
		r.Reasons = append(r.Reasons, ocop.Reason(drawText(t, "reason")))
	}
	return r
}

// drawDigest draws one that is zero, like another, or differs from it in parts.
func drawDigest(t *rapid.T, like listing.Digest, name string) listing.Digest {
	d := like
	if rapid.Bool().Draw(t, name+" from zero") {
		d = listing.Digest{}
	}
	for _, h := range hashes(&d) {
		if rapid.IntRange(0, 2).Draw(t, name+" differs") == 0 {
			*h = rapid.Uint64().Draw(t, name)
		}
	}
	d.Price = ocop.VND(rapid.SampledFrom([]int64{int64(d.Price), 0, 1, -1, math.MaxInt64, math.MinInt64}).Draw(t, name+" price"))
	d.Stock = rapid.SampledFrom([]int64{d.Stock, 0, 40, -3}).Draw(t, name+" stock")
	return d
}

func drawTime(t *rapid.T, name string) time.Time {
	if rapid.Bool().Draw(t, name+" unknown") {
		return time.Time{}
	}
	return time.Unix(0, rapid.Int64().Filter(func(n int64) bool { return n != 0 }).Draw(t, name)).UTC()
}

func drawText(t *rapid.T, name string) string {
	return rapid.SampledFrom([]string{"", "a", "LD-68-672-28780-3-2022", "hết hàng\x00", strings.Repeat("đ", 200)}).Draw(t, name)
}
