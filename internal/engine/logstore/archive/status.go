package archive

import (
	"context"
	"maps"
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
	Checked  map[Day]Check
	// Listed is when they were listed last, zero before the first time.
	Listed time.Time
	// Due are the days that wait to be archived, those that go next first, and Behind how much of
	// the margin the first of them has used up.
	Due    []Day
	Behind time.Duration
	// Waiting counts the days whose time has come and that are not archived: those that are due, and
	// those of which lines may still be on their way.
	Waiting int
	// Crowded says that the limit of the disk will take a day that is not archived.
	Crowded bool
	// Working is what is being done, "" for nothing.
	Working string
	// Failing is why the last attempt failed, "" when it did not, and Since from when on.
	Failing string
	Since   time.Time
	// Restored are days that were brought back, or are; the store keeps them until Until, which is zero while it keeps none.
	Restored []Restoring
	Until    time.Time
}

// Restoring is a day that comes back, or has.
type Restoring struct {
	Day   string
	Class signal.Class `json:",omitempty"` // "" for standard
	Done  bool
	Rows  int64 // that were sent
	Err   string
	// Held says that the archive was found whole, and that the store keeps the day until Until at least.
	Held  bool
	Until time.Time
}

// Of is the day of the class that comes back.
func (r Restoring) Of() Day { return Manifest{Day: r.Day, Class: r.Class}.Of() }

// Status returns how it is now.
func (a *Archive) Status() (Status, error) {
	if a.Target == nil {
		return Status{}, nil
	}
	due, err := a.due()
	if err != nil {
		return Status{}, err
	}
	waiting, err := a.waiting()
	if err != nil {
		return Status{}, err
	}
	days := make([]Day, len(due))
	for i, d := range due {
		days[i] = d.Day
	}
	crowded, err := a.crowded(days)
	if err != nil {
		return Status{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	st := Status{
		Target: a.Target.String(), Archived: slices.Clone(a.manifests), Bad: slices.Clone(a.bad), Checked: map[Day]Check{}, Listed: a.listed,
		Due: days, Waiting: waiting, Crowded: crowded, Working: a.working, Failing: a.failing, Since: a.since,
		Restored: slices.Clone(a.held.Days), Until: a.held.until(),
	}
	maps.Copy(st.Checked, a.checked)
	if len(due) > 0 {
		left := due[0].goes.Sub(a.Clock.Now())
		st.Behind = max(a.Store.Part(due[0].Class).Margin-grace-left, 0)
	}
	return st, nil
}

// crowded reports whether lines of a class take nearly all that they may, with a day among the oldest that is not
// archived.
func (a *Archive) crowded(due []Day) (bool, error) {
	for _, p := range a.Store.Parts() {
		bare := slices.ContainsFunc(due, func(d Day) bool {
			_, there := a.manifest(d)
			return d.Class == p.Class && !there
		})
		if !bare || p.MaxDisk == 0 {
			continue
		}
		if total, err := taken(p); err != nil || float64(total) > crowded*float64(p.MaxDisk) {
			return err == nil, err
		}
	}
	return false, nil
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

// Verify lets the next Steps read a day's archives back.
func (a *Archive) Verify(date string) error {
	all, err := a.archivesOf(date)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range all {
		if !slices.Contains(a.asked, m.Of()) {
			a.asked = append(a.asked, m.Of())
		}
		delete(a.checked, m.Of())
	}
	a.wait = time.Time{}
	return nil
}

func (a *Archive) nextAsked() (Day, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.asked) == 0 {
		return Day{}, false
	}
	next := a.asked[0]
	a.asked = a.asked[1:]
	return next, true
}

// check reads an archive back and keeps what came of it.
func (a *Archive) check(ctx context.Context, d Day) {
	a.doing("checking " + d.String())
	m, err := readManifest(ctx, a.Target, d)
	if err == nil {
		err = m.check(ctx, a.Target, eachRow)
	}
	c := Check{At: a.Clock.Now()}
	if err != nil {
		c.Err = err.Error()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.checked[d] = c
}

func eachRow(signal.Row) error { return nil }
