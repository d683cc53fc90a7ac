package ocop

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestReadVND(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want VND
	}{
		{"120000", 120_000},
		{"120.000", 120_000},
		{"120,000", 120_000},
		{"120 000", 120_000},
		{"120\u00a0000 ₫", 120_000},
		{"120.000đ", 120_000},
		{"120.000 đ", 120_000},
		{"120.000 Đ", 120_000},
		{"120.000d", 120_000},
		{"120.000₫", 120_000},
		{"₫120.000", 120_000},
		{"120,000 VNĐ", 120_000},
		{"120.000 VND", 120_000},
		{"120.000vnđ.", 120_000},
		{"VND 120,000", 120_000},
		{"120.000 đồng", 120_000},
		{norm.NFD.String("120.000 đồng"), 120_000},
		{"120000.0", 120_000},
		{"120000.00", 120_000},
		{"120.000,00", 120_000},
		{"120,000.00 đ", 120_000},
		{"1.250.000", 1_250_000},
		{"1.250.000,00đ", 1_250_000},
		{"1,250,000", 1_250_000},
		{"1 250 000", 1_250_000},
		{"１２０．０００", 120_000},
		{"'120000", 120_000},
		{"120k", 120_000},
		{"120K", 120_000},
		{"120 k", 120_000},
		{"120,5k", 120_500},
		{"120 nghìn", 120_000},
		{"120 ngàn đồng", 120_000},
		{"120 nghìn đồng", 120_000},
		{"1,2 triệu", 1_200_000},
		{"1.2 triệu", 1_200_000},
		{"1,25tr", 1_250_000},
		{"2 triệu đồng", 2_000_000},
		{"2tr", 2_000_000},
		{"1tr2", 1_200_000},
		{"1tr25", 1_250_000},
		{"1tr250", 1_250_000},
		{"1tr05", 1_050_000},
		{"1 triệu 2", 1_200_000},
		{"1 triệu 200 nghìn", 1_200_000},
		{"1 triệu 200 nghìn đồng", 1_200_000},
		{"1 triệu 200.000đ", 1_200_000},
		{"1 triệu rưỡi", 1_500_000},
		{"Giá: 120.000đ", 120_000},
		{"Giá bán lẻ 120.000đ", 120_000},
		{"120.000đ/hộp", 120_000},
		{"120.000 đồng/kg", 120_000},
		{"120.000đ/hộp 250g", 120_000},
		{"120.000đ/250g", 120_000},
		{"120.000/hộp", 120_000},
		{"120k/hộp", 120_000},
		{"120.000 (hộp 250g)", 120_000},
		{"120.000đ (hộp 20 gói x 2g)", 120_000},
		{"120.000đ/hộp 20 gói", 120_000},
		{"120.000đ một hộp", 120_000},
		{"120.000đ/chai 0,5 lít", 120_000},
		{"1.000", 1_000},
		{"10.000.000.000", 10_000_000_000},
		{"", 0},
		{"  ", 0},
		{"-", 0},
		{"không có", 0},
		{"chưa có", 0},
	}
	for _, tt := range tests {
		got, err := ReadVND(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ReadVND(%q) = %d, %v; want %d", tt.in, got, err, tt.want)
		}
	}
}

