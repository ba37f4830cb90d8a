package archive

import (
	"context"
	"slices"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// Status is how archiving goes.
type Status struct {
	// Target is where archives are, "" when nothing is archived.
	Target string
	// Archived are the days that have one, newest first; Bad the manifests that cannot be read.
	Archived []Manifest
	Bad      []string
	Checked  map[string]Check
	// Listed is when they were listed last, zero before the first time.
	Listed time.Time
	// Due are the days that wait to be archived, oldest first, and Behind how long the oldest of them
	// could have been archived.
	Due    []time.Time
	Behind time.Duration
	// Crowded says that the limit of the disk will take a day that is not archived.
	Crowded bool
	// Working is what is being done, "" for nothing.
	Working string
	// Failing is why the last attempt failed, "" when it did not, and Since from when on.
	Failing string
	Since   time.Time
	// Restored are days that were brought back, until Until.
	Restored []Restoring
	Until    time.Time
}

// Restoring is a day that comes back, or has.
type Restoring struct {
	Day  string
	Done bool
	Rows int64 // that were sent
	Err  string
}

// Status returns how it is now.
func (a *Archive) Status() (Status, error) {
	if a.Target == nil {
		return Status{}, nil
	}
	due, err := a.Due()
	if err != nil {
		return Status{}, err
	}
	crowded, err := a.crowded(due)
	if err != nil {
		return Status{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	st := Status{
		Target: a.Target.String(), Archived: slices.Clone(a.manifests), Bad: slices.Clone(a.bad), Checked: map[string]Check{}, Listed: a.listed,
		Due: due, Crowded: crowded, Working: a.working, Failing: a.failing, Since: a.since,
		Restored: slices.Clone(a.held.Days), Until: a.held.Until,
	}
	for d, c := range a.checked {
		st.Checked[d] = c
	}
	if len(due) > 0 {
		st.Behind = max(a.Clock.Now().Sub(due[0].Add(day+a.Store.Retention+grace)), 0)
	}
	return st, nil
}

// crowded reports whether lines take nearly all that they may, with a day among the oldest that is not archived.
func (a *Archive) crowded(due []time.Time) (bool, error) {
	bare := slices.ContainsFunc(due, func(d time.Time) bool {
		_, there := a.manifest(d.Format(time.DateOnly))
		return !there
	})
	if !bare || a.Store.MaxDisk == 0 {
		return false, nil
	}
	days, err := a.Store.Days()
	total := int64(0)
	for _, d := range days {
		total += d.Bytes
	}
	return float64(total) > crowded*float64(a.Store.MaxDisk), err
}

// Now lets the next Step try at once what had failed, and list what is archived anew.
func (a *Archive) Now() error {
	if a.Target == nil {
		return errs.Conflictf("nothing is archived here: start the server with --logs-archive")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wait, a.listed = time.Time{}, time.Time{}
	return nil
}

// Verify lets the next Step read a day's archive back.
func (a *Archive) Verify(day string) error {
	if _, _, err := a.parseDay(day); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Contains(a.asked, day) {
		a.asked = append(a.asked, day)
	}
	delete(a.checked, day)
	a.wait = time.Time{}
	return nil
}

func (a *Archive) nextAsked() (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.asked) == 0 {
		return "", false
	}
	next := a.asked[0]
	a.asked = a.asked[1:]
	return next, true
}

// check reads an archive back and keeps what came of it.
func (a *Archive) check(ctx context.Context, day string) {
	a.doing("checking " + day)
	m, err := readManifest(ctx, a.Target, day)
	if err == nil {
		err = m.check(ctx, a.Target, eachRow)
	}
	c := Check{At: a.Clock.Now()}
	if err != nil {
		c.Err = err.Error()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.checked[day] = c
}

func eachRow(signal.Row) error { return nil }
