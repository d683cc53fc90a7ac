package journal

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var monday = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// entry is the nth decision, on one of some subjects; every fifth ends the one before it.
func entry(n, subjects int) Entry {
	e := Entry{
		ID: fmt.Sprintf("id-%05d", n), At: monday.Add(time.Duration(n) * time.Second), Kind: "pause",
		Subject: fmt.Sprint("market-", n%subjects), Body: json.RawMessage(fmt.Sprintf(`{"reason":"lý do %d"}`, n)),
	}
	if n%5 == 4 {
		e.Body = nil
	}
	return e
}

// A kit is a folder with what was noticed of it.
type kit struct {
	t   *testing.T
	dir string
	o   Options

	mu      sync.Mutex
	noticed []string
}

func newKit(t *testing.T) *kit {
	t.Helper()
	k := &kit{t: t, dir: filepath.Join(t.TempDir(), "decisions-da-lat")}
	k.o.Notice = func(words string) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.noticed = append(k.noticed, strings.ReplaceAll(words, k.dir+"/", ""))
	}
	return k
}

func (k *kit) open() *Journal {
	k.t.Helper()
	j, err := Open(k.t.Context(), k.dir, k.o)
	k.must(err)
	return j
}

func (k *kit) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) add(entries ...Entry) {
	k.t.Helper()
	j := k.open()
	for _, e := range entries {
		k.must(j.Append(k.t.Context(), e))
	}
}

// holds wants the folder to hold these entries.
func (k *kit) holds(when string, want ...Entry) {
	k.t.Helper()
	got, err := k.open().Entries(k.t.Context())
	k.must(err)
	if diff := cmp.Diff(want, got); diff != "" {
		k.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

func (k *kit) text(name string) string {
	k.t.Helper()
	b, err := os.ReadFile(filepath.Join(k.dir, name))
	k.must(err)
	return string(b)
}

func (k *kit) write(name, text string) {
	k.t.Helper()
	k.must(os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600))
}

func (k *kit) names() []string {
	k.t.Helper()
	found, err := os.ReadDir(k.dir)
	k.must(err)
	var names []string
	for _, f := range found {
		names = append(names, f.Name())
	}
	return names
}

const first = "decisions-000001.jsonl"

func TestEntriesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.holds("before the first")
	k.add(entry(0, 3), entry(4, 3))
	history := Entry{ID: "1-0", At: monday, Kind: "audit", Body: json.RawMessage(`{"who":"cán bộ\n1"}`)}
	k.add(history)
	k.holds("three", entry(0, 3), entry(4, 3), history)
	if info, err := os.Stat(filepath.Join(k.dir, first)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v; want it to be its owner's alone", info.Mode(), err)
	}
	if len(k.noticed) > 0 {
		t.Errorf("noticed %q in a whole journal", k.noticed)
	}
}

// Many at once, in this process and as if in others: each is there once, whole.
func TestManyAppendAtOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.o.FileSize, k.o.Files = 900, 1000
	var want []Entry
	var wg sync.WaitGroup
	for w := range 4 {
		j := k.open()
		for half := range 2 {
			wg.Go(func() {
				for n := range 10 {
					if err := j.Append(t.Context(), entry(w*100+half*10+n, 7)); err != nil {
						t.Error(err)
					}
				}
			})
			for n := range 10 {
				want = append(want, entry(w*100+half*10+n, 7))
			}
		}
	}
	wg.Wait()
	got, err := k.open().Entries(t.Context())
	k.must(err)
	slices.SortFunc(got, Entry.Compare)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if n := len(k.names()); n < 5 {
		t.Errorf("all are in %v, want several files", k.names())
	}
}

// A crash may end the last line anywhere: it is cut away, and what comes after is whole.
func TestATornLastLineIsCut(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.add(entry(0, 3), entry(1, 3))
	kept := k.text(first)
	k.add(entry(2, 3))
	all := k.text(first)
	for at := len(kept) + 1; at < len(all)-1; at++ {
		k.write(first, all[:at])
		k.noticed = nil
		k.open()
		if got := k.text(first); got != kept || len(k.noticed) != 1 || !strings.Contains(k.noticed[0], first+": its last line was cut off by a crash") {
			t.Fatalf("torn at byte %d: the file is\n%s\nnoticed %q", at, got, k.noticed)
		}
		k.add(entry(3, 3))
		k.holds(fmt.Sprint("torn at byte ", at), entry(0, 3), entry(1, 3), entry(3, 3))
	}
	k.write(first, strings.TrimSuffix(all, "\n"))
	k.add(entry(3, 3))
	k.holds("only the line feed is missing", entry(0, 3), entry(1, 3), entry(2, 3), entry(3, 3))
	k.write(first, "{")
	k.add(entry(3, 3))
	k.holds("a first line that was cut off", entry(3, 3))
}