func TestReadVNDRefuses(t *testing.T) {
	t.Parallel()
	const onRequest, isRange, several, unclear, thousands = "on request", "range", "more than one", "read surely", "thousands"
	tests := []struct{ in, why string }{
		{"Liên hệ", onRequest},
		{"LIÊN HỆ", onRequest},
		{norm.NFD.String("Liên hệ"), onRequest},
		{"LH 0900 000 000", onRequest},
		{"Giá liên hệ", onRequest},
		{"Thỏa thuận", onRequest},
		{"Thời giá", onRequest},
		{"theo thời điểm", onRequest},
		{"gọi", onRequest},
		{"100.000 - 150.000đ", isRange},
		{"100.000đ-150.000đ", isRange},
		{"100–150k", isRange},
		{"100.000 đến 150.000", isRange},
		{"từ 100.000đ", isRange},
		{"khoảng 100.000đ", isRange},
		{"~120k", isRange},
		{"trên 100k", isRange},
		{"120k+", isRange},
		{"120.000đ (từ 10 hộp)", isRange},
		{"100.000/150.000", several},
		{"100/150k", several},
		{"120.000đ, 200.000đ", several},
		{"120.000đ; 200.000đ", several},
		{"120.000đ (hộp 250g), 200.000đ (hộp 500g)", several},
		{"120.000đ/hộp - 130.000đ/túi", several},
		{"120.000đ (chưa VAT 8%)", several},
		{"giá sỉ 100k", "wholesale"},
		{"giảm còn 100k", "wholesale"},
		{"10 USD", "wholesale"},
		{"1 tỷ", "wholesale"},
		{"120", thousands},
		{"120đ", thousands},
		{"0", thousands},
		{"0đ", thousands},
		{"999", thousands},
		{"1,250 triệu", "may group thousands"},
		{"1.500k", "may group thousands"},
		{"1.2", "not a whole"},
		{"120.5", "not a whole"},
		{"95238.0952", "not a whole"},
		{"120.000,5", "not a whole"},
		{"1200.000đ", unclear},
		{"120.00.000", unclear},
		{"1.20.000", unclear},
		{"1,200.000", unclear},
		{"012.000", unclear},
		{"-120.000", unclear},
		{"1.2E+05", unclear},
		{"miễn phí", unclear},
		{"một trăm nghìn", unclear},
		{"đ", unclear},
		{"hộp 120.000đ", unclear},
		{"120.000 hộp", unclear},
		{"?", unclear},
		{"#VALUE!", unclear},
		{"20.000 30.000", several},
		{"1 triệu 2 triệu", unclear},
		{"0900000000000", unclear},
		{"0900123456", unclear},
		{"20 000 30 000", several},
		{"99999999999999999999999", unclear},
		{"20000000000", "far too high"},
		{"120.000\xf0", "UTF-8"},
	}
	for _, tt := range tests {
		got, err := ReadVND(tt.in)
		checkRefused(t, "ReadVND", tt.in, got, err, tt.why)
	}
}

func TestReadVNDReadsWhatPeopleWriteBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(int64(MinPrice), int64(MaxPrice)).Draw(t, "price")
		grouped := ""
		for n := want; ; n /= 1000 {
			if n < 1000 {
				grouped = fmt.Sprint(n) + grouped
				break
			}
			grouped = fmt.Sprintf(".%03d", n%1000) + grouped
		}
		for _, s := range []string{fmt.Sprint(want), grouped, grouped + "đ", grouped + " VNĐ/hộp", fmt.Sprint(want) + ".00"} {
			if got, err := ReadVND(s); err != nil || int64(got) != want {
				t.Fatalf("%q reads as %d, %v", s, got, err)
			}
		}
	})
}

func FuzzReadVND(f *testing.F) {
	for _, s := range []string{
		"120.000đ", "1,2 triệu", "1tr2", "120.000đ/hộp 250g", "1 triệu 200 nghìn", "100-150k", "Liên hệ", "1.250.000,00", "120 000", "9999999999999tr9",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ReadVND(s)
		again, againErr := ReadVND(CleanText(s))
		if len(s) <= maxReadable && (got != again || (err == nil) != (againErr == nil)) {
			t.Fatalf("%q reads as %d, %v and cleaned as %d, %v", s, got, err, again, againErr)
		}
		if err != nil {
			var re *ReadError
			if !errors.As(err, &re) || got != 0 {
				t.Fatalf("%q: refused with %v and %d", s, got, err)
			}
			return
		}
		if got != 0 && (got < MinPrice || got > MaxPrice) {
			t.Fatalf("%q reads as %d", s, got)
		}
	})
}

func BenchmarkReadVND(b *testing.B) {
	for _, s := range []string{"120000", "120.000đ", "120.000đ/hộp 250g"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := ReadVND(s); err != nil || n != 120_000 {
					b.Fatal(n, err)
				}
			}
		})
	}
}
