package palette_test

import (
	"net/http"
	"slices"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/palette"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		return palette.Routes(palette.Config{Incidents: r.Incidents, Catalogue: r.Catalogue, People: r.People, Rosters: r.Rosters,
			Saved: r.Saved, Rules: r.Rules, Sources: r.Sources})
	})
}

func find(t *testing.T, d *desktest.Desk, by actor.Actor, q string) []string {
	t.Helper()
	items, ok := d.Get(by, "/palette?q="+q).Want(http.StatusOK).Data.([]palette.Item)
	if !ok {
		t.Fatal("the palette answers no list")
	}
	var out []string
	for _, i := range items {
		out = append(out, i.Kind+" "+i.URL)
	}
	return out
}

func TestPaletteFindsEverythingThatHasAName(t *testing.T) {
	d := open(t)
	d.Apply("{kind: Component, name: pay-gateway, title: Payment gateway, layer: application, service: payments}")
	d.Alert("payments", "PaymentsQueued", "critical")
	got := find(t, d, d.Ana, "pay")
	for _, want := range []string{"Incident /incidents/INC-1", "Service /services/payments", "Component /components/pay-gateway",
		"Team /teams/payments-l1", "Roster /oncall/payments-l1"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among %q", want, got)
		}
	}
	if got := find(t, d, d.Ana, "osei"); !slices.Equal(got, []string{"Person /people/ben"}) {
		t.Errorf("a person's name finds %q", got)
	}
	if got := find(t, d, d.Ana, "new+inc"); !slices.Equal(got, []string{"Action /incidents/new"}) {
		t.Errorf("an act finds %q", got)
	}
	if got := find(t, d, d.Ana, "inc-1"); len(got) == 0 || got[0] != "Incident /incidents/INC-1" {
		t.Errorf("a key finds %q first", got)
	}
}

func TestPaletteFindsOldIncidentsBehindTheActiveOnes(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	d.Alert("mail", "QueueOld", "warning")
	if _, err := d.Rooms.Incidents.Restore(t.Context(), d.Ana, "INC-1", ""); err != nil {
		t.Fatal(err)
	}
	got := find(t, d, d.Ana, "queue")
	if len(got) < 2 || got[0] != "Incident /incidents/INC-2" || got[1] != "Incident /incidents/INC-1" {
		t.Errorf("found %q", got)
	}
}

func TestPaletteOffersNobodyWhatIsNotTheirs(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	for _, q := range []string{"", "pay", "queue", "inc", "ana"} {
		for _, got := range find(t, d, d.Acme, q) {
			if got != "Page /me/contacts" && got != "Page /me/account" {
				t.Errorf("%q gives a client %q", q, got)
			}
		}
	}
	if slices.Contains(find(t, d, d.Vera, "new"), "Action /incidents/new") {
		t.Error("who may not open incidents is led to the form")
	}
	d.Get(actor.Actor{}, "/palette").Want(http.StatusUnauthorized)
}

func TestPaletteRanksWhatBeginsWithTheWordsFirst(t *testing.T) {
	d := open(t)
	d.Apply("{kind: User, name: raj, title: Raj Bracnew, role: first-line}")
	if got := find(t, d, d.Ana, "new"); len(got) < 3 || got[0] != "Action /incidents/new" || got[len(got)-1] != "Person /people/raj" {
		t.Errorf("found %q, want the acts first and the word within a name last", got)
	}
	if got := find(t, d, d.Ana, "who+is+on+call"); len(got) == 0 || got[0] != "Page /oncall" {
		t.Errorf("the question who is on call finds %q", got)
	}
}

func TestPaletteKnowsThePagesOfLogsAndWhatIsSavedThere(t *testing.T) {
	d := open(t)
	d.Apply("{kind: SavedSearch, name: night-errors, title: Errors of the night, query: \"level:error\"}")
	d.Apply("{kind: Dashboard, name: glance, title: At a glance, panels: [{title: All, kind: chart, query: \"*\"}]}")
	d.Apply("{kind: LogRule, name: rejects, title: Fedwire rejects, filter: reject, severity: 3}")
	d.Apply("{kind: Source, name: pay-app, title: Payments application}")
	for q, want := range map[string]string{
		"errors+of+the+night": "Search /logs/saved/night-errors", "at+a+glance": "Dashboard /logs/dashboards/glance",
		"fedwire": "Log rule /rules/rejects", "payments+app": "Log source /admin/sources/pay-app",
		"patterns": "Page /logs/patterns", "log+rules": "Page /rules", "retention": "Page /admin/logs/keeping", "spool": "Page /admin/logs",
		"code+roll": "Action /hosts/rolls/+new", "upload": "Action /logs/upload", "dashboards": "Page /logs/dashboards", "search+logs": "Page /logs",
	} {
		if got := find(t, d, d.Root, q); !slices.Contains(got, want) {
			t.Errorf("%s finds %q, want %q among them", q, got, want)
		}
	}
	if got := find(t, d, d.Ana, "keeping"); slices.Contains(got, "Page /admin/logs/keeping") {
		t.Error("the first line is led to a page that refuses it")
	}
}
