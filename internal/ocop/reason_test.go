package ocop

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestAllReasonsHoldsEveryConstant(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []Reason
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Reason" {
			return true
		}
		for _, v := range spec.Values {
			word, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, Reason(word))
		}
		return true
	})
	if all := AllReasons(); !slices.Equal(declared, all) {
		t.Errorf("the constants of reason.go and AllReasons differ:\n%v\n%v", declared, all)
	}
}

func TestEveryReasonIsExplained(t *testing.T) {
	t.Parallel()
	parties := []Party{PartyProducer, PartyOfficer, PartyMarketplace, PartySystem}
	seen := map[string]Reason{}
	for i, r := range AllReasons() {
		if r.Rank() != i {
			t.Errorf("%s: Rank = %d, want %d", r, r.Rank(), i)
		}
		if !slices.Contains(parties, r.Party()) {
			t.Errorf("%s: nobody must act: %q", r, r.Party())
		}
		of := 0
		for _, says := range []func(Reason) (saying, bool){registrySaying, decisionSaying, offerSaying, listingSaying, marketSaying} {
			if _, ok := says(r); ok {
				of++
			}
		}
		if of != 1 {
			t.Errorf("%s is explained in %d places, want 1", r, of)
		}
		for _, s := range []string{r.Text().VI, r.Text().EN, r.Todo().VI, r.Todo().EN} {
			if len(s) < 15 || !strings.HasSuffix(s, ".") || s != CleanText(s) {
				t.Errorf("%s: %q is no clean sentence", r, s)
			}
			if other, twice := seen[s]; twice {
				t.Errorf("%s and %s say the same: %q", r, other, s)
			}
			if !strings.HasPrefix(s, "Không cần làm gì") && !strings.HasPrefix(s, "Nothing needs doing") {
				seen[s] = r
			}
		}
		if NameKey(r.Text().VI) == strings.ToLower(r.Text().VI) {
			t.Errorf("%s: %q is no Vietnamese", r, r.Text().VI)
		}
	}
	for _, p := range parties {
		if p.Text().VI == "" || p.Text().EN == "" || p.Text().VI == string(p) {
			t.Errorf("party %s has no name", p)
		}
	}
}

func TestUnknownReason(t *testing.T) {
	t.Parallel()
	r := Reason("of_a_newer_version")
	if r.Rank() != len(AllReasons()) || r.Party() != PartySystem || r.Text().EN != string(r) {
		t.Errorf("unknown reason: rank %d, party %s, text %v", r.Rank(), r.Party(), r.Text())
	}
}

func TestReasonsSorted(t *testing.T) {
	t.Parallel()
	given := Reasons{CallFailed, "b", BelowMinStars, RatingUnclear, "a", BelowMinStars, "b"}
	before := slices.Clone(given)
	if got, want := given.Sorted(), (Reasons{RatingUnclear, BelowMinStars, CallFailed, "a", "b"}); !slices.Equal(got, want) {
		t.Errorf("Sorted = %v, want %v", got, want)
	}
	if !slices.Equal(given, before) {
		t.Error("Sorted changed what it was given")
	}
	if (Reasons{}).Sorted() != nil || (Reasons{}).First() != "" {
		t.Error("no reasons: want nil and no first")
	}
}

func TestNamesOfGroupsKindsAndStatuses(t *testing.T) {
	t.Parallel()
	for _, g := range AllGroups() {
		if read, err := ReadGroup(g.Text().VI); err != nil || read != g {
			t.Errorf("group %s: its name %q reads as %q, %v", g, g.Text().VI, read, err)
		}
		if g.Text().EN == "" {
			t.Errorf("group %s has no English name", g)
		}
	}
	for _, k := range []ProducerKind{Company, Cooperative, CoopGroup, Household} {
		if read, err := ReadProducerKind(k.Text().VI); err != nil || read != k {
			t.Errorf("kind %s: its name %q reads as %q, %v", k, k.Text().VI, read, err)
		}
	}
	for _, s := range []Status{StatusRecognized, StatusExpired, StatusRevoked, StatusWithdrawn} {
		if read, err := ReadStatus(s.Text().VI); err != nil || read != s {
			t.Errorf("status %s: its name %q reads as %q, %v", s, s.Text().VI, read, err)
		}
	}
	if (Group("x")).Text().VI != "x" || (ProducerKind("x")).Text().VI != "x" || (Status("x")).Text().VI != "x" || (Party("x")).Text().VI != "x" {
		t.Error("an unknown word stands for itself")
	}
}

func TestRankAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { _ = NotYetRun.Rank() }); n != 0 {
		t.Errorf("Rank allocates %v times", n)
	}
}

func BenchmarkRank(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = NotYetRun.Rank()
	}
}

func BenchmarkSorted(b *testing.B) {
	r := Reasons{MissingUnit, MissingPrice, CertificateExpired}
	b.ReportAllocs()
	for b.Loop() {
		_ = r.Sorted()
	}
}
