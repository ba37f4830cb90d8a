package incident

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/ui"
)

// owner is the team that the service belongs to.
func (d detail) owner() (people.Team, bool) {
	i := slices.IndexFunc(d.teams, func(t people.Team) bool { return t.ID == d.service.Owner })
	if i < 0 {
		return people.Team{}, false
	}
	return d.teams[i], true
}

// hasForm reports whether the refused act has a form that shows its own refusal.
func (d detail) hasForm() bool {
	return !slices.Contains([]string{"acknowledge", "investigate", "close", "take"}, d.refused.form)
}

func alive(c escalation.ClockState) bool { return c.State == "running" || c.State == "waiting" }

// worstFirst orders alerts: what fires before what has ended, then the severest, then the latest.
func worstFirst(list []alert.Alert) []alert.Alert {
	rank := map[alert.State]int{alert.Firing: 0, alert.Stale: 1, alert.Resolved: 2}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b alert.Alert) int {
		return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), cmp.Compare(a.Severity, b.Severity), b.Starts.Compare(a.Starts))
	})
	return out
}

func (d detail) userOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Nobody"}}
	for _, u := range d.users {
		out = append(out, ui.Option{Value: u.Login, Label: u.Name})
	}
	return out
}

func roleTitle(r incident.Role) string {
	switch r {
	case incident.Coordinator:
		return "Coordinator"
	case incident.Comms:
		return "Client comms"
	case incident.Scribe:
		return "Scribe"
	}
	return string(r)
}

// mailing is what was sent to one person.
type mailing struct {
	id, who string
	sent    []sending
}

// counts say how many of the messages are how far.
func (m mailing) counts() []ui.Badge {
	var out []ui.Badge
	n := map[string]int{}
	for _, s := range m.sent {
		if n[s.badge.Word]++; n[s.badge.Word] == 1 {
			out = append(out, s.badge)
		}
	}
	for i, b := range out {
		out[i].Word = fmt.Sprintf("%d %s", n[b.Word], strings.ToLower(b.Word))
	}
	return out
}

// sending is one message.
type sending struct {
	id, channel, address, note string
	badge                      ui.Badge
	at                         time.Time
}

// mailings are the messages about the incident by person, in the order of the first.
func (d detail) mailings() []mailing {
	var out []mailing
	for _, m := range d.Messages {
		who := d.nameOf(m.Person)
		i := slices.IndexFunc(out, func(g mailing) bool { return g.who == who })
		if i < 0 {
			i, out = len(out), append(out, mailing{id: m.Person, who: who})
		}
		s := sending{id: string(m.ID), channel: string(m.Channel), address: m.Address, at: m.Created}
		if !m.Finished.IsZero() {
			s.at = m.Finished
		}
		s.badge, s.note = delivery(string(m.State), m.Reason)
		if m.Attempts > 1 {
			s.note = sentence(s.note, fmt.Sprintf("%d attempts", m.Attempts))
		}
		if m.PossibleRepeat {
			s.note = sentence(s.note, "may have arrived twice")
		}
		out[i].sent = append(out[i].sent, s)
	}
	return out
}

// delivery is how far a message is, and why it is not further.
func delivery(state, reason string) (ui.Badge, string) {
	switch state {
	case "queued", "sending":
		return ui.Badge{State: ui.Warn, Word: "Under way", Handled: true}, reason
	case "sent":
		return ui.Badge{State: ui.OK, Word: "Delivered"}, ""
	case "failed":
		return ui.Badge{State: ui.Bad, Word: "Failed"}, reason
	}
	return ui.Badge{State: ui.Inactive, Word: "Not needed"}, reason
}

func sentence(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

func (d detail) nameOf(id string) string {
	i := slices.IndexFunc(d.users, func(u people.User) bool { return string(u.ID) == id })
	if i < 0 {
		return "Somebody who has left"
	}
	return d.users[i].Name
}

// views are the ways to narrow the timeline.
func (d detail) views() []ui.Tab {
	tab := func(label string, v voice) ui.Tab {
		return ui.Tab{Label: label, URL: d.address(v, d.oldest), Current: d.show == v}
	}
	return []ui.Tab{tab("All", ""), tab("People", byPeople), tab("System", bySystem), tab("Messages", messages)}
}

// turned is the address of the same timeline in the other order.
func (d detail) turned() string { return d.address(d.show, !d.oldest) }

// wholeURL is the address of the timeline with everything in it.
func (d detail) wholeURL() string {
	d.whole = true
	return d.address(d.show, d.oldest)
}

func (d detail) timelineURL() string { return d.url("timeline") + d.query(d.show, d.oldest) }

func (d detail) address(show voice, oldest bool) string { return d.url("") + d.query(show, oldest) }

func (d detail) query(show voice, oldest bool) string {
	q := url.Values{}
	if show != "" {
		q.Set("show", string(show))
	}
	if oldest {
		q.Set("order", "oldest")
	}
	if d.whole {
		q.Set("all", "1")
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

func roleName(r incident.Role) string {
	switch r {
	case incident.Coordinator:
		return "coordinator"
	case incident.Comms:
		return "client communication"
	case incident.Scribe:
		return "scribe"
	}
	return string(r)
}
