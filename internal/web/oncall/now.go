package oncall

import (
	"net/http"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// row is how it stands with a roster.
type row struct {
	oncall.Standing
	team    people.Team
	next    []string // names of who is on call next
	gapNext bool     // nobody is, and nobody meant that
	gaps    int      // in the next days
	mutes   []string // names of who is on call and cannot be paged
	mayTake bool     // the reader may make overrides
}

type nowPage struct {
	rows   []row
	gaps   int
	mayAdd bool
	mails  map[people.UserID]string
}

// nextWithin is how far who comes next is looked for.
const nextWithin = 21 * 24 * time.Hour

// now shows who is on call on every roster, how to reach them, and who comes next.
func (p pages) now(r *http.Request, by actor.Actor) (action.Answer, error) {
	ctx := r.Context()
	standings, err := p.Rosters.OnCallNow(ctx, by)
	if err != nil {
		return action.Answer{}, err
	}
	teams, err := p.teams(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	coverage, err := p.Rosters.CoverageAhead(ctx, by)
	if err != nil {
		return action.Answer{}, err
	}
	mute, err := p.mute(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	in := nowPage{mayAdd: people.Can(by, people.RosterWrite, people.Target{Teams: by.Teams})}
	for _, s := range standings {
		one := row{Standing: s, team: teams[s.Roster.Team], mayTake: people.Can(by, people.RosterOverride, s.Roster.Target())}
		for _, c := range coverage {
			if c.Roster.ID == s.Roster.ID {
				one.gaps = len(c.Gaps())
			}
		}
		for _, person := range s.People {
			if mute(person.ID) {
				one.mutes = append(one.mutes, person.Name)
			}
		}
		if one.next, one.gapNext, err = p.next(r, by, s); err != nil {
			return action.Answer{}, err
		}
		in.gaps += one.gaps
		in.rows = append(in.rows, one)
	}
	slices.SortStableFunc(in.rows, func(a, b row) int { return a.rank() - b.rank() })
	in.mails, err = p.mails(r, by)
	return action.Show(now(in)), err
}

// rank puts first what needs somebody.
func (r row) rank() int {
	switch {
	case r.State == oncall.Gap:
		return 0
	case len(r.mutes) > 0:
		return 1
	case r.State == oncall.Nobody:
		return 3
	}
	return 2
}

// next names who is on call after the present people; gap says that nobody is, by mistake.
func (p pages) next(r *http.Request, by actor.Actor, s oncall.Standing) (names []string, gap bool, err error) {
	if s.Next.IsZero() || s.Next.After(p.Clock.Now().Add(nextWithin)) {
		return nil, false, nil
	}
	t, err := p.Rosters.Schedule(r.Context(), by, s.Roster.Name, s.Next, s.Next.Add(time.Minute))
	if err != nil {
		return nil, false, err
	}
	first := t.Shifts[0]
	for _, login := range first.Users() {
		names = append(names, t.Names[login])
	}
	switch first.State {
	case oncall.Gap:
		names = []string{"nobody"}
	case oncall.Nobody:
		names = []string{"nobody, as planned"}
	case oncall.Covered, oncall.Fallback:
	}
	return names, first.State == oncall.Gap, nil
}

// mute tells who cannot be paged, for readers who may know.
func (p pages) mute(r *http.Request, by actor.Actor) (func(people.UserID) bool, error) {
	ways, err := p.Contacts.Reachable(r.Context(), by)
	if errs.Is(err, errs.Forbidden) {
		return func(people.UserID) bool { return false }, nil
	}
	return func(id people.UserID) bool { return len(ways[id]) == 0 }, err
}

func (p pages) mails(r *http.Request, by actor.Actor) (map[people.UserID]string, error) {
	list, err := p.People.ListUsers(r.Context(), by, people.UserFilter{}, all)
	out := map[people.UserID]string{}
	for _, u := range list.Items {
		out[u.ID] = u.Email
	}
	return out, err
}