func TestABadLineIsToldAndTheRestIsUsed(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.add(entry(0, 3), entry(1, 3))
	lines := strings.SplitAfter(k.text(first), "\n")
	k.write(first, lines[0]+"\n\xff\x00{]\n"+`{"id":"x","at":"2026-11-23T09:30:00Z"}`+"\n"+`{"id":3}`+"\n"+lines[1])
	k.holds("with bad lines", entry(0, 3), entry(1, 3))
	want := []string{
		first + ", line 3: can't be read and is passed over: invalid character 'ÿ' looking for beginning of value",
		first + ", line 4: is passed over, for it lacks id, at or kind",
		first + ", line 5: can't be read and is passed over: json: cannot unmarshal number into Go struct field Entry.id of type string",
	}
	if diff := cmp.Diff(want, k.noticed); diff != "" {
		t.Errorf("noticed (-want +got):\n%s", diff)
	}
}

// The folder stays small, and what still counts stays in it.
func TestCompacting(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.o.FileSize, k.o.Files, k.o.History = 2000, 3, 10
	j := k.open()
	const n = 400
	var all []Entry
	for i := range n {
		all = append(all, entry(i, 4), Entry{ID: fmt.Sprint(i, "-0"), At: monday.Add(time.Duration(i) * time.Second), Kind: "audit", Body: json.RawMessage(`{}`)})
	}
	for i, e := range all {
		if i == n {
			k.write(first, "{]\n") // as if it had been damaged long ago
		}
		k.must(j.Append(t.Context(), e))
		if names := k.names(); len(names) > 3+1+1 {
			t.Fatalf("after %d entries the folder holds %v", i, names)
		}
	}
	got, err := j.Entries(t.Context())
	k.must(err)
	if diff := cmp.Diff(Latest(all, 10), Latest(got, 10)); diff != "" {
		t.Errorf("what counts (-appended +kept):\n%s", diff)
	}
	if len(got) > 150 {
		t.Errorf("%d entries are kept of %d, want about those that count", len(got), len(all))
	}
	if !slices.Contains(k.names(), first+".damaged") || k.text(first+".damaged") != "{]\n" {
		t.Errorf("the damaged file is not set aside: %v", k.names())
	}
}

func TestLatest(t *testing.T) {
	t.Parallel()
	at := func(n int, kind, subject, id string) Entry {
		return Entry{ID: id, At: monday.Add(time.Duration(n) * time.Second), Kind: kind, Subject: subject}
	}
	given := []Entry{
		at(9, "pause", "voso", "c"), at(1, "pause", "voso", "z"), at(9, "pause", "voso", "b"), at(2, "exemption", "voso", "a"),
		at(3, "audit", "", "1"), at(5, "audit", "", "3"), at(4, "audit", "", "2"), at(5, "audit", "", "3"),
	}
	want := []Entry{at(2, "exemption", "voso", "a"), at(4, "audit", "", "2"), at(5, "audit", "", "3"), at(9, "pause", "voso", "c")}
	if diff := cmp.Diff(want, Latest(given, 2)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What can't be kept is said, with the file, and nothing of it stays.
func TestRefusals(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.add(entry(0, 3))
	j := k.open()
	long := entry(1, 3)
	long.Body = json.RawMessage(`"` + strings.Repeat("x", maxLine) + `"`)
	if err := j.Append(t.Context(), long); err == nil || !strings.Contains(err.Error(), "at most 262144") {
		t.Errorf("an entry that is too long: %v", err)
	}
	k.holds("after an entry that is too long", entry(0, 3))
	k.must(os.RemoveAll(k.dir))
	if err := j.Append(t.Context(), entry(1, 3)); err == nil || !strings.Contains(err.Error(), filepath.Join(k.dir, "lock")) {
		t.Errorf("appended to a folder that is gone: %v", err)
	}
	k.must(os.WriteFile(k.dir, nil, 0o600))
	if _, err := Open(t.Context(), k.dir, k.o); err == nil || !strings.Contains(err.Error(), "open the journal of decisions: ") {
		t.Errorf("opened a file as a folder: %v", err)
	}
}

func TestMark(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.open()
	if m, err := LoadMark(k.dir); err != nil || m != (Mark{}) {
		t.Errorf("before the first mark: %+v, %v", m, err)
	}
	for n := range int64(3) {
		want := Mark{Epoch: "E", Writes: n, At: monday}
		k.must(SaveMark(k.dir, want))
		if m, err := LoadMark(k.dir); err != nil || m != want {
			t.Errorf("the mark is %+v, %v; want %+v", m, err, want)
		}
	}
	if diff := cmp.Diff([]string{"lock", "memory.json"}, k.names()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "{", `{"writes":3}`, `[]`} {
		k.write("memory.json", bad)
		if _, err := LoadMark(k.dir); err == nil || !strings.Contains(err.Error(), "memory.json") {
			t.Errorf("a mark of %q: %v", bad, err)
		}
	}
}
