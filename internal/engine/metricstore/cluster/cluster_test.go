package cluster_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore/cluster"
)

func open(t *testing.T, dir, address string, most int64) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Open(cluster.Config{WriteURL: address, QueryURL: address, Dir: dir, MaxBytes: most, Pause: time.Millisecond, Clock: clock.Wall(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}

func add(c *cluster.Cluster, at int64) error {
	a := c.AppenderV2(context.Background())
	if _, err := a.Append(0, labels.FromStrings(labels.MetricName, "m"), 0, at, 1, nil, nil, storage.AOptions{}); err != nil {
		return err
	}
	return a.Commit()
}

func TestMoreThanMayWaitIsRefusedForNow(t *testing.T) {
	c := open(t, t.TempDir(), "http://127.0.0.1:1", 40)
	if err := add(c, 1); err != nil {
		t.Fatal(err)
	}
	if err := add(c, 2); !errs.Is(err, errs.Unavailable) {
		t.Errorf("%v", err)
	}
}

// TestWhatWaitsIsSentInOrderWhateverHappenedToTheFolder: a write that was cut off, and a file that somebody removed.
func TestWhatWaitsIsSentInOrderWhateverHappenedToTheFolder(t *testing.T) {
	var refusals int
	came := make(chan int64, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refusals++; refusals < 3 { // it is asked again
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		came <- r.ContentLength
	}))
	defer server.Close()
	dir := t.TempDir()
	c := open(t, dir, server.URL, 0)
	for at := range int64(4) {
		if err := add(c, at+1); err != nil {
			t.Fatal(err)
		}
	}
	outgoing := filepath.Join(dir, "outgoing")
	if err := os.WriteFile(filepath.Join(outgoing, "0000000000000009.rw.new"), []byte("cut o"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir, server.URL, 0)
	if err := os.Remove(filepath.Join(outgoing, "0000000000000001.rw")); err != nil {
		t.Fatal(err)
	}
	if err := add(again, 5); err != nil {
		t.Fatal(err)
	}
	again.Start()
	for range 4 {
		select {
		case <-came:
		case <-time.After(30 * time.Second):
			t.Fatalf("not all has come: %+v", again.Status())
		}
	}
	again.Stop()
	left, err := filepath.Glob(filepath.Join(outgoing, "*.rw"))
	if err != nil || len(left) > 1 { // the last may be under way when it is stopped
		t.Errorf("left: %v %v", left, err)
	}
}
