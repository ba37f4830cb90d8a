package demo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mainstay/internal/client"
)

// states writes the steps of a tour: "x" done, ">" current, "." to come.
func states(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		switch {
		case s.done:
			b.WriteByte('x')
		case s.current:
			b.WriteByte('>')
		default:
			b.WriteByte('.')
		}
	}
	return b.String()
}

func TestTourFollowsWhatHasHappened(t *testing.T) {
	arun, who := Arrival{To: "arun", Incidents: []string{"INC-7"}, Links: []Link{{}}}, "Arun Bicycle"
	tomas, another := arun, arun
	tomas.To = "tomas"
	another.To, another.Incidents = "tomas", []string{"INC-8"}
	notice := Arrival{To: "tomas", Incidents: []string{"INC-7"}}
	began := map[string]Run{"firewall": {Since: start}}
	for _, c := range []struct {
		name string
		tour tour
		want string
	}{
		{"nothing yet", tour{}, ">....."},
		{"only monitoring's tests", tour{incidents: []client.Incident{{Title: testTitle, Restored: &start, AcknowledgedBy: &who}}}, ">....."},
		{"a failure", tour{runs: began}, "x>...."},
		{"somebody is paged before the board was opened", tour{runs: began, arrivals: []Arrival{arun}}, "x>x..."},
		{"the same person twice", tour{runs: began, signedIn: true, arrivals: []Arrival{arun, arun}}, "xxx>.."},
		{"another about another incident", tour{runs: began, signedIn: true, arrivals: []Arrival{arun, another}}, "xxx>.."},
		{"a notice is no page", tour{runs: began, signedIn: true, arrivals: []Arrival{notice, arun}}, "xxx>.."},
		{"another about the same", tour{runs: began, signedIn: true, arrivals: []Arrival{tomas, arun}}, "xxxx>."},
		{"acknowledged and restored", tour{runs: began, signedIn: true, arrivals: []Arrival{tomas, arun},
			incidents: []client.Incident{{AcknowledgedBy: &who, Restored: &start}}}, "xxxxxx"},
	} {
		if got := states(c.tour.steps()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestFailureShowsTheIncidentsThatItCaused(t *testing.T) {
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	when := func(minutes int) *time.Time { v := at(minutes); return &v }
	incidents := []client.Incident{ // newest first
		{Key: "INC-6", Service: "payments", Opened: at(30)},
		{Key: "INC-5", Service: "mail", Opened: at(11)},
		{Key: "INC-4", Service: "settlement", Opened: at(16)},
		{Key: "INC-3", Service: "payments", Opened: at(10), Restored: when(20)},
		{Key: "INC-2", Service: "payments", Opened: at(1), Restored: when(15)},
		{Key: "INC-1", Service: "payments", Opened: at(1), Restored: when(5)},
	}
	for _, c := range []struct {
		run  Run
		want string
	}{
		{Run{Since: at(10)}, "INC-2 INC-3 INC-4 INC-6"},
		{Run{Since: at(10), Until: at(20)}, "INC-2 INC-3 INC-4"},
		{Run{Since: at(40)}, "INC-4 INC-6"},
	} {
		var got []string
		for _, i := range caused(firewall(), c.run, incidents) {
			got = append(got, i.Key)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v caused %v, want %s", c.run, got, c.want)
		}
	}
}

func TestNewcomerMayBeWhoIsCalledFirst(t *testing.T) {
	people := map[string]client.User{}
	for _, u := range []client.User{
		{Name: "ada", Title: "Ada Keyring", Role: "admin"}, {Name: "arun", Title: "Arun Bicycle", Role: "first-line"},
		{Name: "mei", Title: "Mei Paperclip", Role: "first-line"}, {Name: "pia", Role: "back-line"},
		{Name: "simone", Title: "Simone Whistle", Role: "support-manager"},
	} {
		people[u.Name] = u
	}
	seen := sight{onCall: []client.OnCall{{Roster: "service-desk", People: []client.Duty{{Login: "mei"}}}, {Roster: "payments-support"}}}
	featured, others := openers(people, seen)
	if got, want := fmt.Sprint(featured), "[{mei Mei Paperclip First line First line, on call} "+
		"{simone Simone Whistle Support manager Support manager} {ada Ada Keyring Administrator Administrator}]"; got != want {
		t.Errorf("featured are %v, want %v", got, want)
	}
	if got, want := fmt.Sprint(others), "[{pia pia Back line Back line} {arun Arun Bicycle First line First line}]"; got != want {
		t.Errorf("others are %v, want %v", got, want)
	}
}

func TestInboxOfOnePersonCountsEverybody(t *testing.T) {
	people := map[string]client.User{"arun": {Name: "arun", Title: "Arun Bicycle", Zone: "Asia/Singapore"}, "ada": {Name: "ada"}}
	list := []Arrival{{Number: 3, To: "arun", At: start}, {Number: 2, To: "ada"}, {Number: 1, To: "arun"}}
	v := inboxOf(list, people, "arun")
	if len(v.arrivals) != 2 || v.arrivals[0].name != "Arun Bicycle" || v.arrivals[0].local != "22:03 in Singapore" {
		t.Errorf("arun's inbox is %+v", v.arrivals)
	}
	if got := fmt.Sprint(v.people); got != "[{arun Arun Bicycle 2} {ada ada 1}]" {
		t.Errorf("people are %s", got)
	}
	if v := inboxOf(list, people, "mei"); len(v.arrivals) != 0 || len(v.people) != 3 {
		t.Errorf("the inbox of somebody who got nothing is %+v", v)
	}
	if v := inboxOf(make([]Arrival, shownArrivals+5), people, ""); len(v.arrivals) != shownArrivals || v.older != 5 {
		t.Errorf("%d arrivals are shown and %d older ones counted", len(v.arrivals), v.older)
	}
}

func TestMailIsShownWithoutWhatStandsBesideIt(t *testing.T) {
	a := Arrival{Channel: Mail, Subject: "[SEV1] INC-7 Down", Links: []Link{{"INC-7", "http://desk/a/token"}}, Text: `[SEV1] INC-7 Down
Service: payments

All channels ended.

Acknowledge INC-7:
http://desk/a/token
Open:
http://desk/incidents/INC-7

Why you: step 1
Sent 14:03`}
	v := arrivalOf(a, client.User{})
	want := "Service: payments\nAll channels ended.\nOpen: http://desk/incidents/INC-7\nWhy you: step 1\nSent 14:03"
	if got := strings.TrimSpace(v.lead + "\n" + v.rest); got != want {
		t.Errorf("shown is %q, want %q", got, want)
	}
	v.lines(strings.Repeat("line\n", 20))
	if n := strings.Count(v.lead, "line"); n != leadLines || strings.Count(v.rest, "line") != 20-leadLines {
		t.Errorf("of a long text %d lines show at once", n)
	}
}
