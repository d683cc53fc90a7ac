package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// maxRuns is how many runs the API lists at once.
const maxRuns = 200

func (a *app) runsCommand() *cobra.Command {
	var r reach
	limit := 20
	c := &cobra.Command{
		Use:   "runs [RUN]",
		Short: "list the daemon's runs, or show one",
		Long: `runs lists what a running daemon has done, newest first, or shows one run with its
parts: what was done on each market, what failed and why. It takes a viewer's token.

Exit codes: 0 shown, however the runs ended; 1 there is no such run, or the daemon
can't be reached or refuses.`,
		Example: `  ocopsync runs --limit 5
  ocopsync runs 20261123T023000Z-k3v9q2ma
  ocopsync runs cancel 20261123T023000Z-k3v9q2ma`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.showRun(c.Context(), r, args[0])
			}
			if limit < 1 || limit > maxRuns {
				return &usageError{fmt.Errorf("--limit %d: expected 1 to %d", limit, maxRuns)}
			}
			return a.listRuns(c.Context(), r, limit)
		},
	}
	r.add(c)
	c.Flags().IntVar(&limit, "limit", limit, "how many, at most "+strconv.Itoa(maxRuns))
	c.AddCommand(a.cancelCommand(&r))
	return c
}

func (a *app) cancelCommand(r *reach) *cobra.Command {
	return &cobra.Command{
		Use:   "cancel RUN",
		Short: "stop a run",
		Long: `cancel makes a run stop writing within a second; calls under way end first. What it
has done stays done, and the next run goes on from there. It takes an operator's
token.

Exit codes: 0 it is being stopped; 1 there is no such run, it has ended, or the
daemon can't be reached or refuses.`,
		Example:           "  ocopsync runs cancel 20261123T023000Z-k3v9q2ma",
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			return a.cancelRun(c.Context(), *r, args[0])
		},
	}
}

// checkRunID keeps what is no id out of the path.
func checkRunID(id string) error {
	if id == "" || id == "." || id == ".." {
		return &usageError{errors.New("expected the id of a run; `ocopsync runs` lists them")}
	}
	return nil
}

func (a *app) cancelRun(ctx context.Context, r reach, id string) error {
	if err := checkRunID(id); err != nil {
		return err
	}
	d, err := a.client(r)
	if err != nil {
		return err
	}
	body, _, err := d.call(ctx, ask{method: http.MethodPost, path: runPath(id) + "/cancel"})
	if err != nil {
		return err
	}
	if a.json {
		return a.printAnswer(body)
	}
	a.say(ocop.Text{VI: "Lượt %[1]s đang được dừng. Xem bằng `ocopsync runs %[1]s`.\n", EN: "Run %[1]s is being stopped. `ocopsync runs %[1]s` shows it.\n"}, id)
	return nil
}

func (a *app) showRun(ctx context.Context, r reach, id string) error {
	if err := checkRunID(id); err != nil {
		return err
	}
	var run state.Run
	return a.fetch(ctx, r, runPath(id), nil, &run, func(t teller) {
		a.say(ocop.Text{VI: "Yêu cầu lúc %s bởi %s", EN: "Asked for %s by %s"}, t.ago(run.CreatedAt, "-"), askedBy(run))
		if len(run.Codes) > 0 {
			a.say(ocop.Text{VI: ", chỉ %s", EN: ", %s only"}, a.counted(len(run.Codes), productNoun()))
		}
		notYet := a.text(ocop.Text{VI: "chưa", EN: "not yet"})
		a.say(ocop.Text{VI: "\nBắt đầu %s, kết thúc %s", EN: "\nStarted %s, ended %s"}, t.at(run.StartedAt, notYet), t.at(run.EndedAt, notYet))
		if d := took(run.StartedAt, run.EndedAt); d != "" {
			a.say(ocop.Text{VI: ", mất %s", EN: ", took %s"}, d)
		}
		if !run.CancelAsked.IsZero() {
			a.say(ocop.Text{VI: ", yêu cầu hủy lúc %s", EN: ", cancelling asked for %s"}, t.ago(run.CancelAsked, "-"))
		}
		a.printf("\n")
		a.printRun(run)
	})
}

func (a *app) listRuns(ctx context.Context, r reach, limit int) error {
	var page struct {
		Items []state.Run `json:"items"`
		Next  string      `json:"next"`
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	return a.fetch(ctx, r, "/api/v1/runs", query, &page, func(t teller) {
		if len(page.Items) == 0 {
			a.say(ocop.Text{VI: "Chưa có lượt đồng bộ nào.\n", EN: "There have been no runs yet.\n"})
			return
		}
		tb := a.table(
			ocop.Text{VI: "lượt", EN: "run"}, ocop.Text{VI: "yêu cầu lúc", EN: "asked for"}, ocop.Text{VI: "bởi", EN: "by"}, ocop.Text{VI: "cách chạy", EN: "mode"},
			ocop.Text{VI: "kết quả", EN: "state"}, ocop.Text{VI: "mất", EN: "took"}, ocop.Text{VI: "sàn", EN: "markets"})
		for _, run := range page.Items {
			tb.row(run.ID, t.at(run.CreatedAt, "-"), askedBy(run), a.text(word(modeWords(), run.Mode)), a.text(word(stateWords(), run.State)),
				orMinus(took(run.StartedAt, run.EndedAt)), a.runMarkets(run))
		}
		tb.end()
		if page.Next != "" {
			a.say(ocop.Text{VI: "Còn lượt cũ hơn: --limit cho xem đến %d.\n", EN: "There are older ones: --limit shows up to %d.\n"}, maxRuns)
		}
	})
}

// askedBy names who or what asked for a run.
func askedBy(r state.Run) string {
	if r.By == "" {
		return r.Trigger
	}
	return shorten(oneLine(r.By), 30)
}

// runMarkets names a run's markets, with the state of those parts whose state is
// not the run's.
func (a *app) runMarkets(r state.Run) string {
	words := make([]string, len(r.Markets))
	for i, m := range r.Markets {
		words[i] = string(m)
		if p, there := r.Parts[m]; there && p.State != r.State {
			words[i] += " " + a.text(word(stateWords(), p.State))
		}
	}
	return strings.Join(words, ", ")
}
