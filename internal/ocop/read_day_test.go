package ocop

import (
	"errors"
	"math"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestReadDays(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"15/1/2020", "2020-01-15"},
		{"15/01/2020", "2020-01-15"},
		{"15-01-2020", "2020-01-15"},
		{"15.1.2020", "2020-01-15"},
		{"15 / 1 / 2020", "2020-01-15"},
		{"15–1–2020", "2020-01-15"},
		{" 15/1/2020 ", "2020-01-15"},
		{"'15/1/2020", "2020-01-15"},
		{"5/1/2020", "2020-01-05"}, // the day first, always
		{"01/05/2020", "2020-05-01"},
		{"29/2/2024", "2024-02-29"},
		{"2020-01-15", "2020-01-15"},
		{"2020/01/15", "2020-01-15"},
		{"2020-1-5", "2020-01-05"},
		{"2020-01-15T00:00:00", "2020-01-15"},
		{"2020-01-15 08:30", "2020-01-15"},
		{"2020-01-15 00:00:00", "2020-01-15"},
		{"15/01/2020 08:30", "2020-01-15"},
		{"15/01/2020 00:00:00", "2020-01-15"},
		{"2020-01-15T00:00:00Z", "2020-01-15"},
		{"2020-01-15T00:00:00.000Z", "2020-01-15"},
		{"2020-01-15T08:00:00+07:00", "2020-01-15"},
		{"2020-01-14T17:00:00Z", "2020-01-14..2020-01-15"}, // midnight in Vietnam, by a program in UTC
		{"2025-12-31T23:59:59Z", "2025-12-31..2026-01-01"},
		{"ngày 15 tháng 1 năm 2020", "2020-01-15"},
		{"Ngày 15 tháng 01 năm 2020", "2020-01-15"},
		{"15 tháng 1 năm 2020", "2020-01-15"},
		{"15 tháng 1, 2020", "2020-01-15"},
		{"ngày 15/1/2020", "2020-01-15"},
		{"Đà Lạt, ngày 15 tháng 1 năm 2020", "2020-01-15"},
		{"đến ngày 15/1/2020", "2020-01-15"},
		{"đến hết ngày 31/12/2025", "2025-12-31"},
		{"Ngày cấp: 15/1/2020", "2020-01-15"},
		{norm.NFD.String("ngày 15 tháng 1 năm 2020"), "2020-01-15"},
		{"15-thg 1-2020", "2020-01-15"},
		{"15-Jan-2020", "2020-01-15"},
		{"15 January 2020", "2020-01-15"},
		{"1/2020", "2020-01-01..2020-01-31"},
		{"02/2024", "2024-02-01..2024-02-29"},
		{"12-2022", "2022-12-01..2022-12-31"},
		{"2022-12", "2022-12-01..2022-12-31"},
		{"tháng 1/2020", "2020-01-01..2020-01-31"},
		{"Tháng 12 năm 2022", "2022-12-01..2022-12-31"},
		{"T12/2022", "2022-12-01..2022-12-31"},
		{"quý I/2020", "2020-01-01..2020-03-31"},
		{"Quý 4 năm 2022", "2022-10-01..2022-12-31"},
		{"Q2/2023", "2023-04-01..2023-06-30"},
		{"2020", "2020-01-01..2020-12-31"},
		{"năm 2020", "2020-01-01..2020-12-31"},
		{"", ""},
		{"  ", ""},
		{"-", ""},
		{"–", ""},
		{"không có", ""},
		{"chưa có", ""},
		{"null", ""},
	}
	for _, tt := range tests {
		got, err := ReadDays(tt.in)
		if err != nil || got.String() != tt.want {
			t.Errorf("ReadDays(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestReadDaysRefuses(t *testing.T) {
	t.Parallel()
	const unsure, years = "can be read surely", "outside 2000"
	tests := []struct{ in, why string }{
		{"1/15/2020", unsure}, // month first
		{"31/4/2020", unsure},
		{"29/2/2023", unsure},
		{"0/1/2020", unsure},
		{"15/0/2020", unsure},
		{"13/2020", unsure},
		{"2020-13-01", unsure},
		{"2020-02-30", unsure},
		{"15/1/20", unsure},
		{"01-05-20", unsure},
		{"15-Jan-20", unsure},
		{"15/1", unsure},
		{"15", unsure},
		{"43845", unsure},
		{"20200115", unsure},
		{"15012020", unsure},
		{"2020-2021", unsure},
		{"15/1/2020 - 15/1/2023", unsure},
		{"từ ngày 1/1/2020 đến ngày 31/12/2022", unsure},
		{"trước ngày 15/1/2020", unsure},
		{"đầu năm 2020", unsure},
		{"36 tháng", unsure},
		{"không thời hạn", unsure},
		{"quý 5/2020", unsure},
		{"tháng 2020", unsure},
		{"15/1/2020 8", unsure},
		{"15/1/2020 08:30:00:00:00", unsure},
		{"15//1//2020", unsure},
		{"hôm qua", unsure},
		{"#N/A", unsure},
		{"?", unsure},
		{"15/1/1920", years},
		{"15/1/2120", years},
		{"0020-01-15", years},
		{"1899", years},
		{"15/1/2020\xff", "UTF-8"},
	}
	for _, tt := range tests {
		got, err := ReadDays(tt.in)
		checkRefused(t, "ReadDays", tt.in, got, err, tt.why)
	}
}

func TestReadSerial(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   float64
		want string
	}{
		{43845, "2020-01-15"},
		{43845.75, "2020-01-15"},
		{36526, "2000-01-01"},
		{45351, "2024-02-29"},
		{2020, "2020-01-01..2020-12-31"},
	} {
		got, err := ReadSerial(tt.in)
		if err != nil || got.String() != tt.want {
			t.Errorf("ReadSerial(%v) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
	for _, n := range []float64{-1, 0, 1, 60, 36525, 2020.5, 73051, 1e7, math.NaN(), math.Inf(1)} {
		got, err := ReadSerial(n)
		checkRefused(t, "ReadSerial", formatFloat(n), got, err, "")
	}
}

func FuzzReadDays(f *testing.F) {
	for _, s := range []string{
		"15/1/2020", "2020-01-14T17:00:00Z", "ngày 15 tháng 1 năm 2020", "quý IV/2022", "1/2020", "2020", "Đà Lạt, ngày 1/2/2023", "01-05-20",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ReadDays(s)
		if err != nil {
			var re *ReadError
			if !errors.As(err, &re) || !got.IsZero() {
				t.Fatalf("%q: refused with %v and %v", s, got, err)
			}
			return
		}
		if got.IsZero() {
			return
		}
		if got.First.Compare(got.Last) > 0 || got.First.AddDays(0) != got.First || got.Last.AddDays(0) != got.Last {
			t.Fatalf("%q reads as %v, no interval of the calendar", s, got)
		}
		if got.Exact() {
			if again, err := ReadDays(got.String()); err != nil || again != got {
				t.Fatalf("%q reads as %v, which reads as %v, %v", s, got, again, err)
			}
		}
	})
}

func BenchmarkReadDays(b *testing.B) {
	for _, s := range []string{"2020-01-15", "15/1/2020", "ngày 15 tháng 1 năm 2020"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d, err := ReadDays(s); err != nil || !d.Exact() {
					b.Fatal(d, err)
				}
			}
		})
	}
}
