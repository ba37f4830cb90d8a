package people

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// row is a person in the list.
type row struct {
	people.User
	teams  []people.Team
	duties []duty
	ways   []string // channels with a verified method
}

// duty is being on call on a roster now.
type duty struct {
	roster oncall.Entry
	person oncall.Person
}

type listPage struct {
	rows     []row
	next     *string
	mayAdd   bool
	seesWays bool
}

// list shows people: ?q= part of a name, ?role=, ?disabled=true for those who left too.
func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	q := r.URL.Query()
	f := people.UserFilter{Query: q.Get("q"), Role: actor.Role(q.Get("role")), Disabled: q.Get("disabled") != ""}
	found, err := p.People.ListUsers(r.Context(), by, f, page.Request{Cursor: q.Get("cursor")})
	if err != nil {
		return action.Answer{}, err
	}
	in := listPage{next: found.Next, mayAdd: people.Can(by, people.UserWrite, people.Target{})}
	teams, err := p.teamNames(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	duties, err := p.duties(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	ways, err := p.ways(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	in.seesWays = ways != nil
	for _, u := range found.Items {
		one := row{User: u, duties: duties[u.ID], ways: ways[u.ID]}
		for _, id := range u.Teams {
			if t, ok := teams[id]; ok {
				one.teams = append(one.teams, t)
			}
		}
		in.rows = append(in.rows, one)
	}
	return action.Show(list(in)), nil
}

// duties are who is on call now, by person; nothing for who may not see rosters.
func (p pages) duties(r *http.Request, by actor.Actor) (map[people.UserID][]duty, error) {
	if !people.Can(by, people.RosterRead, people.Target{}) {
		return nil, nil
	}
	standings, err := p.Rosters.OnCallNow(r.Context(), by)
	out := map[people.UserID][]duty{}
	for _, s := range standings {
		for _, one := range s.People {
			out[one.ID] = append(out[one.ID], duty{s.Roster, one})
		}
	}
	return out, err
}

// ways are the channels on which each person can be reached; nil for who may not see that.
func (p pages) ways(r *http.Request, by actor.Actor) (map[people.UserID][]string, error) {
	found, err := p.Contacts.Reachable(r.Context(), by)
	if errs.Is(err, errs.Forbidden) {
		return nil, nil
	}
	out := make(map[people.UserID][]string, len(found))
	for id, channels := range found {
		for _, c := range channels {
			out[id] = append(out[id], string(c))
		}
	}
	return out, err
}
