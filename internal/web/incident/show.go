package incident

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// detail is all that the page of an incident shows.
type detail struct {
	incident.Detail
	by      actor.Actor
	now     time.Time
	word    time.Duration // how long a person's word holds while alerts still fire
	service catalogue.Service
	teams   []people.Team // that own and support the service, the owner first
	users   []people.User
	duty    []duty
	targets []target
	files   []attachment
	clients []customer.Customer // who use the service; none for readers who may not see customers
	entries []entry
	show    voice // "" for all
	oldest  bool  // first
	whole   bool  // however long it is
	hidden  int   // entries left out, the oldest ones
	refused refusal
}

// attachment is a file of the incident.
type attachment struct {
	id, name string
	size     int64
}

// refusal is what the service did not accept, and what had been typed.
type refusal struct {
	form  string
	err   error
	typed url.Values
}

// err is the refusal of one form, nil for the others.
func (d detail) err(form string) error {
	if d.refused.form == form {
		return d.refused.err
	}
	return nil
}

// typed is what the reader had typed into a refused form, or else the value that it began with.
func (d detail) typed(form, field, begin string) string {
	if d.refused.form == form && d.refused.typed.Has(field) {
		return d.refused.typed.Get(field)
	}
	return begin
}

// may reports whether the reader may do act on this incident.
func (d detail) may(act people.Action) bool { return people.Can(d.by, act, d.service.Target()) }

// url is the address of an act on the incident, of a fragment of its page, or of the page.
func (d detail) url(what string) string {
	if what == "" {
		return "/incidents/" + d.Key()
	}
	return "/incidents/" + d.Key() + "/" + what
}

// topic is what the live elements of the page listen to.
func (d detail) topic() string { return "incident:" + string(d.ID) }

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	d, err := p.detail(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	if key := r.PathValue("key"); key != d.Key() {
		return action.Go(d.url("")), nil // "/incidents/12" and "/incidents/inc-12" work too
	}
	return action.Show(showPage(d)), nil
}

func (p pages) showHead(r *http.Request, by actor.Actor) (action.Answer, error) {
	d, err := p.detail(r, by)
	return action.Show(head(d)), err
}

func (p pages) showSide(r *http.Request, by actor.Actor) (action.Answer, error) {
	d, err := p.detail(r, by)
	return action.Show(side(d)), err
}

func (p pages) showStillFiring(r *http.Request, by actor.Actor) (action.Answer, error) {
	d, err := p.detail(r, by)
	return action.Show(stillFiring(d)), err
}

func (p pages) showCall(r *http.Request, by actor.Actor) (action.Answer, error) {
	d, err := p.detail(r, by)
	return action.Show(callList(d)), err
}

func (p pages) showTimeline(r *http.Request, by actor.Actor) (action.Answer, error) {
	d, err := p.detail(r, by)
	return action.Show(timeline(d)), err
}

// detail loads the incident of the request with all that its page shows.
func (p pages) detail(r *http.Request, by actor.Actor) (detail, error) {
	ctx := r.Context()
	d := detail{by: by, now: p.Clock.Now(), word: p.Incidents.StillFiringAfter}
	var err error
	if d.Detail, err = p.Incidents.Detail(ctx, by, r.PathValue("key")); err != nil {
		return d, err
	}
	if d.service, err = p.Catalogue.Service(ctx, by, d.ServiceName); err != nil {
		return d, err
	}
	users, err := p.People.ListUsers(ctx, by, people.UserFilter{}, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return d, err
	}
	d.users = slices.DeleteFunc(users.Items, func(u people.User) bool { return u.Role == actor.Client })
	for i, m := range d.Messages {
		d.Messages[i] = notify.Shown(by, m)
	}
	files, err := p.Incidents.Attachments(ctx, by, d.Key())
	if err != nil {
		return d, err
	}
	for _, f := range files {
		d.files = append(d.files, attachment{string(f.ID), f.Name, f.Size})
	}
	if people.Can(by, people.CustomerRead, people.Target{}) {
		if d.clients, err = p.Customers.UsersOf(ctx, by, d.ServiceName); err != nil {
			return d, err
		}
	}
	if err := p.loadTeams(ctx, &d); err != nil {
		return d, err
	}
	if err := p.loadDuty(ctx, &d); err != nil {
		return d, err
	}
	return d, d.tellAll(r.URL.Query())
}

// loadTeams finds the teams of the service.
func (p pages) loadTeams(ctx context.Context, d *detail) error {
	all, err := p.People.ListTeams(ctx, d.by, people.TeamFilter{}, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return err
	}
	for _, id := range d.service.Teams() {
		i := slices.IndexFunc(all.Items, func(t people.Team) bool { return t.ID == id })
		if i >= 0 {
			d.teams = append(d.teams, all.Items[i])
		}
	}
	d.targets = append(d.targets, teamTargets(all.Items)...)
	return nil
}

// maxEntries is how much of a timeline is shown at once: an incident that nobody restores pages
// for weeks.
const maxEntries = 300

// tellAll puts the timeline into words, narrowed and ordered as the address says.
func (d *detail) tellAll(q url.Values) error {
	d.show, d.oldest, d.whole = voice(q.Get("show")), q.Get("order") == "oldest", q.Get("all") != ""
	told, err := d.story()
	if err != nil {
		return err
	}
	d.entries = slices.DeleteFunc(told, func(e entry) bool { return d.show != "" && d.show != e.voice })
	if n := len(d.entries) - maxEntries; n > 0 && !d.whole {
		d.entries, d.hidden = d.entries[n:], n
	}
	if !d.oldest {
		slices.Reverse(d.entries)
	}
	return nil
}

// story is the whole timeline in words, the oldest first. Each step of a clock is one entry with
// what became of its messages, unless the reader looks at the messages.
func (d *detail) story() ([]entry, error) {
	var out []entry
	steps := folding{}
	for _, e := range causeFirst(d.Timeline) {
		told, err := tell(d.Key(), d.Record(), e.Event)
		if err != nil {
			return nil, err
		}
		if e.Late() {
			told.At, told.Recorded = e.Happened, e.At
		}
		if d.show != messages {
			taken, err := steps.take(out, told, e.Event)
			if err != nil {
				return nil, err
			}
			if taken {
				continue
			}
		}
		out = append(out, told)
	}
	return out, nil
}

// settle ends an act on an incident: back to its page with a message, or the page again with
// the refused form open.
func (p pages) settle(r *http.Request, by actor.Actor, form string, err error, done string) (action.Answer, error) {
	if err == nil {
		return action.Go("/incidents/"+r.PathValue("key"), action.Done(done)), nil
	}
	if kind := errs.KindOf(err); kind != errs.Invalid && kind != errs.Conflict {
		return action.Answer{}, err
	}
	d, failed := p.detail(r, by)
	if failed != nil {
		return action.Answer{}, failed
	}
	d.refused = refusal{form, err, r.PostForm}
	return action.Again(showPage(d), err), nil
}
