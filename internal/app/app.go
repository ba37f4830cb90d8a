package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/api"
	"mainstay/internal/audit"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/secret"
	"mainstay/internal/base/worker"
	"mainstay/internal/edge"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/files"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/archive"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/metricstore/scrape"
	"mainstay/internal/engine/outbox"
	"mainstay/internal/engine/timer"
	"mainstay/internal/ingest/alertmanager"
	"mainstay/internal/ingest/syslog"
	"mainstay/internal/web"
)

// App is a server: opened by New, running between Start and Stop.
type App struct {
	Options
	DB      *db.DB
	Rooms   Rooms
	Feed    *ledger.Feed
	Auditor *audit.Auditor
	sample  *logSample // what it looks for among log lines
	Metrics *prometheus.Registry
	Logs    *logstore.Store
	Archive *archive.Archive
	Series  *metricstore.Store
	Scrape  *scrape.Jobs

	lock       *os.File
	box        *secret.Box
	newKey     bool // the key file was made by this start
	files      *files.Store
	timers     *timer.Runner
	dispatcher *outbox.Dispatcher
	workers    []*worker.Worker
	archiving  *worker.Worker
	disk       disk
	live       *edge.Live
	api        *api.API
	site       *web.Site
	alertsIn   *alertmanager.Handler
	syslog     *syslog.Server
	stopping   chan struct{} // closed when the server stops: senders that never end must
	mux        *http.ServeMux
	handler    http.Handler

	listener net.Listener
	server   *http.Server
	cancel   context.CancelFunc
	running  sync.WaitGroup
}

// New opens the data directory and the database and wires the rooms. Nothing runs yet.
func New(ctx context.Context, o Options) (*App, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	a := &App{Options: o, stopping: make(chan struct{}), Metrics: prometheus.NewRegistry()}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(a.onFullDisk(err), a.close())
	}
	return a, nil
}

// onFullDisk says what to do when there is no room for what a start has to write.
func (a *App) onFullDisk(err error) error {
	if !db.IsFull(err) {
		return err
	}
	return &errs.E{Kind: errs.Unavailable, Err: err, Message: fmt.Sprintf("the disk is full, so nothing can start on it. "+
		"Make room on the disk of %s, or of its database, and start again: nothing that was acknowledged is lost. "+
		"Remove no files in there; if some must go, the oldest days of log lines in logs/engine are the first", a.DataDir)}
}

func (a *App) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(a.DataDir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if a.lock, err = lock(a.DataDir); err != nil {
		return err
	}
	if err := removeUnfinished(a.DataDir); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if err := a.openKey(); err != nil {
		return err
	}
	if path, ok := strings.CutPrefix(a.Database, "sqlite:"); ok {
		if err := private(path); err != nil {
			return err
		}
	}
	if a.DB, err = db.Open(ctx, db.Options{URL: a.Database, Clock: a.Clock}); err != nil {
		return err
	}
	if a.files, err = files.Open(files.Config{Dir: filepath.Join(a.DataDir, "files"), Clock: clock.Wall()}); err != nil {
		return err
	}
	if err := a.openLogs(); err != nil {
		return err
	}
	if err := a.openSeries(); err != nil {
		return err
	}
	// The address is taken before anything is wired, because links in messages name it.
	if a.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", a.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if a.BaseURL == "" {
		a.BaseURL = "http://" + a.listener.Addr().String()
	}
	if err := a.wire(); err != nil {
		return err
	}
	if err := a.prepare(ctx); err != nil {
		return err
	}
	return a.startSyslog(context.WithoutCancel(ctx))
}

// private makes a database file that only its owner may read, or one that is there so: SQLite
// itself lets everybody, and gives its other files the mode of this one.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// Addr is the address that the server listens on.
func (a *App) Addr() string { return a.listener.Addr().String() }

// Handler is everything that the server answers.
func (a *App) Handler() http.Handler { return a.handler }

const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
)

// Serve answers requests. It returns at once; workers do not run. Tests call it; everybody
// else calls Start.
func (a *App) Serve() {
	a.server = &http.Server{
		Handler:           a.handler,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(a.Log.Handler(), slog.LevelWarn),
	}
	a.server.RegisterOnShutdown(a.live.Close)
	a.server.RegisterOnShutdown(func() { close(a.stopping) })
	a.running.Go(func() {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.Log.Error("the HTTP server stopped", "err", err)
		}
	})
}

// Start answers requests and runs the workers until Stop.
func (a *App) Start(ctx context.Context) {
	a.warnOfMute(ctx)
	ctx, a.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, w := range a.workers {
		a.running.Go(func() { w.Run(ctx) })
	}
	a.running.Go(func() { a.runChecks(ctx) })
	a.Logs.Start()
	a.StartSeries()
	a.Serve()
}

// Stop ends everything in reverse order: requests first, then workers, then the database.
// Requests under way have until ctx is done.
func (a *App) Stop(ctx context.Context) error {
	var err error
	if a.server != nil {
		err = a.server.Shutdown(ctx)
	}
	if a.cancel != nil {
		a.cancel()
	}
	if a.syslog != nil {
		a.syslog.Stop()
	}
	a.running.Wait()
	a.stopMetricRules(ctx)
	a.dispatcher.Wait()
	return errors.Join(err, a.close())
}

func (a *App) close() error {
	var errList []error
	if a.listener != nil {
		if err := a.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errList = append(errList, err)
		}
	}
	if a.Rooms.Sources != nil {
		errList = append(errList, a.stopLogs())
	}
	errList = append(errList, a.stopSeries())
	if a.DB != nil {
		errList = append(errList, a.DB.Close())
	}
	if a.lock != nil {
		errList = append(errList, a.lock.Close())
	}
	return errors.Join(errList...)
}

// onTheWall reports whether records run on wall time, as they do outside tests and the demo.
func (a *App) onTheWall() bool { return a.Options.Clock == clock.Wall() }
