package people_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
)

// TestMatrixSaysWhoMayDoWhat is the matrix once more, as people would say it: one letter per
// role, in the order admin, support-manager, back-line, first-line, client-services,
// observer, client. A anywhere, T own teams', C own customer's, S own, - never.
func TestMatrixSaysWhoMayDoWhat(t *testing.T) {
	want := map[people.Action]string{
		people.UserRead: "AAAAAAS", people.UserWrite: "ASSSSSS",
		people.TeamRead: "AAAAAA-", people.TeamWrite: "AA-----",
		people.TokenRead: "ASSSSS-", people.TokenWrite: "ASSSS--",
		people.CalendarRead: "AAAAAA-", people.CalendarWrite: "AA-----",
		people.ServiceRead: "AAAAAA-", people.ServiceWrite: "AAT----",
		people.CustomerRead: "AAAAA-C", people.CustomerWrite: "AA--A--",
		people.RosterRead: "AAAAAA-", people.RosterWrite: "AAT----", people.RosterOverride: "AATT---",
		people.PolicyRead: "AAAAAA-", people.PolicyWrite: "AA-----",
		people.ContactRead: "AASSSSS", people.ContactWrite: "ASSSSSS",
		people.MessageRead: "AAAAAA-",
		people.AlertRead:   "AAAAAA-", people.AlertSend: "AAAA---", people.AlertWrite: "AAAA---",
		people.IncidentRead: "AAAAAA-", people.IncidentOpen: "AAAAA--", people.IncidentAcknowledge: "AAAA---",
		people.IncidentWork: "AAAAA--", people.IncidentRestore: "AAAA---", people.IncidentClose: "AAAA---",
		people.IncidentEscalate: "AAAAA--", people.IncidentStopClock: "AA-----",
		people.LogRead: "AATTTT-", people.LogSend: "AAAA---",
		people.SeriesRead: "AAAAAA-", people.SeriesSend: "AAAA---",
		people.SourceRead: "AAAAAA-", people.SourceWrite: "AAT----",
		people.RuleRead: "AAAAAA-", people.RuleWrite: "AATT---",
		people.CheckRead: "AAAAAA-", people.CheckWrite: "AATT---", people.CheckRun: "AAAA---", people.CheckReport: "A------",
		people.SearchRead: "AAAAAA-", people.SearchWrite: "AAAAAS-",
		people.MaintenanceRead: "AAAAAA-", people.MaintenanceWrite: "AATT---",
		people.HostRead: "AAAAAA-", people.HostWrite: "AAT----",
		people.FollowUpRead: "AAAAAA-", people.FollowUpWrite: "AAAAA--",
		people.ConfigApply: "A------", people.ConfigExport: "AA-----",
		people.SystemRead: "AA-----", people.SystemWrite: "A------",
		people.MetricsRead: "AAAAAA-",
	}
	for _, act := range people.Actions() {
		if want[act] == "" {
			t.Errorf("%s has no row in this test", act)
			continue
		}
		for i, role := range actor.Roles {
			if got := reachOf(role, act); got != want[act][i:i+1] {
				t.Errorf("%s may %s with reach %s, want %c", role, act, got, want[act][i])
			}
		}
	}
	if len(want) != len(people.Actions()) {
		t.Errorf("this test has %d rows, the matrix %d", len(want), len(people.Actions()))
	}
}

// reachOf finds a role's reach only by asking what it may do.
func reachOf(role actor.Role, act people.Action) string {
	a := actor.Actor{Kind: actor.User, ID: "me", Role: role, Teams: []string{"mine"}, Customer: "bank"}
	for _, probe := range []struct {
		letter string
		on     people.Target
	}{
		{"A", people.Target{}},
		{"T", people.Target{Teams: []string{"mine"}}},
		{"C", people.Target{Customers: []string{"bank"}}},
		{"S", people.Target{Owner: "me"}},
	} {
		if people.Can(a, act, probe.on) {
			return probe.letter
		}
	}
	return "-"
}

func TestNobodyIsAskedToSignInAndOthersAreToldWhatIsMissing(t *testing.T) {
	if err := people.Allow(actor.Actor{}, people.IncidentRead, people.Target{}); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("nobody: %v", err)
	}
	err := people.Allow(actor.Actor{Kind: actor.User, Name: "Ana", Role: actor.Observer}, people.IncidentClose, people.Target{})
	wantKind(t, err, errs.Forbidden, `Ana (observer) may not close incidents here`)
	for act, want := range map[people.Action]string{people.IncidentStopClock: "stop the clocks of incidents", people.CustomerRead: "see customers",
		people.RosterOverride: "override rosters", people.ConfigApply: "apply the configuration", people.FollowUpWrite: "change follow-ups"} {
		if got := act.Words(); got != want {
			t.Errorf("%s in words: %q, want %q", act, got, want)
		}
	}
	stranger := actor.Actor{Kind: "ghost", Role: actor.Admin, ID: "x"}
	if people.Can(stranger, people.IncidentRead, people.Target{}) {
		t.Error("an actor of an unknown kind may act")
	}
}

