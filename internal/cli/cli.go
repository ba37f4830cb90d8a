// Package cli is the command line: it starts the server, and is a client of the API for all
// else. See "mainstay --help".
//
// serve, demo, backup, restore and verify-ledger work on a data directory of this machine;
// the other commands call a server (--server and --token, or MAINSTAY_SERVER and
// MAINSTAY_TOKEN). Answers for people are tables; with "-o json" they are what the API
// answers, for scripts.
//
// Exit codes: 0 done, 1 our fault, 2 the input must change, 3 not allowed, 4 not found,
// 5 the record is in another state, 6 try again later.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/alecthomas/kong"

	"mainstay/internal/base/errs"
)

// Env is what a command may touch outside of itself.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	// Version is shown by "version" and in backups.
	Version string
}

// commands is the grammar.
type commands struct {
	Serve serve    `cmd:"" help:"Run the server."`
	Demo  demoDesk `cmd:"" help:"Run a server with a simulated bank around it, to try everything on."`

	Apply  apply  `cmd:"" help:"Load configuration as code: all of it or nothing."`
	Export export `cmd:"" help:"Write the configuration as code."`
	Schema schema `cmd:"" help:"Write the JSON Schema of the configuration, for editors."`

	Incident incidents `cmd:"" help:"See and work on incidents."`
	Alert    alerts    `cmd:"" help:"See and send alerts."`
	Oncall   oncall    `cmd:"" help:"See who is on call."`
	Source   sources   `cmd:"" help:"See who sends log lines, and manage their keys."`
	Logs     logs      `cmd:"" help:"Find, follow and store log lines."`
	Host     hosts     `cmd:"" help:"See which files lie on hosts, and which hosts have a release."`
	User     users     `cmd:"" help:"See people, and let them set their passwords."`
	Rule     rules     `cmd:"" help:"See log rules, and try them."`
	Check    checks    `cmd:"" help:"See checks, and make one at once."`
	Token    tokens    `cmd:"" help:"Manage API tokens."`

	VerifyLedger verifyLedger `cmd:"" help:"Check that no event was changed, added or removed."`
	Backup       backup       `cmd:"" help:"Write a backup, of a running server too."`
	Restore      restore      `cmd:"" help:"Unpack a backup into a new data directory and check it."`

	Version version `cmd:"" help:"Print the version."`
}

// Run parses the arguments, runs the command until it is done or ctx is, and returns the
// exit code. What went wrong is written to env.Err.
func Run(ctx context.Context, args []string, env Env) (code int) {
	defer func() { // kong leaves after printing help by calling Exit
		if left, ok := recover().(exit); ok {
			code = int(left)
		}
	}()
	var grammar commands
	parser, err := kong.New(&grammar,
		kong.Name("mainstay"),
		kong.Description("The desk from which a production-support team keeps a business running."),
		kong.Writers(env.Out, env.Err),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Resolvers(&configFile{}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(env))
	if err != nil {
		return report(env.Err, err)
	}
	if len(args) > 0 && args[0] == "help" {
		args = append(slices.Clone(args[1:]), "--help")
	}
	command, err := parser.Parse(args)
	if err != nil {
		return report(env.Err, usage(err))
	}
	return report(env.Err, command.Run())
}

// exit carries an exit code through kong.
type exit int

// usage turns kong's complaint about the arguments into an error of ours.
func usage(err error) error {
	if _, ok := errors.AsType[*errs.E](err); ok {
		return err
	}
	return errs.Invalidf("%v (see mainstay --help)", err)
}

// codes are the exit codes of the kinds.
var codes = map[errs.Kind]int{
	errs.Internal: 1, errs.Invalid: 2, errs.Forbidden: 3, errs.Unauthenticated: 3,
	errs.NotFound: 4, errs.Conflict: 5, errs.Unavailable: 6,
}

// report writes an error for a person and returns its exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	var e *errs.E
	if !errors.As(err, &e) {
		fmt.Fprintf(w, "mainstay: %v\n", err)
		return codes[errs.Internal]
	}
	fmt.Fprintf(w, "mainstay: %s", e.Message)
	if e.Err != nil {
		fmt.Fprintf(w, ": %v", e.Err)
	}
	fmt.Fprintln(w)
	for _, f := range e.Fields {
		fmt.Fprintf(w, "  %s %s\n", f.Path, f.Message)
	}
	return codes[e.Kind]
}
