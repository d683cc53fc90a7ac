package ocop

import (
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The domain stands on the standard library and golang.org/x/text alone, and
// does no I/O.
func TestImports(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range file.Imports {
			path, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(path, "/")
			standard := !strings.Contains(first, ".") && first != "ocopsync"
			if !standard && !strings.HasPrefix(path, "golang.org/x/text/") {
				t.Errorf("%s imports %s", name, path)
			}
			if first == "os" || first == "net" || first == "log" || first == "io" || first == "context" || first == "sync" {
				t.Errorf("%s imports %s: nothing here does I/O, logs or shares state", name, path)
			}
		}
	}
}
