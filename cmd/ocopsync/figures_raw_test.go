package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"ocopsync/internal/sandbox"
)

const (
	rawCalls   = 10_000
	rawWorkers = 20 // about as many as the engine's, for the three markets
)

// rawTogether is the CPU that a bare net/http client and the sandbox that it
// calls cost together in one process for 10,000 calls with a body of a product's
// size.
func rawTogether(t *testing.T, box *sandbox.Sandbox) float64 {
	t.Helper()
	cpu := cpuSeconds()
	if err := rawClient(box.URL(sandbox.Voso)+"/v2/seller/product/list", 1); err != nil {
		t.Fatal(err)
	}
	return cpuSeconds() - cpu
}

// rawAlone is what the same client costs in a process of its own, as the engine
// is measured: less than this nobody gets with net/http.
func rawAlone(t *testing.T, box *sandbox.Sandbox) float64 {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestRawRole$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), benchRole+"=raw", benchRaw+"="+box.URL(sandbox.Voso)+"/v2/seller/product/list")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var cpu float64
	if _, err := fmt.Sscan(string(out), &cpu); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return cpu
}

// TestRawRole is the process of rawAlone; run by hand it does nothing.
func TestRawRole(t *testing.T) {
	if os.Getenv(benchRole) != "raw" {
		return
	}
	cpu := cpuSeconds()
	if err := rawClient(os.Getenv(benchRaw), rawWorkers); err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Println(cpuSeconds() - cpu)
}

// rawClient makes the calls by so many workers side by side.
func rawClient(address string, workers int) error {
	body := []byte(`{"PAGE":1,"SELLER_SKU":"` + strings.Repeat("x", 1500) + `"}`)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	var g errgroup.Group
	for range workers {
		g.Go(func() error {
			for range rawCalls / workers {
				res, err := client.Post(address, "application/json", bytes.NewReader(body)) //nolint:noctx // a bare client is what is measured
				if err != nil {
					return err
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
			return nil
		})
	}
	return g.Wait()
}
