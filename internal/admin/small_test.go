package admin

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ocopsync/internal/ocop"
)

func TestAskedLang(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]lang{
		"": en, "vi": vi, "vi-VN": vi, "VI": vi, "en-GB,vi;q=0.9": en, "vi;q=0.8,en;q=0.7": vi, "fr": en, "fr,vi;q=0.1": vi, "vi;q=0": en,
		"vi;q=x": en, "en;q=0.2 , vi; q=0.3": vi, "*": en, strings.Repeat("fr,", 50) + "vi": en, "vi;q=": en,
	} {
		if got := askedLang(header, en); got != want {
			t.Errorf("%.40q: %s, want %s", header, got, want)
		}
	}
	if askedLang("", vi) != vi {
		t.Error("nothing asked: not the language given")
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	s := &Server{o: Options{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"203.0.113.5:999", "", "203.0.113.5"},
		{"203.0.113.5:999", "198.51.100.7", "203.0.113.5"}, // no proxy of ours
		{"10.0.0.1:999", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:999", "1.2.3.4, 198.51.100.7", "198.51.100.7"}, // the first can be made up
		{"10.0.0.1:999", "198.51.100.7, 10.0.0.9", "198.51.100.7"},
		{"10.0.0.1:999", "", "10.0.0.1"}, {"10.0.0.1:999", "nonsense", "10.0.0.1"}, {"10.0.0.1:999", "198.51.100.7, nonsense", "10.0.0.1"},
		{"[::1]:999", "2001:db8::1", "2001:db8::1"}, {"[::ffff:203.0.113.5]:9", "", "203.0.113.5"}, {"@", "", "0.0.0.0"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.address(r).String(); got != c.want {
			t.Errorf("%s, forwarded for %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	th := throttle{buckets: recent[netip.Addr, bucket]{most: 100}}
	now := monday
	for n := range 10_000 {
		th.note(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), now)
	}
	if n := len(th.buckets.young) + len(th.buckets.old); n > 200 {
		t.Errorf("%d addresses are remembered, at most 200 should be", n)
	}
	for range 100 { // a clock set back frees nobody, and holds nobody for ever
		th.note(netip.MustParseAddr("2001:db8::1"), now)
	}
	neighbour := netip.MustParseAddr("2001:db8::ffff:1")
	if wait := th.wait(neighbour, now); wait != wrongEvery {
		t.Errorf("the same /64 waits %s, want %s", wait, wrongEvery)
	}
	if wait := th.wait(neighbour, now.Add(-time.Hour)); wait != wrongEvery {
		t.Errorf("with the clock set back it waits %s, want %s", wait, wrongEvery)
	}
	if wait := th.wait(neighbour, now.Add(wrongEvery)); wait != 0 {
		t.Errorf("after its time it waits %s", wait)
	}
	if wait := th.wait(netip.MustParseAddr("2001:db8:0:1::1"), now); wait != 0 {
		t.Errorf("another /64 waits %s", wait)
	}
}

func TestRecent(t *testing.T) {
	t.Parallel()
	r := recent[int, string]{most: 2}
	for n := range 3 {
		r.set(n, fmt.Sprint(n))
	}
	if _, there := r.get(0); !there { // young again
		t.Error("0 was forgotten too early")
	}
	r.set(3, "3")
	if _, there := r.get(1); there {
		t.Error("1 is still there")
	}
	if v, _ := r.get(0); v != "0" {
		t.Error("0, just asked for, was forgotten")
	}
	r.removeIf(func(v string) bool { return v == "0" })
	r.remove(3)
	if _, there := r.get(0); there {
		t.Error("0 was removed and is there")
	}
	if _, there := r.get(3); there {
		t.Error("3 was removed and is there")
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "abc": "abc", "a\nb\x00": "a\ufffdb\ufffd", strings.Repeat("ă", 60): strings.Repeat("ă", 50) + "…", "a" + strings.Repeat("ă", 60): "a" + strings.Repeat("ă", 49) + "…",
	} {
		if got := cut(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Every reason that the page can show has words in both languages.
func TestWordsAreWhole(t *testing.T) {
	t.Parallel()
	for l, w := range map[lang]words{vi: vietnameseWords(), en: englishWords()} {
		text := fmt.Sprintf("%q", w)
		if strings.Contains(text, `""`) {
			t.Errorf("a word in %s is missing: %s", l, text)
		}
		for _, r := range ocop.AllReasons() {
			if w.parties[r.Party()] == "" || l.of(r.Text()) == "" || l.of(r.Todo()) == "" {
				t.Errorf("%s in %s: no party, text or deed", r, l)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"mode":"sync"}`, `{"markets":["voso"],"codes":["68-672-00001-1-2024"],"mode":"verify"}`, `{"mode":"a","mode":"b"}`, `null`, `[]`, `{"Mode":1}`,
		`{} {}`, `{"mode":{"a":[1,2]}}`, `{"codes":null}`, "\xff", `{"mode":"\ud800"}`, `{`, `{"":1}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var v resyncBody
		err := decodeStrictly([]byte(body), &v)
		if err != nil && asError(err).Status != 400 {
			t.Errorf("refused with %d: %v", asError(err).Status, err)
		}
		if err == nil && !strings.HasPrefix(strings.TrimSpace(body), "{") {
			t.Errorf("took %q", body)
		}
	})
}

func FuzzCursor(f *testing.F) {
	l := listOf("products", nil, "market")
	f.Add(l.cursor("68-672-00001-1-2024"))
	f.Add("")
	f.Add("////")
	f.Add(l.cursor(""))
	f.Fuzz(func(t *testing.T, given string) {
		key, err := l.after(map[string][]string{"cursor": {given}})
		if err == nil && (key == "" || l.cursor(key) != given || !utf8.ValidString(key)) {
			t.Errorf("%q gave %q", given, key)
		}
	})
}
