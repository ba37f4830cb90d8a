package app

import (
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"mainstay/internal/api"
	"mainstay/internal/base/errs"
	"mainstay/internal/edge"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/metricstore/scrape"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/otlp"
	"mainstay/internal/ingest/promtext"
	"mainstay/internal/ingest/promwrite"
	"mainstay/internal/ingest/receive"
)

// SeriesOptions configure the store of time series.
type SeriesOptions struct {
	// Retention is how long samples are kept; 0 means 400 days.
	Retention time.Duration
	// MaxDisk is what samples may take on the disk, in bytes; 0 is no limit.
	MaxDisk int64
	// OutOfOrder is how late samples may come; 0 means 24 hours.
	OutOfOrder time.Duration
	// MaxSeries is how many series may be in memory; 0 means two million.
	MaxSeries int
	// Cluster stores samples and answers; without it, the TSDB in process does.
	Cluster SeriesCluster
	// ScrapeFile has the scrape jobs, as Prometheus writes them; empty is none.
	ScrapeFile string
	// ScrapeSoon fetches from targets as soon as they are known. Only tests set it.
	ScrapeSoon bool
}

// SeriesCluster is where a cluster takes and finds samples.
type SeriesCluster = metricstore.Remote

func (o SeriesOptions) check(c *errs.Check) {
	c.Require(o.Retention == 0 || o.Retention >= 24*time.Hour, "metrics.retention", "must be at least 24h")
	c.Require(o.OutOfOrder >= 0, "metrics.out_of_order", "must not be negative")
	c.Require((o.Cluster.WriteURL == "") == (o.Cluster.QueryURL == ""), "metrics.write_url", "and metrics.query_url must both be given, or neither")
	c.Require(o.MaxSeries >= 0, "metrics.max_series", "must not be negative")
}

// openSeries makes the store of time series, which opens when the server starts.
func (a *App) openSeries() (err error) {
	a.Series, err = metricstore.New(metricstore.Config{
		Dir: filepath.Join(a.DataDir, "metrics"), Retention: a.Options.Series.Retention, MaxDisk: a.Options.Series.MaxDisk,
		OutOfOrder: a.Options.Series.OutOfOrder, MaxSeries: a.Options.Series.MaxSeries,
		Remote: a.Options.Series.Cluster, Log: a.Log,
	})
	if err != nil {
		return fmt.Errorf("time series: %w", err)
	}
	a.Scrape, err = scrape.New(scrape.Config{File: a.Options.Series.ScrapeFile, Store: a.Series, Soon: a.Options.Series.ScrapeSoon, Log: a.Log})
	return err
}

// StartSeries opens the store of time series in the background, and begins to fetch samples.
func (a *App) StartSeries() {
	a.Series.Start()
	a.Scrape.Start()
}

func (a *App) stopSeries() error {
	if a.Series == nil {
		return nil
	}
	if a.Scrape != nil {
		a.Scrape.Stop()
	}
	return a.Series.Stop()
}

// sampleProtocols are the ways in of samples over HTTP.
var sampleProtocols = []func(receive.Config, signal.Samples) []receive.Route{
	promwrite.Routes, otlp.MetricRoutes, promtext.Routes,
}

// mountSeries adds the ways in and out of samples.
func (a *App) mountSeries(mux *http.ServeMux, e *edge.Edge, in receive.Config) {
	for _, routes := range sampleProtocols {
		for _, route := range routes(in, a.Series) {
			mux.Handle(route.Pattern, route.Handler)
		}
	}
	mux.Handle(api.SeriesPath, e.Authenticate(&api.Series{Metrics: a.Series, Log: a.Log}))
}
