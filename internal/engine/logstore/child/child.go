// Package child is the log engine: VictoriaLogs, compiled in and run as a process of its own.
//
// It is a process of its own because the engine exits on corrupt data, and paging must survive
// that; because its memory is bounded on its own; and because the server speaks to it through
// the client that it also uses for a cluster. The parent is engine/logstore.
//
//	parent ──fd 3: listening socket──▶ child serves /internal/insert, /select/logsql/…, /health
//	       ──fd 4: pipe, never written─▶ child ends when it closes, so it never outlives the parent
//
// The engine keeps its settings in process-wide flags and its storage in globals, which is why
// nothing else may import this package but the program's entry.
package child

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	_ "first.mainstay" // keeps a line of one of the engine's packages away from standard error
	"github.com/VictoriaMetrics/VictoriaMetrics/app/vlinsert"
	"github.com/VictoriaMetrics/VictoriaMetrics/app/vlinsert/insertutil"
	"github.com/VictoriaMetrics/VictoriaMetrics/app/vlselect"
	"github.com/VictoriaMetrics/VictoriaMetrics/app/vlstorage"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/appmetrics"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/fs"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logger"
)

// Env holds the settings of a child as JSON. A process that has it in its environment is a child
// and runs nothing else.
const Env = "MAINSTAY_LOG_ENGINE"

// The descriptors that a child inherits.
const (
	listenerFD = 3
	lifelineFD = 4
)

// Settings are what the parent decides about the engine.
type Settings struct {
	Dir string `json:"dir"`
	// Nodes are the sockets of other children, or host:port of engines elsewhere. A child that has any keeps no lines of its own: it asks
	// them, and puts together what they say.
	Nodes []string `json:"nodes,omitempty"`
	// Retention is how long lines are kept, by their own instant; at least a day.
	Retention time.Duration `json:"retention"`
	// FutureRetention is how far ahead of now a line's instant may be.
	FutureRetention time.Duration `json:"future_retention"`
	// MaxDisk is how many bytes lines may take before the oldest days go; 0 is no limit.
	MaxDisk int64 `json:"max_disk"`
	// MinFree is how many bytes the disk must keep; below them the engine takes no lines.
	MinFree int64 `json:"min_free"`
	// Memory bounds the process, in bytes: half of it for the engine's caches.
	Memory int64 `json:"memory"`
	// QueryTime bounds one question.
	QueryTime time.Duration `json:"query_time"`
}

// Wanted reports whether this process is to be a child.
func Wanted() bool { return os.Getenv(Env) != "" }

// Main runs the engine until its lifeline closes or SIGTERM comes, and returns the exit code.
func Main() int {
	if err := run(os.Getenv(Env)); err != nil {
		fmt.Fprintln(os.Stderr, "log engine:", err)
		return 1
	}
	return 0
}

func run(settings string) error {
	var s Settings
	if err := json.Unmarshal([]byte(settings), &s); err != nil {
		return fmt.Errorf("%s holds no settings: %w", Env, err)
	}
	listener, err := inherited()
	if err != nil {
		return err
	}
	if err := s.apply(); err != nil {
		return err
	}
	debug.SetMemoryLimit(s.Memory)
	ended := endOfLife()
	start()
	server := &http.Server{Handler: http.HandlerFunc(serve), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: maxQuestion, ErrorLog: logger.StdErrorLogger()}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err = <-served:
	case <-ended:
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if server.Shutdown(ctx) != nil { // a tail goes on for ever
		err = errors.Join(err, server.Close())
	}
	stop()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// maxQuestion is how long a question may be that comes in an address: a front puts what subqueries have
// found into those that it sends on.
const maxQuestion = 64 << 20

// apply hands the settings to the engine, which reads them from flags.
func (s Settings) apply() error {
	for name, value := range map[string]string{
		"storageDataPath":                  s.Dir,
		"retentionPeriod":                  hours(s.Retention),
		"futureRetention":                  hours(s.FutureRetention),
		"retention.maxDiskSpaceUsageBytes": strconv.FormatInt(s.MaxDisk, 10),
		"storage.minFreeDiskSpaceBytes":    strconv.FormatInt(s.MinFree, 10),
		"memory.allowedBytes":              strconv.FormatInt(s.Memory/2, 10),
		"search.maxQueryDuration":          s.QueryTime.String(),
		"inmemoryDataFlushInterval":        "1s",
		"defaultMsgValue":                  "", // a line without a message is one
		"loggerFormat":                     "json",
		"loggerLevel":                      "WARN",
	} {
		if err := flag.Set(name, value); err != nil {
			return fmt.Errorf("setting %s=%q: %w", name, value, err)
		}
	}
	if len(s.Nodes) > 0 {
		if err := s.askNodes(); err != nil {
			return err
		}
	}
	return flag.CommandLine.Parse(nil)
}

func hours(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Hour-1)/time.Hour), 10) + "h"
}

func start() {
	buildinfo.Init()
	logger.Init()
	vlstorage.Init()
	vlselect.Init()
	insertutil.SetLogRowsStorage(&vlstorage.Storage{})
	vlinsert.Init()
}

// stop writes what is still in memory to the disk.
func stop() {
	vlinsert.Stop()
	vlselect.Stop()
	vlstorage.Stop()
	fs.MustStopDirRemover()
}

func serve(plain http.ResponseWriter, r *http.Request) {
	w := &wholly{ResponseWriter: plain}
	defer w.end()
	switch {
	case r.URL.Path == "/health":
		_, _ = io.WriteString(w, "OK")
	case r.URL.Path == "/debug/pprof/profile": // only the owner of the data reaches this socket
		pprof.Profile(w, r)
	case r.URL.Path == "/metrics":
		appmetrics.WritePrometheusMetrics(w)
	case withRows(r) && vlselect.RequestHandler(w, r):
	case vlinsert.RequestHandler(w, r), vlselect.RequestHandler(w, r), vlstorage.RequestHandler(w, r):
	default:
		http.NotFound(w, r)
	}
}

func inherited() (net.Listener, error) {
	f := os.NewFile(listenerFD, "listener")
	if f == nil {
		return nil, errors.New("no listening socket was handed down")
	}
	defer f.Close()
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("the descriptor that was handed down is no listening socket: %w", err)
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // the next child may be listening there by now
	}
	return l, nil
}

// endOfLife is closed when the parent has gone or wants the child to end. An interrupt from the
// terminal goes to the parent, which ends the child in its own time.
func endOfLife() <-chan struct{} {
	ended := make(chan struct{})
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = os.NewFile(lifelineFD, "lifeline").Read(make([]byte, 1)) // returns at the parent's end only
	}()
	go func() {
		select {
		case <-terminate:
		case <-gone:
		}
		close(ended)
	}()
	return ended
}
