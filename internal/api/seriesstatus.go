package api

import (
	"context"
	"strconv"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
)

func (a *API) seriesStatus() {
	add(a, get("/series/status", people.SeriesRead, "Get how the store of time series is"), a.getSeriesStatus)
	add(a, get("/series/refused", people.SeriesRead, "List samples that were refused, and why"), a.listRefused)
}

// SeriesState tells how the store of time series is.
type SeriesState struct {
	Status  func() SeriesStatus
	Refused func() []RefusedSample
}

// SeriesStatus is how the store of time series is.
type SeriesStatus struct {
	Up           bool       `json:"up"`
	Since        time.Time  `json:"since" doc:"Since when it is up, or down."`
	Reason       string     `json:"reason,omitempty" doc:"Why it is down."`
	Failure      string     `json:"failure,omitempty" doc:"Why samples cannot be stored now."`
	Series       uint64     `json:"series" doc:"Series in memory."`
	SeriesLimit  int        `json:"series_limit"`
	Oldest       *time.Time `json:"oldest" doc:"Instant of the oldest sample, null without any."`
	Bytes        int64      `json:"bytes" doc:"What samples take on the disk."`
	DiskFree     int64      `json:"disk_free" doc:"Bytes left on the disk, -1 when that is not known."`
	Stored       int64      `json:"stored" doc:"Samples stored since the start."`
	Refused      int64      `json:"refused" doc:"Samples refused since the start."`
	SetAside     []string   `json:"set_aside" doc:"Blocks of samples that cannot be read."`
	ScrapeFile   string     `json:"scrape_file,omitempty" doc:"File of scrape jobs."`
	ScrapeJobs   int        `json:"scrape_jobs"`
	ScrapeLoaded *time.Time `json:"scrape_loaded" doc:"When the jobs that run were read, null when none were."`
	ScrapeFault  string     `json:"scrape_fault,omitempty" doc:"Why the file of scrape jobs is not used as it is now."`
}

func (a *API) getSeriesStatus(_ context.Context, by actor.Actor, _ *struct{}) (SeriesStatus, error) {
	if err := people.Allow(by, people.SeriesRead, people.Target{}); err != nil {
		return SeriesStatus{}, err
	}
	st := a.Series.Status()
	st.SetAside = orEmpty(st.SetAside)
	return st, nil
}

// RefusedSample is a sample that was not stored.
type RefusedSample struct {
	Seen   time.Time         `json:"seen" doc:"When it came."`
	Via    string            `json:"via" doc:"How it came."`
	Labels map[string]string `json:"labels"`
	At     *time.Time        `json:"at" doc:"Its instant, null when that is not known."`
	Value  string            `json:"value" doc:"As Prometheus writes it: NaN and +Inf are possible."`
	Why    string            `json:"why"`
}

// ValueText writes a sample's value.
func ValueText(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// RefusedSamples is a list of them.
type RefusedSamples struct {
	Items []RefusedSample `json:"items" doc:"The newest first, at most 500."`
	Next  *string         `json:"next"`
}

func (a *API) listRefused(_ context.Context, by actor.Actor, _ *struct{}) (RefusedSamples, error) {
	if err := people.Allow(by, people.SeriesRead, people.Target{}); err != nil {
		return RefusedSamples{}, err
	}
	return RefusedSamples{Items: orEmpty(a.Series.Refused())}, nil
}
