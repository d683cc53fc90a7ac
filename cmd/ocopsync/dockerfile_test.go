package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// There is no Docker engine in the tests: what the Dockerfile says is done by
// hand, from the context that .dockerignore leaves, as far as it is ours.

// An instruction of a Dockerfile, its lines joined.
type instruction struct{ word, rest string }

func dockerfile(t *testing.T) []instruction {
	t.Helper()
	b, err := os.ReadFile("../../Dockerfile")
	must(t, err)
	text := regexp.MustCompile(`(?m)^\s*#.*\n`).ReplaceAllString(string(b), "")
	text = regexp.MustCompile(`\\\n\s*`).ReplaceAllString(text, "")
	var all []instruction
	for line := range strings.Lines(text) {
		if word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); word != "" {
			all = append(all, instruction{word, rest})
		}
	}
	return all
}

// theOnly gives the rest of the one instruction with this word that holds a text.
func theOnly(t *testing.T, all []instruction, word, holds string) string {
	t.Helper()
	var found []string
	for _, i := range all {
		if i.word == word && strings.Contains(i.rest, holds) {
			found = append(found, i.rest)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s with %q: expected one, found %q", word, holds, found)
	}
	return found[0]
}

// words reads the JSON form of CMD, ENTRYPOINT and the like.
func words(t *testing.T, list string) []string {
	t.Helper()
	var out []string
	if err := json.Unmarshal([]byte(list), &out); err != nil || len(out) == 0 {
		t.Fatalf("%s: %v", list, err)
	}
	return out
}

// buildContext copies what .dockerignore lets into the build: the lines with !,
// without the patterns that follow them.
func buildContext(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../.dockerignore")
	must(t, err)
	var let, without []string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line == "*" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "!"):
			let = append(let, line[1:])
		case strings.HasPrefix(line, "**/"):
			without = append(without, line[3:])
		default:
			t.Fatalf(".dockerignore: this test can't read %q", line)
		}
	}
	dir := t.TempDir()
	for _, name := range let {
		must(t, filepath.WalkDir(filepath.Join("../..", name), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			to := filepath.Join(dir, strings.TrimPrefix(path, "../../"))
			out := slices.ContainsFunc(without, func(pattern string) bool { ok, _ := filepath.Match(pattern, d.Name()); return ok })
			switch {
			case out && d.IsDir():
				return fs.SkipDir
			case out:
				return nil
			case d.IsDir():
				return os.MkdirAll(to, 0o750)
			}
			return copyFile(path, to, 0o600)
		}))
	}
	return dir
}

func copyFile(from, to string, mode fs.FileMode) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, b, mode))
}
