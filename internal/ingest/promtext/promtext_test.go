package promtext_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/ingest/promtext"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/receivetest"
)

func open(t *testing.T, start bool) (*receivetest.Desk, *metricstore.Store) {
	t.Helper()
	store, err := metricstore.New(metricstore.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Stop() })
	if start {
		store.Start()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := store.Ready(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return receivetest.Open(t, func(c receive.Config) []receive.Route { return promtext.Routes(c, store) }), store
}

// found is how many series an expression gives.
func found(t *testing.T, s *metricstore.Store, expr string) int {
	t.Helper()
	list, err := s.Instant(context.Background(), expr, clock.Wall().Now())
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

const path = "/api/v1/import/prometheus"

func TestTextIsStoredUnderTheInstantThatIsMeant(t *testing.T) {
	d, store := open(t, true)
	before := clock.Wall().Now().Add(-2 * time.Minute)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte("m 1\nn{a=\"b\"} 2 " + strconv.FormatInt(before.Add(-time.Minute).UnixMilli(), 10) + "\n"))
	_ = z.Close()
	w := d.Post(path+"?timestamp="+strconv.FormatInt(before.UnixMilli(), 10)+"&extra_label=site=london&extra_label=a=c", packed.String(), "Content-Encoding", "gzip")
	if w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for expr, want := range map[string]int{
		`m{site="london",a="c"}`: 1, `m{site="london"} offset 2m10s`: 0, `n{site="london",a="c"}`: 1, `n{a="b"}`: 0,
		`timestamp(m) == ` + strconv.FormatFloat(float64(before.UnixMilli())/1000, 'f', 3, 64): 1,
	} {
		if got := found(t, store, expr); got != want {
			t.Errorf("%s gives %d series, want %d", expr, got, want)
		}
	}
}

func TestStatusesOfText(t *testing.T) {
	d, _ := open(t, true)
	ahead := strconv.FormatInt(clock.Wall().Now().Add(time.Hour).UnixMilli(), 10)
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", path, "good 1\nbad{\n", 400, "line 2"},
		{"POST", path, "good 1\nfar 1 " + ahead + "\n", 400, "1 samples are stored, 1 cannot be"},
		{"POST", path + "?timestamp=yesterday", "m 1\n", 400, "milliseconds"},
		{"POST", path + "?extra_label=x", "m 1\n", 400, "name=value"},
		{"POST", path, strings.Repeat("m 1\n", 1<<20), 413, "1048576"},
		{"PUT", "/metrics/job/j/odd", "m 1\n", 400, "pairs"},
		{"PUT", "/metrics/job/j/x@base64/!", "m 1\n", 400, "base64"},
		{"PUT", "/metrics/job/j/__name__/x", "m 1\n", 400, "no label"},
		{"PUT", "/metrics/job/j", "m 1 1500000000000\n", 400, "has an instant"},
		{"PUT", "/metrics/job/j", "m{\n", 400, "line 1"},
		{"PUT", "/metrics/job@base64/YS9i/x/y", "m 1\n", 200, ""},
		{"DELETE", "/metrics/job@base64/YS9i/x/y", "", 202, ""},
		{"DELETE", "/metrics/job/never", "", 202, ""},
	} {
		w := d.Send(c.method, c.path, strings.NewReader(c.body))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s: %d %.300s", c.method, c.path, w.Code, w.Body)
		}
	}
	if w := d.Post(path, "m 1\n", "Authorization", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("nobody: %d", w.Code)
	}
	down, _ := open(t, false)
	for _, to := range []string{path, "/metrics/job/j"} {
		if w := down.Post(to, "m 1\n"); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s while the store is down: %d %s", to, w.Code, w.Body)
		}
	}
}
