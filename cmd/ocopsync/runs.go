package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

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
	d, err := a.remote(r)
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
	a.printf("Run %s is being stopped. `ocopsync runs %s` shows it.\n", id, id)
	return nil
}

func (a *app) showRun(ctx context.Context, r reach, id string) error {
	if err := checkRunID(id); err != nil {
		return err
	}
	var run state.Run
	return a.fetch(ctx, r, runPath(id), nil, &run, func(t teller) {
		a.printf("Asked for %s by %s (%s)", t.ago(run.CreatedAt, "never"), orDash(run.By), run.Trigger)
		if len(run.Codes) > 0 {
			a.printf(", %s only", count(len(run.Codes), "product"))
		}
		a.printf("\nStarted %s, ended %s", t.at(run.StartedAt, "not yet"), t.at(run.EndedAt, "not yet"))
		if d := took(run.StartedAt, run.EndedAt); d != "" {
			a.printf(", took %s", d)
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
			a.printf("There have been no runs yet.\n")
			return
		}
		tw := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(tw, "run\tasked for\tby\tmode\tstate\ttook\tmarkets")
		for _, run := range page.Items {
			_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", run.ID, t.at(run.CreatedAt, "-"), askedBy(run), run.Mode, run.State,
				orMinus(took(run.StartedAt, run.EndedAt)), runMarkets(run))
		}
		_ = tw.Flush()
		if page.Next != "" {
			a.printf("There are older ones: --limit shows up to %d.\n", maxRuns)
		}
	})
}

func askedBy(r state.Run) string {
	if r.By == "" {
		return r.Trigger
	}
	return shorten(oneLine(r.By), 30)
}

func orMinus(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// runMarkets names a run's markets, with the state of those parts whose state is
// not the run's.
func runMarkets(r state.Run) string {
	words := make([]string, len(r.Markets))
	for i, m := range r.Markets {
		words[i] = string(m)
		if p, there := r.Parts[m]; there && p.State != r.State {
			words[i] += " " + p.State
		}
	}
	return strings.Join(words, ", ")
}
