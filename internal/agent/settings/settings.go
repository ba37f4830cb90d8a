// Package settings reads the agent's configuration.
//
//	server: https://mainstay.bank.example
//	key_file: /etc/mainstay-agent.key
//	logs:
//	  - paths: [/var/log/payments/**/*.log]
//	    service: payments
//	    multiline: {trace: true}
//	files:
//	  - root: /opt/payments
//	    exclude: [tmp]
//
// What is not right is named by file, line and field.
package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"mainstay/internal/agent/glob"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
)

// Settings is a configuration with its defaults filled in.
type Settings struct {
	Server  string `yaml:"server"`
	Key     string `yaml:"key"`
	KeyFile string `yaml:"key_file"`
	// Host is the name that lines carry; the name of the machine if nothing else is said.
	Host string `yaml:"host"`
	// State is the directory for checkpoints, the disk buffer and the quarantine.
	State string `yaml:"state"`
	// Compression is gzip, zstd or none.
	Compression string `yaml:"compression"`
	// Buffer bounds the disk buffer, and the quarantine too.
	Buffer Size `yaml:"buffer"`
	// Poll is the pause between two looks at the logs.
	Poll time.Duration `yaml:"poll"`
	// MaxLine is where longer lines are cut.
	MaxLine Size `yaml:"max_line"`
	// From is beginning or end: where logs are read from that exist at the very first start.
	From     string  `yaml:"from"`
	Logs     []Log   `yaml:"logs"`
	Files    []Files `yaml:"files"`
	EventLog []Event `yaml:"eventlog"`
	// Checks lets the server have things looked at from this host; nil means that it may not.
	Checks *Checks `yaml:"checks"`
}

// Labels are fields that lines are given.
type Labels struct {
	Service     string            `yaml:"service"`
	Component   string            `yaml:"component"`
	Environment string            `yaml:"environment"`
	Fields      map[string]string `yaml:"fields"`
}

// Log is a group of log files.
type Log struct {
	Paths     []string  `yaml:"paths"`
	Exclude   []string  `yaml:"exclude"`
	Multiline Multiline `yaml:"multiline"`
	Labels    `yaml:",inline"`
}

// Multiline says which lines belong together.
type Multiline struct {
	Start string `yaml:"start"` // an expression for the first line of a record
	Trace bool   `yaml:"trace"` // stack traces belong to the line before them

	// Expression is Start, compiled; nil without it.
	Expression *regexp.Regexp `yaml:"-"`
}

// Files is a directory whose files are watched.
type Files struct {
	Root    string        `yaml:"root"`
	Include []string      `yaml:"include"`
	Exclude []string      `yaml:"exclude"`
	Every   time.Duration `yaml:"every"`
	Rate    *Size         `yaml:"rate"` // bytes read per second, 0 without bound
	Labels  `yaml:",inline"`
}

// Event is a channel of the event log of Windows.
type Event struct {
	Channel string `yaml:"channel"`
	Labels  `yaml:",inline"`
}

// Defaults.
const (
	defaultBuffer  = 1 << 30
	defaultMaxLine = 1 << 20
	defaultRate    = 20 << 20
	defaultPoll    = 500 * time.Millisecond
	defaultEvery   = 10 * time.Minute
)

// Overrides are what flags and the environment say; what is not empty wins over the file. The key
// has no flag: other users see the process list.
type Overrides struct{ Server, Key, KeyFile, Host, State string }

// Load reads a file, checks it and reads the key.
func Load(name string, over Overrides) (*Settings, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, &errs.E{Kind: errs.Invalid, Message: "the configuration cannot be read", Err: err}
	}
	s := &Settings{}
	doc, err := decode(name, raw, s)
	if err != nil {
		return nil, err
	}
	s.override(over)
	if err := s.defaults(); err != nil {
		return nil, err
	}
	c := &check{doc: doc}
	s.check(c)
	return s, c.Err(name)
}

func (s *Settings) override(o Overrides) {
	for to, from := range map[*string]string{&s.Server: o.Server, &s.Host: o.Host, &s.State: o.State} {
		if from != "" {
			*to = from
		}
	}
	if o.Key != "" {
		s.Key, s.KeyFile = o.Key, ""
	} else if o.KeyFile != "" {
		s.Key, s.KeyFile = "", o.KeyFile
	}
}