func TestIntegrationKeySendsAlertsOfItsServiceAndNothingElse(t *testing.T) {
	key := actor.Actor{Kind: actor.Integration, ID: "k", Service: "payments", Role: actor.Admin}
	for _, act := range people.Actions() {
		for _, service := range []string{"payments", "mail", ""} {
			got := people.Can(key, act, people.Target{Service: service, Owner: "k"})
			if want := act == people.AlertSend && service == "payments"; got != want {
				t.Errorf("%s on %q: %v", act, service, got)
			}
		}
	}
	if people.Can(actor.Actor{Kind: actor.Integration}, people.AlertSend, people.Target{}) {
		t.Error("a key of no service may send alerts of no service")
	}
}

// names are few, so that actors and targets often meet.
var names = []string{"a", "b", "c"}

func someNames(t *rapid.T, label string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 3, rapid.ID[string]).Draw(t, label)
}

func someActor(t *rapid.T) actor.Actor {
	return actor.Actor{
		Kind:     rapid.SampledFrom([]actor.Kind{actor.User, actor.Token, actor.Link, actor.Integration}).Draw(t, "kind"),
		ID:       rapid.SampledFrom(append(names, "")).Draw(t, "id"),
		Role:     rapid.SampledFrom(append(actor.Roles, "", "unknown")).Draw(t, "role"),
		Teams:    someNames(t, "teams"),
		Customer: rapid.SampledFrom(append(names, "")).Draw(t, "customer"),
		Scopes:   rapid.SliceOfN(rapid.SampledFrom(scopes()), 0, 4).Draw(t, "scopes"),
		Service:  rapid.SampledFrom(append(names, "")).Draw(t, "service"),
	}
}

func scopes() []string {
	var out []string
	for _, act := range people.Actions() {
		noun, _, _ := strings.Cut(string(act), ".")
		out = append(out, string(act), noun+".*")
	}
	return slices.Compact(out)
}

func someTarget(t *rapid.T) people.Target {
	return people.Target{
		Owner:     rapid.SampledFrom(append(names, "")).Draw(t, "owner"),
		Teams:     someNames(t, "target teams"),
		Customers: someNames(t, "target customers"),
		Service:   rapid.SampledFrom(append(names, "")).Draw(t, "target service"),
	}
}

func someAction(t *rapid.T) people.Action {
	return rapid.SampledFrom(people.Actions()).Draw(t, "action")
}

func TestNobodyGainsByLosing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, act, on := someActor(t), someAction(t), someTarget(t)
		less := a
		switch rapid.SampledFrom([]string{"team", "customer", "service", "scope", "identity", "role"}).Draw(t, "loses") {
		case "team":
			less.Teams = tail(a.Teams)
		case "customer":
			less.Customer = ""
		case "service":
			less.Service = ""
		case "scope":
			if len(a.Scopes) > 1 { // without any scope there is no limit
				less.Scopes = tail(a.Scopes)
			}
		case "identity":
			less.ID = ""
		case "role":
			less.Role = ""
		}
		if people.Can(less, act, on) && !people.Can(a, act, on) {
			t.Fatalf("%+v may %s on %+v, with more it may not", less, act, on)
		}
	})
}

func tail(s []string) []string {
	if len(s) == 0 {
		return nil
	}
	return s[1:]
}

func TestScopesOnlyNarrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, act, on := someActor(t), someAction(t), someTarget(t)
		a.Kind = actor.Token
		whole := a
		whole.Scopes = nil
		if people.Can(a, act, on) && !people.Can(whole, act, on) {
			t.Fatalf("scopes %v widen %s to %s", a.Scopes, a.Role, act)
		}
		noun, _, _ := strings.Cut(string(act), ".")
		named := len(a.Scopes) == 0 || slices.Contains(a.Scopes, string(act)) || slices.Contains(a.Scopes, noun+".*")
		if people.Can(a, act, on) && !named {
			t.Fatalf("%s is outside of scopes %v", act, a.Scopes)
		}
	})
}

func TestLinkMayDoOnlyWhatItCarries(t *testing.T) {
	link := actor.Actor{Kind: actor.Link, ID: "ana", Role: actor.FirstLine}
	for _, act := range people.Actions() {
		if people.Can(link, act, people.Target{Owner: "ana"}) {
			t.Errorf("a link without scopes may %s", act)
		}
	}
	link.Scopes = []string{string(people.IncidentAcknowledge)}
	if !people.Can(link, people.IncidentAcknowledge, people.Target{}) || people.Can(link, people.IncidentRestore, people.Target{}) {
		t.Error("a link to acknowledge acknowledges, and does nothing else")
	}
}

func TestClientReachesNothingInternal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, act, on := someActor(t), someAction(t), someTarget(t)
		a.Role = actor.Client
		a.Kind = rapid.SampledFrom([]actor.Kind{actor.User, actor.Token, actor.Link}).Draw(t, "person")
		own := a.ID != "" && on.Owner == a.ID
		theirs := a.Customer != "" && slices.Contains(on.Customers, a.Customer)
		if people.Can(a, act, on) && !own && !theirs {
			t.Fatalf("a client may %s on %+v", act, on)
		}
	})
	a := actor.Actor{Kind: actor.User, ID: "me", Role: actor.Client, Customer: "bank", Teams: []string{"t"}}
	var may []string
	for _, act := range people.Actions() {
		if people.Can(a, act, people.Target{Owner: "me", Customers: []string{"bank"}, Teams: []string{"t"}}) {
			may = append(may, string(act))
		}
	}
	if got := fmt.Sprint(may); got != "[contact.read contact.write customer.read user.read user.write]" {
		t.Errorf("a client may %s on its own", got)
	}
}
