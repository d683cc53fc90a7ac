package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// exemptFlags say what is decided on a product.
type exemptFlags struct {
	reach
	all, end      bool
	reason, until string
}

func (a *app) exemptCommand() *cobra.Command {
	var f exemptFlags
	c := &cobra.Command{
		Use:   "exempt [CODE [MARKET]]",
		Short: "leave a product alone on a market until a day, or list what is exempt",
		Long: `exempt leaves a product as it is on a market, or with --all on every market: it is
neither listed, changed nor taken off sale there, also when it loses its right, and it
does not count in coverage. Everybody sees who decided that, and why. It ends by itself
after its last day, or at once with --end; the next sync then does what is to be done.

Without a product it lists what is exempt. Deciding takes an operator's token.

Exit codes: 0 done; 1 the daemon can't be reached or refuses; 64 no such market.`,
		Example: `  ocopsync exempt 68-672-00012-1-2024 voso --reason "production rests" --until 2027-03-31
  ocopsync exempt 68-672-00012-1-2024 --all --end
  ocopsync exempt`,
		Args:              usageArgs(cobra.MaximumNArgs(2)),
		ValidArgsFunction: a.secondMarket,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				if f != (exemptFlags{reach: f.reach}) {
					return &usageError{errors.New("name a product")}
				}
				return a.listExempt(c.Context(), f.reach)
			}
			path, err := f.path(args)
			if err != nil {
				return err
			}
			return a.exempt(c.Context(), f, path)
		},
	}
	f.add(c)
	c.Flags().StringVar(&f.reason, "reason", "", "why; everybody sees it")
	c.Flags().StringVar(&f.until, "until", "", "the last day on which it holds, YYYY-MM-DD")
	c.Flags().BoolVar(&f.all, "all", false, "every market")
	c.Flags().BoolVar(&f.end, "end", false, "end it now")
	return c
}

// path is where the pair is decided on.
func (f *exemptFlags) path(args []string) (string, error) {
	market := "all"
	switch {
	case len(args) == 2 && f.all:
		return "", &usageError{errors.New("name a market or say --all, not both")}
	case len(args) == 1 && !f.all:
		return "", &usageError{errors.New("name a market, or say --all for every one")}
	case len(args) == 2:
		market = args[1]
	}
	for _, part := range []string{args[0], market} {
		if strings.Trim(part, ".") == "" {
			return "", &usageError{fmt.Errorf("%q is no product or market", part)}
		}
	}
	switch {
	case f.end && (f.reason != "" || f.until != ""):
		return "", &usageError{errors.New("--end takes neither --reason nor --until")}
	case !f.end && (strings.TrimSpace(f.reason) == "" || f.until == ""):
		return "", &usageError{errors.New("say why and how long: --reason TEXT --until YYYY-MM-DD; everybody sees it")}
	}
	return "/api/v1/exemptions/" + url.PathEscape(args[0]) + "/" + url.PathEscape(market), nil
}

// An exemption is one as the daemon tells of it.
type exemption struct {
	state.Exemption
	Market   string   `json:"market"`
	InForce  bool     `json:"in_force"`
	Name     string   `json:"name"`
	Eligible bool     `json:"eligible"`
	OnSale   []string `json:"on_sale"`
}

func (a *app) exempt(ctx context.Context, f exemptFlags, path string) error {
	d, err := a.client(f.reach)
	if err != nil {
		return err
	}
	if f.end {
		if _, _, err := d.call(ctx, ask{method: http.MethodDelete, path: path}); err != nil {
			return err
		}
		a.aside(ocop.Text{
			VI: "Quyết định miễn đã hết. Lượt đồng bộ tới sẽ làm những việc cần làm.", EN: "The exemption is over. What is to be done is done by the next sync.",
		})
		return nil
	}
	answer, _, err := d.call(ctx, ask{method: http.MethodPut, path: path, body: map[string]string{"reason": f.reason, "until": f.until}})
	if err != nil {
		return err
	}
	if a.json {
		return a.printAnswer(answer)
	}
	var e exemption
	if err := d.decode(answer, &e); err != nil {
		return err
	}
	a.say(ocop.Text{
		VI: "%s (%s) được miễn trên %s đến hết ngày %s, bởi %s: %s\n", EN: "%s (%s) is exempt on %s until %s, by %s: %s\n",
	}, e.Code, oneLine(e.Name), a.marketWords(e.Market), e.Until, oneLine(e.By), oneLine(e.Reason))
	return nil
}

func (a *app) marketWords(market string) string {
	if market == "all" {
		return a.text(ocop.Text{VI: "mọi sàn", EN: "every market"})
	}
	return market
}

func (a *app) listExempt(ctx context.Context, r reach) error {
	d, err := a.client(r)
	if err != nil {
		return err
	}
	all := []exemption{}
	query := url.Values{"limit": {"200"}}
	for more := true; more; {
		var page struct {
			Items []exemption
			Next  string
		}
		if _, err := d.get(ctx, "/api/v1/exemptions", query, &page); err != nil {
			return err
		}
		all = append(all, page.Items...)
		query.Set("cursor", page.Next)
		more = page.Next != ""
	}
	if a.json {
		return a.printJSON(map[string]any{"items": all})
	}
	tb := a.table(
		ocop.Text{VI: "mã", EN: "code"}, ocop.Text{VI: "tên", EN: "name"}, ocop.Text{VI: "sàn", EN: "market"}, ocop.Text{VI: "đến hết", EN: "until"},
		ocop.Text{VI: "bởi", EN: "by"}, ocop.Text{VI: "hiện tại", EN: "now"}, ocop.Text{VI: "lý do", EN: "why"})
	for _, e := range all {
		tb.row(e.Code, orMinus(oneLine(e.Name)), e.Market, e.Until, oneLine(e.By), a.text(e.now()), oneLine(e.Reason))
	}
	tb.end()
	return nil
}

// now says how it is with an exemption.
func (e exemption) now() ocop.Text {
	switch {
	case !e.InForce:
		return ocop.Text{VI: "đã hết", EN: "over"}
	case e.Name == "":
		return ocop.Text{VI: "không có trong sổ", EN: "not in the registry"}
	case !e.Eligible && len(e.OnSale) > 0:
		return ocop.Text{VI: "đang bán dù hết quyền", EN: "on sale without its right"}
	case len(e.OnSale) > 0:
		return ocop.Text{VI: "đang bán", EN: "on sale"}
	}
	return ocop.Text{VI: "không bán", EN: "not on sale"}
}

// secondMarket completes the market behind a product.
func (a *app) secondMarket(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) != 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.marketNames(c, nil, typed)
}
