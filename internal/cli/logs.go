package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/client"
)

type logs struct {
	Query  logQuery  `cmd:"" help:"Find log lines with LogsQL."`
	Tail   logTail   `cmd:"" help:"Show log lines as they arrive, until interrupted."`
	Upload logUpload `cmd:"" help:"Store the lines of files."`

	Archive logArchive `cmd:"" help:"Days of log lines in the archive."`
}

// lines says how log lines are written.
type lines struct {
	remote `embed:""`
	Output string `short:"o" help:"How to write lines: raw (time and line) or json (all fields)." enum:"raw,json" default:"raw"`
}

type logQuery struct {
	lines `embed:""`
	Query string `arg:"" help:"What to find, in LogsQL: 'error _time:1h', 'service:payments | stats count() n'."`
	Start moment `help:"From when: 30m, '2h ago', today, yesterday, 2026-01-31, 2026-01-31T14:00 (here) or RFC 3339." placeholder:"WHEN"`
	End   moment `help:"Until when, the same way, a day with all of it; now when left out." placeholder:"WHEN"`
	Limit int    `help:"At most so many lines; 0 for all." default:"1000"`
}

func (c *logQuery) Run(ctx context.Context, env Env) error {
	now := clock.Wall().Now().Local()
	start, err := c.Start.at(now, "--start", false)
	if err != nil {
		return err
	}
	end, err := c.End.at(now, "--end", true)
	if err != nil {
		return err
	}
	q := client.LogQuery{Query: c.Query, Start: start, End: end}
	if c.Limit < 0 {
		return errs.Invalidf("--limit must be 0 or more, not %d", c.Limit)
	}
	if c.Limit > 0 {
		q.Limit = fmt.Sprint(c.Limit)
	}
	found := false
	err = c.write(env, func(s *client.Client, w io.Writer) error {
		return s.QueryLogs(ctx, q, writing(func(b []byte) (int, error) {
			found = found || len(b) > 0
			return w.Write(b)
		}))
	})
	if err == nil && !found && c.Output == "raw" { // a program that reads JSON knows
		fmt.Fprintln(env.Err, nothing(c.Query))
	}
	return err
}

// writing is a function that is written to.
type writing func([]byte) (int, error)

func (w writing) Write(b []byte) (int, error) { return w(b) }

var plainWords = regexp.MustCompile(`^[\pL\pN_]+( +[\pL\pN_]+)*$`)

// nothing says that no line was found, and how a query of plain words was taken: the page of logs
// finds them whatever their case.
func nothing(query string) string {
	query = strings.TrimSpace(query)
	words := strings.Fields(query)
	if !plainWords.MatchString(query) || slices.ContainsFunc(words, ofLogsQL) {
		return "no line found"
	}
	if len(words) == 1 {
		return fmt.Sprintf("no line has the word %s as it is written: i(%q) finds it in any case", words[0], words[0])
	}
	return fmt.Sprintf("no line has the words %s as they are written: i(%q) finds a word in any case", strings.Join(words, ", "), words[0])
}

// ofLogsQL reports whether a word is one of LogsQL's own.
func ofLogsQL(word string) bool {
	return slices.Contains([]string{"and", "or", "not"}, strings.ToLower(word))
}

type logTail struct {
	lines `embed:""`
	Query string `arg:"" help:"Which lines to show, in LogsQL; pipes that need all lines do not work here."`
}

func (c *logTail) Run(ctx context.Context, env Env) error {
	return c.write(env, func(s *client.Client, w io.Writer) error { return s.TailLogs(ctx, c.Query, w) })
}

// write lets ask write lines of JSON, and shows them as was asked for.
func (c *lines) write(env Env, ask func(*client.Client, io.Writer) error) error {
	s, err := c.client()
	if err != nil {
		return err
	}
	if c.Output == "json" {
		return ask(s, env.Out)
	}
	w := &rawLines{out: env.Out}
	if err := ask(s, w); err != nil {
		return err
	}
	return w.line(w.rest)
}

// rawLines turns lines of JSON into what a person reads.
type rawLines struct {
	out  io.Writer
	rest []byte
}

func (w *rawLines) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		if err := w.line(line); err != nil {
			return 0, err
		}
		w.rest = rest
	}
}

// line writes the time and the line itself. What has no line, such as statistics, is written as it came.
func (w *rawLines) line(b []byte) error {
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	var row struct {
		Time    string  `json:"_time"`
		Message *string `json:"_msg"`
	}
	if err := json.Unmarshal(b, &row); err != nil || row.Message == nil {
		_, err := fmt.Fprintln(w.out, text.Shown(string(b)))
		return err
	}
	_, err := fmt.Fprintln(w.out, text.Shown(strings.TrimSpace(row.Time+" "+*row.Message))) // what strangers wrote cannot move the cursor
	return err
}

