package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ocopsync/internal/config"
)

// addressVariable gives the daemon's address where no flag does.
const addressVariable = "OCOPSYNC_ADDRESS"

// healthLimit is the time that the daemon has to say that it is alive.
const healthLimit = 3 * time.Second

func (a *app) healthCommand() *cobra.Command {
	var address string
	c := &cobra.Command{
		Use:   "health",
		Short: "say whether the daemon is alive",
		Long: `health asks the daemon for /livez and gives it 3 seconds. It is what a container's
health check or a monitor runs. The daemon is alive when it answers; whether it can
work, GET /readyz tells.

The address is that of --address, or of the environment variable OCOPSYNC_ADDRESS,
or admin.listen of the configuration.

Exit codes: 0 alive, 1 not.`,
		Example: "  ocopsync health\n  ocopsync health --address https://ocop.example",
		RunE:    func(c *cobra.Command, _ []string) error { return a.health(c.Context(), address) },
	}
	c.Flags().StringVar(&address, "address", "", "of the daemon: host:port, or http:// or https:// and host:port")
	return c
}

func (a *app) health(ctx context.Context, flag string) error {
	at, here, err := a.daemonAddress(flag)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthLimit)
	defer cancel()
	if err := alive(ctx, at, here); err != nil {
		return &exitError{code: exitFailed, text: fmt.Sprintf("the daemon at %s is not alive: %s", at, err)}
	}
	if a.json {
		return a.printJSON(map[string]any{"alive": true, "address": at.String()})
	}
	a.printf("alive at %s\n", at)
	return nil
}

// alive is nil when something answers /livez with 200. here says that it is on
// this machine.
func alive(ctx context.Context, at *url.URL, here bool) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String()+"/livez", nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{ // without a proxy: the daemon itself is asked
		DisableKeepAlives: true,
		// The daemon's certificate bears the name that browsers know it by, and on
		// its own machine it is asked by another. What is sent there leaves the
		// machine nowhere, and there is no secret in it.
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: here},
	}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	var failed *url.Error
	switch {
	case errors.As(err, &failed) && failed.Timeout():
		return fmt.Errorf("no answer within %s", healthLimit)
	case errors.As(err, &failed):
		return failed.Err
	case err != nil:
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)); err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers /livez with %s; is it ocopsync?", res.Status)
	}
	return nil
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// daemonAddress gives where the daemon is, without a path, and whether that is
// on this machine.
func (a *app) daemonAddress(flag string) (at *url.URL, here bool, err error) {
	if told, _ := a.getenv(addressVariable); flag != "" || told != "" {
		at, err = parseAddress(cmp.Or(flag, told))
		switch {
		case err != nil && flag != "":
			return nil, false, &usageError{fmt.Errorf("--address: %w", err)}
		case err != nil:
			return nil, false, fmt.Errorf("%s: %w", addressVariable, err)
		}
		return at, isLoopback(at.Hostname()), nil
	}
	cfg, err := a.load()
	if err != nil {
		return nil, false, err
	}
	at, err = ownAddress(cfg.Admin)
	return at, true, err
}

// parseAddress reads host:port, or an address with http:// or https://.
func parseAddress(text string) (*url.URL, error) {
	form := errors.New("expected host:port, or http:// or https:// before it")
	if !strings.Contains(text, "://") {
		if host, port, err := net.SplitHostPort(text); err != nil || host == "" || port == "" {
			return nil, form
		}
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, form // not repeated: it may hold a password
	}
	at := &url.URL{Scheme: u.Scheme, Host: u.Host}
	if strings.TrimSuffix(text, "/") != at.String() {
		return nil, form
	}
	return at, nil
}

// ownAddress gives where this machine reaches the daemon that listens as
// configured: one that listens everywhere also listens on loopback.
func ownAddress(admin config.Admin) (*url.URL, error) {
	host, port, err := net.SplitHostPort(admin.Listen)
	if err != nil {
		return nil, fmt.Errorf("admin.listen: %w", err)
	}
	if port == "0" {
		return nil, errors.New("admin.listen is any free port: give --address, as the daemon printed it")
	}
	if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
		host = "127.0.0.1"
		if a.Is6() {
			host = "::1"
		}
	}
	u := &url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}
	if admin.TLS.On() {
		u.Scheme = "https"
	}
	return u, nil
}
