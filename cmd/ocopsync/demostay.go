package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/admin"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// What a demo that stays differs in from a daemon in life.
const (
	demoSync    = "* * * * *" // so that a visitor sees it work
	demoLinkFor = 24 * time.Hour
	demoLook    = 50 * time.Millisecond // between two looks whether a run has ended
)

// demoStay starts the daemon, has it settle, and stays until ctx ends.
func (a *app) demoStay(ctx context.Context, p *demoPlay, log *zap.Logger) (err error) {
	l, err := demoListen(ctx, p.cfg.Admin.Listen)
	if err != nil {
		return err
	}
	p.cfg.Schedule.Sync = demoSync
	d, err := newDaemon(ctx, p.cfg, daemonOptions{redis: p.redis.Client(), now: a.now, log: log, progress: p.bar.show, noTicks: true})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(serving, l) }()
	defer func() {
		stop()
		// A demo ends with its sandbox and its Redis: parts that are stuck end
		// with the process.
		if rerr := <-ended; rerr != nil && !errors.Is(rerr, errStuck) {
			err = errors.Join(err, rerr)
		}
		err = errors.Join(err, d.Close())
	}()
	p.engine = d.works.engine
	p.run = func(ctx context.Context, mode reconcile.Mode) (state.Run, error) { return d.runNow(ctx, mode) }
	verdict := a.demoReport(ctx, p)
	var broken *exitError
	if verdict != nil && !errors.As(verdict, &broken) {
		return verdict
	}
	if err := a.welcome(ctx, p, d, addressOf(p.cfg.Admin, l)); err != nil {
		return err
	}
	p.bar.quiet()
	d.schedule.Start()
	<-ctx.Done()
	a.say(ocop.Text{VI: "\nĐang dừng.\n", EN: "\nStopping.\n"})
	return verdict
}

// demoListen takes the port of the shipped configuration, or any free one.
func demoListen(ctx context.Context, address string) (net.Listener, error) {
	var listening net.ListenConfig
	l, err := listening.Listen(ctx, "tcp", address)
	if err != nil {
		l, err = listening.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("open a port for the status page: %w", err)
	}
	return l, nil
}

// runNow asks for a run as a person does and waits for its end.
func (d *daemon) runNow(ctx context.Context, mode reconcile.Mode) (state.Run, error) {
	now := time.Now()
	run := state.Run{
		ID: "demo-" + strings.ReplaceAll(now.UTC().Format("20060102T150405.000Z"), ".", "-"), Mode: string(mode), Trigger: triggerRequest, By: "demo",
		CreatedAt: now.UTC(), State: state.Queued, Parts: make(map[listing.Market]state.Part),
	}
	for _, s := range d.works.shops {
		run.Markets = append(run.Markets, s.Market.Name())
		run.Parts[s.Market.Name()] = state.Part{State: state.Queued}
	}
	if err := d.requests.Submit(ctx, run); err != nil {
		return run, err
	}
	for {
		now, err := d.works.store.Run(ctx, run.ID)
		if err != nil || state.Ended(now.State) {
			return now, err
		}
		if err := pause(ctx, demoLook); err != nil {
			return now, err
		}
	}
}

// welcome tells a visitor where the daemon is and how to come in.
func (a *app) welcome(ctx context.Context, p *demoPlay, d *daemon, address string) error {
	_, link, err := d.works.store.CreateToken(ctx, state.NewToken{Kind: state.LinkToken, Name: "demo", Role: state.Admin, By: "demo", Lives: demoLinkFor})
	if err != nil {
		return fmt.Errorf("make the sign-in link: %w", err)
	}
	_, token, err := d.works.store.CreateToken(ctx, state.NewToken{Name: "demo", Role: state.Admin, By: "demo"})
	if err != nil {
		return fmt.Errorf("make a token: %w", err)
	}
	file := filepath.Join(p.dir, "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		return err
	}
	a.say(ocop.Text{
		VI: "\nDịch vụ đang chạy tại %s, đồng bộ mỗi phút.\nTrang trạng thái, liên kết đăng nhập dùng một lần:\n  %s\nTừ một cửa sổ dòng lệnh khác:\n" +
			"  export OCOPSYNC_ADDRESS=%s OCOPSYNC_TOKEN_FILE=%s\n  ./bin/ocopsync status\nCtrl-C để dừng.\n",
		EN: "\nThe daemon is at %s and syncs every minute.\nThe status page, by a link that signs in once:\n  %s\nFrom another terminal:\n" +
			"  export OCOPSYNC_ADDRESS=%s OCOPSYNC_TOKEN_FILE=%s\n  ./bin/ocopsync status\nCtrl-C ends it.\n",
	}, address, address+admin.SignInPath(link), address, file)
	return nil
}
