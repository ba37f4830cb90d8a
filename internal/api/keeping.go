package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
)

// LogKeeping is how long log lines are kept, what they take, and what is archived.
type LogKeeping struct {
	RetentionHours float64      `json:"retention_hours" doc:"How long lines are kept; then their day is archived, where that is set up, and deleted."`
	MarginHours    float64      `json:"margin_hours" doc:"How much longer the engine keeps a day, for the case that archiving fails."`
	KeptHours      float64      `json:"kept_hours" doc:"How long the engine keeps a day at present: longer while days are restored, or were beyond their time when the server started and are not archived yet."`
	MaxDisk        int64        `json:"max_disk" doc:"Bytes that lines may take before the oldest days go; 0 is no limit."`
	Seen           *time.Time   `json:"seen" doc:"When the disk was looked at; null before the first time."`
	Bytes          int64        `json:"bytes" doc:"What all lines take on the disk."`
	Free           *int64       `json:"free" doc:"Bytes that the disk has left for lines; null where the system does not say."`
	Days           []LogDay     `json:"days" doc:"What each day takes, oldest first."`
	Classes        []LogClass   `json:"classes" doc:"The classes of lines, standard first; it alone where there are no others. Empty before the disk was looked at."`
	Forecast       *LogForecast `json:"forecast" doc:"Null before the server has run for three whole days."`

	Archive       string        `json:"archive" doc:"Where days are archived; empty when they are not."`
	Archived      []ArchivedDay `json:"archived" doc:"Newest day first."`
	Unreadable    []string      `json:"unreadable" doc:"Manifests that cannot be read."`
	Due           []string      `json:"due" doc:"Days that wait to be archived, those that are deleted next first; a day of another class than standard has it in brackets."`
	BehindHours   float64       `json:"behind_hours" doc:"How much of the margin the first of them has used up."`
	Working       string        `json:"working" doc:"What is being done now."`
	Failing       string        `json:"failing" doc:"Why the last attempt failed; empty when it did not."`
	FailingSince  *time.Time    `json:"failing_since"`
	Restored      []RestoredDay `json:"restored"`
	RestoredUntil *time.Time    `json:"restored_until"`
}

// LogClass is how the lines of a class are kept.
type LogClass struct {
	Class          string  `json:"class" doc:"standard, short or long."`
	On             bool    `json:"on" doc:"New lines are kept so. A class that was switched off is searched until its lines have aged out."`
	RetentionHours float64 `json:"retention_hours"`
	KeptHours      float64 `json:"kept_hours" doc:"How long the engine keeps a day at present."`
	MaxDisk        int64   `json:"max_disk" doc:"Bytes; 0 is no limit."`
	Days           int     `json:"days" doc:"Of which there are lines."`
	Bytes          int64   `json:"bytes"`
}

// LogDay is what the lines of a day take.
type LogDay struct {
	Day   string `json:"day" doc:"UTC."`
	Bytes int64  `json:"bytes"`
}

// LogForecast says when the disk is full at its present growth.
type LogForecast struct {
	Days   int        `json:"days" doc:"How many whole days it rests on."`
	PerDay int64      `json:"per_day" doc:"Bytes that a day of lines takes at present."`
	Growth int64      `json:"growth" doc:"By how many bytes a day takes more than the one before."`
	Other  *int64     `json:"other" doc:"Bytes a day by which all else on the disk grows; null before that is known."`
	Full   *time.Time `json:"full" doc:"The day on which the disk is full; null when that is not within two years."`
}

// ArchivedDay is a day in the archive.
type ArchivedDay struct {
	Day     string     `json:"day"`
	Class   string     `json:"class" doc:"Of the lines: each class has an archive of its own."`
	File    string     `json:"file"`
	Lines   int64      `json:"lines"`
	First   time.Time  `json:"first"`
	Last    time.Time  `json:"last"`
	Raw     int64      `json:"raw_bytes"`
	Packed  int64      `json:"packed_bytes"`
	SHA256  string     `json:"sha256"`
	Closed  bool       `json:"closed" doc:"No line of the day could come any more when it was written."`
	Created time.Time  `json:"created"`
	Version string     `json:"version"`
	Checked *time.Time `json:"checked" doc:"When it was last read back because somebody asked."`
	Damage  string     `json:"damage" doc:"What that found; empty when it is whole."`
}

// RestoredDay is a day that was brought back.
type RestoredDay struct {
	Day     string `json:"day"`
	Class   string `json:"class"`
	Done    bool   `json:"done"`
	Lines   int64  `json:"lines" doc:"That were stored: those that were missing."`
	Failure string `json:"failure" doc:"Why it cannot be restored."`
}

// Keeping is what the server does with old log lines.
type Keeping struct {
	State   func() (LogKeeping, error)
	Run     func(context.Context, actor.Actor) error
	Verify  func(ctx context.Context, by actor.Actor, day string) error
	Restore func(ctx context.Context, by actor.Actor, day string, hold time.Duration) error
}

func (a *API) keeping() {
	add(a, get("/log-archive", people.SystemRead, "Get how long log lines are kept, what they take on the disk, and what is archived"), a.getKeeping)
	add(a, post("/log-archive/run", people.SystemWrite, "Archive now what is due; the answer does not wait for it"), a.runArchive)
	add(a, post("/log-archive/{id}/verify", people.SystemWrite, "Read an archived day back and compare it with its manifest; the answer does not wait for it"), a.verifyArchive)
	add(a, post("/log-archive/{id}/restore", people.SystemWrite, "Bring an archived day back into the store; the answer does not wait for it"), a.restoreArchive)
}

func (a *API) getKeeping(_ context.Context, by actor.Actor, _ *struct{}) (LogKeeping, error) {
	if err := people.Allow(by, people.SystemRead, people.Target{}); err != nil {
		return LogKeeping{}, err
	}
	return a.Keeping.show()
}

// show has no null where a list is meant.
func (k Keeping) show() (LogKeeping, error) {
	out, err := k.State()
	out.Unreadable = orEmpty(out.Unreadable)
	return out, err
}

func (a *API) runArchive(ctx context.Context, by actor.Actor, _ *struct{}) (LogKeeping, error) {
	if err := a.Keeping.Run(ctx, by); err != nil {
		return LogKeeping{}, err
	}
	return a.Keeping.show()
}

func (a *API) verifyArchive(ctx context.Context, by actor.Actor, in *struct {
	Day string `path:"id" doc:"The day: 2026-01-31."`
}) (LogKeeping, error) {
	if err := a.Keeping.Verify(ctx, by, in.Day); err != nil {
		return LogKeeping{}, err
	}
	return a.Keeping.show()
}

func (a *API) restoreArchive(ctx context.Context, by actor.Actor, in *struct {
	Day  string `path:"id" doc:"The day: 2026-01-31."`
	Body struct {
		Keep string `json:"keep,omitempty" doc:"How long it is kept, such as 168h, which is also the default."`
	}
}) (LogKeeping, error) {
	hold := 7 * 24 * time.Hour
	if in.Body.Keep != "" {
		var err error
		if hold, err = time.ParseDuration(in.Body.Keep); err != nil {
			return LogKeeping{}, &errs.E{Kind: errs.Invalid, Message: "the request is not valid",
				Fields: []errs.Field{{Path: "keep", Message: "must be a duration such as 168h"}}}
		}
	}
	if err := a.Keeping.Restore(ctx, by, in.Day, hold); err != nil {
		return LogKeeping{}, err
	}
	return a.Keeping.show()
}
