package registry

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ocopsync/internal/ocop"
)

// Eligibility is asked of the entry in memory and not of the product on disk:
// of any product both must say the same, on any day and under any rules.
func TestEntryChecksAsItsProductDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawProduct(t)
		e := Entry{Code: p.Code, standing: standingOf(&p)}
		rules := ocop.Rules{
			MinStars: ocop.Stars(rapid.IntRange(0, 6).Draw(t, "least stars")), GraceDays: rapid.IntRange(-1, 180).Draw(t, "grace"),
		}
		today := drawDay(t, "today")
		if got, want := e.Check(rules, today), ocop.Check(&p, rules, today); !slices.Equal(got, want) {
			t.Fatalf("the entry says %v, its product %v: %+v under %+v on %v", got, want, p, rules, today)
		}
	})
}

func drawProduct(t *rapid.T) ocop.Product {
	p := ocop.Product{
		Code: "68-1",
		Rating: ocop.Rating{
			Recognized: ocop.Stars(rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(-600, 600)).Draw(t, "stars")),
			Proposed:   ocop.Stars(rapid.IntRange(0, 5).Draw(t, "proposed")),
		},
		Status: rapid.SampledFrom([]ocop.Status{
			ocop.StatusRecognized, ocop.StatusRecognized, ocop.StatusExpired, ocop.StatusRevoked, ocop.StatusWithdrawn, "", "else",
		}).Draw(t, "status"),
	}
	if rapid.Bool().Draw(t, "certificate") {
		p.Certificate = ocop.Certificate{
			Number: rapid.SampledFrom([]string{"", "OCOP-1"}).Draw(t, "number"), Decision: rapid.SampledFrom([]string{"", "114/QĐ-UBND"}).Draw(t, "decision"),
			IssuedOn: drawDays(t, "issued"), ExpiresOn: drawDays(t, "expires"), RevokedOn: drawDays(t, "revoked"),
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "faults") {
		p.Faults = append(p.Faults, ocop.Fault{Field: rapid.SampledFrom(append(faultFields(), "else")).Draw(t, "fault")})
	}
	return p
}

// drawDays draws a date as sources give it: none, a day, a month, a year, or an
// interval that makes no sense.
func drawDays(t *rapid.T, label string) ocop.Days {
	day := drawDay(t, label)
	switch rapid.IntRange(0, 4).Draw(t, label+" known as") {
	case 0:
		return ocop.Days{}
	case 1:
		return ocop.Days{First: ocop.Day{Year: day.Year, Month: time.January, Dom: 1}, Last: ocop.Day{Year: day.Year, Month: time.December, Dom: 31}}
	case 2:
		return ocop.Days{First: day, Last: day.AddDays(rapid.IntRange(0, 30).Draw(t, label+" lasts"))}
	case 3:
		return ocop.Days{First: day, Last: drawDay(t, label+" until")}
	}
	return ocop.Days{First: day, Last: day}
}

// drawDay draws a day near a certificate's life, now and then far from it.
func drawDay(t *rapid.T, label string) ocop.Day {
	base := ocop.Day{Year: 2024, Month: time.January, Dom: 1}
	return base.AddDays(rapid.OneOf(rapid.IntRange(-1200, 1200), rapid.IntRange(-200_000, 2_000_000)).Draw(t, label))
}
