package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

func (a *app) approveCommand() *cobra.Command {
	var r reach
	var wait bool
	c := &cobra.Command{
		Use:   "approve RUN MARKET CHECKSUM",
		Short: "let exactly what a guard holds on a market go",
		Long: `approve lets exactly the held changes go that the checksum names; "ocopsync status"
shows it with the run. The daemon plans anew: what differs by then is held anew. An
approval is used once. With the checksum of a held reading of the sources, the
reading is taken over. It takes an operator's token.

Exit codes: 0 accepted, or with --wait done; 1 the daemon can't be reached or
refuses: what is held has changed, has ended or was decided on; 3 with --wait:
something is held again; 64 no such run or market; 130 interrupted, the run goes on.`,
		Example: "  ocopsync approve 20261123T023000Z-k3v9q2ma voso 3f9c2a71d0b84e65 --wait",
		Args:    usageArgs(cobra.ExactArgs(3)),
		RunE: func(c *cobra.Command, args []string) error {
			return a.approve(c.Context(), r, args, wait)
		},
	}
	r.add(c)
	c.Flags().BoolVarP(&wait, "wait", "w", false, "wait for the end of the run that applies it")
	return c
}

func (a *app) refuseCommand() *cobra.Command {
	var r reach
	var reason string
	c := &cobra.Command{
		Use:   "refuse RUN MARKET CHECKSUM",
		Short: "leave what a guard holds on a market undone",
		Long: `refuse leaves exactly the held changes undone that the checksum names. They are not
asked again until what is held differs, and can still be approved. It takes an
operator's token.

Exit codes: 0 refused; 1 the daemon can't be reached or refuses: what is held has
changed, has ended or was decided on; 64 no such run or market.`,
		Example: `  ocopsync refuse 20261123T023000Z-k3v9q2ma voso 3f9c2a71d0b84e65 --reason "the price list is wrong"`,
		Args:    usageArgs(cobra.ExactArgs(3)),
		RunE: func(c *cobra.Command, args []string) error {
			if strings.TrimSpace(reason) == "" {
				return &usageError{errors.New("say why: --reason TEXT; everybody sees it")}
			}
			return a.refuse(c.Context(), r, args, reason)
		},
	}
	r.add(c)
	c.Flags().StringVar(&reason, "reason", "", "why; everybody sees it")
	return c
}

// heldPath is the path of what a run holds on a market.
func heldPath(args []string, verb string) string {
	return "/api/v1/runs/" + url.PathEscape(args[0]) + "/parts/" + url.PathEscape(args[1]) + "/" + verb
}

func (a *app) approve(ctx context.Context, r reach, args []string, wait bool) error {
	d, err := a.client(r)
	if err != nil {
		return err
	}
	body, _, err := d.call(ctx, ask{method: http.MethodPost, path: heldPath(args, "approve"), body: map[string]string{"checksum": args[2]}})
	if err != nil {
		return err
	}
	var run state.Run
	if err := d.decode(body, &run); err != nil {
		return err
	}
	switch {
	case wait:
		return a.await(ctx, d, run)
	case a.json:
		return a.printAnswer(body)
	}
	a.printf("%s\n", run.ID)
	d.tellPauses(ctx, run)
	a.aside(ocop.Text{VI: "Đã duyệt; lượt %[1]s thực hiện. Xem bằng `ocopsync runs %[1]s`.", EN: "Approved; run %[1]s applies it. `ocopsync runs %[1]s` shows it."}, run.ID)
	return nil
}

func (a *app) refuse(ctx context.Context, r reach, args []string, reason string) error {
	d, err := a.client(r)
	if err != nil {
		return err
	}
	body, _, err := d.call(ctx, ask{
		method: http.MethodPost, path: heldPath(args, "refuse"), body: map[string]string{"checksum": args[2], "reason": reason},
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printAnswer(body)
	}
	a.say(ocop.Text{
		VI: "Đã từ chối; các thay đổi này trên %s chỉ được hỏi lại khi nội dung khác đi.\n",
		EN: "Refused; these changes on %s are asked again only once they differ.\n",
	}, args[1])
	return nil
}
