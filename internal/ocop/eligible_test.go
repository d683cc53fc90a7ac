package ocop

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the zone must be known on a bare machine too

	"pgregory.net/rapid"
)

func mustDays(t testing.TB, s string) Days {
	t.Helper()
	d, err := ReadDays(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return d
}

func day(y int, m time.Month, d int) Day { return Day{y, m, d} }

// good is a product that is eligible on any day of 2024.
func good(t testing.TB) Product {
	t.Helper()
	return Product{
		Code: "68-672-1-1-2023", Name: "Trà atisô Suối Mơ", Rating: Rating{Recognized: 4}, Status: StatusRecognized,
		Certificate: Certificate{Decision: "10/QĐ-UBND", IssuedOn: mustDays(t, "15/1/2023")},
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	today := day(2024, time.June, 15)
	tests := []struct {
		name   string
		change func(*Product)
		want   Reasons
	}{
		{"eligible", func(*Product) {}, nil},
		{"exactly the least stars", func(p *Product) { p.Rating.Recognized = 3 }, nil},
		{"too few stars", func(p *Product) { p.Rating.Recognized = 2 }, Reasons{BelowMinStars}},
		{"no stars", func(p *Product) { p.Rating.Recognized = 0 }, Reasons{BelowMinStars}},
		{"proposed stars count for nothing", func(p *Product) { p.Rating = Rating{Proposed: 5} }, Reasons{BelowMinStars}},
		{"proposed stars take nothing away", func(p *Product) { p.Rating.Proposed = 5 }, nil},
		{"more stars than there are", func(p *Product) { p.Rating.Recognized = 6 }, Reasons{RatingUnclear}},
		{"fewer stars than none", func(p *Product) { p.Rating.Recognized = -1 }, Reasons{RatingUnclear}},
		{"rating could not be read", func(p *Product) { p.Faults = []Fault{{Field: FieldRating}} }, Reasons{RatingUnclear}},
		{"unit could not be read", func(p *Product) { p.Faults = []Fault{{Field: FieldUnit}} }, nil},

		{"status expired", func(p *Product) { p.Status = StatusExpired }, Reasons{CertificateExpired}},
		{"status revoked", func(p *Product) { p.Status = StatusRevoked }, Reasons{Revoked}},
		{"status withdrawn", func(p *Product) { p.Status = StatusWithdrawn }, Reasons{Withdrawn}},
		{"no status", func(p *Product) { p.Status = "" }, Reasons{StatusUnclear}},
		{"unknown status", func(p *Product) { p.Status = "suspended" }, Reasons{StatusUnclear}},
		{"status could not be read", func(p *Product) { p.Faults = []Fault{{Field: FieldStatus}} }, Reasons{StatusUnclear}},
		{
			"status recognized, dates over",
			func(p *Product) { p.Certificate.ExpiresOn = mustDays(t, "14/6/2024") },
			Reasons{CertificateExpired},
		},

		{"no certificate", func(p *Product) { p.Certificate = Certificate{} }, Reasons{CertificateMissing}},
		{"certificate without dates", func(p *Product) { p.Certificate = Certificate{Number: "12"} }, Reasons{CertificateUnclear}},
		{"certificate could not be read", func(p *Product) { p.Faults = []Fault{{Field: FieldCertificate}} }, Reasons{CertificateUnclear}},
		{"end alone is enough", func(p *Product) { p.Certificate = Certificate{ExpiresOn: mustDays(t, "31/12/2025")} }, nil},
		{"last day counts", func(p *Product) { p.Certificate.ExpiresOn = mustDays(t, "15/6/2024") }, nil},
		{"day after the last", func(p *Product) { p.Certificate.ExpiresOn = mustDays(t, "14/6/2024") }, Reasons{CertificateExpired}},
		{"36 months, last day", func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "15/6/2021") }, nil},
		{"36 months, day after", func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "14/6/2021") }, Reasons{CertificateExpired}},
		{"given end beats 36 months", func(p *Product) {
			p.Certificate.IssuedOn, p.Certificate.ExpiresOn = mustDays(t, "14/6/2021"), mustDays(t, "31/12/2024")
		}, nil},
		{"issued today", func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "15/6/2024") }, nil},
		{"issued tomorrow", func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "16/6/2024") }, Reasons{CertificateUnclear}},
		{"issued some day this year", func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "2024") }, Reasons{CertificateUnclear}},
		{"issued some day last year", func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "2023") }, nil},
		{"issued in a year whose every day is over", func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "2020") }, Reasons{CertificateExpired}},
		{"issued in a year of which some days still run", func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "2021") }, Reasons{CertificateUnclear}},
		{"ends some day this month", func(p *Product) { p.Certificate.ExpiresOn = mustDays(t, "6/2024") }, Reasons{CertificateUnclear}},
		{"ends some day next month", func(p *Product) { p.Certificate.ExpiresOn = mustDays(t, "7/2024") }, nil},
		{"ended some day last month", func(p *Product) { p.Certificate.ExpiresOn = mustDays(t, "5/2024") }, Reasons{CertificateExpired}},
		{"ends before it begins", func(p *Product) { p.Certificate.ExpiresOn = mustDays(t, "1/1/2022") }, Reasons{CertificateUnclear, CertificateExpired}},

		{"revoked today", func(p *Product) { p.Certificate.RevokedOn = mustDays(t, "15/6/2024") }, Reasons{Revoked}},
		{"to be revoked tomorrow", func(p *Product) { p.Certificate.RevokedOn = mustDays(t, "16/6/2024") }, nil},
		{"revoked some day this year", func(p *Product) { p.Certificate.RevokedOn = mustDays(t, "2024") }, Reasons{CertificateUnclear}},
		{"revoked some day last month", func(p *Product) { p.Certificate.RevokedOn = mustDays(t, "5/2024") }, Reasons{Revoked}},
		{"revoked, other dates unreadable", func(p *Product) {
			p.Certificate.RevokedOn = mustDays(t, "1/6/2024")
			p.Faults = []Fault{{Field: FieldCertificate}}
		}, Reasons{CertificateUnclear, Revoked}},
		{"nothing but a revocation", func(p *Product) { p.Certificate = Certificate{RevokedOn: mustDays(t, "1/6/2024")} }, Reasons{CertificateUnclear, Revoked}},
		{"everything wrong, in order", func(p *Product) {
			p.Rating, p.Status = Rating{}, StatusRevoked
			p.Certificate = Certificate{IssuedOn: mustDays(t, "1/1/2020"), RevokedOn: mustDays(t, "1/6/2021")}
		}, Reasons{CertificateExpired, BelowMinStars, Revoked}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := good(t)
			tt.change(&p)
			if got := Check(&p, Rules{MinStars: 3}, today); !slices.Equal(got, tt.want) {
				t.Errorf("Check = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCheckRules(t *testing.T) {
	t.Parallel()
	ends := func(s string) func(*Product) { return func(p *Product) { p.Certificate.ExpiresOn = mustDays(t, s) } }
	tests := []struct {
		name   string
		rules  Rules
		change func(*Product)
		today  Day
		want   Reasons
	}{
		{"last day of grace", Rules{3, 30}, ends("31/5/2024"), day(2024, time.June, 30), nil},
		{"grace is over", Rules{3, 30}, ends("31/5/2024"), day(2024, time.July, 1), Reasons{CertificateExpired}},
		{"grace does not undo the registry's word", Rules{3, 30}, func(p *Product) { p.Status = StatusExpired }, day(2024, time.June, 1), Reasons{CertificateExpired}},
		{"negative grace is none", Rules{3, -5}, ends("31/5/2024"), day(2024, time.May, 31), nil},
		{"four stars asked for", Rules{MinStars: 5}, func(*Product) {}, day(2024, time.June, 1), Reasons{BelowMinStars}},
		{"no rule still asks for a star", Rules{}, func(p *Product) { p.Rating = Rating{} }, day(2024, time.June, 1), Reasons{BelowMinStars}},
		{"leap day, 36 months on", Rules{MinStars: 3}, func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "29/2/2024") }, day(2027, time.February, 28), nil},
		{"leap day, the day after", Rules{MinStars: 3}, func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "29/2/2024") }, day(2027, time.March, 1), Reasons{CertificateExpired}},
		{"into a leap year", Rules{MinStars: 3}, func(p *Product) { p.Certificate.IssuedOn = mustDays(t, "28/2/2021") }, day(2024, time.February, 29), Reasons{CertificateExpired}},
		{"end of the year", Rules{MinStars: 3}, ends("31/12/2024"), day(2025, time.January, 1), Reasons{CertificateExpired}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := good(t)
			tt.change(&p)
			if got := Check(&p, tt.rules, tt.today); !slices.Equal(got, tt.want) {
				t.Errorf("Check = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTheDayIsDecidedInVietnam(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		t.Fatal(err)
	}
	p := good(t)
	p.Certificate.ExpiresOn = mustDays(t, "31/12/2024")
	rules := Rules{MinStars: 3}
	lastSecond := time.Date(2024, time.December, 31, 16, 59, 59, 0, time.UTC) // 23:59:59 in Đà Lạt
	if got := Check(&p, rules, DayOf(lastSecond, zone)); got != nil {
		t.Errorf("in the last second of the last day: %v, want eligible", got)
	}
	if got := Check(&p, rules, DayOf(lastSecond.Add(time.Second), zone)); !slices.Equal(got, Reasons{CertificateExpired}) {
		t.Errorf("a second later: %v, want it expired though the day in UTC is still the last one", got)
	}
}

func TestAddMonths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from Day
		n    int
		want string
	}{
		{day(2020, time.January, 15), 36, "2023-01-15"},
		{day(2024, time.February, 29), 12, "2025-02-28"},
		{day(2024, time.February, 29), 48, "2028-02-29"},
		{day(2023, time.January, 31), 1, "2023-02-28"},
		{day(2023, time.August, 31), 1, "2023-09-30"},
		{day(2023, time.December, 31), 2, "2024-02-29"},
		{day(2023, time.March, 31), -1, "2023-02-28"},
	} {
		if got := tt.from.AddMonths(tt.n).String(); got != tt.want {
			t.Errorf("%v + %d months = %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
}

func drawDay(t *rapid.T, label string) Day {
	return day(2020, time.January, 1).AddDays(rapid.IntRange(0, 3000).Draw(t, label))
}

func drawDays(t *rapid.T, label string) Days {
	if rapid.Bool().Draw(t, label+" unknown") {
		return Days{}
	}
	first := drawDay(t, label)
	return Days{first, first.AddDays(rapid.IntRange(0, 400).Draw(t, label+" width"))}
}

func drawProduct(t *rapid.T) Product {
	return Product{
		Rating: Rating{Recognized: Stars(rapid.IntRange(0, 5).Draw(t, "stars")), Proposed: Stars(rapid.IntRange(0, 5).Draw(t, "proposed"))},
		Status: rapid.SampledFrom([]Status{StatusRecognized, StatusRecognized, StatusExpired, StatusRevoked, StatusWithdrawn, ""}).Draw(t, "status"),
		Certificate: Certificate{
			Decision: "1/QĐ-UBND",
			IssuedOn: drawDays(t, "issued"), ExpiresOn: drawDays(t, "expires"), RevokedOn: drawDays(t, "revoked"),
		},
	}
}

func TestCheckProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, today := drawProduct(t), drawDay(t, "today")
		rules := Rules{MinStars: Stars(rapid.IntRange(1, 5).Draw(t, "least")), GraceDays: rapid.IntRange(0, 60).Draw(t, "grace")}
		why := Check(&p, rules, today)
		if !slices.Equal(why, why.Sorted()) {
			t.Fatalf("reasons out of order: %v", why)
		}
		eligible := func(p Product, rules Rules, today Day) bool { return len(Check(&p, rules, today)) == 0 }

		if !p.Certificate.ExpiresOn.IsZero() && len(why) == 0 {
			later := p
			later.Certificate.ExpiresOn = p.Certificate.ExpiresOn.AddDays(rapid.IntRange(0, 1000).Draw(t, "later"))
			if !eligible(later, rules, today) {
				t.Fatal("a later end made the product less valid")
			}
		}
		if len(why) == 0 {
			looser := Rules{MinStars: rules.MinStars - 1, GraceDays: rules.GraceDays + 1}
			if !eligible(p, looser, today) {
				t.Fatal("looser rules made the product less valid")
			}
			other := p
			other.Rating.Proposed = Stars(rapid.IntRange(0, 5).Draw(t, "other proposal"))
			if !eligible(other, rules, today) {
				t.Fatal("a proposed rating changed the answer")
			}
			other = p
			other.Certificate.RevokedOn = Days{}
			if !eligible(other, rules, today) {
				t.Fatal("without its revocation the product is less valid")
			}
		}
		// An interval is certain exactly when every day in it agrees.
		if d := p.Certificate.ExpiresOn; !d.IsZero() {
			all, exact := true, p
			for at := d.First; at.Compare(d.Last) <= 0; at = at.AddDays(1) {
				exact.Certificate.ExpiresOn = OneDay(at)
				all = all && eligible(exact, rules, today)
			}
			if all != (len(why) == 0) {
				t.Fatalf("of the days %v all agree: %v, but the interval gives %v", d, all, why)
			}
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	p := good(b)
	today := day(2024, time.June, 15)
	b.ReportAllocs()
	for b.Loop() {
		if Check(&p, Rules{MinStars: 3}, today) != nil {
			b.Fatal("not eligible")
		}
	}
}
