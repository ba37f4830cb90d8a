package probe

import (
	"strconv"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
)

// Process is processes of a host.
type Process struct {
	Name    string `yaml:"name,omitempty" json:"name,omitempty" doc:"Regular expression of the program's name, such as ^java$."`
	Command string `yaml:"command,omitempty" json:"command,omitempty" doc:"Regular expression of the whole command line."`
	User    string `yaml:"user,omitempty" json:"user,omitempty" doc:"Login that it runs as."`
	Count   Limits `yaml:"count,omitempty" json:"count,omitempty,omitzero" doc:"Limits of how many there are. When left out, one must be there."`
	Memory  Limits `yaml:"memory,omitempty" json:"memory,omitempty,omitzero" doc:"Limits of the resident memory of all of them, in MB of 1,000,000 bytes."`
	Handles Limits `yaml:"handles,omitempty" json:"handles,omitempty,omitzero" doc:"Limits of the open files of the one that has most."`
	Threads Limits `yaml:"threads,omitempty" json:"threads,omitempty,omitzero" doc:"Limits of the threads of all of them."`
}

// File is files of a host.
type File struct {
	Path   string `yaml:"path" json:"path" doc:"A file, a directory, or a pattern such as /data/in/*.csv."`
	Absent bool   `yaml:"absent,omitempty" json:"absent,omitempty" doc:"Failed when there is such a file."`
	Age    Ages   `yaml:"age,omitempty" json:"age,omitempty,omitzero" doc:"How old the youngest file may be since it was last written."`
	Oldest Ages   `yaml:"oldest,omitempty" json:"oldest,omitempty,omitzero" doc:"How old the oldest file may be: for files that should have been fetched."`
	Size   Limits `yaml:"size,omitempty" json:"size,omitempty,omitzero" doc:"Limits of the bytes of the largest file."`
	Count  Limits `yaml:"count,omitempty" json:"count,omitempty,omitzero" doc:"Limits of the number of files: in the directory, or of the pattern."`
}

// Log is a log file that is written on.
type Log struct {
	Path    string `yaml:"path" json:"path" doc:"A file or a pattern; the file that was written last counts."`
	Fresh   Ages   `yaml:"fresh" json:"fresh" doc:"How long nothing may be written."`
	Matches string `yaml:"matches,omitempty" json:"matches,omitempty" doc:"Regular expression that one of the last lines must match."`
	Lacks   string `yaml:"lacks,omitempty" json:"lacks,omitempty" doc:"Regular expression that none of the last lines may match."`
	Last    int    `yaml:"last,omitempty" json:"last,omitempty" doc:"How many lines at the end are looked at; 100 when left out."`
}

// RunScript is a script that an agent's own configuration names: a Nagios plug-in, mostly. Its exit
// code says how it stands (0 ok, 1 degraded, 2 failed, 3 unknown), its first line why.
type RunScript struct {
	Name string   `yaml:"name" json:"name" doc:"Name of the script in the agent's configuration. Nothing else can be run."`
	Args []string `yaml:"args,omitempty" json:"args,omitempty" doc:"What its $1 to $9 are; the agent's configuration says what each may be."`
}

// Heartbeat is a job that calls in: an address with a key, at its end and, if it likes, at its start.
type Heartbeat struct {
	By    []string `yaml:"by,omitempty" json:"by,omitempty" doc:"Times of day such as \"06:30\" by which it must have called in since the time before, on days of the calendar named in hours, in its zone. When left out, it must call in every so often."`
	Grace Span     `yaml:"grace,omitempty" json:"grace,omitempty" doc:"How much later it may still be; 1m when left out."`
	Runs  Ages     `yaml:"runs,omitempty" json:"runs,omitempty,omitzero" doc:"How long it may take from start to end."`
}

func (p *Process) validate(c *errs.Check, at string) {
	c.Require(p.Name+p.Command != "", at+"name", "is required, or command")
	expression(c, at+"name", p.Name)
	expression(c, at+"command", p.Command)
	for field, l := range map[string]Limits{"count.": p.Count, "memory.": p.Memory, "handles.": p.Handles, "threads.": p.Threads} {
		l.Validate(c, at+field)
	}
}
func (p *Process) target() string { return strings.TrimSpace(p.Name + " " + p.Command) }

func path(c *errs.Check, at, s string) {
	c.Require(s != "" && len(s) <= maxParameter && !strings.ContainsAny(s, "\x00\r\n"), at, "must be a path")
	rooted := strings.HasPrefix(s, "/") || strings.HasPrefix(s, `\\`) || len(s) > 2 && s[1] == ':'
	c.Require(rooted, at, "must begin at the root, such as /var/log/app.log")
}

func (f *File) validate(c *errs.Check, at string) {
	path(c, at+"path", f.Path)
	c.Require(!f.Absent || !f.Age.Any() && !f.Oldest.Any() && !f.Size.Any() && !f.Count.Any(), at+"absent", "says all there is to say: leave the limits out")
	f.Age.Validate(c, at+"age.")
	f.Oldest.Validate(c, at+"oldest.")
	f.Size.Validate(c, at+"size.")
	f.Count.Validate(c, at+"count.")
}
func (f *File) target() string { return f.Path }

const maxLast = 10_000

func (l *Log) validate(c *errs.Check, at string) {
	path(c, at+"path", l.Path)
	c.Require(l.Fresh.Any(), at+"fresh", "must say how long nothing may be written, such as failed_after: 10m")
	c.Require(l.Last >= 0 && l.Last <= maxLast, at+"last", "must be at most %d", maxLast)
	expression(c, at+"matches", l.Matches)
	expression(c, at+"lacks", l.Lacks)
	l.Fresh.Validate(c, at+"fresh.")
}
func (l *Log) target() string { return l.Path }

const maxArgs = 9

func (r *RunScript) validate(c *errs.Check, at string) {
	text.Name(c, at+"name", r.Name)
	c.Require(len(r.Args) <= maxArgs, at+"args", "must be at most %d", maxArgs)
	for i, a := range r.Args {
		c.Require(len(a) <= maxParameter && !strings.Contains(a, "\x00"), at+"args["+strconv.Itoa(i)+"]", "must be at most %d bytes", maxParameter)
	}
}
func (r *RunScript) target() string { return strings.Join(append([]string{r.Name}, r.Args...), " ") }

const maxTimes = 24

func (h *Heartbeat) validate(c *errs.Check, at string) {
	c.Require(len(h.By) <= maxTimes, at+"by", "must be at most %d times", maxTimes)
	h.Runs.Validate(c, at+"runs.")
}

// GraceOr is how much later it may be, with its default.
func (h *Heartbeat) GraceOr() Span {
	if h.Grace == 0 {
		return Span(60e9)
	}
	return h.Grace
}
func (h *Heartbeat) target() string { return strings.Join(h.By, ", ") }
