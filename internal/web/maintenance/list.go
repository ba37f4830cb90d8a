package maintenance

import (
	"net/http"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// ahead is how far the list looks.
const ahead = 30 * 24 * time.Hour

type listing struct {
	open, planned []maintenance.Planning
	over          []maintenance.Maintenance // for good
	any           bool
	now           time.Time
	mayPlan       bool
}

func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	l := listing{now: p.Clock.Now(), mayPlan: mayPlan(by)}
	windows, err := p.Maintenance.Windows(r.Context(), by, l.now, l.now.Add(ahead))
	if err != nil {
		return action.Answer{}, err
	}
	for _, w := range windows {
		if w.At.Holds(l.now) {
			l.open = append(l.open, w)
		} else {
			l.planned = append(l.planned, w)
		}
	}
	list, err := p.Maintenance.List(r.Context(), by, all)
	l.any = len(list.Items) > 0
	for _, m := range list.Items {
		if m.State(l.now) == maintenance.Over {
			l.over = append(l.over, m)
		}
	}
	return action.Show(listPage(l)), err
}

// mayPlan reports whether somebody may plan maintenance of anything.
func mayPlan(by actor.Actor) bool {
	return people.Can(by, people.MaintenanceWrite, people.Target{Teams: by.Teams})
}

// address is the page of a maintenance.
func address(name string) string { return look.MaintenanceURL(name) }

// badge is how a window stands.
func badge(s maintenance.State) ui.Badge {
	switch s {
	case maintenance.Open:
		return ui.Badge{State: ui.Maintenance, Word: "Under way"}
	case maintenance.Over:
		return ui.Badge{State: ui.Inactive, Word: "Over"}
	case maintenance.Planned:
	}
	return ui.Badge{State: ui.Inactive, Word: "Planned"}
}
