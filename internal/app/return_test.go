package app_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"mainstay/internal/apptest"
)

// told returns the events of an incident's timeline of one kind, as their details.
func told(d *apptest.Desk, key, kind string) (out []map[string]any) {
	d.T.Helper()
	var list struct {
		Items []struct {
			Kind    string
			Details map[string]any
		}
	}
	d.Call(http.MethodGet, "/api/v1/incidents/"+key+"/timeline", nil).Status(http.StatusOK).Into(&list)
	for _, e := range list.Items {
		if e.Kind == kind {
			out = append(out, e.Details)
		}
	}
	return out
}

// shown is an incident as the API shows it, as far as these scenarios look at it.
type shown struct {
	Key, Title, Status string
	Assignee           *string
	Detected, Opened   time.Time
	Linked             []string
}

func get(d *apptest.Desk, key string) (i shown) {
	d.T.Helper()
	d.Call(http.MethodGet, "/api/v1/incidents/"+key, nil).Status(http.StatusOK).Into(&i)
	return i
}

func TestTheSameConditionThatReturnsReopensItsIncident(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "SessionsDown", "critical")
		d.Resolve("payments", "SessionsDown", "critical")
		d.Advance(5 * time.Minute)
		d.Alert("payments", "SessionsDown", "critical")
		if i := get(d, "INC-1"); i.Status != "open" {
			t.Errorf("INC-1 is %s after its own condition came back", i.Status)
		}
		if n := len(told(d, "INC-1", "incident.reopened")); n != 1 {
			t.Errorf("%d reopenings on the timeline", n)
		}
	})
}

// TestOtherTroubleSoonAfterARestorationIsAnotherIncident: a page must not carry the title of
// what was repaired a moment ago.
func TestOtherTroubleSoonAfterARestorationIsAnotherIncident(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "SessionsDown", "critical")
		d.Resolve("payments", "SessionsDown", "critical")
		d.Peers.Arrived()
		d.Advance(5 * time.Minute)
		d.Peers.Arrived()
		d.Alert("payments", "HostUnreachable", "critical", "instance=a1")
		d.Alert("payments", "HostUnreachable", "critical", "instance=a2")
		expect(t, d, "09:05 webhook ana INC-2")
		first, second := get(d, "INC-1"), get(d, "INC-2")
		if first.Status != "restored" || second.Title != "HostUnreachable on a1" {
			t.Errorf("INC-1 is %s, INC-2 is called %q", first.Status, second.Title)
		}
		if !slices.Equal(second.Linked, []string{"INC-1"}) || !slices.Equal(first.Linked, []string{"INC-2"}) {
			t.Errorf("linked: INC-1 with %v, INC-2 with %v", first.Linked, second.Linked)
		}
		for _, key := range []string{"INC-1", "INC-2"} {
			links := told(d, key, "incident.linked")
			if len(links) != 1 || links[0]["key"] != "INC-1" || links[0]["from"] != "INC-2" || links[0]["how"] != "follows" {
				t.Errorf("timeline of %s tells of links %v", key, links)
			}
		}
	})
}
