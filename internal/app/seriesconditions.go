package app

import (
	"context"
	"fmt"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/metricstore/scrape"
	"mainstay/internal/engine/signal"
)

// seriesState is what conditions of the store of time series are told by.
type seriesState struct {
	now   time.Time
	grace time.Duration // for which the store may be down
	store metricstore.Status
	last  metricstore.Refused // the sample that was refused last
	jobs  scrape.Status
}

const (
	lately       = 15 * time.Minute
	untidyFor    = time.Hour
	seriesAtMost = 0.9 // of the limit, before it is said
)

func (a *App) seriesLook(grace time.Duration) seriesState {
	s := seriesState{now: clock.Wall().Now(), grace: grace, store: a.Series.Status(), jobs: a.Scrape.Status()}
	if list, _ := a.Series.Refused(); len(list) > 0 {
		s.last = list[0]
	}
	return s
}

// conditions are all that there are, whatever the state: one that is left out could never end.
func (s seriesState) conditions() []condition {
	st := s.store
	down := !st.Up && s.now.Sub(st.Since) > s.grace
	short := st.Free >= 0 && st.Free < st.Keep
	return []condition{
		{name: "MetricsStoreDown", severity: "error", firing: down, unknown: !st.Up && !down,
			summary: "Samples of time series cannot be stored or asked for since " + st.Since.UTC().Format("15:04") + " UTC: " + st.Reason +
				". Senders are told to repeat them; it is tried again every few seconds. Paging goes on."},
		{name: "MetricsNotStored", severity: "error", firing: st.Failure != "" && s.now.Sub(st.FailingSince) > s.grace,
			summary: "Samples of time series cannot be stored since " + st.FailingSince.UTC().Format("15:04") + " UTC, and wait here or at their senders: " + st.Failure},
		{name: "MetricsClusterRefuses", severity: "error", firing: st.RefusedRequests > 0,
			summary: fmt.Sprintf("The cluster of time series refuses %d requests for good. They are kept in metrics/cluster/refused of the data directory; the server's log says why. It ends at the start after the files are taken away.", st.RefusedRequests)},
		{name: "MetricsDiskFull", severity: "critical", firing: short,
			summary: fmt.Sprintf("Samples of time series are not stored, because the disk has only %d MiB left, and %d are kept free: make room, or shorten the retention.", st.Free>>20, st.Keep>>20)},
		{name: "MetricsRefused", severity: "warning", firing: !st.LastLost.IsZero() && s.now.Sub(st.LastLost) < lately,
			summary: fmt.Sprintf("Samples of time series are refused and kept in the quarantine, %d since the start. The last one was of %s, by %s: %s.",
				st.Refused, nameOf(s.last), s.last.Via, s.last.Why)},
		{name: "MetricsTooManySeries", severity: "warning", firing: st.Limit > 0 && float64(st.Series) > seriesAtMost*float64(st.Limit),
			summary: fmt.Sprintf("%d time series are in memory, and no new ones beyond %d: find the label that has too many values, or raise metrics.max_series.", st.Series, st.Limit)},
		{name: "MetricsBlockSetAside", severity: "error", firing: len(st.SetAside) > 0,
			summary: fmt.Sprintf("%d blocks of samples cannot be read and were set aside in metrics/set-aside of the data directory. All others serve on; the server's log says why. It ends at the start after the folders are taken away.", len(st.SetAside))},
		{name: "MetricsRepaired", severity: "warning", firing: st.Repaired > 0,
			summary: "The write-ahead log of samples was damaged and has been repaired at the start: samples of the last hours may be missing."},
		{name: "MetricsUntidy", severity: "error", firing: !st.Untidy.IsZero() && s.now.Sub(st.Untidy) < untidyFor,
			summary: "Samples of time series cannot be packed into blocks, so that their memory and disk grow: the server's log says why."},
		{name: "MetricsScrapeFile", severity: "error", firing: s.jobs.Problem != "",
			summary: "The file of scrape jobs " + s.jobs.File + " is not used as it is now, and the jobs that ran go on: " + s.jobs.Problem},
	}
}

func nameOf(r metricstore.Refused) string {
	if name := r.Labels.Get(signal.MetricName); name != "" {
		return name
	}
	return "a metric without a name"
}

// seriesTroubles are the conditions that everybody at the desk must know of: what is merely a warning is an alert only.
func (a *App) seriesTroubles() (out []string) {
	if !a.Series.Started() {
		return nil
	}
	for _, c := range a.seriesLook(shownAfter).conditions() {
		if c.firing && !c.unknown && c.severity != "warning" {
			out = append(out, c.summary)
		}
	}
	return out
}

// newSeriesWatch turns the conditions into alerts, and back.
func (a *App) newSeriesWatch() *logWatch {
	return &logWatch{clock: a.Clock, told: map[string]time.Time{},
		raise: func(ctx context.Context, c condition) error { return a.raiseOf(ctx, "mainstay-metrics", c) },
		look: func(context.Context) []condition {
			if !a.Series.Started() {
				return nil
			}
			return a.seriesLook(alertedAfter).conditions()
		}}
}
