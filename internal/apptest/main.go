package apptest

import (
	"context"
	"os"
	"testing"
	"time"

	"mainstay/internal/app"
)

// Main is the TestMain of packages whose desks run the log engine: there the program is the test
// binary, which must be the engine when its parent wants that.
func Main(m *testing.M) {
	if code, ran := app.Engine(); ran {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// StartLogs starts the log engine, which other scenarios do without.
func (d *Desk) StartLogs() {
	d.T.Helper()
	d.logs = true
	d.Logs.Start()
}

// StartSeries starts the store of time series and waits until it is open. Other scenarios do without.
func (d *Desk) StartSeries() {
	d.T.Helper()
	d.App.StartSeries()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := d.Series.Ready(ctx); err != nil {
		d.T.Fatal(err)
	}
}