type logUpload struct {
	remote `embed:""`
	Files  []string `arg:"" help:"Files to store; .gz and .zst are sent packed, - is standard input."`
	Source string   `help:"Source to store them for; the one of sent lines when left out." placeholder:"NAME"`
	Format string   `help:"How lines are written: auto, plain, json, logfmt, access, rfc3164, rfc5424 or timestamped; the source's own when left out." placeholder:"FORMAT"`
	Zone   string   `help:"IANA time zone of times that name none; the source's own when left out." placeholder:"ZONE"`
	Live   bool     `help:"The lines are happening now: log rules judge them and patterns count them. Without it they are lines of the past."`
	Quiet  bool     `short:"q" help:"Show no progress."`
}

// Run stores every file that it can and ends with the code of the first that it cannot.
func (c *logUpload) Run(ctx context.Context, env Env) error {
	s, err := c.client()
	if err != nil {
		return err
	}
	var first error
	for _, name := range c.Files {
		err := c.file(ctx, env, s, name)
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil && len(c.Files) > 1 {
			fmt.Fprintf(env.Err, "mainstay: %s: %v\n", name, err)
		}
		if first == nil {
			first = err
		}
	}
	if first != nil && len(c.Files) > 1 {
		return &errs.E{Kind: errs.KindOf(first), Message: "not all files were stored, see above", Fields: nil}
	}
	return first
}

func (c *logUpload) file(ctx context.Context, env Env, s *client.Client, name string) error {
	body, size, err := openUpload(env, name)
	if err != nil {
		return err
	}
	defer body.Close()
	p := &progress{Reader: body, name: name, size: size, out: env.Err, quiet: c.Quiet}
	out, err := s.UploadLines(ctx, client.Upload{Source: c.Source, Format: c.Format, Zone: c.Zone, Past: !c.Live, Body: p})
	if err == nil || out.Taken > 0 {
		describeUpload(env.Out, name, out, c.Live)
	}
	return err
}

func openUpload(env Env, name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(env.In), 0, nil
	}
	f, err := os.Open(filepath.Clean(name))
	if err != nil {
		return nil, 0, &errs.E{Kind: errs.Invalid, Message: "the file cannot be read", Err: errors.Unwrap(err), Fields: []errs.Field{{Path: name, Message: "was to be stored"}}}
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return nil, 0, errors.Join(errs.Invalidf("%s is no file", name), f.Close())
	}
	return f, info.Size(), nil
}

func describeUpload(out io.Writer, name string, u client.Uploaded, live bool) {
	fmt.Fprintf(out, "%s: %d lines stored", name, u.Taken)
	if u.Format != "" {
		fmt.Fprintf(out, ", read as %s", u.Format)
	}
	if u.UnparsedCount > 0 {
		fmt.Fprintf(out, ", %d of them kept whole", u.UnparsedCount)
	}
	fmt.Fprintln(out)
	for i, l := range u.Unparsed {
		if i == 3 {
			break
		}
		fmt.Fprintf(out, "  line %d: %s\n", l.Line, plain(l.Error))
	}
	if u.Misdated > 0 {
		fmt.Fprintf(out, "  %d of them are stored under the time of arrival, because their own is %s; search time_error:*\n", u.Misdated, plain(u.TimeError))
	}
	if u.Query == "" {
		return
	}
	judged := "; no log rule judges them (--live does)"
	if live {
		judged = ""
	}
	fmt.Fprintf(out, "  from %s to %s%s\n", plain(u.First), plain(u.Last), judged)
	fmt.Fprintf(out, "  mainstay logs query %s\n", shellQuoted(plain(u.Query)))
}

// shellQuoted is a text as one word of a shell.
func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// progress says how much of a large file has been sent.
type progress struct {
	io.Reader
	name       string
	size, done int64
	told       int64
	out        io.Writer
	quiet      bool
}

// tellEvery is how many bytes pass between two words of progress.
const tellEvery = 8 << 20

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.done += int64(n)
	if !p.quiet && p.done-p.told >= tellEvery {
		p.told = p.done
		fmt.Fprintf(p.out, "%s: %d MiB", p.name, p.done>>20)
		if p.size > 0 {
			fmt.Fprintf(p.out, " of %d MiB", p.size>>20)
		}
		fmt.Fprintln(p.out)
	}
	return n, err
}
