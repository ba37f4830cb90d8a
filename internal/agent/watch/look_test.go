package watch

import (
	"context"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/clock"
)

func TestReadingKeepsToItsRate(t *testing.T) {
	clk := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	p := pace{rate: 1000, clock: clk}
	if err := p.wait(t.Context(), 99); err != nil { // less than a tenth of a second's
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- p.wait(t.Context(), 901) }()
	began := clk.Now()
	for {
		select {
		case err := <-done:
			if waited := clk.Now().Sub(began); err != nil || waited < time.Second {
				t.Fatalf("1000 bytes in %s: %v", waited, err)
			}
			return
		case <-time.After(time.Millisecond):
			clk.Advance(100 * time.Millisecond)
		}
	}
}

func TestReadingEndsWhenTheAgentStops(t *testing.T) {
	p := pace{rate: 1, clock: clock.NewFake(time.Time{})}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if p.wait(ctx, 1000) == nil {
		t.Fatal("it went on")
	}
}

// A walk lists each folder by the bytes of its names and goes into a folder where it stands.
func TestPathsAreComparedAsAWalkMeetsThem(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		paths := rapid.SliceOf(rapid.StringMatching(`[a.\-0]{1,3}(/[a.\-0]{1,3}){0,3}`)).Draw(rt, "paths")
		paths = slices.DeleteFunc(paths, func(p string) bool { return path.Clean(p) != p || strings.HasPrefix(p, "..") })
		byWalk := slices.Clone(paths)
		slices.SortFunc(byWalk, func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) })
		slices.SortFunc(paths, order)
		if !slices.Equal(paths, byWalk) {
			rt.Fatalf("%q, a walk has %q", paths, byWalk)
		}
	})
}
