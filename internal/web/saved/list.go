package saved

import (
	"cmp"
	"net/http"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/saved"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// listPage has the reader's own searches and those of others, each the most used first.
type listPage struct {
	mine, shared []saved.Search
	last         map[saved.ID]saved.Run
	by           actor.Actor
}

func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	list, err := p.Saved.Searches.List(r.Context(), by, all)
	if err != nil {
		return action.Answer{}, err
	}
	in := listPage{by: by}
	in.last, err = p.Saved.LastRuns(r.Context(), by)
	slices.SortStableFunc(list.Items, func(a, b saved.Search) int { return cmp.Compare(b.Uses, a.Uses) })
	for _, it := range list.Items {
		if it.Mine(by) {
			in.mine = append(in.mine, it)
		} else {
			in.shared = append(in.shared, it)
		}
	}
	return action.Show(listOf(in)), err
}

// report says how it stands with a report, and why where that is not well.
func (in listPage) report(it saved.Search) (b ui.Badge, why string) {
	last, made := in.last[it.ID]
	switch {
	case it.Stopped != "":
		return ui.Badge{State: ui.Bad, Word: "Stopped"}, it.Stopped
	case !made:
		return ui.Badge{State: ui.Inactive, Word: "Planned", Icon: "clock"}, ""
	}
	return became(last), cmp.Or(last.Reason, last.Trouble)
}

type dashboardsPage struct {
	rows []saved.Dashboard
	by   actor.Actor
}

func (p pages) dashboards(r *http.Request, by actor.Actor) (action.Answer, error) {
	list, err := p.Saved.Dashboards.List(r.Context(), by, all)
	slices.SortStableFunc(list.Items, func(a, b saved.Dashboard) int { return cmp.Compare(b.Uses, a.Uses) })
	return action.Show(dashboardsOf(dashboardsPage{list.Items, by})), err
}

// short cuts a query to what a row has room for.
func short(s string) string { return oneLine(s, 120) }
