package admin

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// message is one delivery, with the name of whom it is for.
type message struct {
	channel, address, kind, title, state, reason string
	person, login                                string
	attempts                                     int
	repeat                                       bool
	incident                                     string
	times                                        times
}

type messagesPage struct {
	items []message
	next  *string
	state string
}

// messages is the delivery history, the newest first: ?state= failed, queued, sent, replaced.
func (p pages) messages(r *http.Request, by actor.Actor) (action.Answer, error) {
	in := messagesPage{state: r.URL.Query().Get("state")}
	f := notify.Filter{}
	switch in.state {
	case "failed":
		f.State = "failed"
	case "queued":
		f.State = "queued"
	case "sent":
		f.State = "sent"
	case "replaced":
		f.State = "replaced"
	}
	list, err := p.Contacts.Messages(r.Context(), by, f, page.Request{Cursor: r.URL.Query().Get("cursor")})
	if err != nil {
		return action.Answer{}, err
	}
	users, err := p.People.ListUsers(r.Context(), by, people.UserFilter{Disabled: true}, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return action.Answer{}, err
	}
	known := map[string]people.User{}
	for _, u := range users.Items {
		known[string(u.ID)] = u
	}
	in.next = list.Next
	for _, m := range list.Items {
		u := known[m.Person]
		in.items = append(in.items, message{channel: string(m.Channel), address: m.Address, kind: string(m.Kind), title: m.Content.Headline(),
			state: string(m.State), reason: m.Reason, person: u.Name, login: u.Login, attempts: m.Attempts, repeat: m.PossibleRepeat,
			incident: m.Content.Incident, times: times{m.Created, m.Finished, m.NextAttempt}})
	}
	return action.Show(messageList(in)), nil
}

func (in messagesPage) tabs() []ui.Tab {
	tab := func(label, state string) ui.Tab {
		address := "/admin/messages"
		if state != "" {
			address += "?state=" + state
		}
		return ui.Tab{Label: label, URL: address, Current: in.state == state}
	}
	return []ui.Tab{tab("All", ""), tab("Failed", "failed"), tab("Waiting", "queued"), tab("Sent", "sent"), tab("Replaced", "replaced")}
}

// badge is how far a message is.
func (m message) badge() ui.Badge {
	switch m.state {
	case "sent":
		if m.repeat {
			return ui.Badge{State: ui.OK, Word: "Sent", Note: "perhaps twice"}
		}
		return ui.Badge{State: ui.OK, Word: "Sent"}
	case "failed":
		return ui.Badge{State: ui.Bad, Word: "Failed"}
	case "replaced":
		return ui.Badge{State: ui.Inactive, Word: "No longer needed"}
	}
	if m.attempts > 0 {
		return ui.Badge{State: ui.Warn, Word: "Trying again"}
	}
	return ui.Badge{State: ui.Inactive, Word: "Waiting"}
}
