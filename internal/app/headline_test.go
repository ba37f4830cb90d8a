package app_test

import (
	"context"
	"net/http"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
)

// TestAnIncidentHasTheTitleOfItsWorstAlert: whoever reads the board must not take the worst trouble for
// the least.
func TestAnIncidentHasTheTitleOfItsWorstAlert(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		title := func(want string) {
			t.Helper()
			if got := titleOf(d, "INC-1"); got != want {
				t.Errorf("the title is %q, want %q", got, want)
			}
		}
		d.Alert("payments", "DiskSlow", "info")
		d.Alert("payments", "SessionsDown", "error")
		title("SessionsDown")
		d.Alert("payments", "QueueDepth", "error") // as bad, and later
		d.Alert("payments", "FanSlow", "warning")
		title("SessionsDown")
		if e := told(d, "INC-1", "incident.headline"); len(e) != 1 || e[0]["title"] != "SessionsDown" || e[0]["was"] != "DiskSlow" {
			t.Errorf("the timeline says %v", e)
		}
		d.Alert("payments", "SiteDown", "critical")
		title("SiteDown")
	})
}

func TestATitleThatAPersonWroteStays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "DiskSlow", "info")
		if _, err := d.Rooms.Incidents.Rename(context.Background(), actor.Actor{Kind: actor.System, ID: "scenario", Name: "Scenario"}, "INC-1", "Storage of payments", ""); err != nil {
			t.Fatal(err)
		}
		d.Alert("payments", "SiteDown", "critical")
		if got := titleOf(d, "INC-1"); got != "Storage of payments" {
			t.Errorf("the title is %q", got)
		}
		if e := told(d, "INC-1", "incident.headline"); len(e) != 0 {
			t.Errorf("the timeline says %v", e)
		}
	})
}

func titleOf(d *apptest.Desk, key string) string {
	d.T.Helper()
	var i struct{ Title string }
	d.Call(http.MethodGet, "/api/v1/incidents/"+key, nil).Status(http.StatusOK).Into(&i)
	return i.Title
}
