package logstore_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

// TestAnEngineWithOldSettingsIsNotSaidToBeUp: whoever asks for other settings may rely on them when it is.
func TestAnEngineWithOldSettingsIsNotSaidToBeUp(t *testing.T) {
	t.Parallel()
	d := open(t, func(c *logstore.Config) { c.Retention = 24 * time.Hour })
	for i := range 3 {
		before := d.Status().Engine.Generation
		if err := d.Parts()[0].Keep(time.Duration(i+2) * 24 * time.Hour); err != nil {
			t.Fatal(err)
		}
		if e := d.Status().Engine; e.Up {
			t.Errorf("it is up right after the change: %+v", e)
		}
		within(t, time.Minute, "it is up with them", func() bool { e := d.Status().Engine; return e.Up && e.Generation > before })
	}
	d.flush()
}

// TestWhatPeopleSearchForIsNotLogged: somebody looks for a password that leaked, with a bracket too many.
func TestWhatPeopleSearchForIsNotLogged(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.up()
	if _, err := d.Select(t.Context(), "query", url.Values{"query": {`"hunter2-leaked" )`}}, signal.Scope{All: true}); err == nil {
		t.Fatal("a bracket too many is no mistake")
	}
	d.stop()
	if strings.Contains(d.log.String(), "hunter2-leaked") {
		t.Errorf("the log has it: %s", d.log.String())
	}
}
