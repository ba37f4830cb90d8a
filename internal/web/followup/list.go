package followup

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// row is a follow-up in the list.
type row struct {
	followup.FollowUp
	from origin
}

type listPage struct {
	rows     []row
	next     *string
	counts   followup.Counts
	view     string // "" for mine, open, overdue, done, dropped
	mayWrite bool
}

// list shows follow-ups: mine unless the address asks for others.
func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	in := listPage{view: r.URL.Query().Get("view"), mayWrite: people.Can(by, people.FollowUpWrite, people.Target{})}
	found, err := p.FollowUps.List(r.Context(), by, filter(in.view, by), page.Request{Cursor: r.URL.Query().Get("cursor")})
	if err != nil {
		return action.Answer{}, err
	}
	in.next = found.Next
	for _, f := range found.Items {
		in.rows = append(in.rows, row{f, p.origin(r.Context(), by, f.Record)})
	}
	if in.counts, err = p.FollowUps.Count(r.Context(), by); err != nil {
		return action.Answer{}, err
	}
	return action.Show(list(in)), nil
}

func filter(view string, by actor.Actor) followup.Filter {
	switch view {
	case "":
		return followup.Filter{OwnerID: people.UserID(by.ID)}
	case "open":
		return followup.Filter{}
	case "overdue":
		return followup.Filter{Overdue: true}
	}
	return followup.Filter{State: followup.State(view)}
}

func (in listPage) tabs() []ui.Tab {
	tab := func(label, view string, count int, tone ui.State) ui.Tab {
		address := "/follow-ups"
		if view != "" {
			address += "?view=" + view
		}
		return ui.Tab{Label: label, URL: address, Count: count, Tone: tone, Current: in.view == view}
	}
	mine := ui.OK
	if in.counts.MineOverdue > 0 {
		mine = ui.Bad
	}
	return []ui.Tab{
		tab("Mine", "", in.counts.MineOpen, mine),
		tab("Everybody's", "open", in.counts.Open, ui.OK),
		tab("Overdue", "overdue", in.counts.Overdue, ui.Bad),
		tab("Done", "done", 0, ui.OK),
		tab("Given up", "dropped", 0, ui.OK),
	}
}

// empty says why there is nothing in a view.
func (in listPage) empty() (title, text string) {
	switch in.view {
	case "":
		return "Nothing for you to do", "What you promised to do later, after an incident or a handover, stands here until it is done."
	case "overdue":
		return "Nothing is overdue", "Everything that was promised is done or still has time."
	case "open":
		return "No open follow-ups", "Add one from an incident's page, or here."
	}
	return "None yet", "What is finished stands here, the latest first."
}
