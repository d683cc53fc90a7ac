package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"ocopsync/internal/ocop"
)

func (a *app) pauseCommand() *cobra.Command {
	var r reach
	var all bool
	var reason string
	c := &cobra.Command{
		Use:   "pause [MARKET]",
		Short: "stop all work on a market, or with --all on every market",
		Long: `pause stops all work on a market until it is resumed: nothing is put on sale,
changed or taken off sale there meanwhile, also what has lost its right; only plans,
which change nothing, can still be asked for. Everybody sees who paused it and why.
It takes an operator's token.

Exit codes: 0 paused; 1 the daemon can't be reached or refuses; 64 no such market.`,
		Example: `  ocopsync pause voso --reason "the market is being mended until tomorrow"
  ocopsync pause --all --reason "inspection"`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.oneMarket,
		RunE: func(c *cobra.Command, args []string) error {
			path, err := haltPath(args, all)
			if err != nil {
				return err
			}
			if strings.TrimSpace(reason) == "" {
				return &usageError{errors.New("say why: --reason TEXT; everybody sees it")}
			}
			return a.halt(c.Context(), r, path+"/pause", map[string]string{"reason": reason})
		},
	}
	r.add(c)
	c.Flags().StringVar(&reason, "reason", "", "why; everybody sees it")
	c.Flags().BoolVar(&all, "all", false, "every market")
	return c
}

func (a *app) resumeCommand() *cobra.Command {
	var r reach
	var all bool
	c := &cobra.Command{
		Use:   "resume [MARKET]",
		Short: "end the pause of a market, or with --all the pause of everything",
		Long: `resume ends what pause began. The pause of a market and the pause of everything are
apart: each ends by itself. It takes an operator's token.

Exit codes: 0 done; 1 the daemon can't be reached or refuses; 64 no such market.`,
		Example:           "  ocopsync resume voso\n  ocopsync resume --all",
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.oneMarket,
		RunE: func(c *cobra.Command, args []string) error {
			path, err := haltPath(args, all)
			if err != nil {
				return err
			}
			return a.halt(c.Context(), r, path+"/resume", nil)
		},
	}
	r.add(c)
	c.Flags().BoolVar(&all, "all", false, "the pause of everything")
	return c
}

// haltPath begins the path for a market, or for everything, which must be said.
func haltPath(args []string, all bool) (string, error) {
	switch {
	case len(args) == 1 && all:
		return "", &usageError{errors.New("name a market or say --all, not both")}
	case all:
		return "/api/v1", nil
	case len(args) == 0 || strings.Trim(args[0], ".") == "":
		return "", &usageError{errors.New("name a market, or say --all for every one")}
	}
	return "/api/v1/markets/" + url.PathEscape(args[0]), nil
}

// halt pauses or resumes, and says how it is then.
func (a *app) halt(ctx context.Context, r reach, path string, body any) error {
	d, err := a.client(r)
	if err != nil {
		return err
	}
	answer, _, err := d.call(ctx, ask{method: http.MethodPost, path: path, body: body})
	if err != nil {
		return err
	}
	if a.json {
		return a.printAnswer(answer)
	}
	var is struct {
		Market, Reason, By string
		Paused             bool
	}
	if err := d.decode(answer, &is); err != nil {
		return err
	}
	switch {
	case is.Paused && is.Market == "":
		a.say(ocop.Text{VI: "Tất cả tạm dừng, bởi %s: %s\n", EN: "Everything is paused, by %s: %s\n"}, oneLine(is.By), oneLine(is.Reason))
	case is.Paused:
		a.say(ocop.Text{VI: "%s tạm dừng, bởi %s: %s\n", EN: "%s is paused, by %s: %s\n"}, is.Market, oneLine(is.By), oneLine(is.Reason))
	case is.Market == "":
		a.say(ocop.Text{
			VI: "Lệnh tạm dừng tất cả đã hết. Sàn nào được tạm dừng riêng thì vẫn dừng.\n",
			EN: "The pause of everything is over. Markets that are paused themselves stay so.\n",
		})
	default:
		a.say(ocop.Text{
			VI: "Lệnh tạm dừng %s đã hết. Lệnh tạm dừng tất cả, nếu có, vẫn còn.\n",
			EN: "The pause of %s is over. A pause of everything would go on.\n",
		}, is.Market)
	}
	return nil
}
