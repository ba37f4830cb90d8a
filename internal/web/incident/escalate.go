package incident

import (
	"net/http"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/web/action"
)

// escalate asks for help now: the next step of the clocks, or whom the reader chose.
func (p pages) escalate(r *http.Request, by actor.Actor) (action.Answer, error) {
	to, err := targetOf(r.PostFormValue("to"))
	if err != nil {
		return p.settle(r, by, "escalate", err, "")
	}
	e, err := p.Incidents.Escalate(r.Context(), by, r.PathValue("key"), to, action.Block(r, "reason"))
	return p.settle(r, by, "escalate", err, "Paging "+names(e.Paged())+" now.")
}

// targetOf reads "roster:payments-l2"; nothing chosen is nil, the next step.
func targetOf(choice string) (*escalation.Target, error) {
	if choice == "" {
		return nil, nil
	}
	kind, name, _ := strings.Cut(choice, ":")
	switch kind {
	case "person":
		return &escalation.Target{Person: name}, nil
	case "team":
		return &escalation.Target{Team: name}, nil
	case "roster":
		return &escalation.Target{Roster: name}, nil
	}
	return nil, &errs.E{Kind: errs.Invalid, Message: "nobody to page",
		Fields: []errs.Field{{Path: "to", Message: "choose a person, a team or a roster"}}}
}
