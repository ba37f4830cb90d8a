package edge

import (
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
)

// topicsOf names what an event changes for the actor: each record that it belongs to or is
// about, as "incident:<id>", and the list that it stands in, as "incidents". Records that the
// actor may not read are left out.
func topicsOf(by actor.Actor, e ledger.Event) []string {
	var topics []string
	for _, r := range append([]ledger.Record{e.Record}, e.About...) {
		if !mayWatch(by, r) {
			continue
		}
		topics = append(topics, r.Kind+":"+r.ID, listOf(r.Kind))
	}
	return topics
}

// listOf names the list that shows records of a kind.
func listOf(kind string) string {
	switch kind {
	case "user", "team":
		return "people"
	case "roster":
		return "oncall"
	case "policy":
		return "policies"
	case "maintenance":
		return "maintenance"
	}
	return kind + "s"
}

func mayWatch(by actor.Actor, r ledger.Record) bool {
	on := people.Target{}
	if r.Kind == "user" {
		on.Owner = r.ID
	}
	return people.Can(by, readOf(r.Kind), on)
}

// readOf is the permission to read records of a kind. A kind that nobody has thought of here
// shows to those who may read everything.
func readOf(kind string) people.Action {
	switch kind {
	case "user", "team", "token", "calendar", "service", "customer", "roster", "policy", "alert", "incident", "follow-up", "maintenance":
		return people.Action(kind + ".read")
	case "check":
		return people.CheckRead
	case "metric-rule":
		return people.RuleRead
	case "component", "environment", "integration-key", "drawing":
		return people.ServiceRead
	case "contact-method", "notification-rule":
		return people.ContactRead
	case "saved-search", "dashboard":
		return people.SearchRead
	case "host", "roll":
		return people.HostRead
	case "page", "message":
		return people.MessageRead
	}
	return people.SystemRead
}
