package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"ocopsync/internal/config"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "run the daemon: on schedule, on request, watched over HTTP",
		Long: `serve keeps the markets in step until it is told to stop: it works the schedule of
the configuration and what people ask for through the admin API, and serves the
status page, the API, /livez, /readyz and /metrics at admin.listen.

SIGTERM or Ctrl-C stops it within shutdown_grace: calls under way end, the rest is
left to another process or the next start. Nothing that was accepted is lost, also
when it is killed. Several may run on one Redis; each run is done once.

It logs JSON lines to standard error, or to the file of --log; the level is
log.level, and an administrator can change it at run time. The first token is made
on this machine: ocopsync token create NAME --role admin --direct.

Exit codes: 0 stopped, 1 something failed or did not end in time, 64 wrong use.`,
		Example: "  ocopsync serve --config config/ocopsync.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			return a.serve(c.Context(), cfg)
		},
	}
}

func (a *app) serve(ctx context.Context, cfg *config.Config) error {
	log, level, flush, err := a.serviceLog(cfg.Log.Level)
	if err != nil {
		return err
	}
	defer flush()
	l, err := listen(ctx, cfg.Admin, a.now, log)
	if err != nil {
		return err
	}
	d, err := newDaemon(ctx, cfg, daemonOptions{now: a.now, pace: a.pace, log: log, level: level, catchUp: true})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	log.Info("serving", zap.String("address", addressOf(cfg.Admin, l)), zap.String("tenant", cfg.Tenant), zap.String("version", version))
	err = d.Run(ctx, l)
	if errors.Is(err, errStuck) {
		return err
	}
	err = errors.Join(err, d.Close())
	if err != nil {
		log.Error("stopped", zap.Error(err))
		return err
	}
	log.Info("stopped")
	return nil
}

// listen opens the admin API's port, before anything is begun.
func listen(ctx context.Context, cfg config.Admin, now func() time.Time, log *zap.Logger) (net.Listener, error) {
	var listening net.ListenConfig
	l, err := listening.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("admin.listen: %w", err)
	}
	if !cfg.TLS.On() {
		return l, nil
	}
	keys := &keyPair{cert: cfg.TLS.CertFile, key: cfg.TLS.KeyFile, now: now, log: log}
	if _, err := keys.get(nil); err != nil {
		return nil, errors.Join(fmt.Errorf("admin.tls: %w", err), l.Close())
	}
	return tls.NewListener(l, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: keys.get}), nil
}

// addressOf is how the daemon is reached, as far as it knows.
func addressOf(cfg config.Admin, l net.Listener) string {
	if cfg.PublicURL != "" {
		return cfg.PublicURL
	}
	scheme := "http://"
	if cfg.TLS.On() {
		scheme = "https://"
	}
	return scheme + l.Addr().String()
}
