package logstore

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore/child"
)

// TestAChildSpeaksForItselfAlone: not when it is to end, and not for settings that it does not have.
func TestAChildSpeaksForItselfAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "engine")
	s, err := newSupervisor(child.Settings{Dir: dir}, []string{"false"}, clock.NewFake(time.Unix(0, 0)), slog.New(slog.DiscardHandler), func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(what string, told, want bool, generation int64) {
		t.Helper()
		c, _ := s.state()
		if told != want || c.Up != want || c.Generation != generation {
			t.Errorf("%s: told %v, up %v in generation %d", what, told, c.Up, c.Generation)
		}
	}
	first := &life{}
	expect("a child that answers", s.up(first), true, 1)
	s.renew(child.Settings{Dir: dir, MaxDisk: 1})
	expect("one with old settings", s.up(first), false, 1)
	settings, renewals := s.current()
	second := &life{renewals: renewals}
	if settings.MaxDisk != 1 {
		t.Errorf("the next one has %+v", settings)
	}
	expect("the next one", s.up(second), true, 2)
	s.set(func(c *Condition) { c.Up, second.over = false, true })
	expect("one that is to end", s.up(second), false, 2)
}
