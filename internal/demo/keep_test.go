package demo

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mainstay/internal/base/clock"
)

func TestClockNeverGoesBackWhenADemoIsContinued(t *testing.T) {
	dir := t.TempDir()
	ahead := clock.Wall().Now().Add(50 * time.Hour)
	open := func() *Demo {
		d, err := Open(Config{Dir: dir, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
		return d
	}
	first := open()
	first.Clock = clock.NewScaled(ahead, 1)
	first.settleIn("http://127.0.0.1:1", NewWorld(WorldConfig{Clock: first.Clock, Inbox: first.inbox}), nil)
	if err := first.world.Begin("telephones"); err != nil {
		t.Fatal(err)
	}
	if err := first.keep(); err != nil {
		t.Fatal(err)
	}
	again := open()
	if again.Clock.Now().Before(ahead) || again.Token != first.Token || !again.kept.Furnished {
		t.Errorf("it is %v again, after %v; the token is the same: %v; furnished: %v",
			again.Clock.Now(), ahead, again.Token == first.Token, again.kept.Furnished)
	}
	if run := again.kept.Runs["telephones"]; run.Since.Before(ahead) || !run.Until.IsZero() {
		t.Errorf("the failure that went on is %v", run)
	}
}

func TestWhatCannotBeReadIsNotThrownAway(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, keepFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: dir, Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("a demo began anew over data that it could not read")
	}
}
