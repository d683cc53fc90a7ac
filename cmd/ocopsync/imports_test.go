package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The arrows of the design's rooms: who may import whom of ours. What is not
// here must be given its arrows first.
func rooms() map[string][]string {
	below := []string{"ocop", "listing", "plan", "coverage", "registry", "market", "state"}
	return map[string][]string{
		"ocop":              nil,
		"listing":           {"ocop"},
		"plan":              {"ocop", "listing"},
		"coverage":          {"ocop", "listing"},
		"registry":          {"ocop"},
		"market":            {"ocop", "listing"},
		"market/postmart":   {"market", "listing", "ocop"},
		"market/voso":       {"market", "listing", "ocop"},
		"market/lamdong":    {"market", "listing", "ocop"},
		"market/markettest": {"market", "listing", "ocop"},
		"state":             {"ocop", "listing", "journal"},
		"journal":           nil,
		"state/redistest":   nil,
		"reconcile":         below,
		"queue":             {"listing"}, // names of markets; small interfaces of its own
		"admin":             {"state", "coverage", "listing", "ocop"},
		"dashboard":         {"admin", "coverage"},
		"sandbox":           nil,
		"config":            nil,
	}
}

// libraries that only some rooms may import.
func libraries() map[string][]string {
	return map[string][]string{
		"github.com/redis/go-redis/v9":        {"state", "queue"},
		"github.com/alicebob/miniredis/v2":    {"state"},
		"github.com/go-resty/resty/v2":        {"market", "registry", "cmd"},
		"github.com/xuri/excelize/v2":         {"registry", "sandbox"},
		"github.com/sony/gobreaker/v2":        {"market"},
		"github.com/microcosm-cc/bluemonday":  {"listing"},
		"github.com/goccy/go-yaml":            {"config"},
		"github.com/hibiken/asynq":            {"queue"},
		"github.com/robfig/cron/v3":           {"queue"},
		"github.com/prometheus/client_golang": {"admin"},
		"github.com/spf13/cobra":              {"cmd"},
		"github.com/rogpeppe/go-internal":     {},
		"pgregory.net/rapid":                  {},
		"github.com/google/go-cmp":            {},
		"github.com/getkin/kin-openapi":       {},
	}
}

type goPackage struct {
	ImportPath, Dir  string
	GoFiles, Imports []string
}

func TestImportsFollowTheRooms(t *testing.T) {
	t.Parallel()
	known := rooms()
	for _, p := range listPackages(t) {
		room, internal := strings.CutPrefix(p.ImportPath, "ocopsync/internal/")
		allowed, told := known[room]
		if internal && !told {
			t.Errorf("%s is in no room: give it its arrows here and in the design", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if ours, is := strings.CutPrefix(imported, "ocopsync/internal/"); is && internal && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s; it may import %v", p.ImportPath, imported, allowed)
			}
			for library, owners := range libraries() {
				if within(imported, library) && !slices.ContainsFunc(owners, func(o string) bool { return within(room, o) || within(p.ImportPath, "ocopsync/"+o) }) {
					t.Errorf("%s imports %s, which is %v's", p.ImportPath, imported, owners)
				}
			}
			standard := !strings.Contains(strings.Split(imported, "/")[0], ".") && !strings.HasPrefix(imported, "ocopsync/")
			if room == "ocop" && !standard && !within(imported, "golang.org/x/text") {
				t.Errorf("%s imports %s; it may import the standard library and golang.org/x/text", p.ImportPath, imported)
			}
		}
		for _, file := range p.GoFiles {
			checkFile(t, p, filepath.Join(p.Dir, file))
		}
	}
}

func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// checkFile looks for what no file may have: an init, an exit outside main, a sleep.
func checkFile(t *testing.T, p goPackage, path string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	must(t, err)
	name := p.ImportPath + "/" + filepath.Base(path)
	for _, d := range file.Decls {
		if f, is := d.(*ast.FuncDecl); is && f.Name.Name == "init" && f.Recv == nil {
			t.Errorf("%s has an init()", name)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, is := n.(*ast.SelectorExpr)
		if !is {
			return true
		}
		pkg, is := call.X.(*ast.Ident)
		if !is {
			return true
		}
		switch said := pkg.Name + "." + call.Sel.Name; said {
		case "os.Exit", "log.Fatal", "log.Fatalf":
			if name != "ocopsync/cmd/ocopsync/main.go" {
				t.Errorf("%s calls %s", name, said)
			}
		case "time.Sleep", "http.DefaultClient", "zap.L", "zap.S", "zap.ReplaceGlobals":
			t.Errorf("%s uses %s", name, said)
		}
		return true
	})
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Dir,GoFiles,Imports", "ocopsync/...")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, errs.String())
	}
	var all []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < len(rooms()) {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}
