package reconcile_test

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

var errCut = errors.New("connection to Redis cut")

// cut is a hook that cuts the connection to Redis before the commands that when
// names; scripts go by what they do: "write", "state", "lease", "save".
type cut struct {
	when func(cmd string) bool
	// after cuts after Redis has carried the command out: its answer is lost.
	after func(cmd string) bool
}

func (c *cut) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (c *cut) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		name := nameOf(cmd)
		if name != "" && c.when != nil && c.when(name) {
			cmd.SetErr(errCut)
			return errCut
		}
		err := next(ctx, cmd)
		if name != "" && err == nil && c.after != nil && c.after(name) {
			cmd.SetErr(errCut)
			return errCut
		}
		return err
	}
}

func (c *cut) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		name := ""
		for _, cmd := range cmds {
			if name == "" {
				name = nameOf(cmd)
			}
		}
		fail := func() error {
			for _, cmd := range cmds {
				cmd.SetErr(errCut)
			}
			return errCut
		}
		if name != "" && c.when != nil && c.when(name) {
			return fail()
		}
		err := next(ctx, cmds)
		if name != "" && err == nil && c.after != nil && c.after(name) {
			return fail()
		}
		return err
	}
}

// nameOf tells what a command is for; "" for what a connection begins with.
func nameOf(cmd redis.Cmder) string {
	switch name := strings.ToLower(cmd.Name()); name {
	case "hello", "auth", "select", "client", "script":
		return ""
	case "eval", "evalsha":
		var keys []string
		for _, a := range cmd.Args() {
			if s, ok := a.(string); ok && strings.HasPrefix(s, "ocopsync:") {
				keys = append(keys, s[strings.LastIndexByte(s, ':')+1:])
			}
		}
		switch strings.Join(keys, " ") {
		case "meta facts records intents":
			return "write"
		case "meta facts":
			return "state"
		}
		return "script " + strings.Join(keys, " ")
	default:
		return name
	}
}
