package reconcile

import (
	"reflect"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// A field that is added to a record must be compared too.
func TestSameRecordLooksAtEveryField(t *testing.T) {
	t.Parallel()
	other := map[reflect.Type]any{
		reflect.TypeFor[string](): "x", reflect.TypeFor[ocop.Code](): ocop.Code("x"), reflect.TypeFor[listing.SKU](): listing.SKU("x"),
		reflect.TypeFor[listing.State](): listing.OnSale, reflect.TypeFor[bool](): true, reflect.TypeFor[int](): 1,
		reflect.TypeFor[listing.Digest](): listing.Digest{Stock: 1}, reflect.TypeFor[time.Time](): time.Unix(1, 0),
		reflect.TypeFor[ocop.Reasons](): ocop.Reasons{ocop.CallFailed},
	}
	for i := range reflect.TypeFor[listing.Record]().NumField() {
		field := reflect.TypeFor[listing.Record]().Field(i)
		var a, b listing.Record
		reflect.ValueOf(&b).Elem().Field(i).Set(reflect.ValueOf(other[field.Type]))
		if same := sameRecord(&a, &b); same != (field.Name == "SeenAt") {
			t.Errorf("two records that differ in %s: same is %v", field.Name, same)
		}
	}
}
