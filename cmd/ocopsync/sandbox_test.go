package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"ocopsync/internal/sandbox"
)

// `ocopsync sandbox` says where its doors are, serves them, and ends when told to.
func TestSandboxCommand(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	cmd := exec.CommandContext(t.Context(), "ocopsync", "sandbox", "--json", "--dir", dir, "--products", "5",
		"--registry-port", "0", "--postmart-port", "0", "--voso-port", "0", "--lamdong-port", "0", "--control-port", "0")
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var doors map[string]string
	must(t, json.NewDecoder(out).Decode(&doors))
	if _, err := os.Stat(doors["prices"]); err != nil || filepath.Dir(doors["prices"]) != dir {
		t.Errorf("the price list %q: %v", doors["prices"], err)
	}
	res, err := http.Get(doors[sandbox.Control] + "/figures")
	must(t, err)
	var figures sandbox.Figures
	must(t, json.NewDecoder(res.Body).Decode(&figures))
	must(t, res.Body.Close())
	if len(figures.Markets) != 3 || figures.Overall.OnSale != 0 {
		t.Errorf("the control door's figures: %+v", figures)
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		t.Errorf("told to end: %v", err)
	}
}
