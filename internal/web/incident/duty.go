package incident

import (
	"context"
	"strings"

	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/ui"
)

// duty is who can be called of one team of the service now.
type duty struct {
	Team    string // title
	People  []called
	Planned bool   // that nobody is
	Contact string // how to reach the team, as people wrote it
	Phones  []ui.Telephone
}

// called is one person, and why this one.
type called struct{ Login, Name, Why string }

// target is somebody who can be paged by choice.
type target struct{ group, value, label string }

// The headings under which they stand.
const (
	onCallNow = "On call now"
	teamGroup = "Teams"
	everybody = "People"
)

// loadDuty finds who is on call for the teams of the service. A team without a roster is
// paged as a whole.
func (p pages) loadDuty(ctx context.Context, d *detail) error {
	rosters, err := p.OnCall.OnCallNow(ctx, d.by)
	if err != nil {
		return err
	}
	for _, r := range rosters {
		if len(r.People) > 0 {
			d.targets = append(d.targets, target{onCallNow, "roster:" + r.Roster.Name, onDuty(r) + " (" + r.Roster.Title() + ")"})
		}
	}
	for _, t := range d.teams {
		c := duty{Team: t.Title, Contact: t.Contact, Phones: ui.Telephones(t.Contact)}
		if c.People, c.Planned = ofRosters(rosters, t.ID); c.People == nil {
			members, err := p.People.Members(ctx, d.by, t.ID)
			if err != nil {
				return err
			}
			for _, u := range members {
				c.People = append(c.People, called{u.Login, u.Name, "member"})
			}
		}
		d.duty = append(d.duty, c)
	}
	return nil
}

// ofRosters are the people on call on a team's rosters: nil when it has none, empty when
// nobody is; and whether that is as planned.
func ofRosters(all []oncall.Standing, team people.TeamID) (out []called, planned bool) {
	planned = true
	for _, r := range all {
		if r.Roster.Team != team {
			continue
		}
		if out == nil {
			out = []called{}
		}
		planned = planned && r.State == oncall.Nobody
		for _, p := range r.People {
			why := "on call, " + r.Roster.Name
			if p.Why == oncall.ByFallback {
				why = "stands in, " + r.Roster.Name
			}
			out = append(out, called{p.User, p.Name, why})
		}
	}
	return out, planned
}

func onDuty(r oncall.Standing) string {
	var list []string
	for _, p := range r.People {
		list = append(list, p.Name)
	}
	return names(list)
}

func teamTargets(all []people.Team) []target {
	out := make([]target, len(all))
	for i, t := range all {
		out[i] = target{teamGroup, "team:" + t.Name, t.Title}
	}
	return out
}

// targetOptions are whom the reader may page: the next step first.
func (d detail) targetOptions() []ui.Option {
	next := "The next step"
	for _, c := range []string{d.Clocks.Response.Step, d.Clocks.Resolution.Step} {
		if strings.HasPrefix(c, "step") || strings.HasPrefix(c, "catch") {
			_, whom, _ := strings.Cut(c, ": ")
			next = strings.TrimSuffix("The next step: "+whom, ": ")
			break
		}
	}
	out := []ui.Option{{Value: "", Label: next}}
	for _, group := range []string{onCallNow, teamGroup} {
		for _, t := range d.targets {
			if t.group == group {
				out = append(out, ui.Option{Value: t.value, Label: t.label, Group: t.group})
			}
		}
	}
	for _, u := range d.users {
		out = append(out, ui.Option{Value: "person:" + u.Login, Label: u.Name, Group: everybody})
	}
	return out
}
