// Command ocopsync keeps the listings of a province's OCOP products on several
// marketplaces in step with the registry.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"ocopsync/internal/state"

	_ "time/tzdata" // a host without time zones must still know the province's day
)

// Exit codes. A script can tell them apart; each command's help says which it uses.
const (
	exitOK      = 0
	exitFailed  = 1 // something failed, or a promise does not hold
	exitChanges = 2 // plan: there are changes
	exitHeld    = 3 // a guard holds the run until a person decides
	exitUsage   = 64
)

// gcPercent is how much garbage may pile up beside what is live. A first sync of
// 20,000 products takes 97 MiB with 40 as with 50, and 113 with 100.
const gcPercent = 50

// exitError carries an exit code out of a command. With an empty text nothing
// more is printed: the command has said it all.
type exitError struct {
	code int
	text string
}

func (e *exitError) Error() string { return e.text }

func main() {
	if os.Getenv("GOGC") == "" {
		// Memory is kept flat at the price of a little CPU: a run's products are
		// on disk and its records in Redis, what is left is small and short-lived.
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(newApp(os.Stdout, os.Stderr).process())
}

// process is the program with the process as its own: its arguments and its
// signals. It gives the exit code.
func (a *app) process() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	a.redisLog = state.LogTo
	return a.run(ctx, os.Args[1:])
}

// run is the whole program but the process: tests call it.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var exit *exitError
	if errors.As(err, &exit) {
		if exit.text != "" {
			_, _ = fmt.Fprintln(a.err, "ocopsync: "+exit.text)
		}
		return exit.code
	}
	_, _ = fmt.Fprintln(a.err, "ocopsync: "+err.Error())
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// usageError is a mistake in how the command was called.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() + " (see --help)" }
func (e *usageError) Unwrap() error { return e.err }

// app is what all commands share.
type app struct {
	out, err io.Writer
	getenv   func(string) (string, bool)
	now      func() time.Time
	pace     pace
	// redisLog sends what go-redis says into our log. go-redis has one log for
	// the whole process, so only main sets it.
	redisLog func(say func(line string))

	configPath string
	json       bool
	lang       string
	logPath    string
}

func newApp(stdout, stderr io.Writer) *app {
	return &app{out: stdout, err: &shared{w: stderr}, getenv: os.LookupEnv, now: time.Now, redisLog: func(func(string)) {}}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ocopsync",
		Short: "keeps OCOP products on sale on the marketplaces, in step with the registry",
		Long: `ocopsync reads a province's OCOP registry and the producers' price list, and keeps
every product with 3 stars and more on sale on postmart.vn, voso.vn and the
province's own marketplace. It never takes anything off sale on a doubtful
reading, never lists a product twice, and says of every missing product why and
who must act.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("unknown command %q", args[0])}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	f := root.PersistentFlags()
	f.StringVarP(&a.configPath, "config", "c", "config/ocopsync.yaml", "configuration file")
	f.BoolVar(&a.json, "json", false, "print the result as JSON")
	f.StringVar(&a.lang, "lang", "en", "language of what a person reads: en or vi")
	f.StringVar(&a.logPath, "log", "", "write the log (JSON lines) to this file, - for standard error; without it warnings only, to standard error")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if a.lang != "en" && a.lang != "vi" {
			return &usageError{fmt.Errorf("--lang %q: expected en or vi", a.lang)}
		}
		return nil
	}
	root.AddCommand(a.demoCommand(), a.serveCommand(), a.sandboxCommand(), a.syncCommand(), a.planCommand(), a.checkCommand(), a.healthCommand(), a.versionCommand())
	root.AddCommand(a.remoteCommands()...)
	for _, c := range root.Commands() {
		if c.Args == nil {
			c.Args = func(c *cobra.Command, args []string) error {
				if err := cobra.NoArgs(c, args); err != nil {
					return &usageError{err}
				}
				return nil
			}
		}
	}
	return root
}

func (a *app) printf(format string, args ...any) { _, _ = fmt.Fprintf(a.out, format, args...) }
