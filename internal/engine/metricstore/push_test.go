package metricstore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/signal"
)

func TestWhatAJobPushesGoesOnUntilItIsPushedAnewOrEnded(t *testing.T) {
	dir, c := t.TempDir(), clock.NewFake(now().Add(-2*time.Hour))
	mine := func(conf *metricstore.Config) { conf.Clock = c }
	s := open(t, dir, mine)
	group := signal.Labels{{Name: "job", Value: "backup"}, {Name: "db", Value: "a/b"}}
	push := func(p signal.Push) {
		t.Helper()
		c.Advance(time.Second)
		p.Group, p.Set = group, signal.Labels{{Name: "service", Value: "payments"}}
		if taken, err := s.Push(context.Background(), p); err != nil || taken.Lost > 0 {
			t.Fatalf("%+v %v", taken, err)
		}
	}
	is := func(want string) {
		t.Helper()
		got := strings.TrimSpace(strings.ReplaceAll(ask(t, s, `sort({job="backup",db="a/b",service="payments",__name__!="push_time_seconds"})`, c.Now()), "db=a/b job=backup service=payments ", ""))
		if got = strings.ReplaceAll(got, "__name__=", ""); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	push(signal.Push{Body: []byte("rows 7\nseconds{job=\"own\"} 12.5\n")})
	is("rows 7 \nseconds 12.5")
	if got := ask(t, s, `push_time_seconds{job="backup"} - `+"time()", c.Now()); !strings.HasSuffix(got, " 0 \n") {
		t.Errorf("when it was pushed: %q", got)
	}
	push(signal.Push{Body: []byte("rows 8\n")})
	is("rows 8 \nseconds 12.5")
	c.Advance(4 * time.Minute)
	if err := s.Repeat(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.Advance(4 * time.Minute) // longer than a sample is looked back for
	is("rows 8 \nseconds 12.5")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, mine)
	c.Advance(time.Hour)
	if err := s.Repeat(context.Background()); err != nil {
		t.Fatal(err)
	}
	is("rows 8 \nseconds 12.5")
	push(signal.Push{Body: []byte("rows 9\n"), Whole: true})
	is("rows 9")
	push(signal.Push{Ended: true})
	is("")
	c.Advance(time.Minute)
	if err := s.Repeat(context.Background()); err != nil {
		t.Fatal(err)
	}
	is("")
	if _, err := s.Push(context.Background(), signal.Push{Group: group, Body: []byte("rows 1 1500000000000\n")}); !errs.Is(err, errs.Invalid) {
		t.Errorf("with an instant: %v", err)
	}
}
