package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// tokenFlags are shared by the commands on tokens.
type tokenFlags struct {
	reach
	direct bool // on Redis, without a daemon
}

func tokenRoles() []string {
	return []string{string(state.Viewer), string(state.Operator), string(state.Admin)}
}

func (a *app) tokenCommand() *cobra.Command {
	f := &tokenFlags{}
	c := &cobra.Command{
		Use:   "token",
		Short: "make, list and revoke the daemon's tokens",
		Long: `token makes, lists and revokes the tokens by which people and programs are let in to
the daemon: a viewer reads figures; an operator also starts, cancels and pauses; an
admin also makes and revokes tokens.

It goes through a running daemon with an admin's token. With --direct it works on
the Redis that --config names instead: that is how the first token is made.

Exit codes: 0 done; 1 the daemon or Redis can't be reached or refuses.`,
		Example: `  ocopsync token create "Nguyễn Văn A" --role admin --direct > ~/.config/ocopsync/token
  ocopsync token create "province's dashboard" --role viewer --expires 90d
  ocopsync token list
  ocopsync token revoke k3v9q2max7`,
		Args: usageArgs(cobra.NoArgs),
		RunE: helpOnly,
	}
	f.add(c)
	c.PersistentFlags().BoolVar(&f.direct, "direct", false, "work on the Redis that --config names, without a daemon")
	c.AddCommand(a.tokenCreateCommand(f), a.tokenListCommand(f), a.tokenRevokeCommand(f))
	return c
}

// tokens are where tokens are made: a daemon or Redis.
type tokens interface {
	// create makes a token that ends after some days, 0 for never; body is what
	// --json prints.
	create(ctx context.Context, name string, role state.Role, days int) (t state.Token, secret string, body any, err error)
	list(ctx context.Context) ([]state.Token, error)
	revoke(ctx context.Context, id string) error
	close() error
}

func (a *app) tokenCreateCommand(f *tokenFlags) *cobra.Command {
	var role, expires string
	c := &cobra.Command{
		Use:   "create NAME",
		Short: "make a token; its secret is printed once, and alone",
		Long: `create makes a token for NAME: who or what will use it, as the audit log shall say.
The secret goes to standard output and nothing else does, so that it can be sent
into a file; it can't be shown again.`,
		Example: "  ocopsync token create \"officer 1\" --role operator --expires 90d > officer-1.token",
		Args:    usageArgs(cobra.ExactArgs(1)), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			if err := wantOneOf("role", role, tokenRoles()); err != nil {
				return err
			}
			days, err := readDays(expires)
			if err != nil {
				return err
			}
			return a.withTokens(c.Context(), f, func(t tokens) error {
				return a.createToken(c.Context(), t, args[0], state.Role(role), days)
			})
		},
	}
	c.Flags().StringVar(&role, "role", "", strings.Join(tokenRoles(), ", "))
	c.Flags().StringVar(&expires, "expires", "never", "when it ends by itself: after days, as 90d, or never")
	offer(c, "role", tokenRoles())
	offer(c, "expires", []string{"30d", "90d", "365d", "never"})
	return c
}

func (a *app) tokenListCommand(f *tokenFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "list the tokens, without their secrets",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withTokens(c.Context(), f, func(t tokens) error { return a.listTokens(c.Context(), t) })
		},
	}
}

func (a *app) tokenRevokeCommand(f *tokenFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "end a token, and the sessions opened with it",
		Args:  usageArgs(cobra.ExactArgs(1)), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			id := args[0]
			if rest, is := strings.CutPrefix(id, tokenMark); is {
				id, _, _ = strings.Cut(rest, "_")
				return &usageError{fmt.Errorf("that is the token itself, which should not stand in a command; its id is %s", id)}
			}
			if strings.Trim(id, ".") == "" {
				return &usageError{errors.New("expected the id of a token; `ocopsync token list` shows them")}
			}
			return a.withTokens(c.Context(), f, func(t tokens) error {
				if err := t.revoke(c.Context(), id); err != nil {
					return err
				}
				a.aside(ocop.Text{
					VI: "Mã %s đã bị thu hồi: trong 5 giây sẽ không nơi nào nhận nữa.", EN: "Token %s is revoked: it is refused within 5 seconds everywhere.",
				}, id)
				return nil
			})
		},
	}
}

