// Package source is the pages of those who send log lines, of how their lines get to the
// engine, and of uploading lines by hand.
package source

import (
	"context"
	"io"
	"net/url"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Sources   *source.Service
	Catalogue *catalogue.Catalogue
	// Clock is the one of signals.
	Clock clock.Clock
	// BaseURL is where lines are sent to, without a slash at the end.
	BaseURL string
	Log     Log
}

// Log is what only the server knows of log lines.
type Log struct {
	// Way is how the lines get to the engine.
	Way func() Way
	// Read takes a text apart as a source does, and says how its lines are written.
	Read func(source.Spec, string) ([]signal.Row, string, error)
	// Unpack is a file as it is, or what is in it when it begins as one packed with gzip or zstd does.
	Unpack func(io.Reader) (io.Reader, error)
	// Store stores a text for a sender.
	Store func(context.Context, source.Sender, Text) (Stored, error)
}

// Text is lines to store.
type Text struct {
	Format, Zone string    // "" for what the source says
	Live         bool      // they are happening: log rules judge them
	Body         io.Reader // may be packed, as Unpack knows it
}

// Stored is what became of a text.
type Stored struct {
	Lines, Unparsed int
	Format          string
	// Misdated lines are under the time of arrival, for the reason TimeError.
	Misdated    int64
	TimeError   string
	First, Last time.Time // under which they are stored
	Query       string    // finds them
}

// Way is how log lines get to the engine.
type Way struct {
	Up       bool
	Since    time.Time
	Reason   string // why it is down
	Restarts int64
	SetAside []string // days that could not be read

	Bytes, Limit, Free int64 // of the spool, and of its disk
	Full               bool
	Failure            string // of the last write, "" when it went well
	Oldest             time.Time
	Sync               time.Duration // of the last write
	Damaged, Torn      int64         // bytes
	Readers            []Reader

	Waiting, Unsettled      int64 // bytes
	Sent, Repeated, Refused int64 // lines
	Failing                 string

	Syslog Syslog
}

// Syslog is what has come by syslog since the server started.
type Syslog struct {
	Listens      []string // "udp 0.0.0.0:514"; none when it is off
	Stored, Lost int64    // messages
	Connections  int
	Waiting      string // why senders have to wait
	// Unlisted counts messages and connections of addresses that no source lists, the most frequent
	// of which are Addresses; Last is the last one.
	Unlisted  int64
	Addresses []string
	Last      string
	LastAt    time.Time
	// TurnedAway are sources of which messages over UDP were not taken, those with most first.
	TurnedAway []TurnedAway
}

// TurnedAway is what was not taken of a source over UDP since the server started, and why the last time.
type TurnedAway struct {
	Source   string
	Messages int64
	Why      string
	LastAt   time.Time
}

// Reader takes lines from the spool.
type Reader struct {
	Name        string
	Bytes, Rows int64
	Oldest      time.Time
}

type pages struct{ Config }

// Routes are the pages of log sources.
func Routes(c Config) []action.Route {
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	p := pages{c}
	return []action.Route{
		action.Get("/admin/sources", people.SourceRead, p.list),
		action.Get("/admin/sources/+new", people.SourceWrite, p.newForm),
		action.Post("/admin/sources/+new", people.SourceWrite, p.create),
		action.Get("/admin/sources/{name}", people.SourceRead, p.show),
		action.Get("/admin/sources/{name}/edit", people.SourceWrite, p.edit),
		action.Post("/admin/sources/{name}/edit", people.SourceWrite, p.save),
		action.Post("/admin/sources/{name}/delete", people.SourceWrite, p.remove),
		action.Post("/admin/sources/{name}/keys", people.SourceWrite, p.createKey),
		action.Post("/admin/sources/{name}/keys/{key}/revoke", people.SourceWrite, p.revokeKey),
		action.Get("/admin/logs", people.SystemRead, p.way),
		action.Get("/logs/upload", people.LogSend, p.uploadForm),
		action.Post("/logs/upload", people.LogSend, p.upload),
	}
}

// all is a list of one page that holds everything.
var all = page.Request{Limit: page.MaxLimit}

func sourceURL(name string) string { return "/admin/sources/" + url.PathEscape(name) }

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }

// seesAdmin reports whether the tabs of administration lead anywhere for somebody.
func seesAdmin(by actor.Actor) bool { return people.Can(by, people.SystemRead, people.Target{}) }
