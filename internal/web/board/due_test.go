package board_test

import (
	"slices"
	"testing"
	"time"

	"mainstay/internal/domain/followup"
)

func TestWhatIsDueStandsInTheOrderOfItsTime(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	if _, err := d.Rooms.FollowUps.Create(t.Context(), d.Ana, followup.In{Title: "Call bank B", Owner: "ben", Due: d.Clock.Now().Add(10 * time.Minute)}); err != nil {
		t.Fatal(err)
	}
	var at []time.Time
	for _, when := range d.Get(d.Ana, "/").One("#due").All("time[data-countdown]") {
		instant, err := time.Parse(time.RFC3339Nano, when.Attr("datetime"))
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, instant)
	}
	if len(at) < 3 || !slices.IsSortedFunc(at, time.Time.Compare) {
		t.Errorf("due at %v, want two steps and a follow-up between them", at)
	}
}
