package app

import (
	"fmt"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
	"mainstay/internal/engine/timer"
)

// headTimer sends the hash of the ledger's last seal out of the system once a day, so that
// who changes the past here must also change what lies in the administrators' mailboxes.
const headTimer timer.Kind = "ledger.head"

const headEvery = 24 * time.Hour

// headRecord owns what is told about the ledger as a whole.
var headRecord = ledger.Record{Kind: "ledger", ID: "head"}

// scheduleHead makes the first promise; from then on each run makes the next.
func (a *App) scheduleHead(tx *db.Tx) error {
	pending, err := timer.Of(tx, headRecord.ID)
	if err != nil || len(pending) > 0 {
		return err
	}
	return timer.Schedule(tx, headTimer, headRecord.ID, tx.Now().Add(headEvery), struct{}{})
}

func (a *App) sendHead(tx *db.Tx, t timer.Timer) error {
	if err := timer.Schedule(tx, headTimer, headRecord.ID, tx.Now().Add(headEvery), struct{}{}); err != nil {
		return err
	}
	seal, err := ledger.LastSeal(tx)
	if err != nil || seal.To == 0 {
		return err
	}
	admins, err := people.WithRole(tx, actor.Admin)
	if err != nil {
		return err
	}
	c := outbox.Content{
		Title: fmt.Sprintf("Ledger head at position %d", seal.To),
		Text: fmt.Sprintf("Keep this message. It proves later that no event up to position %d was changed:\n\n"+
			"  mainstay verify-ledger --kept %d:%s\n", seal.To, seal.To, seal.Hash),
	}
	for _, u := range admins {
		dedup := fmt.Sprintf("ledger-head/%d/%s/%d", seal.To, u.ID, t.Promised.UnixMicro())
		if err := a.Rooms.Notify.NoticeIn(tx, u.ID, headRecord, outbox.Kind("ledger-head"), c, dedup); err != nil {
			return err
		}
	}
	return nil
}
