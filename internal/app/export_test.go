package app

import (
	"context"
	"net/http"
	"reflect"
	"time"
)

// Muxes are all tables of patterns that decide who answers a request, by what they belong to.
func (a *App) Muxes() map[string]*http.ServeMux {
	return map[string]*http.ServeMux{
		"server": a.mux, "api": muxOf(a.api), "site": muxOf(a.site), "alerts": muxOf(a.alertsIn),
	}
}

// muxOf reads the field mux of a handler of another package.
func muxOf(handler any) *http.ServeMux {
	return (*http.ServeMux)(reflect.ValueOf(handler).Elem().FieldByName("mux").UnsafePointer())
}

// LookAtDisk does what the worker does that looks at the disk of log lines.
func (a *App) LookAtDisk(ctx context.Context) error {
	_, err := a.lookAtDisk(ctx)
	return err
}

// StepArchive does what the archive's worker does once.
func (a *App) StepArchive(ctx context.Context) error {
	_, err := a.stepArchive(ctx)
	return err
}

// ArchiveAgain is when the archive's worker wants to be called again at the latest; zero leaves it to the worker.
func (a *App) ArchiveAgain(ctx context.Context) (time.Time, error) {
	r, err := a.stepArchive(ctx)
	return r.Next, err
}

// WatchLogs returns what does once what the worker does that turns troubles of log lines into alerts, and remembers what it said.
func (a *App) WatchLogs() func(context.Context) error {
	w := a.newLogWatch()
	return func(ctx context.Context) error {
		_, err := w.step(ctx)
		return err
	}
}

// WatchSeries does what the worker does that turns troubles of time series into alerts.
func (a *App) WatchSeries() error {
	_, err := a.newSeriesWatch().step(context.Background())
	return err
}
