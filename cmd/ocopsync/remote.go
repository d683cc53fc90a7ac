package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ocopsync/internal/market/lamdong"
	"ocopsync/internal/market/postmart"
	"ocopsync/internal/market/voso"
	"ocopsync/internal/reconcile"
)

// modePlan is the mode of a run that applies nothing.
const modePlan = string(reconcile.Plan)

func runModes() []string { return []string{string(reconcile.Sync), string(reconcile.Verify), modePlan} }

// remoteCommands are those that talk to a running daemon.
func (a *app) remoteCommands() []*cobra.Command {
	return []*cobra.Command{
		a.statusCommand(), a.coverageCommand(), a.resyncCommand(), a.runsCommand(), a.pauseCommand(), a.resumeCommand(), a.approveCommand(), a.refuseCommand(),
		a.exemptCommand(), a.tokenCommand(),
	}
}

// fetch asks the daemon for what is at a path. With --json the answer is printed
// as it came; else it is read into v, and print prints it.
func (a *app) fetch(ctx context.Context, r reach, path string, query url.Values, v any, print func(teller)) error {
	d, err := a.client(r)
	if err != nil {
		return err
	}
	body, err := d.get(ctx, path, query, v)
	if err != nil {
		return err
	}
	if a.json {
		return a.printAnswer(body)
	}
	t, err := a.teller()
	if err != nil {
		return err
	}
	print(t)
	return nil
}

// printAnswer prints an answer of the daemon as it is.
func (a *app) printAnswer(body []byte) error {
	_, err := a.out.Write(body)
	return err
}

// usageArgs makes a wrong number of arguments a mistake in the call.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return &usageError{err}
		}
		return nil
	}
}

// helpOnly is what a command does that has commands of its own.
func helpOnly(c *cobra.Command, _ []string) error { return c.Help() }

// wantOneOf fails with a mistake in the call where a flag has none of the words.
func wantOneOf(flag, value string, words []string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return &usageError{fmt.Errorf("--%s %q: expected %s", flag, value, strings.Join(words, ", "))}
}

// offer completes a flag with a closed set of words.
func offer(c *cobra.Command, flag string, words []string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // fails for an unknown flag only
}

// offerMarkets completes --market.
func (a *app) offerMarkets(c *cobra.Command) {
	_ = c.RegisterFlagCompletionFunc("market", a.marketNames) // fails for an unknown flag only
}

// marketNames are those that are configured; where the configuration can't be
// read (an operator's machine has none), those that there are.
func (a *app) marketNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	cfg, err := a.load()
	if err != nil {
		names := map[string]bool{string(lamdong.Name): true, string(postmart.Name): true, string(voso.Name): true}
		return slices.Sorted(maps.Keys(names)), cobra.ShellCompDirectiveNoFileComp
	}
	return enabled(cfg), cobra.ShellCompDirectiveNoFileComp
}

// oneMarket completes a command's only argument.
func (a *app) oneMarket(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.marketNames(c, args, typed)
}
