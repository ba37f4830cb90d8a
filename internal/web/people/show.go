package people

import (
	"net/http"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

type showPage struct {
	subject
	teams     []people.Team
	duties    []duty
	shifts    []shift
	methods   []notify.Method
	sees      bool // how the person is reached
	followUps []followup.FollowUp
	mayEdit   bool
	link      string // to set a password with, shown once
	by        actor.Actor
}

// shift is a stretch of being on call that is still to come.
type shift struct {
	roster   oncall.Entry
	zone     *time.Location
	from, to time.Time
}

// lookAhead is how far the shifts of a person are shown.
const lookAhead = 28 * 24 * time.Hour

const maxShifts = 12

// show is the page of one person.
func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.person(r, by)
	return action.Show(show(in)), err
}

func (p pages) person(r *http.Request, by actor.Actor) (in showPage, err error) {
	ctx := r.Context()
	in.by = by
	if in.subject, err = p.subject(r, by); err != nil {
		return in, err
	}
	in.mayEdit = people.Can(by, people.UserWrite, people.Target{})
	if in.teams, err = p.People.TeamsOf(ctx, by, in.ID); err != nil && !errs.Is(err, errs.Forbidden) {
		return in, err
	}
	duties, err := p.duties(r, by)
	if err != nil {
		return in, err
	}
	in.duties = duties[in.ID]
	if in.shifts, err = p.shifts(r, by, in.Login); err != nil {
		return in, err
	}
	if in.sees = people.Can(by, people.ContactRead, in.Target()); in.sees {
		contacts, err := p.Contacts.Contacts(ctx, by, in.Login)
		if err != nil {
			return in, err
		}
		in.methods = contacts.Methods
	}
	if people.Can(by, people.FollowUpRead, people.Target{}) {
		open, err := p.FollowUps.List(ctx, by, followup.Filter{OwnerID: in.ID}, page.Request{Limit: 10})
		if err != nil {
			return in, err
		}
		in.followUps = open.Items
	}
	return in, nil
}

// shifts are the next times at which a person comes on call, the earliest first.
func (p pages) shifts(r *http.Request, by actor.Actor, login string) ([]shift, error) {
	if !people.Can(by, people.RosterRead, people.Target{}) {
		return nil, nil
	}
	rosters, err := p.Rosters.List(r.Context(), by, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return nil, err
	}
	var out []shift
	now := p.Clock.Now()
	for _, e := range rosters.Items {
		t, err := p.Rosters.Schedule(r.Context(), by, e.Name, now, now.Add(2*lookAhead)) // farther, so that ends are known
		if err != nil {
			return nil, err
		}
		for _, s := range shiftsOf(t, login) {
			if s.from.After(now) && s.from.Before(now.Add(lookAhead)) {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b shift) int { return a.from.Compare(b.from) })
	return out[:min(len(out), maxShifts)], nil
}

// shiftsOf joins the stretches in which one person is on call.
func shiftsOf(t oncall.Timetable, login string) (out []shift) {
	for _, s := range t.Shifts {
		if !s.Has(login) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].to.Equal(s.From) {
			out[n-1].to = s.To
			continue
		}
		out = append(out, shift{t.Roster, t.Zone, s.From, s.To})
	}
	return out
}
