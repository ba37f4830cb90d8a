package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/client"
)

type logArchive struct {
	List    archiveList    `cmd:"" help:"List archived days, and those that wait to be."`
	Run     archiveRun     `cmd:"" help:"Archive now what is due."`
	Verify  archiveVerify  `cmd:"" help:"Read an archived day back and compare it with its manifest."`
	Restore archiveRestore `cmd:"" help:"Bring an archived day back, to be searched as any other."`
}

type archiveList struct {
	shown `embed:""`
}

func (c *archiveList) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.LogKeeping, error) {
		return s.LogKeeping(ctx)
	}, drawArchive)
}

func drawArchive(t *table, k client.LogKeeping) {
	t.row("DAY", "STATE", "LINES", "BYTES", "WRITTEN", "FILE")
	for _, day := range k.Due {
		t.row(day, "due", "", "", "", "")
	}
	for _, d := range k.Archived {
		t.row(dayOf(d), dayState(k, d), fmt.Sprint(d.Lines), fmt.Sprint(d.Packed), t.when(d.Created), d.File)
	}
	for _, name := range k.Unreadable {
		t.row("", "unreadable", "", "", "", name)
	}
}

// dayOf is a day with its class, where that is not the standard one.
func dayOf(d client.ArchivedDay) string {
	if d.Class == "" || d.Class == "standard" {
		return d.Day
	}
	return d.Day + " (" + d.Class + ")"
}

// dayState says whether an archived day is whole as far as was looked, and whether it is back.
func dayState(k client.LogKeeping, d client.ArchivedDay) string {
	for _, r := range k.Restored {
		switch {
		case r.Day != d.Day || r.Class != d.Class:
		case r.Failure != "":
			return "cannot be restored"
		case r.Done:
			return "restored"
		default:
			return "is restored"
		}
	}
	switch {
	case d.Checked == nil:
		return "archived"
	case d.Damage != "":
		return "damaged"
	}
	return "verified"
}

// waiting is what commands that wait for the server share.
type waiting struct {
	shown  `embed:""`
	NoWait bool `help:"Do not wait until it is done."`
}

// lookAgain is how often the server is asked how far it is.
const lookAgain = 500 * time.Millisecond

// errLeft says that somebody stopped waiting, which stops nothing else.
var errLeft = errs.Unavailablef("stopped waiting; the server goes on: 'mainstay logs archive list' says how far it is")

// wait asks until done holds, and says on progress what is being done.
func (c waiting) wait(ctx context.Context, progress io.Writer, s *client.Client, k client.LogKeeping, done func(client.LogKeeping) bool) (client.LogKeeping, error) {
	said := ""
	for !c.NoWait && !done(k) {
		if k.Working != "" && k.Working != said {
			said = k.Working
			fmt.Fprintln(progress, said+" …")
		}
		select {
		case <-ctx.Done():
			return k, errLeft
		case <-clock.Wall().After(lookAgain):
		}
		var err error
		if k, err = s.LogKeeping(ctx); err != nil {
			if ctx.Err() != nil {
				return k, errLeft
			}
			return k, err
		}
		if k.Failing != "" {
			return k, errs.Unavailablef("%s; it is tried again", k.Failing)
		}
	}
	return k, nil
}

type archiveRun struct {
	waiting `embed:""`
}

func (c *archiveRun) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.LogKeeping, error) {
		k, err := s.RunLogArchive(ctx)
		if err != nil {
			return k, err
		}
		return c.wait(ctx, env.Err, s, k, func(k client.LogKeeping) bool { return len(k.Due) == 0 })
	}, drawArchive)
}

type archiveVerify struct {
	waiting `embed:""`
	Day     string `arg:"" help:"Day (UTC), such as 2026-01-31."`
}

// Run ends with an error when the archive is damaged.
func (c *archiveVerify) Run(ctx context.Context, env Env) error {
	var days []client.ArchivedDay
	err := call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.LogKeeping, error) {
		k, err := s.VerifyLogArchive(ctx, c.Day)
		if err != nil {
			return k, err
		}
		k, err = c.wait(ctx, env.Err, s, k, func(k client.LogKeeping) bool {
			days = archivesOf(k, c.Day)
			return !slices.ContainsFunc(days, func(d client.ArchivedDay) bool { return d.Checked == nil })
		})
		k.Due, k.Unreadable, k.Archived = nil, nil, archivesOf(k, c.Day)
		return k, err
	}, drawArchive)
	for _, d := range days {
		if err == nil && d.Damage != "" {
			return errs.Conflictf("%s", d.Damage)
		}
	}
	return err
}

// archivesOf are the archives of a day, one for each class of lines.
func archivesOf(k client.LogKeeping, day string) (all []client.ArchivedDay) {
	for _, d := range k.Archived {
		if d.Day == day {
			all = append(all, d)
		}
	}
	return all
}

type archiveRestore struct {
	waiting `embed:""`
	Day     string        `arg:"" help:"Day (UTC), such as 2026-01-31."`
	Keep    time.Duration `help:"How long it is kept." default:"168h"`
}

// Run says how the restored lines are found.
func (c *archiveRestore) Run(ctx context.Context, env Env) error {
	var day restored
	err := call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.LogKeeping, error) {
		k, err := s.RestoreLogArchive(ctx, c.Day, c.Keep)
		if err != nil {
			return k, err
		}
		return c.wait(ctx, env.Err, s, k, func(k client.LogKeeping) bool {
			day = restoredOf(k, c.Day)
			return day.done || day.failure != ""
		})
	}, func(t *table, k client.LogKeeping) {
		if day.done && k.RestoredUntil != nil {
			t.row(day.text(c.Day, t.when(*k.RestoredUntil)))
		}
	})
	if err == nil && day.failure != "" {
		return errs.Conflictf("%s", day.failure)
	}
	return err
}

// restored is how a day comes back, the lines of all classes.
type restored struct {
	done    bool
	lines   int64 // that were not in the store any more
	all     int64 // that are archived
	failure string
}

// text says how the lines of a day that is back are found.
func (r restored) text(day, until string) string {
	switch {
	case r.lines == 0:
		return fmt.Sprintf("%s: all %d lines are still here, kept until %s; find them with '_time:%sZ'", day, r.all, until, day)
	case r.lines < r.all:
		return fmt.Sprintf("%s: %d lines restored, the other %d were still here; kept until %s; find all with '_time:%sZ', those restored with '_time:%sZ restored:*'",
			day, r.lines, r.all-r.lines, until, day, day)
	}
	return fmt.Sprintf("%s: %d lines restored, kept until %s; find them with '_time:%sZ restored:*'", day, r.lines, until, day)
}

func restoredOf(k client.LogKeeping, day string) (out restored) {
	all, done := 0, 0
	for _, r := range k.Restored {
		if r.Day != day {
			continue
		}
		all++
		out.lines += r.Lines
		if r.Done {
			done++
		}
		if r.Failure != "" {
			out.failure = r.Failure
		}
	}
	for _, a := range archivesOf(k, day) {
		out.all += a.Lines
	}
	out.done = all > 0 && done == all
	return out
}
