package text_test

import (
	"testing"
	"time"

	"mainstay/internal/base/text"
)

func TestDurationsAreWrittenAsPeopleDo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", 30 * time.Minute: "30m", 2 * time.Hour: "2h", 90 * time.Minute: "1h30m",
		time.Hour + 10*time.Second: "1h0m10s", 800 * time.Millisecond: "800ms",
	} {
		if got := text.Duration(d); got != want {
			t.Errorf("%v is written %q, not %q", d, got, want)
		}
	}
}
