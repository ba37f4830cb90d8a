package saved

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

const (
	claimed = 4               // slots that are made at the same time
	asking  = time.Minute     // for which the engine may work on one
	pause   = 2 * time.Minute // until a slot is tried again, also when its node has died
)

// run is a slot that is due.
type run struct {
	search   ID
	slot     time.Time
	since    time.Time
	missed   int64
	attempts int64
	giveUp   time.Time
}

// reportKind is the kind of messages about reports.
const reportKind outbox.Kind = "report"

// outcome is what became of a slot.
type outcome string

const (
	sent    outcome = "sent"
	empty   outcome = "empty"
	failed  outcome = "failed"
	stopped outcome = "stopped"
)

// Reported is the payload of saved-search.reported.
type Reported struct {
	Name   string    `json:"name"`
	Slot   time.Time `json:"slot"`
	Became string    `json:"became"` // sent empty failed stopped
	People []string  `json:"people,omitempty"`
	Why    string    `json:"why,omitempty"`
}

// Step makes the reports that are due. Next is when one is tried again.
func (s *Service) Step(ctx context.Context) (worker.Result, error) {
	due, next, err := s.claim(ctx)
	if err != nil {
		return worker.Result{}, err
	}
	var all sync.WaitGroup
	wrong := make([]error, len(due))
	for i, r := range due {
		all.Go(func() { wrong[i] = s.make(ctx, r) })
	}
	all.Wait()
	return worker.Result{Did: len(due), Next: next}, errors.Join(wrong...)
}

// claim takes what is due. It is due again after a pause, should this node die.
func (s *Service) claim(ctx context.Context) (due []run, next time.Time, err error) {
	err = s.DB.Claim(ctx, func(tx *db.Tx) error {
		lock := ""
		if tx.Postgres() {
			lock = " FOR UPDATE SKIP LOCKED"
		}
		due, err = db.All(tx, func(r db.Scanner) (x run, err error) {
			return x, r.Scan(db.Text(&x.search), db.Time(&x.slot), db.Time(&x.since), &x.missed, &x.attempts, db.Time(&x.giveUp))
		}, `SELECT search, slot, since, missed, attempts, give_up FROM saved_run
			WHERE state = 'due' AND next_attempt <= ? ORDER BY next_attempt, search LIMIT ?`+lock, tx.Now(), claimed)
		if err != nil {
			return err
		}
		for _, r := range due {
			if _, err := tx.Exec(`UPDATE saved_run SET next_attempt = ?, attempts = attempts + 1 WHERE search = ? AND slot = ?`,
				tx.Now().Add(pause), string(r.search), r.slot); err != nil {
				return err
			}
		}
		next, err = db.One(tx, func(r db.Scanner) (t time.Time, err error) { return t, r.Scan(db.Time(&t)) },
			`SELECT MIN(next_attempt) FROM saved_run WHERE state = 'due'`)
		return err
	})
	return due, next, err
}

// make makes one report, in the name of its owner as that person is now.
func (s *Service) make(ctx context.Context, r run) error {
	var it Search
	var owner people.User
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if it, err = s.Searches.byID(tx, r.search); err != nil || it.Owner == "" {
			return err
		}
		owner, err = people.UserByID(tx, it.Owner)
		return err
	})
	switch {
	case errs.Is(err, errs.NotFound) || err == nil && it.Spec.Report == nil:
		return nil // removed meanwhile
	case err != nil:
		return err
	case it.Owner == "" || owner.Disabled:
		return s.stop(ctx, r, it, fmt.Sprintf("The account of %s, in whose name it was made, is disabled.", cmp.Or(owner.Name, "its owner")))
	}
	return s.try(ctx, r, it, owner)
}

