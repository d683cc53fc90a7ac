package state

import (
	"errors"
	"slices"
	"testing"

	"ocopsync/internal/ocop"
)

func TestExemptionEndsByItself(t *testing.T) {
	t.Parallel()
	e := Exemption{Until: ocop.Day{Year: 2027, Month: 3, Dom: 31}}
	for day, want := range map[ocop.Day]bool{
		{Year: 2026, Month: 12, Dom: 1}: true, {Year: 2027, Month: 3, Dom: 31}: true, {Year: 2027, Month: 4, Dom: 1}: false, {Year: 2028, Month: 1, Dom: 1}: false,
	} {
		if e.InForce(day) != want {
			t.Errorf("until %s, on %s it is in force: %t", e.Until, day, !want)
		}
	}
}

func TestExemptionsAreBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		fields := make(map[string]any)
		for n := range MaxExemptions - 1 {
			fields[exemptionSubject(record(n).Code, "voso")] = `{"code":"` + string(record(n).Code) + `","market":"voso","until":"2027-03-31"}`
		}
		long := ocop.Day{Year: 2026, Month: 8, Dom: 1} // ended longer ago than it is kept
		fields[exemptionSubject("68-old", "")] = `{"code":"68-old","until":"` + long.String() + `"}`
		try(t, k.client.HSet(t.Context(), s.key("exemptions"), fields).Err())
		try(t, s.SetExemption(t.Context(), exempt(MaxExemptions, "voso", "còn chỗ")))
		all, err := s.Exemptions(t.Context())
		if err != nil || len(all) != MaxExemptions || slices.ContainsFunc(all, func(e Exemption) bool { return e.Code == "68-old" }) {
			t.Errorf("%d exemptions, %v; want %d without the one that ended long ago", len(all), err, MaxExemptions)
		}
		if err := s.SetExemption(t.Context(), exempt(MaxExemptions+1, "voso", "hết chỗ")); !errors.Is(err, ErrTooManyExemptions) {
			t.Errorf("one more: %v, want ErrTooManyExemptions", err)
		}
		try(t, s.SetExemption(t.Context(), exempt(MaxExemptions, "voso", "sửa lại")))
		for _, bad := range []Exemption{{Until: long}, {Code: "68-1"}} {
			if err := s.SetExemption(t.Context(), bad); err == nil {
				t.Errorf("took %+v", bad)
			}
		}
	})
}
