package oncall

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// localLayout is how browsers write a time without a zone; it is the roster's.
const localLayout = "2006-01-02T15:04"

// overrideForm is an override as being typed. Times are in the roster's zone.
type overrideForm struct {
	user, replaces, from, to, note string
	open                           bool
	err                            error
}

// aShift is how long an override is unless somebody says otherwise.
const aShift = 12 * time.Hour

// prefilled is the form as the address asks for it.
func prefilled(q url.Values, zone *time.Location, now time.Time) overrideForm {
	f := overrideForm{user: q.Get("user"), replaces: q.Get("replaces"), from: q.Get("start"), to: q.Get("end"), open: q.Get("override") != ""}
	if f.from == "" {
		f.from = now.In(zone).Format(localLayout)
	}
	if f.to == "" {
		f.to = now.Add(aShift).In(zone).Truncate(time.Hour).Format(localLayout)
	}
	return f
}

func (p pages) addOverride(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("roster")
	in, err := p.roster(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	f := overrideForm{user: action.Line(r, "user"), replaces: action.Line(r, "replaces"), from: action.Line(r, "from"), to: action.Line(r, "to"),
		note: action.Line(r, "note"), open: true}
	var check errs.Check
	o := oncall.OverrideIn{User: f.user, Replaces: f.replaces, Note: f.note,
		From: local(&check, "from", f.from, in.zone), To: local(&check, "to", f.to, in.zone)}
	if f.err = check.Err("the override"); f.err == nil {
		_, f.err = p.Rosters.AddOverride(r.Context(), by, name, o)
	}
	switch {
	case f.err == nil:
		return action.Go(look.RosterURL(name)+"?from="+calendar.DateOf(o.From, in.zone).String(), action.Done("Override added.")), nil
	case refused(f.err):
		in.form = f
		return action.Again(show(in), f.err), nil
	}
	return action.Answer{}, f.err
}

// local reads a time of the roster's wall clock. One that is skipped when clocks change is
// the moment after; of one that comes twice the first counts.
func local(c *errs.Check, path, s string, zone *time.Location) time.Time {
	date, clock, _ := strings.Cut(s, "T")
	d, dok := calendar.ParseDate(date)
	if len(clock) > len("15:04") {
		clock = clock[:len("15:04")] // some browsers send seconds
	}
	at, tok := calendar.ParseTimeOfDay(clock)
	if !dok || !tok {
		c.Add(path, "must be a date and time")
		return time.Time{}
	}
	return calendar.Instant(zone, d, at)
}

func (p pages) removeOverride(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("roster")
	if err := p.Rosters.RemoveOverride(r.Context(), by, name, oncall.OverrideID(r.PathValue("id"))); err != nil {
		return action.Answer{}, err
	}
	return action.Go(look.RosterURL(name), action.Done("The override is taken back.")), nil
}

// users are who can be put on call.
func (in showPage) users() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Choose who"}}
	for _, u := range in.everybody {
		if u.Role != actor.Client {
			out = append(out, ui.Option{Value: u.Login, Label: u.Name})
		}
	}
	return out
}

// replaceable are in whose place somebody can be put: who is in the roster.
func (in showPage) replaceable() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Whoever is on call"}}
	known := map[string]bool{}
	add := func(login string) {
		if login == "" || known[login] {
			return
		}
		known[login] = true
		out = append(out, ui.Option{Value: login, Label: in.name(login)})
	}
	for _, l := range in.Spec.Layers {
		for _, slot := range l.Slots {
			for _, login := range slot {
				add(login)
			}
		}
	}
	add(in.Spec.Fallback)
	add(in.form.replaces)
	return out
}
