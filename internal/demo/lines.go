package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/client"
)

// Uploads is the endpoint of the desk that takes log lines.
type Uploads interface {
	UploadLines(context.Context, client.Upload) (client.Uploaded, error)
}

// murmur is what the bank's systems write while all is well.
var murmur = []struct{ service, host, text string }{
	{"payments", "pay-gw-1", "payment PAY-%06d of 12,400.00 EUR accepted by the scheme"},
	{"payments", "pay-gw-2", "payment PAY-%06d queued for Bank B"},
	{"settlement", "settle-1", "position %d confirmed"},
	{"market-data", "feed-1", "heartbeat %d from the exchange"},
	{"client-portal", "portal-a", `request %d GET /accounts 200 in 38 ms`},
	{"payments", "pay-gw-1", "payment PAY-%06d delivered to Bank B in 212 ms"},
	{"mail", "relay-1", "message %d relayed"},
	{"reporting", "report-1", "report %d written"},
}

const (
	murmurEvery = time.Second      // of wall time: signals keep it
	errorEvery  = 20 * time.Second // so seldom that no rule fires for it: the alerts tell of the failure
)

// lines writes what the bank's systems log.
type lines struct {
	desk      Uploads
	world     *World
	n         int
	last, bad time.Time
}

// step sends the lines that are due.
func (l *lines) step(ctx context.Context) error {
	now := clock.Wall().Now()
	if now.Sub(l.last) < murmurEvery {
		return nil
	}
	l.last = now
	var text strings.Builder
	for range 2 {
		l.n++
		m := murmur[l.n%len(murmur)]
		write(&text, now, "info", m.service, m.host, fmt.Sprintf(m.text, l.n))
	}
	if now.Sub(l.bad) >= errorEvery {
		for _, s := range l.world.symptoms() {
			l.bad = now // and not while all is well, so that the first line comes at once
			write(&text, now, "error", s.Labels["service"], s.Labels["service"]+"-1", s.Summary)
		}
	}
	_, err := l.desk.UploadLines(ctx, client.Upload{Format: "logfmt", Body: strings.NewReader(text.String())})
	return err
}

func write(to *strings.Builder, at time.Time, level, service, host, text string) {
	fmt.Fprintf(to, "time=%s level=%s service=%s host=%s msg=%q\n", at.UTC().Format(time.RFC3339Nano), level, service, host, text)
}

// symptoms are one of each failure that is going on, the one that showed last.
func (w *World) symptoms() (out []Symptom) {
	now := w.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.failures {
		r, going := w.active[f.Name]
		if !going {
			continue
		}
		var shown *Symptom
		for i, s := range f.Symptoms {
			if now.Sub(r.since) >= s.After {
				shown = &f.Symptoms[i]
			}
		}
		if shown != nil {
			out = append(out, *shown)
		}
	}
	return out
}
