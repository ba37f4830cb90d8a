package promwrite_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/prompb"
	write2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/prometheus/prometheus/storage/remote"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/ingest/promwrite"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/receivetest"
)

func open(t testing.TB, start bool) (*receivetest.Desk, *metricstore.Store) {
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
	return receivetest.Open(t, func(c receive.Config) []receive.Route { return promwrite.Routes(c, store) }), store
}

const (
	path = "/prometheus/api/v1/write"
	two  = "application/x-protobuf;proto=io.prometheus.write.v2.Request"
)

func version1(t testing.TB, at time.Time, values ...float64) string {
	t.Helper()
	req := prompb.WriteRequest{Timeseries: []prompb.TimeSeries{{Labels: []prompb.Label{{Name: "__name__", Value: "m"}, {Name: "service", Value: "own"}}}}}
	for i, v := range values {
		req.Timeseries[0].Samples = append(req.Timeseries[0].Samples, prompb.Sample{Timestamp: at.Add(time.Duration(i) * time.Second).UnixMilli(), Value: v})
	}
	body, err := req.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(snappy.Encode(nil, body))
}

func ask(t testing.TB, s *metricstore.Store, expr string) string {
	t.Helper()
	list, err := s.Instant(context.Background(), expr, clock.Wall().Now().Add(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(list)
}

func TestSamplesOfVersion1AreStored(t *testing.T) {
	d, store := open(t, true)
	if w := d.Post(path, version1(t, clock.Wall().Now(), 1, 2), "Content-Type", "application/x-protobuf", "Content-Encoding", "snappy"); w.Code != 204 || w.Body.Len() > 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := ask(t, store, `m{service="own"}`); !strings.Contains(got, " 2}") {
		t.Errorf("found %s", got)
	}
	if w := d.Post("/api/v1/write", version1(t, clock.Wall().Now().Add(3*time.Second), 3), "Content-Type", "application/x-protobuf"); w.Code != 204 { // old senders name no coding
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestWhatCannotBeStoredIsNotRepeatedAndTheRestIsStored: a sender would repeat 5xx for ever.
func TestWhatCannotBeStoredIsNotRepeatedAndTheRestIsStored(t *testing.T) {
	d, store := open(t, true)
	now := clock.Wall().Now()
	ahead := now.Add(time.Hour).UnixMilli()
	req := write2.Request{Symbols: []string{"", "__name__", "good", "bad"}, Timeseries: []write2.TimeSeries{
		{LabelsRefs: []uint32{1, 3}, Samples: []write2.Sample{{Timestamp: ahead, Value: 1}}},
		{LabelsRefs: []uint32{1, 2}, Samples: []write2.Sample{{Timestamp: now.UnixMilli(), Value: 1}, {Timestamp: now.UnixMilli() + 1, Value: 2}}},
	}}
	body, err := req.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	w := d.Post(path, string(snappy.Encode(nil, body)), "Content-Type", two, "Content-Encoding", "snappy", "X-Prometheus-Remote-Write-Version", "2.0.0")
	if w.Code != 400 || w.Header().Get("X-Prometheus-Remote-Write-Samples-Written") != "2" || w.Header().Get("X-Prometheus-Remote-Write-Histograms-Written") != "0" ||
		w.Header().Get("X-Prometheus-Remote-Write-Exemplars-Written") != "0" || !strings.Contains(w.Body.String(), "bad at ") || !strings.Contains(w.Body.String(), "ahead") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if got := ask(t, store, `good`); !strings.Contains(got, " 2}") {
		t.Errorf("found %s", got)
	}
	if w := d.Post(path, version1(t, now.Add(time.Hour), 1), "Content-Type", "application/x-protobuf"); w.Code != 400 || w.Header().Get("X-Prometheus-Remote-Write-Samples-Written") != "" {
		t.Errorf("version 1: %d %v", w.Code, w.Header())
	}
	if list, _ := store.Refused(); len(list) != 2 || list[0].Via != "remote write" {
		t.Errorf("refused: %+v", list)
	}
}

func TestStatusesThatSendersActOn(t *testing.T) {
	d, _ := open(t, false)
	sound := version1(t, clock.Wall().Now(), 1)
	for name, c := range map[string]struct {
		body, kind, auth string
		status           int
	}{
		"the store is down":     {sound, "application/x-protobuf", "", 503},
		"no protobuf":           {string(snappy.Encode(nil, []byte("\x0a\x99"))), "application/x-protobuf", "", 400},
		"no snappy":             {"plain", "application/x-protobuf", "", 400},
		"another content":       {sound, "application/json", "", 415},
		"another message":       {sound, "application/x-protobuf;proto=io.prometheus.write.v9.Request", "", 415},
		"a key that is unknown": {sound, "application/x-protobuf", "Bearer msk_nobody", 401},
		"too many series":       {string(snappy.Encode(nil, []byte(strings.Repeat("\x0a\x00", 300_000)))), "application/x-protobuf", "", 413},
	} {
		headers := []string{"Content-Type", c.kind}
		if c.auth != "" {
			headers = append(headers, "Authorization", c.auth)
		}
		w := d.Post(path, c.body, headers...)
		if w.Code != c.status || c.status == 503 && w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v %s", name, w.Code, w.Header(), w.Body)
		}
	}
}

// TestPrometheusOwnClientOfVersion2WritesHere: the part of Prometheus that sends, with what it makes of the answers.
func TestPrometheusOwnClientOfVersion2WritesHere(t *testing.T) {
	d, store := open(t, true)
	server := httptest.NewServer(d.Handler())
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	client, err := remote.NewWriteClient("test", &remote.ClientConfig{URL: &config.URL{URL: address}, Timeout: model.Duration(time.Minute),
		WriteProtoMsg: "io.prometheus.write.v2.Request", Headers: map[string]string{"Authorization": "Bearer " + d.Key}})
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Wall().Now().UnixMilli()
	native := histogram.Histogram{Schema: 1, Count: 3, Sum: 4, PositiveSpans: []histogram.Span{{Length: 1}}, PositiveBuckets: []int64{3}}
	send := func(at int64) (remote.WriteResponseStats, error) {
		req := write2.Request{Symbols: []string{"", "__name__", "m", "h", "trace", "t"}, Timeseries: []write2.TimeSeries{
			{LabelsRefs: []uint32{1, 2}, Samples: []write2.Sample{{Timestamp: at, Value: 1}, {Timestamp: at + 1, Value: 2}}, Exemplars: []write2.Exemplar{{LabelsRefs: []uint32{4, 5}, Value: 1, Timestamp: at}}},
			{LabelsRefs: []uint32{1, 3}, Histograms: []write2.Histogram{write2.FromIntHistogram(0, now, &native)}},
		}}
		body, err := req.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return client.Store(context.Background(), snappy.Encode(nil, body), 0)
	}
	stats, err := send(now)
	if err != nil || !stats.Confirmed || stats.Samples != 2 || stats.Histograms != 1 || stats.Exemplars != 1 {
		t.Errorf("all is stored: %+v %v", stats, err)
	}
	stats, err = send(now + time.Hour.Milliseconds())
	var again remote.RecoverableError
	if err == nil || errors.As(err, &again) || stats.Samples != 0 || stats.Histograms != 1 {
		t.Errorf("a part is refused: %+v %v", stats, err)
	}
	if err := store.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err = send(now + 1000); !errors.As(err, &again) {
		t.Errorf("the store is down: %v", err)
	}
}

// BenchmarkRemoteWrite is how many samples a second come in over HTTP, with everything that is done with them: 1,000
// series with five labels, 2,000 samples a request, as a Prometheus sends.
func BenchmarkRemoteWrite(b *testing.B) {
	d, _ := open(b, true)
	const series, samples = 1000, 2
	req := prompb.WriteRequest{}
	for n := range series {
		req.Timeseries = append(req.Timeseries, prompb.TimeSeries{Samples: make([]prompb.Sample, samples), Labels: []prompb.Label{{Name: "__name__", Value: "http_requests_total"},
			{Name: "code", Value: fmt.Sprint(200 + n%5)}, {Name: "handler", Value: fmt.Sprint("/api/", n)}, {Name: "instance", Value: "app1:9100"}, {Name: "job", Value: "shop"}}})
	}
	at := clock.Wall().Now().Add(-time.Hour).UnixMilli()
	for b.Loop() {
		for i := range req.Timeseries {
			for j := range req.Timeseries[i].Samples {
				req.Timeseries[i].Samples[j] = prompb.Sample{Timestamp: at + int64(j), Value: float64(at + int64(i))}
			}
		}
		at += samples
		body, err := req.Marshal()
		if err != nil {
			b.Fatal(err)
		}
		if w := d.Post(path, string(snappy.Encode(nil, body)), "Content-Type", "application/x-protobuf"); w.Code != 204 {
			b.Fatal(w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(series*samples)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
}
