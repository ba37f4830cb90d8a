package app

import (
	"fmt"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/outbox"
)

// Some rooms need to ask something of a room above or beside them. They declare a small
// interface; here is who answers.

// policies tells the catalogue which escalation policies exist.
type policies struct{}

// Exists reports whether there is a policy with this name.
func (policies) Exists(tx *db.Tx, name string) (bool, error) { return escalation.Exists(tx, name) }

// above tells people which customers and calendars exist.
type above struct{}

// CustomerExists reports whether there is a customer with this name.
func (above) CustomerExists(tx *db.Tx, name string) (bool, error) {
	_, err := customer.ByName(tx, name)
	return found(err)
}

// CalendarExists reports whether there is a calendar with this name.
func (above) CalendarExists(tx *db.Tx, name string) (bool, error) {
	_, err := calendar.ByName(tx, name)
	return found(err)
}

// found reports whether a record was there when it was looked for.
func found(err error) (bool, error) {
	if errs.Is(err, errs.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// shiftNotices tells people through notify that they are on call.
type shiftNotices struct{ notify *notify.Service }

// ShiftStarts tells a person that he or she is on call on a roster from now on.
func (n shiftNotices) ShiftStarts(tx *db.Tx, person people.UserID, roster string, from, to time.Time) error {
	r, err := oncall.ByName(tx, roster)
	if err != nil {
		return err
	}
	u, err := people.UserByID(tx, person)
	if err != nil {
		return err
	}
	c := outbox.Content{Title: fmt.Sprintf("You are on call: %s", r.Title())}
	if !to.IsZero() {
		c.Text = fmt.Sprintf("Your shift ends %s.", notify.When(to, u.Zone))
	}
	dedup := fmt.Sprintf("shift/%s/%s/%d", r.ID, person, from.UnixMicro())
	return n.notify.NoticeIn(tx, person, oncall.Record(r.ID), outbox.Kind("shift"), c, dedup)
}
