package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"ocopsync/internal/sandbox"
)

func (a *app) sandboxCommand() *cobra.Command {
	o := sandbox.Options{Ports: sandbox.DefaultPorts(), SKUPrefix: "OCOP-"}
	var dir string
	var quota bool
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "play the outside on loopback: the registry, the three markets, a price list",
		Long: `sandbox plays the registry and the three marketplaces on loopback until Ctrl-C, and
writes the producers' price list. The shipped configuration talks to it. Its
control door shows the ledger and plays faults, take-downs and price changes.`,
		Example: "  ocopsync sandbox\n  ocopsync sandbox --products 1000 --review-delay 10s",
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if quota {
				o.Quota = sandboxQuotas(30 * time.Second)
			}
			box, err := sandbox.New(o)
			if err != nil {
				return err
			}
			defer func() {
				if cerr := box.Close(); err == nil {
					err = cerr
				}
			}()
			if err := os.MkdirAll(dir, 0o750); err != nil {
				return err
			}
			prices := filepath.Join(dir, "banggia.xlsx")
			if err := box.WritePriceList(prices); err != nil {
				return fmt.Errorf("write the price list: %w", err)
			}
			if err := a.printDoors(box, prices); err != nil {
				return err
			}
			<-c.Context().Done()
			return nil
		},
	}
	f := c.Flags()
	f.IntVar(&o.Products, "products", 0, "this many generated products instead of the 71 made-up ones")
	f.Int64Var(&o.Seed, "seed", 1, "seed of the generated products and of faults")
	f.DurationVar(&o.ReviewDelay, "review-delay", 5*time.Second, "how long postmart reviews")
	f.DurationVar(&o.VosoPending, "voso-pending", time.Second, "how long voso keeps a new product pending")
	f.DurationVar(&o.Latency, "latency", 0, "how much later the markets answer")
	f.BoolVar(&quota, "quota", true, "limit the markets' calls as the shipped configuration expects")
	f.StringVar(&dir, "dir", "data", "where the price list is written")
	f.StringVar(&o.Host, "host", "127.0.0.1", "loopback address to listen on")
	f.IntVar(&o.Ports.Registry, "registry-port", o.Ports.Registry, "port of the registry and the pictures")
	f.IntVar(&o.Ports.Postmart, "postmart-port", o.Ports.Postmart, "port of postmart")
	f.IntVar(&o.Ports.Voso, "voso-port", o.Ports.Voso, "port of voso")
	f.IntVar(&o.Ports.Lamdong, "lamdong-port", o.Ports.Lamdong, "port of lamdong")
	f.IntVar(&o.Ports.Control, "control-port", o.Ports.Control, "port of the control door")
	return c
}

// printDoors says where the sandbox listens and where its price list is.
func (a *app) printDoors(box *sandbox.Sandbox, prices string) error {
	doors := []string{sandbox.Registry, sandbox.Postmart, sandbox.Voso, sandbox.Lamdong, sandbox.Control}
	if a.json {
		at := map[string]string{"prices": prices}
		for _, name := range doors {
			at[name] = box.URL(name)
		}
		return a.printJSON(at)
	}
	for _, name := range doors {
		a.printf("%-9s %s\n", name, box.URL(name))
	}
	a.printf("%-9s %s\nCtrl-C ends it.\n", "prices", prices)
	return nil
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// tempDir makes a folder that done removes.
func tempDir() (dir string, done func(), err error) {
	dir, err = os.MkdirTemp("", "ocopsync-")
	if err != nil {
		return "", nil, err
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

// sandboxQuotas are the quotas that the shipped configuration's rates expect.
// voso bears two calls at once where the configuration asks for one at a time:
// a 429 of voso locks the shop, so the rate is kept with room to spare.
func sandboxQuotas(lock time.Duration) map[string]sandbox.Quota {
	return map[string]sandbox.Quota{
		sandbox.Postmart: {Rate: 20, Burst: 20},
		sandbox.Voso:     {Rate: 10, Burst: 2, Lock: lock},
		sandbox.Lamdong:  {Rate: 10, Burst: 5},
	}
}
