package main

import (
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ocopsync/internal/sandbox"
)

// Sources as files: the annex of a decision as the registry, and a price list
// that brings pictures.

func TestPictureChangeIsSentOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	list := filepath.Join(s.dir, "banggia.csv")
	s.pricesWithPictures(list, nil)
	s.writeConfig(with(s.prices, list))
	s.settle()
	code := s.everywhere()[0]
	s.box.ResetCounts()
	s.pricesWithPictures(list, map[string]string{code: s.box.PictureURL("pictures", "anh-moi.jpg")})
	s.judge(s.settle())
	for m, want := range map[string]int{sandbox.Postmart: 2, sandbox.Voso: 1, sandbox.Lamdong: 1} { // postmart: the upload too
		if got := s.box.Writes()[m]; got != want {
			t.Errorf("%s got %d writing calls for a changed picture, expected %d: %+v", m, got, want, s.box.Calls())
		}
	}
	for who, want := range map[string]int{"client": 1, sandbox.Voso: 1, sandbox.Lamdong: 1} { // postmart's is uploaded by us
		if got := s.box.PictureFetches()[who]; got != want {
			t.Errorf("%s fetched %d pictures, expected %d", who, got, want)
		}
	}
	s.box.ResetCounts()
	s.judge(s.sync(exitOK, "--verify"))
	s.wantWrites(0)
}

// A new listing whose creating call lost its answer is found at the next look.
// What changes in our sources after that is sent as of any other, pictures and
// stock too, of which the market shows nothing that could be compared.
func TestChangesAfterALostAnswerAreSent(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	list := filepath.Join(s.dir, "banggia.csv")
	s.pricesWithPictures(list, nil)
	s.writeConfig(with(s.prices, list))
	must(t, s.box.SetFault(sandbox.Fault{Target: sandbox.Lamdong, Kind: sandbox.FaultLostAnswer, Method: http.MethodPost, Count: 3}))
	s.judge(s.settle())
	s.box.ClearFaults()
	if n := s.box.Writes()[sandbox.Lamdong]; n == 0 {
		t.Fatal("no creating call lost its answer")
	}
	code := s.everywhere()[0]
	s.box.ResetCounts()
	s.pricesWithPictures(list, map[string]string{code: s.box.PictureURL("pictures", "anh-moi.jpg")})
	s.judge(s.settle())
	for _, m := range []string{sandbox.Voso, sandbox.Lamdong} {
		if got := s.box.PictureFetches()[m]; got != 1 {
			t.Errorf("%s fetched %d pictures after one changed, expected 1", m, got)
		}
	}
	if got := s.box.Writes()[sandbox.Lamdong]; got != 1 {
		t.Errorf("lamdong got %d writing calls for a changed picture, expected 1", got)
	}
	s.box.ResetCounts()
	s.judge(s.sync(exitOK, "--verify"))
	s.wantWrites(0)
}

// pricesWithPictures writes the price list as CSV with a column of pictures.
func (s *stage) pricesWithPictures(path string, pictures map[string]string) {
	s.t.Helper()
	must(s.t, s.box.WritePriceList(path))
	b, err := os.ReadFile(path)
	must(s.t, err)
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff")))
	rows, err := in.ReadAll()
	must(s.t, err)
	const code = 1 // the column
	for i := range rows {
		cell := pictures[rows[i][code]]
		if slices.Contains(rows[i], "Giá bán") {
			cell = "Hình ảnh"
		}
		rows[i] = append(rows[i], cell)
	}
	s.writeCSV(path, rows)
}

func (s *stage) writeCSV(path string, rows [][]string) {
	s.t.Helper()
	f, err := os.Create(path)
	must(s.t, err)
	w := csv.NewWriter(f)
	must(s.t, w.WriteAll(rows))
	must(s.t, f.Close())
	s.settled(path)
}

// mapFoodAsAWhole adds a line for all food to each market's categories.
func (s *stage) mapFoodAsAWhole() {
	s.t.Helper()
	path := filepath.Join(s.dir, "categories.yaml")
	b, err := os.ReadFile(path)
	must(s.t, err)
	line := regexp.MustCompile(`(?m)^( +- \{group: thuc-pham), subgroup: "Đồ ăn nhanh"(.*)$`)
	if n := len(line.FindAll(b, -1)); n != len(sandbox.Markets()) {
		s.t.Fatalf("%d lines for fast food in the shipped categories", n)
	}
	must(s.t, os.WriteFile(path, line.ReplaceAll(b, []byte("$0\n$1$2")), 0o600))
}

// The annex has neither codes, sub-groups nor pictures: codes are derived from
// name and producer, an officer maps the group as a whole, and the price list,
// by name and producer too, brings the rest.
func TestWorkbookRegistryIsListed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	annex, list := filepath.Join(s.dir, "phuluc.xlsx"), filepath.Join(s.dir, "banggia.csv")
	must(t, s.box.WriteRegistryWorkbook(annex))
	s.settled(annex)
	rows := [][]string{{"Tên sản phẩm", "Chủ thể", "Giá bán", "Đơn vị tính", "Tồn kho", "Hình ảnh"}}
	for _, l := range s.box.Labels() {
		if p := s.registered(l.Code); l.Eligible && len(p.Images) > 0 {
			rows = append(rows, []string{p.Name, p.Producer.Name, "120.000đ", "Hộp", "25", p.Images[0]})
		}
	}
	s.writeCSV(list, rows)
	s.writeConfig(with("kind: province", "kind: workbook\n  path: "+annex), with(s.prices, list))
	s.mapFoodAsAWhole()

	r := s.settle()
	for _, m := range r.Coverage.Markets {
		on := make(map[string]int)
		for _, l := range s.box.Listings(string(m.Market), "") {
			if l.OnSale {
				on[l.SKU]++
			}
		}
		if len(on) != m.OnSale || len(on) < 20 {
			t.Errorf("%s: %d SKUs are on sale, printed are %d, expected at least 20", m.Market, len(on), m.OnSale)
		}
		for sku, n := range on {
			if n != 1 || !strings.HasPrefix(sku, "OCOP-") {
				t.Errorf("%s: %q is on sale %d times", m.Market, sku, n)
			}
		}
	}
	s.box.ResetCounts()
	s.sync(exitOK, "--verify")
	s.wantWrites(0)

	// The workbook written anew, as every month, changes nothing by itself.
	must(t, s.box.WriteRegistryWorkbook(annex))
	s.settled(annex)
	s.sync(exitOK)
	s.wantWrites(0)

	var gone string
	for _, l := range s.box.Labels() {
		if p := s.registered(l.Code); l.Eligible && p.Group == "thuc-pham" && len(l.Blocked) == 0 {
			gone = l.Code
			break
		}
	}
	name := s.registered(gone).Name
	must(t, s.box.Revoke(gone)) // the next annex is without it
	must(t, s.box.WriteRegistryWorkbook(annex))
	s.settled(annex)
	before := s.box.Figures()
	s.box.ResetCounts()
	s.sync(exitOK)
	if n := s.box.Writes()[sandbox.Voso]; n != 1 {
		t.Errorf("%q left the annex: voso got %d writing calls, expected one; on sale were %+v, are %+v", name, n, before, s.box.Figures())
	}
}