func (s *Settings) defaults() (err error) {
	if s.Host == "" {
		if s.Host, err = os.Hostname(); err != nil {
			return errs.Invalidf("this machine does not know its name (%v): set host", err)
		}
	}
	s.Compression = or(s.Compression, "gzip")
	s.From = or(s.From, "beginning")
	s.Buffer = or(s.Buffer, defaultBuffer)
	s.MaxLine = or(s.MaxLine, defaultMaxLine)
	s.Poll = or(s.Poll, defaultPoll)
	if s.Checks != nil {
		s.Checks.Every = or(s.Checks.Every, defaultAsk)
	}
	for i := range s.Files {
		f := &s.Files[i]
		f.Every = or(f.Every, defaultEvery)
		if f.Rate == nil {
			rate := Size(defaultRate)
			f.Rate = &rate
		}
	}
	return nil
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// check collects what is wrong, with the line at which it stands.
type check struct {
	errs.Check
	doc document
}

func (c *check) require(ok bool, path, format string, args ...any) {
	c.Require(ok, c.doc.locate(path), format, args...)
}

func (s *Settings) check(c *check) {
	c.require(text.ValidURL(s.Server), "server", "must be an address such as https://mainstay.bank.example, not %q", s.Server)
	c.require(s.State != "", "state", "must name a directory for checkpoints and the disk buffer, such as /var/lib/mainstay-agent")
	c.require(s.Host != "" && !strings.ContainsAny(s.Host, "/\n"), "host", "must be a name without slashes")
	c.require(slices.Contains([]string{"gzip", "zstd", "none"}, s.Compression), "compression", "must be gzip, zstd or none, not %q", s.Compression)
	c.require(s.From == "beginning" || s.From == "end", "from", "must be beginning or end, not %q", s.From)
	c.require(s.Poll >= 100*time.Millisecond && s.Poll <= time.Minute, "poll", "must be from 100ms to 1m, not %s", s.Poll)
	c.require(s.MaxLine >= 1<<10 && s.MaxLine <= 16<<20, "max_line", "must be from 1KiB to 16MiB")
	c.require(s.Buffer >= 1<<20, "buffer", "must be at least 1MiB")
	c.require(len(s.Logs)+len(s.Files)+len(s.EventLog) > 0 || s.Checks != nil, "logs", "is empty, and so are files, eventlog and checks: there is nothing to do")
	s.Checks.check(c)
	s.checkKey(c)
	for i := range s.Logs {
		s.Logs[i].check(c, fmt.Sprintf("logs[%d]", i))
	}
	for i := range s.Files {
		s.Files[i].check(c, fmt.Sprintf("files[%d]", i))
	}
	for i, e := range s.EventLog {
		path := fmt.Sprintf("eventlog[%d]", i)
		c.require(e.Channel != "", path+".channel", "must name a channel, such as System")
		e.Labels.check(c, path)
	}
}

func (s *Settings) checkKey(c *check) {
	if s.KeyFile != "" {
		if s.Key != "" {
			c.require(false, "key_file", "must not stand beside key: one of them")
			return
		}
		raw, err := os.ReadFile(s.KeyFile)
		c.require(err == nil, "key_file", "cannot be read: %v", err)
		s.Key = strings.TrimSpace(string(raw))
		c.require(err != nil || s.Key != "", "key_file", "%s is empty", s.KeyFile)
		return
	}
	c.require(s.Key != "", "key_file", "must name the file with the key of a source (or set key, or MAINSTAY_AGENT_KEY)")
}

func (l *Log) check(c *check, path string) {
	c.require(len(l.Paths) > 0, path+".paths", "must name the files to read")
	patterns(c, path+".paths", l.Paths)
	for i, p := range l.Paths {
		c.require(p == "" || filepath.IsAbs(p), fmt.Sprintf("%s.paths[%d]", path, i), "must be a full path, not %q", p)
	}
	patterns(c, path+".exclude", l.Exclude)
	if m := &l.Multiline; m.Start != "" {
		var err error
		m.Expression, err = regexp.Compile(m.Start)
		c.require(err == nil, path+".multiline.start", "is not an expression: %v", err)
		c.require(!m.Trace, path+".multiline.trace", "must not stand beside start: one of them")
	}
	l.Labels.check(c, path)
}

func (f *Files) check(c *check, path string) {
	c.require(filepath.IsAbs(f.Root), path+".root", "must be the full path of a directory, not %q", f.Root)
	f.Root = filepath.Clean(f.Root)
	patterns(c, path+".include", f.Include)
	patterns(c, path+".exclude", f.Exclude)
	c.require(f.Every >= 10*time.Second, path+".every", "must be at least 10s, not %s", f.Every)
	c.require(*f.Rate >= 0, path+".rate", "must not be negative")
	f.Labels.check(c, path)
}

func patterns(c *check, path string, patterns []string) {
	for i, p := range patterns {
		err := glob.Check(p)
		c.require(err == nil, fmt.Sprintf("%s[%d]", path, i), "%v", err)
	}
}

// reserved are the fields that the agent fills.
var reserved = []string{"host", "file", "file_id", "offset", "part", "part_last", "unfinished", "event", "path",
	"sha256", "old_sha256", "size", "mode", "owner", "modified", "service", "component", "environment"}

func (l Labels) check(c *check, path string) {
	for name := range l.Fields {
		at := path + ".fields." + name
		c.require(name != "" && name[0] != '_', at, "must not begin with _: such fields are the server's")
		c.require(!slices.Contains(reserved, name), at, "is filled by the agent, or has a setting of its own")
	}
}
