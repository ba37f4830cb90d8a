package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"

	"github.com/alecthomas/kong"

	"mainstay/internal/agent/manifest"
	"mainstay/internal/agent/settings"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// Env is what a command may touch outside of itself.
type Env struct {
	Out, Err io.Writer
	Version  string
}

// commands is the grammar.
type commands struct {
	Run      runCommand      `cmd:"" help:"Send logs and watch files, until SIGTERM."`
	Check    checkCommand    `cmd:"" help:"Check the configuration and say what would be read."`
	Manifest manifestCommand `cmd:"" help:"Print the files below a directory with their SHA-256, as sha256sum does."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// Main parses the arguments, runs the command until it is done or ctx is, and returns the exit code:
// 0 done, 1 our fault, 2 the input must change, 5 another agent runs or a directory differs, 6 try
// again later.
func Main(ctx context.Context, args []string, env Env) (code int) {
	defer func() { // kong leaves after printing help by calling Exit
		if left, ok := recover().(exit); ok {
			code = int(left)
		}
	}()
	var grammar commands
	parser, err := kong.New(&grammar,
		kong.Name("mainstay-agent"),
		kong.Description("Sends logs and changes of files from this host to a Mainstay server."),
		kong.Writers(env.Out, env.Err),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(env))
	if err != nil {
		return report(env.Err, err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		return report(env.Err, errs.Invalidf("%v (see mainstay-agent --help)", err))
	}
	return report(env.Err, command.Run())
}

// exit carries an exit code through kong.
type exit int

// report writes an error for a person and returns its exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	var e *errs.E
	if !errors.As(err, &e) {
		fmt.Fprintf(w, "mainstay-agent: %v\n", err)
		return 1
	}
	fmt.Fprintf(w, "mainstay-agent: %s", e.Message)
	if e.Err != nil {
		fmt.Fprintf(w, ": %v", e.Err)
	}
	fmt.Fprintln(w)
	for _, f := range e.Fields {
		fmt.Fprintf(w, "  %s %s\n", f.Path, f.Message)
	}
	switch e.Kind {
	case errs.Invalid:
		return 2
	case errs.Conflict:
		return 5
	case errs.Unavailable:
		return 6
	default:
		return 1
	}
}

// configured are the flags of commands that read the configuration.
type configured struct {
	Config  string `required:"" type:"path" placeholder:"FILE" env:"MAINSTAY_AGENT_CONFIG" help:"Configuration in YAML."`
	Server  string `placeholder:"URL" env:"MAINSTAY_AGENT_SERVER" help:"Address of the server."`
	KeyFile string `type:"path" placeholder:"FILE" env:"MAINSTAY_AGENT_KEY_FILE" help:"File with the key of the source. The key itself is taken from the configuration or MAINSTAY_AGENT_KEY, never from a flag."`
	Host    string `placeholder:"NAME" env:"MAINSTAY_AGENT_HOST" help:"Name of this host on its lines."`
	State   string `type:"path" placeholder:"DIR" env:"MAINSTAY_AGENT_STATE" help:"Directory for checkpoints and the disk buffer."`
}

func (c *configured) load() (*settings.Settings, error) {
	return settings.Load(c.Config, settings.Overrides{Server: c.Server, Key: os.Getenv("MAINSTAY_AGENT_KEY"), KeyFile: c.KeyFile, Host: c.Host, State: c.State})
}

type runCommand struct{ configured }

// Run runs the agent.
func (r *runCommand) Run(ctx context.Context, env Env) (err error) {
	s, err := r.load()
	if err != nil {
		return err
	}
	if err := supported(s); err != nil {
		return err
	}
	a, err := New(Options{Settings: s, Clock: clock.Wall(), Log: slog.New(slog.NewTextHandler(env.Err, nil))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	a.Run(ctx)
	return nil
}

// supported refuses what this system does not have.
func supported(s *settings.Settings) error {
	if len(s.EventLog) > 0 && runtime.GOOS != "windows" {
		return errs.Invalidf("eventlog: only Windows has an event log: take it out of the configuration of this host")
	}
	return nil
}

type checkCommand struct{ configured }

// Run says what would be read.
func (c *checkCommand) Run(env Env) error {
	s, err := c.load()
	if err != nil {
		return err
	}
	if err := supported(s); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "as %s to %s, every %s, state in %s\n", s.Host, s.Server, s.Poll, s.State)
	var problems []error
	for _, l := range s.Logs {
		log := logOf(l)
		n := 0
		err := log.Files(func(name string, size int64) {
			n++
			fmt.Fprintf(env.Out, "log   %s (%d bytes)\n", name, size)
		})
		problems = append(problems, err)
		if n == 0 {
			fmt.Fprintf(env.Out, "log   %v: no such file yet\n", l.Paths)
		}
	}
	for _, f := range s.Files {
		if info, err := os.Stat(f.Root); err != nil || !info.IsDir() {
			fmt.Fprintf(env.Out, "files %s: no such directory yet\n", f.Root)
			continue
		}
		fmt.Fprintf(env.Out, "files %s, every %s\n", f.Root, f.Every)
	}
	for _, e := range s.EventLog {
		fmt.Fprintf(env.Out, "eventlog %s\n", e.Channel)
	}
	return errors.Join(problems...)
}

type manifestCommand struct {
	Dir     string `arg:"" type:"path" help:"Directory."`
	Against string `type:"path" placeholder:"FILE" help:"Compare with this manifest instead of printing one; exit code 5 when something differs."`
}

// Run prints a manifest, or what differs from one.
func (m *manifestCommand) Run(ctx context.Context, env Env) error {
	if m.Against == "" {
		return manifest.Write(ctx, env.Out, m.Dir)
	}
	f, err := os.Open(m.Against)
	if err != nil {
		return &errs.E{Kind: errs.Invalid, Message: "the manifest cannot be read", Err: err}
	}
	defer f.Close()
	want, err := manifest.Read(f)
	if err != nil {
		return err
	}
	different, err := manifest.Compare(ctx, want, m.Dir)
	if err != nil {
		return err
	}
	for _, d := range different {
		fmt.Fprintf(env.Out, "%-8s %s\n", d.What, d.Path)
	}
	if len(different) > 0 {
		return errs.Conflictf("%d files below %s are not as %s says", len(different), m.Dir, m.Against)
	}
	return nil
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(env Env) error {
	fmt.Fprintf(env.Out, "mainstay-agent %s (%s, %s/%s)\n", env.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
