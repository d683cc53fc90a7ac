package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ocopsync/internal/config"
)

// maxExposure is what `systemd-analyze security` may say of the unit, in tenths
// of its points: 0 is shut off from everything, 100 is root with all rights.
const maxExposure = "15"

// The unit is one that systemd takes without a word, with little reach.
func TestSystemdUnit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatalf("this test needs systemd-analyze (Debian: apt-get install systemd): %v", err)
	}
	b, err := os.ReadFile("../../deploy/ocopsync.service")
	must(t, err)
	installed, program := "/usr/local/bin/ocopsync", filepath.Join(t.TempDir(), "ocopsync")
	must(t, os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700)) //nolint:gosec // systemd wants it to be executable
	if strings.Count(string(b), "="+installed+" ") != 1 {
		t.Fatalf("the unit does not start %s", installed)
	}
	unit := filepath.Join(t.TempDir(), "ocopsync.service")
	must(t, os.WriteFile(unit, []byte(strings.ReplaceAll(string(b), installed, program)), 0o600))
	for _, args := range [][]string{
		{"verify", "--man=no", "--recursive-errors=no", unit},
		{"security", "--offline=true", "--no-pager", "--threshold=" + maxExposure, unit},
	} {
		said, err := exec.CommandContext(t.Context(), analyze, args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(said) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, said)
		}
	}
}

// setting gives the one value of a unit's setting.
func setting(t *testing.T, unit, name string) string {
	t.Helper()
	var found []string
	for line := range strings.Lines(unit) {
		if value, is := strings.CutPrefix(strings.TrimSpace(line), name+"="); is {
			found = append(found, value)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s: expected one, found %q", name, found)
	}
	return found[0]
}

// The unit runs what the image runs, and lets it end in its own time.
func TestSystemdUnitFits(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../deploy/ocopsync.service")
	must(t, err)
	unit := string(b)
	_, args, _ := strings.Cut(setting(t, unit, "ExecStart"), " ")
	if image := strings.Join(words(t, theOnly(t, dockerfile(t), "CMD", "")), " "); args != image {
		t.Errorf("the unit runs ocopsync %s, the image ocopsync %s", args, image)
	}
	cfg, err := config.Load("../../config/ocopsync.yaml", os.LookupEnv)
	must(t, err)
	wantTimeToStop(t, setting(t, unit, "TimeoutStopSec")+"s", cfg)
	if setting(t, unit, "KillSignal") != "SIGTERM" || setting(t, unit, "Restart") != "on-failure" {
		t.Error("the daemon ends at SIGTERM, and comes again after a failure only")
	}
}
