package oncall

import (
	"net/http"
	"net/url"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

type showPage struct {
	oncall.Entry
	zone     *time.Location
	standing oncall.Standing
	team     people.Team
	coverage oncall.Coverage
	strips   []strip
	agenda   []line
	upcoming []overrideLine

	weeks         int           // 1 or 4
	first         calendar.Date // day shown
	today         calendar.Date
	mayEdit, take bool // take: may make overrides
	form          overrideForm
	everybody     []people.User
	names         map[string]string
}

// line is a shift in words.
type line struct {
	oncall.Shift
	text, when string
	prefill    string // address of the form with this shift filled in
	now        bool
}

// overrideLine is an override that holds or is to come.
type overrideLine struct {
	oncall.Override
	text, when string
}

// show is the calendar of a roster: ?from= is a day of the first week, ?weeks= 1 or 4.
func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.roster(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	in.form = prefilled(r.URL.Query(), in.zone, p.Clock.Now())
	return action.Show(show(in)), nil
}

// roster reads a roster with all that its page shows.
func (p pages) roster(r *http.Request, by actor.Actor) (in showPage, err error) {
	ctx, name, now := r.Context(), r.PathValue("roster"), p.Clock.Now()
	if in.Entry, err = p.Rosters.Get(ctx, by, name); err != nil {
		return in, err
	}
	in.mayEdit, in.take = people.Can(by, people.RosterWrite, in.Target()), people.Can(by, people.RosterOverride, in.Target())
	if in.zone, err = time.LoadLocation(in.Spec.Zone); err != nil {
		in.zone = time.UTC // it was valid when stored; the zone data has changed since
	}
	in.choose(r.URL.Query(), now)
	t, err := p.Rosters.Schedule(ctx, by, name, in.instant(0), in.instant(7*in.weeks))
	if err != nil {
		return in, err
	}
	in.draw(t, now)
	if in.coverage, err = p.Rosters.CoverageOf(ctx, by, name); err != nil {
		return in, err
	}
	if err := p.present(r, by, &in); err != nil {
		return in, err
	}
	ahead, err := p.Rosters.Schedule(ctx, by, name, now, now.AddDate(0, 0, oncall.MaxDays))
	if err != nil {
		return in, err
	}
	in.listOverrides(ahead)
	return in, nil
}

// choose reads which days to show: a week from today, or four whole weeks, unless the address
// has another day.
func (in *showPage) choose(q url.Values, now time.Time) {
	in.weeks = 1
	if q.Get("weeks") == "4" {
		in.weeks = 4
	}
	in.today = calendar.DateOf(now, in.zone)
	in.first = in.today
	if d, ok := calendar.ParseDate(q.Get("from")); ok {
		in.first = d
	}
	if in.weeks == 4 {
		in.first = mondayOf(in.first)
	}
}

// instant is the midnight some days after the first day shown.
func (in showPage) instant(days int) time.Time {
	return calendar.Instant(in.zone, in.first+calendar.Date(days), 0)
}

func (in *showPage) draw(t oncall.Timetable, now time.Time) {
	in.names = t.Names
	g := newGrid(in.zone, now, in.Spec, t.Names)
	for week := range in.weeks {
		in.strips = append(in.strips, g.strip(t, in.first+calendar.Date(7*week), in.weeks == 1))
	}
	for _, s := range t.Shifts {
		text, _ := g.words(s)
		l := line{Shift: s, text: text, when: g.span(s.From, s.To), now: !now.Before(s.From) && now.Before(s.To)}
		if s.To.After(now) && in.take {
			l.prefill = in.overrideURL(s)
		}
		in.agenda = append(in.agenda, l)
	}
}

// overrideURL leads to the form, filled in with a shift.
func (in showPage) overrideURL(s oncall.Shift) string {
	q := url.Values{"override": {"1"}, "start": {s.From.In(in.zone).Format(localLayout)}, "end": {s.To.In(in.zone).Format(localLayout)}}
	if len(s.People) == 1 && s.State == oncall.Covered {
		q.Set("replaces", s.People[0].User)
	}
	for name, value := range map[string]string{"weeks": in.weeksParam(), "from": in.first.String()} {
		q.Set(name, value)
	}
	return look.RosterURL(in.Name) + "?" + q.Encode() + "#override"
}

// present reads who is on call now, and who could be.
func (p pages) present(r *http.Request, by actor.Actor, in *showPage) error {
	standings, err := p.Rosters.OnCallNow(r.Context(), by)
	if err != nil {
		return err
	}
	for _, s := range standings {
		if s.Roster.ID == in.ID {
			in.standing = s
		}
	}
	teams, err := p.teams(r, by)
	if err != nil {
		return err
	}
	in.team = teams[in.Team]
	list, err := p.People.ListUsers(r.Context(), by, people.UserFilter{}, all)
	in.everybody = list.Items
	for _, u := range list.Items {
		in.names[u.Login] = u.Name
	}
	return err
}

// name is how people call the person with a login.
func (in showPage) name(login string) string {
	if name := in.names[login]; name != "" {
		return name
	}
	return login
}

func (in *showPage) listOverrides(t oncall.Timetable) {
	g := grid{loc: in.zone, names: t.Names}
	for _, o := range t.Overrides {
		text := g.name(o.User)
		if o.Replaces != "" {
			text += " for " + g.name(o.Replaces)
		}
		in.upcoming = append(in.upcoming, overrideLine{o, text, g.span(o.From, o.To)})
	}
}

// address is this page with other days; the present ones are left out of it.
func (in showPage) address(first calendar.Date, weeks int) string {
	q := url.Values{}
	if first != in.today && (weeks == 1 || mondayOf(first) != mondayOf(in.today)) {
		q.Set("from", first.String())
	}
	if weeks != 1 {
		q.Set("weeks", "4")
	}
	if len(q) == 0 {
		return look.RosterURL(in.Name)
	}
	return look.RosterURL(in.Name) + "?" + q.Encode()
}

func (in showPage) weeksParam() string {
	if in.weeks == 4 {
		return "4"
	}
	return "1"
}

func (p pages) remove(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("roster")
	err := p.Rosters.Delete(r.Context(), by, name)
	switch {
	case err == nil:
		return action.Go("/oncall", action.Done("Roster "+name+" is deleted.")), nil
	case refused(err):
		return action.Go(look.RosterURL(name), action.Failed(ui.Sentence(err))), nil
	}
	return action.Answer{}, err
}
