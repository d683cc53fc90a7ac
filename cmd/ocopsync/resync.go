package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// exitInterrupted is what resync ends with when waiting was cut short: 128 and
// the number of SIGINT, as shells have it.
const exitInterrupted = 130

type resyncFlags struct {
	reach
	markets, codes []string
	mode, key      string
	wait           bool
}

func (a *app) resyncCommand() *cobra.Command {
	var f resyncFlags
	c := &cobra.Command{
		Use:   "resync",
		Short: "ask the daemon for a run",
		Long: `resync asks a running daemon for a run, prints the run's id and leaves; with --wait
it shows the run as it goes and prints how it ended. It takes an operator's token.

A request that may have been lost on the way is sent again under the same key,
which makes one run however often it is sent. To repeat it yourself, give the key
that was printed: --idempotency-key.

Ctrl-C ends the waiting, not the run: "ocopsync runs cancel RUN" does that.

Exit codes: 0 accepted, or with --wait done; 1 the daemon can't be reached or
refuses, or with --wait something failed or was cancelled; 3 with --wait: a guard
holds the run; 64 no such market, product or mode; 130 interrupted, the run goes on.`,
		Example: `  ocopsync resync
  ocopsync resync --market voso --mode verify --wait
  ocopsync resync --code 68-672-00012-1-2024 --json`,
		RunE: func(c *cobra.Command, _ []string) error { return a.resync(c.Context(), f) },
	}
	f.add(c)
	fl := c.Flags()
	fl.StringSliceVarP(&f.markets, "market", "m", nil, "only these markets (default all)")
	fl.StringSliceVar(&f.codes, "code", nil, "only these product codes; refusals of the market are tried again")
	fl.StringVar(&f.mode, "mode", "sync", "sync; verify: read the registry and the markets in full; plan: apply nothing")
	fl.BoolVarP(&f.wait, "wait", "w", false, "wait for the run's end")
	fl.StringVar(&f.key, "idempotency-key", "", "of an earlier request that is to be sent again (default a new one)")
	a.offerMarkets(c)
	offer(c, "mode", runModes())
	return c
}

// resyncBody is the request as the API takes it.
type resyncBody struct {
	Markets []string `json:"markets,omitempty"`
	Codes   []string `json:"codes,omitempty"`
	Mode    string   `json:"mode"`
}

func (a *app) resync(ctx context.Context, f resyncFlags) error {
	if err := wantOneOf("mode", f.mode, runModes()); err != nil {
		return err
	}
	if f.key == "" {
		f.key = "cli-" + strings.ToLower(rand.Text())
	}
	if len(f.key) > 200 || strings.ContainsFunc(f.key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return &usageError{errors.New("--idempotency-key: expected 1 to 200 ASCII characters without a space")}
	}
	d, err := a.client(f.reach)
	if err != nil {
		return err
	}
	body, header, err := d.persist(ctx, ask{
		method: http.MethodPost, path: "/api/v1/resyncs", key: f.key, body: resyncBody{f.markets, f.codes, f.mode},
	})
	if err != nil {
		return a.notAccepted(ctx, err, f.key)
	}
	var run state.Run
	if err := d.decode(body, &run); err != nil {
		return err
	}
	if header.Get("Idempotency-Replayed") != "" {
		a.aside(ocop.Text{VI: "Yêu cầu này đã gửi trước đây; lượt của nó là %s.", EN: "The request had come before; its run is %s."}, run.ID)
	}
	if f.wait {
		return a.await(ctx, d, run)
	}
	if a.json {
		return a.printAnswer(body)
	}
	a.printf("%s\n", run.ID)
	d.tellPauses(ctx, run)
	a.aside(ocop.Text{VI: "Lượt đã được nhận. Xem bằng `ocopsync runs %s`.", EN: "The run is accepted. `ocopsync runs %s` shows it."}, run.ID)
	return nil
}

// notAccepted says how to go on where nobody knows whether a request arrived.
func (a *app) notAccepted(ctx context.Context, err error, key string) error {
	again := a.fill(ocop.Text{
		VI: "Không biết lượt đã được nhận chưa; `--idempotency-key %s` yêu cầu lại đúng lượt đó, không tạo lượt thứ hai",
		EN: "Whether the run was accepted is not known; `--idempotency-key %s` asks for the same run again, never for a second one",
	}, key)
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted, text: a.text(ocop.Text{VI: "bị ngắt. ", EN: "interrupted. "}) + again}
	}
	var f *fault
	if errors.As(err, &f) && f.arrived {
		return fmt.Errorf("%w\n%s", err, again)
	}
	return err
}

// tellPauses says which markets of a run are paused, for their parts wait; a
// plan's do not.
func (d *client) tellPauses(ctx context.Context, run state.Run) {
	if run.Mode == string(reconcile.Plan) {
		return
	}
	var st statusAnswer
	if _, err := d.get(ctx, "/api/v1/status", nil, &st); err != nil {
		return // the run is accepted all the same, and whoever waits hears of a daemon that is away
	}
	for _, m := range st.Markets {
		if m.Pause != nil && slices.Contains(run.Markets, m.Market) {
			d.app.aside(ocop.Text{
				VI: "%s đang tạm dừng (%s: %s); phần việc ở đó chờ đến khi `ocopsync resume`.",
				EN: "%s is paused (%s: %s); the part there waits until `ocopsync resume`.",
			}, m.Market, oneLine(m.Pause.By), oneLine(m.Pause.Reason))
		}
	}
}

// await follows a run and ends as it does.
func (a *app) await(ctx context.Context, d *client, asked state.Run) error {
	id := asked.ID
	a.aside(ocop.Text{VI: "Lượt %s đã được nhận.", EN: "Run %s is accepted."}, id)
	d.tellPauses(ctx, asked)
	bar := a.newProgress()
	run, err := d.follow(ctx, id, bar.showRun)
	bar.done()
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted, text: a.fill(ocop.Text{
			VI: "không đợi nữa; lượt %[1]s vẫn chạy tiếp. `ocopsync runs %[1]s` để xem, `ocopsync runs cancel %[1]s` để dừng",
			EN: "no longer waiting; run %[1]s goes on. `ocopsync runs %[1]s` shows it, `ocopsync runs cancel %[1]s` stops it",
		}, id)}
	}
	if err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(run)
	} else {
		a.printRun(run)
	}
	return a.runExit(run, err)
}
