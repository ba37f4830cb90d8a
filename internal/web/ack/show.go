package ack

import (
	"net/http"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

// link is what a signed link leads to: one person and one incident.
type link struct {
	by       actor.Actor
	incident incident.Incident
	guides   []look.Guide
	opening  int64 // which one of the incident the link is for
	now      time.Time
	token    string
	until    time.Time // by then there must be progress; zero when nobody is paged anyway
	signedIn bool      // in this browser, whoever it is
}

// mine reports whether the reader has the incident.
func (l link) mine() bool {
	i := l.incident
	return i.State.Active() && i.State != incident.Open && (i.Acknowledger == l.by.ID || string(i.Assignee) == l.by.ID)
}

// old reports whether the incident has been reopened since the link was sent.
func (l link) old() bool { return l.incident.Opening != l.opening }

// show says what is wrong and offers the button.
func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	l, err := p.open(r, by)
	if err != nil {
		return dead(err)
	}
	return action.Show(linkPage(l)), nil
}

// acknowledge says that the person of the link has the incident.
func (p pages) acknowledge(r *http.Request, by actor.Actor) (action.Answer, error) {
	l, err := p.open(r, by)
	if err != nil {
		return dead(err)
	}
	_, err = p.Incidents.AcknowledgeOpening(r.Context(), l.by, l.incident.Key(), l.opening)
	if err != nil && !errs.Is(err, errs.Conflict) {
		return dead(err)
	}
	return action.Go("/a/" + l.token), nil // the page says how it stands now, restored perhaps
}

// open reads the token and finds the person and the incident.
func (p pages) open(r *http.Request, reader actor.Actor) (link, error) {
	l := link{token: r.PathValue("token"), now: p.Clock.Now(), signedIn: reader.Kind == actor.User}
	user, what, err := p.Notify.ParseAckLink(l.token, l.now)
	if err != nil {
		return l, err
	}
	may := []string{string(people.IncidentRead), string(people.IncidentAcknowledge)}
	u, err := p.People.Self(r.Context(), actor.Actor{Kind: actor.Link, ID: string(user), Scopes: may})
	if err != nil {
		return l, err
	}
	if u.Disabled {
		return l, errs.Forbiddenf("The account of %s is disabled", u.Name)
	}
	l.by = u.Actor()
	l.by.Kind, l.by.Scopes, l.opening = actor.Link, may, what.Opening
	if l.incident, err = p.Incidents.GetByID(r.Context(), l.by, incident.ID(what.Incident)); err != nil {
		return l, err
	}
	d, err := p.Incidents.Detail(r.Context(), l.by, l.incident.Key())
	l.until, l.guides = comeBack(d), look.Guides(firing(d.Alerts), d.Runbook)
	return l, err
}

// firing is the alerts that do not say that they ended.
func firing(list []alert.Alert) []alert.Alert {
	return slices.DeleteFunc(slices.Clone(list), func(a alert.Alert) bool { return a.State == alert.Resolved })
}

// comeBack is when somebody is paged again unless there is progress; zero when nobody will be.
func comeBack(d incident.Detail) time.Time {
	if d.Clocks.Response.State != "waiting" {
		return time.Time{}
	}
	return d.Clocks.Response.Next
}

// dead says that the link does not work, and what to do instead.
func dead(err error) (action.Answer, error) {
	switch errs.KindOf(err) {
	case errs.Unauthenticated, errs.NotFound, errs.Forbidden:
		return action.Again(deadPage(err), err), nil
	case errs.Internal, errs.Invalid, errs.Conflict, errs.Unavailable:
	}
	return action.Answer{}, err
}
