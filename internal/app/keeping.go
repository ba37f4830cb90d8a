package app

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/worker"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/archive"
)

// ArchiveOptions say where days of log lines go before they are deleted.
type ArchiveOptions struct {
	// To is a directory, or s3://bucket/prefix; empty archives nothing.
	To string
	// Margin is how much longer than LogRetention the engine keeps days, for the case that
	// archiving fails; 0 means 7 days.
	Margin time.Duration
	// Endpoint, Region, AccessKey and SecretKey are those of the bucket.
	Endpoint, Region, AccessKey, SecretKey string
}

const (
	defaultMargin = 7 * 24 * time.Hour
	leastMargin   = 2 * 24 * time.Hour
	lookAtDisk    = 10 * time.Minute
	freshFor      = 3 * time.Second // what was seen of the disk, for who reads it
	soonFull      = 7 * 24 * time.Hour
)

func (o *ArchiveOptions) check(c *errs.Check, cluster bool) {
	if o.To == "" {
		return
	}
	if o.Margin == 0 {
		o.Margin = defaultMargin
	}
	c.Require(!cluster, "logs.archive", "works with the engine inside: a cluster keeps and deletes lines by its own settings")
	c.Require(o.Margin >= leastMargin, "logs.archive_margin", "must be at least 48h")
}

func (o ArchiveOptions) target() (archive.Target, error) {
	rest, bucket := strings.CutPrefix(o.To, "s3://")
	switch {
	case o.To == "":
		return nil, nil
	case !bucket:
		return archive.Dir(o.To), nil
	}
	name, prefix, _ := strings.Cut(rest, "/")
	return archive.NewBucket(archive.BucketConfig{Endpoint: o.Endpoint, Region: o.Region, Bucket: name, Prefix: prefix,
		AccessKey: o.AccessKey, SecretKey: o.SecretKey})
}

// margin is how much longer the engine keeps lines than was asked for.
func (o ArchiveOptions) margin() time.Duration {
	if o.To == "" {
		return 0
	}
	return o.Margin
}

func (a *App) keepingDir() string { return filepath.Join(a.DataDir, "logs", "keeping") }

// openArchive makes the archive of the log store.
func (a *App) openArchive() error {
	target, err := a.LogArchive.target()
	if err != nil {
		return err
	}
	if a.Archive, err = archive.New(archive.Config{Store: a.Logs, Target: target, Work: a.keepingDir(), Version: a.Version, Log: a.Log}); err != nil {
		return fmt.Errorf("the archive of log lines: %w", err)
	}
	a.disk.history, err = logstore.OpenHistory(filepath.Join(a.DataDir, "logs"))
	return err
}

// disk is what was seen of the disk of log lines when it was looked at last.
type disk struct {
	looking sync.Mutex // one look at a time
	history *logstore.History

	mu       sync.Mutex
	seen     time.Time   // zero before the first time
	classes  []classDisk // standard first
	free     int64
	freeOK   bool
	forecast logstore.Forecast
	archive  archive.Status
}

// classDisk is what the lines of a class took.
type classDisk struct {
	part *logstore.Part
	days []logstore.DayUse
}

func (c classDisk) bytes() (n int64) {
	for _, d := range c.days {
		n += d.Bytes
	}
	return n
}

// days are what each day of all classes took, oldest first.
func (d *disk) days() (all []logstore.DayUse) {
	sizes := map[time.Time]int64{}
	for _, c := range d.classes {
		for _, use := range c.days {
			sizes[use.Day] += use.Bytes
		}
	}
	for day, n := range sizes {
		all = append(all, logstore.DayUse{Day: day, Bytes: n})
	}
	slices.SortFunc(all, func(a, b logstore.DayUse) int { return a.Day.Compare(b.Day) })
	return all
}

// stepArchive archives and restores, and keeps how that goes, because pages ask for it often.
func (a *App) stepArchive(ctx context.Context) (worker.Result, error) {
	r, err := a.Archive.Step(ctx)
	if err != nil {
		return r, err
	}
	st, err := a.Archive.Status()
	a.disk.mu.Lock()
	defer a.disk.mu.Unlock()
	a.disk.archive = st
	if r.Did == 0 && !a.Logs.Status().Engine.Up { // it may have been started anew for what is asked for
		r.Next = a.Clock.Now().Add(lookEvery)
	}
	return r, err
}

// freshDisk looks at the disk for somebody who reads how it is, unless that was done just now.
func (a *App) freshDisk(ctx context.Context) error {
	a.disk.mu.Lock()
	fresh := clock.Wall().Now().Sub(a.disk.seen) < freshFor
	a.disk.mu.Unlock()
	if fresh {
		return nil
	}
	_, err := a.lookAtDisk(ctx)
	return err
}

// lookAtDisk adds up what lines take, and foresees when the disk is full.
func (a *App) lookAtDisk(context.Context) (worker.Result, error) {
	if !a.Logs.Inside() {
		return worker.Result{}, nil
	}
	a.disk.looking.Lock()
	defer a.disk.looking.Unlock()
	var classes []classDisk
	var uses []logstore.ClassUse
	lines := int64(0)
	for _, p := range a.Logs.Parts() {
		days, err := p.Days()
		if err != nil {
			return worker.Result{}, err
		}
		c := classDisk{p, days}
		classes, lines = append(classes, c), lines+c.bytes()
		if !p.On {
			days = nil // nothing comes any more
		}
		uses = append(uses, logstore.ClassUse{Days: days, Kept: p.Kept(), MaxDisk: p.MaxDisk})
	}
	now := clock.Wall().Now()
	free, ok := a.Logs.Free()
	var forecast logstore.Forecast
	if ok {
		samples, err := a.disk.history.Add(logstore.Sample{At: now, Free: free, Lines: lines})
		if err != nil {
			return worker.Result{}, err
		}
		forecast = logstore.Predict(logstore.Usage{Now: now, Classes: uses, Free: free, Samples: samples, Since: a.disk.history.Since()})
	}
	a.disk.mu.Lock()
	defer a.disk.mu.Unlock()
	a.disk.seen, a.disk.classes, a.disk.free, a.disk.freeOK, a.disk.forecast = now, classes, free, ok, forecast
	return worker.Result{}, nil
}

func behindText(st archive.Status, margin time.Duration) string {
	if len(st.Due) == 0 {
		return "Log lines are archived in time."
	}
	text := fmt.Sprintf("Log lines of %s are not archived in %s", st.Due[0], st.Target)
	if st.Crowded {
		text += ", and the limit of the disk will soon take them"
	} else {
		text += fmt.Sprintf(", and are deleted in %.0f hours all the same", max(margin-st.Behind, 0).Hours())
	}
	if st.Failing != "" {
		text += ": " + st.Failing
	}
	return text + "."
}
