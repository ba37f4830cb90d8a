package cli

import (
	"context"
	"fmt"
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
		t.row(d.Day, dayState(k, d), fmt.Sprint(d.Lines), fmt.Sprint(d.Packed), t.when(d.Created), d.File)
	}
	for _, name := range k.Unreadable {
		t.row("", "unreadable", "", "", "", name)
	}
}

// dayState says whether an archived day is whole as far as was looked, and whether it is back.
func dayState(k client.LogKeeping, d client.ArchivedDay) string {
	for _, r := range k.Restored {
		switch {
		case r.Day != d.Day:
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

// wait asks until done holds.
func (c waiting) wait(ctx context.Context, s *client.Client, k client.LogKeeping, done func(client.LogKeeping) bool) (client.LogKeeping, error) {
	for !c.NoWait && !done(k) {
		select {
		case <-ctx.Done():
			return k, ctx.Err()
		case <-clock.Wall().After(lookAgain):
		}
		var err error
		if k, err = s.LogKeeping(ctx); err != nil {
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
		return c.wait(ctx, s, k, func(k client.LogKeeping) bool { return len(k.Due) == 0 })
	}, drawArchive)
}

type archiveVerify struct {
	waiting `embed:""`
	Day     string `arg:"" help:"Day (UTC), such as 2026-01-31."`
}

// Run ends with an error when the archive is damaged.
func (c *archiveVerify) Run(ctx context.Context, env Env) error {
	var day client.ArchivedDay
	err := call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.LogKeeping, error) {
		k, err := s.VerifyLogArchive(ctx, c.Day)
		if err != nil {
			return k, err
		}
		k, err = c.wait(ctx, s, k, func(k client.LogKeeping) bool {
			day = archivedDay(k, c.Day)
			return day.Checked != nil
		})
		k.Due, k.Unreadable, k.Archived = nil, nil, []client.ArchivedDay{archivedDay(k, c.Day)}
		return k, err
	}, drawArchive)
	if err == nil && day.Damage != "" {
		return errs.Conflictf("%s", day.Damage)
	}
	return err
}

func archivedDay(k client.LogKeeping, day string) client.ArchivedDay {
	for _, d := range k.Archived {
		if d.Day == day {
			return d
		}
	}
	return client.ArchivedDay{Day: day}
}

type archiveRestore struct {
	waiting `embed:""`
	Day     string        `arg:"" help:"Day (UTC), such as 2026-01-31."`
	Keep    time.Duration `help:"How long it is kept." default:"168h"`
}

// Run says how the restored lines are found.
func (c *archiveRestore) Run(ctx context.Context, env Env) error {
	var day client.RestoredDay
	err := call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.LogKeeping, error) {
		k, err := s.RestoreLogArchive(ctx, c.Day, c.Keep)
		if err != nil {
			return k, err
		}
		return c.wait(ctx, s, k, func(k client.LogKeeping) bool {
			for _, r := range k.Restored {
				if r.Day == c.Day {
					day = r
				}
			}
			return day.Done || day.Failure != ""
		})
	}, func(t *table, k client.LogKeeping) {
		if day.Done && k.RestoredUntil != nil {
			t.row(fmt.Sprintf("%s: %d lines restored, kept until %s; find them with '_time:%sZ restored:*'", day.Day, day.Lines, t.when(*k.RestoredUntil), day.Day))
		}
	})
	if err == nil && day.Failure != "" {
		return errs.Conflictf("%s", day.Failure)
	}
	return err
}