func (s *Service) try(ctx context.Context, r run, it Search, owner people.User) error {
	limited, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	found, err := s.gather(limited, owner.Actor(), it.Spec, r.since, r.slot)
	if ctx.Err() != nil {
		return ctx.Err() // stopping: it is tried again
	}
	rep := reported{search: it, owner: owner, run: r, found: found, base: s.BaseURL, now: s.DB.Clock().Now()}
	final := errs.Is(err, errs.Invalid) || errs.Is(err, errs.Forbidden) || errs.Is(err, errs.NotFound)
	switch {
	case err == nil && found.nothing() && it.Spec.Report.OnlyFound:
		return s.finish(ctx, rep, empty)
	case err == nil:
		return s.finish(ctx, rep, sent)
	}
	rep.why = sentence(err)
	if !final && rep.now.Before(r.giveUp) {
		return s.DB.Do(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE saved_run SET trouble = ? WHERE search = ? AND slot = ? AND state = 'due'`, rep.why, string(r.search), r.slot)
			return err
		})
	}
	return s.finish(ctx, rep, failed)
}

// sentence says to the readers of a mail why there is no report.
func sentence(err error) string {
	if e, ok := errors.AsType[*errs.E](err); ok {
		return (&errs.E{Message: e.Message, Fields: e.Fields}).Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "the log engine gave no answer within a minute"
	}
	return "the log engine could not answer"
}

// finish ends a slot and queues what is to be mailed, unless another node was faster.
func (s *Service) finish(ctx context.Context, rep reported, became outcome) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		over, err := end(tx, rep.run, became, rep.why)
		if err != nil || !over {
			return err
		}
		event := Reported{Name: rep.search.Name, Slot: rep.run.slot, Became: string(became), Why: rep.why}
		if became != empty {
			to, err := readersOf(tx, rep.search.Spec.Report)
			if err != nil {
				return err
			}
			for _, u := range to {
				once := dedup(rep.search.ID, rep.run.slot, u.ID)
				if err := s.Notify.NoticeIn(tx, u.ID, SearchRecord(rep.search.ID), reportKind, rep.content(u.Zone), once); err != nil {
					return err
				}
				event.People = append(event.People, u.Login)
			}
		}
		return ledger.Append(tx, actor.Mainstay, SearchRecord(rep.search.ID), "saved-search.reported", event)
	})
}

// end marks a slot as over; false where it is already, or has gone.
func end(tx *db.Tx, r run, became outcome, why string) (bool, error) {
	n, err := tx.Exec(`
		UPDATE saved_run SET state = ?, trouble = ?, finished = ?, next_attempt = NULL WHERE search = ? AND slot = ? AND state = 'due'`,
		string(became), why, tx.Now(), string(r.search), r.slot)
	return n > 0, err
}

// readersOf are the people to whom a report goes, each once: who has left and clients get nothing.
func readersOf(tx *db.Tx, r *Report) ([]people.User, error) {
	var out []people.User
	add := func(list ...people.User) {
		for _, u := range list {
			known := slices.ContainsFunc(out, func(o people.User) bool { return o.ID == u.ID })
			if !known && !u.Disabled && u.Role != actor.Client {
				out = append(out, u)
			}
		}
	}
	for _, login := range r.To {
		u, err := people.UserByLogin(tx, login)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return nil, err
		}
		if err == nil {
			add(u)
		}
	}
	for _, name := range r.Teams {
		t, err := people.TeamByName(tx, name)
		if errs.Is(err, errs.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		members, err := people.MembersOf(tx, t.ID)
		if err != nil {
			return nil, err
		}
		add(members...)
	}
	return out, nil
}

// stop ends a schedule whose owner has left, and tells the admins.
func (s *Service) stop(ctx context.Context, r run, it Search, why string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		over, err := end(tx, r, stopped, why)
		if err != nil || !over {
			return err
		}
		if err := cancelReport(tx, it.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE saved SET stopped = ? WHERE id = ?`, why, string(it.ID)); err != nil {
			return err
		}
		admins, err := people.WithRole(tx, actor.Admin)
		if err != nil {
			return err
		}
		content := outbox.Content{Title: "Report stopped: " + it.Title(), URL: s.BaseURL + "/logs/saved/" + it.Name + "/edit",
			Text: why + "\nNobody gets this report any more. Save the search again to have it made in your name, or remove it.",
			Why:  "you are an administrator"}
		for _, u := range admins {
			dedup := fmt.Sprintf("report-stopped/%s/%d/%s", it.ID, r.slot.UnixMicro(), u.ID)
			if err := s.Notify.NoticeIn(tx, u.ID, SearchRecord(it.ID), reportKind, content, dedup); err != nil {
				return err
			}
		}
		return ledger.Append(tx, actor.Mainstay, SearchRecord(it.ID), "saved-search.reported",
			Reported{Name: it.Name, Slot: r.slot, Became: string(stopped), Why: why})
	})
}
