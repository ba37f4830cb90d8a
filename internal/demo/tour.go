package demo

import (
	"fmt"
	"slices"

	"mainstay/internal/client"
)

// tour is what a newcomer has seen so far.
type tour struct {
	signedIn  bool
	runs      map[string]Run
	incidents []client.Incident
	arrivals  []Arrival
}

// step is one step of the tour.
type step struct {
	number  int
	title   string
	hint    string
	done    bool
	current bool // the first that is not done
}

// Steps that lead somewhere, by number.
const (
	boardStep = 2
	inboxStep = 3
)

// steps are those of the loop that the desk is for.
func (t tour) steps() []step {
	list := []step{
		{title: "Begin a failure", hint: "Press Begin on a card.", done: len(t.runs) > 0},
		{title: "Open the board", hint: "A service turns red within a second.", done: t.signedIn},
		{title: "See who is paged", hint: "What they get arrives here:", done: len(t.pages()) > 0},
		{title: "Do nothing", hint: "Nobody answers: it escalates. Let time run 10× or 60× as fast.", done: t.escalated()},
		{title: "Acknowledge", hint: "Open the link in a message: one button, and paging stops.", done: t.any(acknowledged)},
		{title: "Repair", hint: "The alerts end, and the incident is restored.", done: t.any(restored)},
	}
	for i := range list {
		list[i].number = i + 1
	}
	if i := slices.IndexFunc(list, func(s step) bool { return !s.done }); i >= 0 {
		list[i].current = true
	}
	return list
}

// id names the step in the page.
func (s step) id() string { return fmt.Sprintf("step-%d", s.number) }

// pages are the arrivals that want somebody to act.
func (t tour) pages() (out []Arrival) {
	for _, a := range t.arrivals {
		if len(a.Links) > 0 {
			out = append(out, a)
		}
	}
	return out
}

// escalated reports whether more than one person was paged for the same incident.
func (t tour) escalated() bool {
	first := map[string]string{}
	for _, a := range t.pages() {
		for _, key := range a.Incidents {
			if who, ok := first[key]; ok && who != a.To {
				return true
			}
			first[key] = a.To
		}
	}
	return false
}

// any looks among the incidents that the reader's failures have opened.
func (t tour) any(is func(client.Incident) bool) bool {
	return slices.ContainsFunc(t.incidents, func(i client.Incident) bool { return !isTest(i) && is(i) })
}

func acknowledged(i client.Incident) bool { return i.AcknowledgedBy != nil }

func restored(i client.Incident) bool { return i.Restored != nil }

// isTest tells the incidents of monitoring's own tests by their title.
func isTest(i client.Incident) bool { return i.Title == testTitle }
