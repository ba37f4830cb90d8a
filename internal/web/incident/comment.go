package incident

import (
	"net/http"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/incident"
	"mainstay/internal/web/action"
)

// comment adds a note to the timeline.
func (p pages) comment(r *http.Request, by actor.Actor) (action.Answer, error) {
	note, err := typedComment(r)
	if err == nil {
		_, err = p.Incidents.Comment(r.Context(), by, r.PathValue("key"), note)
	}
	return p.settle(r, by, "comment", err, "Comment added.")
}

// typedComment reads the form. Browsers write a time without its zone; the form asks for UTC.
func typedComment(r *http.Request) (incident.Comment, error) {
	note := incident.Comment{Text: action.Block(r, "text")}
	at := action.Line(r, "at")
	if at == "" {
		return note, nil
	}
	var err error
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} { // some send seconds
		if note.At, err = time.Parse(layout, at); err == nil {
			return note, nil
		}
	}
	return note, &errs.E{Kind: errs.Invalid, Message: "the comment is not valid",
		Fields: []errs.Field{{Path: "at", Message: "must be a date and time"}}}
}
