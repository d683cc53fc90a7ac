package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzDecode sees that no file makes the decoder panic, hang or grow, and that
// each fault says something in one line.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*", "testdata/*.yaml", "../../config/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("no files %s: %v", pattern, err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	for _, s := range []string{"? ", "? a\n? b", "&a", "*a", "<<: *a", "!", "|", "a: >\n", "{", "[", "[a:b]", "- - - a", "%YAML 9", "---", "...", "a: \"\\u00", "{? a : b}", "{a, b: c}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		getenv := func(name string) (string, bool) { return "hunter2", strings.HasPrefix(name, "S") }
		c := Defaults()
		d := &decoder{file: "fuzz.yaml", dir: "testdata", getenv: getenv}
		if d.decode(b, &c) {
			c.resolvePaths(d.dir)
			c.check(d.check)
		}
		d.file = "categories.yaml"
		if d.decode(b, &c.Mapping) {
			c.checkMapping(d.check)
		}
		for _, fault := range d.sorted() {
			if fault.Text == "" || strings.ContainsAny(fault.String(), "\n\r") {
				t.Errorf("a fault is no line of words: %q", fault)
			}
		}
	})
}
