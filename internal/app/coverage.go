package app

import (
	"fmt"
	"strings"

	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/outbox"
)

// CoverageGaps tells a person whose roster has stretches ahead without anybody on call.
func (n shiftNotices) CoverageGaps(tx *db.Tx, person people.UserID, roster string, fallback bool, holes []string) error {
	r, err := oncall.ByName(tx, roster)
	if err != nil {
		return err
	}
	c := outbox.Content{Title: "Nobody on call ahead: " + r.Title(), Text: strings.Join(holes, "\n"), URL: n.notify.BaseURL + "/oncall/" + r.Name}
	if fallback {
		c.Title = "Only the fallback person on call ahead: " + r.Title()
	}
	dedup := fmt.Sprintf("coverage/%s/%s/%d", r.ID, person, tx.Now().UnixMicro())
	return n.notify.NoticeIn(tx, person, oncall.Record(r.ID), outbox.Kind("coverage"), c, dedup)
}
