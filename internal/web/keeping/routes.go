// Package keeping is the page of old log lines: how long they stay, what they take on the disk, when that
// is full, and which days are in the archive.
package keeping

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the page needs.
type Config struct {
	// Clock is the one of signals.
	Clock clock.Clock
	State func() (State, error)
	// Run, Verify and Restore begin what goes on in the background.
	Run     func(context.Context, actor.Actor) error
	Verify  func(ctx context.Context, by actor.Actor, day string) error
	Restore func(ctx context.Context, by actor.Actor, day string, hold time.Duration) error
}

// State is how keeping goes.
type State struct {
	// Elsewhere says that lines are in a cluster, which keeps them by settings of its own.
	Elsewhere               bool
	Retention, Margin, Kept time.Duration
	MaxDisk                 int64     // bytes, 0 is no limit
	Seen                    time.Time // when the disk was looked at, zero before the first time
	Days                    []Day     // oldest first
	Bytes, Free             int64
	FreeKnown               bool
	Forecast                Forecast
	Classes                 []Class // none where all lines are kept alike

	Archive      string // "" when nothing is archived
	Archived     []Archived
	Unreadable   []string
	Due          []string
	Waiting      int           // days whose time has come and that are not archived, with those of Due
	Behind       time.Duration // how much of Margin is used up
	Crowded      bool
	Working      string
	Failing      string
	FailingSince time.Time
	Restored     []Restored
	Until        time.Time // of Restored
}

// Class is how the lines of a class are kept, and what they take.
type Class struct {
	Name string
	// On says that new lines are kept so; a class that was switched off goes as its lines age out.
	On              bool
	Retention, Kept time.Duration
	MaxDisk         int64 // bytes, 0 is no limit
	Oldest          string
	Days            int
	Bytes           int64
}

// Day is what a day of lines takes.
type Day struct {
	Day   string
	Bytes int64
}

// Forecast says when the disk is full; below three days of data there is none, and Known is false.
type Forecast struct {
	Known         bool
	Days          int
	PerDay        int64
	Growth, Other int64 // bytes a day
	OtherKnown    bool
	Full          time.Time
}

// Archived is a day in the archive.
type Archived struct {
	Day, Class       string // Class is "" for standard lines
	File, SHA256     string
	Lines, Packed    int64
	Closed           bool
	Created, Checked time.Time
	Damage           string
}

// Restored is a day that was brought back, or will be.
type Restored struct {
	Day, Class string
	Failure    string
	Done       bool
	Lines      int64 // that were not here
}

type pages struct{ Config }

// URL is where the page is.
const URL = "/admin/logs/keeping"

// Routes are the page and its acts.
func Routes(c Config) []action.Route {
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	p := pages{c}
	return []action.Route{
		action.Get(URL, people.SystemRead, p.show),
		action.Post(URL+"/run", people.SystemWrite, p.run),
		action.Post(URL+"/{id}/verify", people.SystemWrite, p.verify),
		action.Post(URL+"/{id}/restore", people.SystemWrite, p.restore),
	}
}
