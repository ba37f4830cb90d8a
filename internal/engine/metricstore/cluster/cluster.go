package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// Config is where a cluster is.
type Config struct {
	WriteURL string // whole, such as http://mimir:9009/api/v1/push
	QueryURL string // without /api/v1, such as http://mimir:9009/prometheus
	User     string // of both; empty is none
	Password string
	// Dir holds what has not been sent yet.
	Dir string
	// MaxBytes is what may wait there; 0 means 4 GiB.
	MaxBytes int64
	Timeout  time.Duration // of one request; 0 means a minute
	// Pause is the first one after a request that failed; 0 means a second. It doubles, up to half a minute.
	Pause time.Duration
	Clock clock.Clock
	Log   *slog.Logger
}

const (
	defaultMax     = 4 << 30
	longestPause   = 30 * time.Second
	outgoingFolder = "outgoing"
	refusedFolder  = "refused"
)

// Cluster is a cluster. Make it with Open.
type Cluster struct {
	Config
	http *http.Client
	wake chan struct{}

	mu      sync.Mutex
	waiting []parcel // oldest first
	bytes   int64
	next    uint64
	failure string
	since   time.Time
	refused int

	cancel  context.CancelFunc
	running sync.WaitGroup
}

// parcel is a file that waits.
type parcel struct {
	name string
	size int64
}

// Open lists what waits. Nothing is sent before Start.
func Open(c Config) (*Cluster, error) {
	if c.MaxBytes == 0 {
		c.MaxBytes = defaultMax
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.Pause == 0 {
		c.Pause = time.Second
	}
	c.QueryURL = strings.TrimRight(c.QueryURL, "/")
	out := &Cluster{Config: c, http: &http.Client{Timeout: c.Timeout}, wake: make(chan struct{}, 1)}
	return out, out.load()
}

func (c *Cluster) load() error {
	for _, folder := range []string{outgoingFolder, refusedFolder} {
		if err := os.MkdirAll(filepath.Join(c.Dir, folder), 0o700); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(filepath.Join(c.Dir, outgoingFolder)) // sorted by name
	if err != nil {
		return err
	}
	for _, e := range entries {
		var n uint64
		if _, err := fmt.Sscanf(e.Name(), "%016x.rw", &n); err != nil || !strings.HasSuffix(e.Name(), ".rw") {
			continue // of a write that was cut off
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		c.waiting = append(c.waiting, parcel{e.Name(), info.Size()})
		c.bytes += info.Size()
		c.next = n + 1
	}
	refused, err := os.ReadDir(filepath.Join(c.Dir, refusedFolder))
	c.refused = len(refused)
	return err
}

// Start sends until Stop.
func (c *Cluster) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	c.running.Go(func() { c.send(ctx) })
}

// Stop ends sending; what waits is sent after the next Start.
func (c *Cluster) Stop() {
	if c.cancel != nil {
		c.cancel()
		c.running.Wait()
	}
}

// Status is how the way to the cluster is.
type Status struct {
	Waiting int64 // bytes
	Failure string
	Since   time.Time
	Refused int // requests that the cluster refused for good
}

// Status looks.
func (c *Cluster) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Status{c.bytes, c.failure, c.since, c.refused}
}

// keep makes a request wait. It is safe from a crash of this process then.
func (c *Cluster) keep(body []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes+int64(len(body)) > c.MaxBytes {
		return errs.Unavailablef("samples cannot be stored: as much waits for the cluster as may (%d MiB)", c.MaxBytes>>20)
	}
	p := parcel{fmt.Sprintf("%016x.rw", c.next), int64(len(body))}
	path := filepath.Join(c.Dir, outgoingFolder, p.name)
	if err := os.WriteFile(path+".new", body, 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	c.next++
	c.waiting, c.bytes = append(c.waiting, p), c.bytes+p.size
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}

func (c *Cluster) send(ctx context.Context) {
	pause := c.Pause
	for {
		p, ok := c.oldest()
		var wait <-chan time.Time
		if ok {
			err := c.deliver(ctx, p)
			c.note(err)
			if err == nil {
				pause = c.Pause
				continue
			}
			wait, pause = clock.Wall().After(pause), min(2*pause, longestPause)
			select {
			case <-ctx.Done():
				return
			case <-wait:
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
	}
}

func (c *Cluster) oldest() (parcel, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		return parcel{}, false
	}
	return c.waiting[0], true
}

func (c *Cluster) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.failure = ""
		return
	}
	if c.failure == "" {
		c.since = c.Clock.Now()
		c.Log.Warn("samples cannot be sent to the cluster, and wait", "err", err)
	}
	c.failure = err.Error()
}

// deliver sends a parcel and lets it go. An error means that it must be sent again.
func (c *Cluster) deliver(ctx context.Context, p parcel) error {
	path := filepath.Join(c.Dir, outgoingFolder, p.name)
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		c.Log.Error("samples for the cluster were removed by somebody", "file", path)
		c.done(p)
		return nil
	}
	if err != nil {
		return err
	}
	final, err := c.post(ctx, body)
	switch {
	case err == nil:
		err = os.Remove(path)
	case final:
		c.Log.Error("the cluster refuses samples, which are kept in the folder refused", "file", p.name, "err", err)
		err = os.Rename(path, filepath.Join(c.Dir, refusedFolder, p.name))
		c.mu.Lock()
		c.refused++
		c.mu.Unlock()
	}
	if err == nil {
		c.done(p)
	}
	return err
}

func (c *Cluster) done(p parcel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = slices.DeleteFunc(c.waiting, func(q parcel) bool { return q.name == p.name })
	c.bytes -= p.size
}

// post sends one request. Final says that the cluster will never take it.
func (c *Cluster) post(ctx context.Context, body []byte) (final bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.WriteURL, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("Content-Encoding", "snappy")
	r.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	answer, err := c.do(r)
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
	if answer.StatusCode/100 == 2 {
		return false, nil
	}
	final = answer.StatusCode/100 == 4 && !slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestTimeout, http.StatusTooManyRequests}, answer.StatusCode)
	return final, fmt.Errorf("the cluster answers %s: %s", answer.Status, strings.TrimSpace(string(said)))
}

func (c *Cluster) do(r *http.Request) (*http.Response, error) {
	if c.User != "" || c.Password != "" {
		r.SetBasicAuth(c.User, c.Password)
	}
	return c.http.Do(r)
}

// Select asks an endpoint of the query API.
func (c *Cluster) Select(ctx context.Context, endpoint string, form url.Values) (signal.SeriesAnswer, error) {
	method, address, body := http.MethodPost, c.QueryURL+"/api/v1/"+endpoint, strings.NewReader(form.Encode())
	if !slices.Contains([]string{"query", "query_range", "query_exemplars", "series", "labels", "format_query", "parse_query"}, endpoint) {
		method, address, body = http.MethodGet, address+"?"+form.Encode(), strings.NewReader("")
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return signal.SeriesAnswer{}, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := c.do(r)
	if err != nil {
		return signal.SeriesAnswer{}, &errs.E{Kind: errs.Unavailable, Message: "the cluster of time series does not answer", Err: err}
	}
	if answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden { // about us, not about the asker
		_ = answer.Body.Close()
		return signal.SeriesAnswer{}, errs.Unavailablef("the cluster of time series does not let this server in: %s", answer.Status)
	}
	return signal.SeriesAnswer{Status: answer.StatusCode, Answer: signal.Answer{ContentType: answer.Header.Get("Content-Type"), Body: answer.Body}}, nil
}