func (a *app) createToken(ctx context.Context, ts tokens, name string, role state.Role, days int) error {
	t, secret, body, err := ts.create(ctx, strings.Join(strings.Fields(name), " "), role, days)
	if err != nil {
		return err
	}
	tell, err := a.teller()
	if err != nil {
		return err
	}
	ends := tell.at(t.ExpiresAt, a.text(ocop.Text{VI: "khi bị thu hồi", EN: "it is revoked"}))
	if a.json {
		err = a.printJSON(body)
	} else {
		_, err = fmt.Fprintln(a.out, secret)
	}
	if err != nil {
		return fmt.Errorf("token %s was made, but can't be printed; revoke it: %w", t.ID, err)
	}
	a.aside(ocop.Text{
		VI: "Mã %s cho %s, quyền %s, dùng được đến %s. Mã không được hiện lại: hãy giữ trong tệp mà chỉ người dùng mã đọc được.",
		EN: "Token %s for %s, %s, is good until %s. It is not shown again: keep it in a file that only its holder can read.",
	}, t.ID, t.Name, t.Role, ends)
	return nil
}

func (a *app) listTokens(ctx context.Context, ts tokens) error {
	all, err := ts.list(ctx)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"items": append([]state.Token{}, all...)})
	}
	t, err := a.teller()
	if err != nil {
		return err
	}
	tb := a.table(
		ocop.Text{VI: "mã số", EN: "id"}, ocop.Text{VI: "tên", EN: "name"}, ocop.Text{VI: "quyền", EN: "role"}, ocop.Text{VI: "tạo lúc", EN: "made"},
		ocop.Text{VI: "bởi", EN: "by"}, ocop.Text{VI: "dùng gần nhất", EN: "last used"}, ocop.Text{VI: "hết hạn", EN: "ends"})
	for _, k := range all {
		ends := t.at(k.ExpiresAt, a.text(ocop.Text{VI: "không", EN: "never"}))
		switch {
		case !k.RevokedAt.IsZero():
			ends = a.fill(ocop.Text{VI: "thu hồi %s", EN: "revoked %s"}, t.at(k.RevokedAt, ""))
		case !k.ExpiresAt.IsZero() && !t.asked.Before(k.ExpiresAt):
			ends = a.fill(ocop.Text{VI: "đã hết %s", EN: "ended %s"}, t.at(k.ExpiresAt, ""))
		}
		tb.row(k.ID, oneLine(k.Name), k.Role, t.at(k.CreatedAt, "-"), orMinus(oneLine(k.CreatedBy)), t.ago(k.LastUsed, t.never()), ends)
	}
	tb.end()
	return nil
}

// maxDays is how long a token that ends may live.
const maxDays = 3650

// readDays reads when a token ends: 0 for never.
func readDays(s string) (int, error) {
	if s == "never" {
		return 0, nil
	}
	text, is := strings.CutSuffix(s, "d")
	days, err := strconv.Atoi(text)
	if !is || err != nil || days < 1 || days > maxDays {
		return 0, &usageError{fmt.Errorf("--expires %q: expected 1d to %dd, or never", s, maxDays)}
	}
	return days, nil
}

// withTokens opens the daemon or Redis, does what is to be done, and closes it.
func (a *app) withTokens(ctx context.Context, f *tokenFlags, do func(tokens) error) (err error) {
	ts, err := a.openTokens(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ts.close()) }()
	return do(ts)
}

func (a *app) openTokens(ctx context.Context, f *tokenFlags) (tokens, error) {
	if f.direct && f.reach != (reach{}) {
		return nil, &usageError{errors.New("--direct works without a daemon: leave out --address, --token-file and --ca-file")}
	}
	if f.direct {
		return a.openDirect(ctx)
	}
	d, err := a.client(f.reach)
	if err != nil {
		return nil, err
	}
	return remoteTokens{d}, nil
}
