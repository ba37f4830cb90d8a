package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/api"
	"mainstay/internal/apptest"
	"mainstay/internal/base/page"
)

func TestWhatIsWrittenDownLaterStandsWhereItHappened(t *testing.T) { each(t, lateEntries) }

func lateEntries(t *testing.T, d *apptest.Desk) {
	d.Alert("payments", "QueueDepth", "critical")
	detected := d.Clock.Now()
	d.Advance(2 * time.Minute)
	d.Call(http.MethodPost, "/api/v1/incidents/INC-1/acknowledge", nil).Status(200)
	d.Advance(40 * time.Minute)
	comment := func(at time.Time) apptest.Response {
		return d.Call(http.MethodPost, "/api/v1/incidents/INC-1/comments", map[string]any{"text": "Bank B was telephoned", "at": at})
	}
	comment(detected.Add(time.Minute)).Status(200)
	var timeline page.List[api.Event]
	d.Call(http.MethodGet, "/api/v1/incidents/INC-1/timeline", nil).Status(200).Into(&timeline)
	late := timeline.Items
	for i, e := range timeline.Items {
		if i > 0 && e.At.Before(timeline.Items[i-1].At) {
			t.Errorf("%s of %s stands behind %s of %s", e.Kind, e.At, timeline.Items[i-1].Kind, timeline.Items[i-1].At)
		}
		if e.Kind == "incident.commented" {
			late = timeline.Items[i : i+2]
		} else if e.Entered != nil {
			t.Errorf("%s was entered at %s", e.Kind, e.Entered)
		}
	}
	if len(late) != 2 || !late[0].At.Equal(detected.Add(time.Minute)) || late[0].Entered == nil || !late[0].Entered.Equal(d.Clock.Now()) {
		t.Fatalf("got %+v", late)
	}
	if late[1].Kind != "incident.acknowledged" {
		t.Errorf("%s follows", late[1].Kind)
	}

	comment(detected.Add(-24 * time.Hour)).Status(200)
	comment(d.Clock.Now()).Status(200)
	for why, at := range map[string]time.Time{
		"in the future": d.Clock.Now().Add(time.Second), "a day before": detected.Add(-24*time.Hour - time.Second),
	} {
		var problem struct {
			Errors []struct{ Path, Message string }
		}
		r := comment(at).Status(422).Into(&problem)
		if len(problem.Errors) != 1 || problem.Errors[0].Path != "at" || !strings.Contains(problem.Errors[0].Message, why) {
			t.Errorf("%s: %s", at, r.Body)
		}
	}
}
