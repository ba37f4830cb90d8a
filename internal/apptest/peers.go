package apptest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Peers are the people's telephones and mailboxes.
type Peers struct {
	Mail *Mailbox
	Hook *Receiver

	mu      sync.Mutex
	fresh   []string // arrived since the last stamp
	arrived []string // "09:05 webhook ben INC-1"
}

func openPeers(t testing.TB) *Peers {
	p := &Peers{}
	p.Mail = openMailbox(t, func(m Mail) {
		who, _, _ := strings.Cut(m.To, "@")
		what := incidentIn(m.Subject)
		if m.Header.Get("X-Mainstay-Kind") == "update" {
			what += " all-clear"
		}
		p.add("mail "+who+" "+what, strings.Contains(strings.ToLower(m.Subject), "possible repeat"))
	})
	p.Hook = openReceiver(t, func(m Received) {
		what := m.Incident
		if len(m.Incidents) > 0 {
			what = fmt.Sprintf("%d incidents", len(m.Incidents))
		}
		switch {
		case what == "":
			what = m.Kind
		case m.Kind == "update":
			what += " all-clear"
		}
		p.add("webhook "+strings.Trim(m.Path, "/")+" "+what, m.Repeat)
		if !m.Signed {
			t.Errorf("webhook to %s is not signed with the scenario's secret", m.Path)
		}
	})
	return p
}

// incidentIn finds the key in a subject; a mail without one shows its subject.
func incidentIn(subject string) string {
	for word := range strings.FieldsSeq(subject) {
		if word = strings.Trim(word, "[]:,"); strings.HasPrefix(word, "INC-") {
			return word
		}
	}
	return subject
}

func (p *Peers) add(line string, repeat bool) {
	if repeat {
		line += " possible repeat"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fresh = append(p.fresh, line)
}

// stamp gives what arrived since the last call the desk's time. Within one instant order
// means nothing, so lines are sorted.
func (p *Peers) stamp(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	slices.Sort(p.fresh)
	for _, line := range p.fresh {
		p.arrived = append(p.arrived, now.Format("15:04 ")+line)
	}
	p.fresh = nil
}

// Arrived returns what arrived since the last call, as "hh:mm channel person incident".
func (p *Peers) Arrived() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.arrived
	p.arrived = nil
	return out
}

// SMTPURL is where the desk sends mail.
func (p *Peers) SMTPURL() string {
	return "smtp://" + p.Mail.Addr() + "?from=desk@bank.example&starttls=off"
}

// HookURL is where the desk sends webhooks; a path names the person.
func (p *Peers) HookURL() string { return p.Hook.server.URL }
