package app

import (
	"fmt"
	"strings"

	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/outbox"
)

// reminders tells people through notify what they promised to do.
type reminders struct{ notify *notify.Service }

// listed is how many follow-ups a reminder lists; it counts the others.
const listed = 20

// FollowUpsDue tells a person of follow-ups that are due.
func (r reminders) FollowUpsDue(tx *db.Tx, owner people.UserID, due []followup.FollowUp) error {
	u, err := people.UserByID(tx, owner)
	if err != nil {
		return err
	}
	about, c := people.UserRecord(owner), outbox.Content{
		Title: fmt.Sprintf("%d follow-ups are due", len(due)), URL: r.notify.BaseURL + "/follow-ups",
	}
	if len(due) == 1 {
		about = followup.Record(due[0].ID)
		c.Title, c.URL = "Follow-up due: "+due[0].Title, r.notify.BaseURL+"/follow-ups/"+string(due[0].ID)
	}
	var lines []string
	for _, f := range due[:min(len(due), listed)] {
		lines = append(lines, fmt.Sprintf("%s (due %s)", f.Title, notify.When(f.Due, u.Zone)))
	}
	if more := len(due) - listed; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	c.Text, c.Why = strings.Join(lines, "\n"), "you own them; a reminder comes each working day until they are done"
	if len(due) == 1 {
		c.Why = "you own it; a reminder comes each working day until it is done"
	}
	dedup := fmt.Sprintf("follow-ups/%s/%d", owner, tx.Now().UnixMicro())
	return r.notify.NoticeIn(tx, owner, about, outbox.Kind("follow-up"), c, dedup)
}
