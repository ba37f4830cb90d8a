package people

import (
	"net/http"
	"strconv"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

type teamPage struct {
	entry
	members  []people.User
	rosters  []oncall.Standing
	services []catalogue.Service
	duties   map[people.UserID][]duty
	mayEdit  bool
	now      time.Time
}

// showTeam is the page of one team.
func (p pages) showTeam(r *http.Request, by actor.Actor) (action.Answer, error) {
	ctx := r.Context()
	t, err := p.People.Team(ctx, by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	entries, err := p.entries(r, by, []people.Team{t})
	if err != nil {
		return action.Answer{}, err
	}
	in := teamPage{entry: entries[0], mayEdit: people.Can(by, people.TeamWrite, people.Target{}), now: p.Clock.Now()}
	if in.members, err = p.People.Members(ctx, by, t.ID); err != nil {
		return action.Answer{}, err
	}
	if in.duties, err = p.duties(r, by); err != nil {
		return action.Answer{}, err
	}
	standings, err := p.Rosters.OnCallNow(ctx, by)
	if err != nil {
		return action.Answer{}, err
	}
	for _, s := range standings {
		if s.Roster.Team == t.ID {
			in.rosters = append(in.rosters, s)
		}
	}
	in.services, err = p.Catalogue.ServicesOf(ctx, by, t.ID)
	return action.Show(team(in)), err
}

// reviewed says that somebody has looked at the entry and it is right.
func (p pages) reviewed(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	spec, err := p.People.TeamSpecOf(r.Context(), by, name)
	if err != nil {
		return action.Answer{}, err
	}
	spec.ReviewBy = p.Clock.Now().Add(reviewed).Format(time.DateOnly)
	if _, err := p.People.ApplyTeam(r.Context(), by, name, spec); err != nil {
		return action.Answer{}, err
	}
	return action.Go(look.TeamURL(name), action.Done("Noted: the entry is right. It wants to be looked at again by "+spec.ReviewBy+".")), nil
}

func (p pages) deleteTeam(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	if err := p.People.DeleteTeam(r.Context(), by, name); err != nil {
		return action.Answer{}, err
	}
	return action.Go("/teams", action.Done("Team "+name+" is deleted.")), nil
}

func memberCount(t people.Team) string {
	if len(t.Members) == 1 {
		return "1 member"
	}
	return strconv.Itoa(len(t.Members)) + " members"
}
