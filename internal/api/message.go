package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
)

// Message is something that was, or is to be, delivered to one address.
type Message struct {
	ID       string  `json:"id"`
	Kind     string  `json:"kind" doc:"page, update, notice, test or verify."`
	Channel  string  `json:"channel" enum:"mail,webhook"`
	Address  string  `json:"address" doc:"Shortened unless the caller may read the person's contacts."`
	Incident *string `json:"incident" doc:"Key."`
	Service  *string `json:"service"`
	Title    string  `json:"title"`
	Text     string  `json:"text"`
	Why      *string `json:"why" doc:"Why this person."`

	State       string     `json:"state" enum:"queued,sending,sent,failed,replaced"`
	Reason      *string    `json:"reason" doc:"Why it failed or was replaced, otherwise the last error."`
	Attempts    int        `json:"attempts"`
	Repeat      bool       `json:"repeat" doc:"An earlier attempt was cut off and may have arrived."`
	Created     time.Time  `json:"created"`
	NextAttempt *time.Time `json:"next_attempt"`
	Finished    *time.Time `json:"finished"`
}

func (a *API) messages() {
	add(a, get("/messages", people.MessageRead, "List messages to people, newest first"), a.listMessages)
	add(a, get("/messages/{id}", "", "Get a message, for example a test, to see what became of it"), a.getMessage)
}

func (a *API) listMessages(ctx context.Context, by actor.Actor, in *struct {
	Paging
	Incident string `query:"incident" doc:"Key of the incident that they are about."`
	Person   string `query:"person" doc:"Login of whom they are for."`
	Channel  string `query:"channel" enum:"mail,webhook"`
	Kind     string `query:"kind" maxLength:"60"`
	State    string `query:"state" enum:"queued,sending,sent,failed,replaced"`
}) (page.List[Message], error) {
	var f notify.Filter
	assign(&f.Channel, in.Channel)
	assign(&f.Kind, in.Kind)
	assign(&f.State, in.State)
	if in.Incident != "" {
		i, err := a.Incidents.Get(ctx, by, in.Incident)
		if err != nil {
			return page.List[Message]{}, err
		}
		f.Incident = string(i.ID)
	}
	if in.Person != "" {
		u, err := a.People.User(ctx, by, in.Person)
		if err != nil {
			return page.List[Message]{}, err
		}
		f.Person = u.ID
	}
	list, err := a.Notify.Messages(ctx, by, f, in.request())
	return each(list, showMessage), err
}

func (a *API) getMessage(ctx context.Context, by actor.Actor, in *struct {
	ID string `path:"id"`
}) (Message, error) {
	var id notify.Message
	assign(&id.ID, in.ID)
	m, err := a.Notify.Message(ctx, by, id.ID)
	return showMessage(m), err
}

func showMessage(m notify.Message) Message {
	return Message{
		ID: string(m.ID), Kind: string(m.Kind), Channel: string(m.Channel), Address: m.Address,
		Incident: text(m.Content.Incident), Service: text(m.Content.Service), Title: m.Content.Headline(), Text: m.Content.Body(),
		Why: text(m.Content.Why), State: string(m.State), Reason: text(m.Reason), Attempts: m.Attempts, Repeat: m.PossibleRepeat,
		Created: m.Created, NextAttempt: instant(m.NextAttempt), Finished: instant(m.Finished),
	}
}
