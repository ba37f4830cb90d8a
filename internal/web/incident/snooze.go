package incident

import (
	"net/http"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// spans are the lengths of a snooze that the page offers.
var spans = []ui.Option{
	{Value: "30m", Label: "30 minutes"}, {Value: "1h", Label: "1 hour"}, {Value: "2h", Label: "2 hours"},
	{Value: "4h", Label: "4 hours"}, {Value: "8h", Label: "8 hours"}, {Value: "24h", Label: "1 day"},
}

// snooze pauses the response clock for a while.
func (p pages) snooze(r *http.Request, by actor.Actor) (action.Answer, error) {
	span, err := time.ParseDuration(r.PostFormValue("for"))
	if err != nil {
		err = &errs.E{Kind: errs.Invalid, Message: "the snooze is not valid",
			Fields: []errs.Field{{Path: "for", Message: "must be a length of time such as 30m or 2h"}}}
		return p.settle(r, by, "snooze", err, "")
	}
	until := p.Clock.Now().Add(span)
	i, err := p.Incidents.Snooze(r.Context(), by, r.PathValue("key"), until, action.Line(r, "reason"))
	return p.settle(r, by, "snooze", err, i.Key()+" is snoozed until "+until.Format("15:04 UTC")+".")
}
