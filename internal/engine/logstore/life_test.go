package logstore_test

import (
	"testing"
	"time"

	"mainstay/internal/engine/logstore"
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
