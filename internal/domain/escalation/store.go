package escalation

import (
	"errors"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// state is how a clock stands.
type state string

const (
	running state = "running"
	waiting state = "waiting" // acknowledged or snoozed
	done    state = "done"    // restored
	stopped state = "stopped" // by a person
)

// escalation is a row: both clocks of a subject.
type escalation struct {
	subject         string
	policy          string
	response        state
	stage           stage
	responseEpoch   int
	resolution      state
	rung            int // index of the next step of the ladder
	from            time.Time
	resolutionEpoch int
}

// find returns the clocks of a subject, or fresh ones when it has none yet.
func find(tx *db.Tx, subject string) (escalation, error) {
	e, err := db.One(tx, scanEscalation, `
		SELECT subject, policy, response_state, response_round, response_step, response_epoch,
		       resolution_state, resolution_step, resolution_from, resolution_epoch
		FROM escalation WHERE subject = ?`, subject)
	if errors.Is(err, db.ErrNone) {
		return escalation{subject: subject}, nil
	}
	return e, err
}

func scanEscalation(s db.Scanner) (e escalation, err error) {
	return e, s.Scan(&e.subject, &e.policy, db.Text(&e.response), &e.stage.Round, &e.stage.Step, &e.responseEpoch,
		db.Text(&e.resolution), &e.rung, db.Time(&e.from), &e.resolutionEpoch)
}

func save(tx *db.Tx, e escalation) error {
	_, err := tx.Exec(`
		INSERT INTO escalation (subject, policy, response_state, response_round, response_step, response_epoch,
		                        resolution_state, resolution_step, resolution_from, resolution_epoch)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (subject) DO UPDATE SET
			policy = excluded.policy,
			response_state = excluded.response_state, response_round = excluded.response_round,
			response_step = excluded.response_step, response_epoch = excluded.response_epoch,
			resolution_state = excluded.resolution_state, resolution_step = excluded.resolution_step,
			resolution_from = excluded.resolution_from, resolution_epoch = excluded.resolution_epoch`,
		e.subject, e.policy, string(e.response), e.stage.Round, e.stage.Step, e.responseEpoch,
		string(e.resolution), e.rung, e.from, e.resolutionEpoch)
	return err
}

// lastStep returns the label of the step of a clock that was paged last.
func lastStep(tx *db.Tx, subject, clock string) (string, error) {
	return db.One(tx, db.Value[string], `
		SELECT step FROM escalation_call WHERE subject = ? AND step >= ? AND step < ?
		ORDER BY at DESC, page DESC LIMIT 1`, subject, clock+"/", clock+"0")
}

// firstCall returns when the response clock first called somebody in the run that a step
// belongs to; the zero time when it has not.
func firstCall(tx *db.Tx, subject, label string) (time.Time, error) {
	clock, rest, _ := strings.Cut(label, "/")
	epoch, _, _ := strings.Cut(rest, "/")
	run := clock + "/" + epoch
	return db.One(tx, func(s db.Scanner) (at time.Time, err error) {
		return at, s.Scan(db.Time(&at))
	}, `SELECT MIN(at) FROM escalation_call WHERE subject = ? AND step >= ? AND step < ?`, subject, run+"/", run+"0")
}

// callsOf counts how often a person was called about this opening of a subject.
func callsOf(tx *db.Tx, sub Subject, person people.UserID) (int, error) {
	n, err := db.One(tx, db.Value[int64], `
		SELECT count(*) FROM escalation_call WHERE subject = ? AND person = ? AND NOT failed AND at >= ?`,
		sub.ID, string(person), sub.Resumed)
	return int(n), err
}

// specOf returns the policy of that name; a service without one has the built-in policy.
func specOf(tx *db.Tx, policy string) (Spec, error) {
	if policy == "" {
		return builtin(), nil
	}
	p, err := ByName(tx, policy)
	if isNotFound(err) {
		return builtin(), nil
	}
	return p.Spec, err
}

func isNotFound(err error) bool { return errs.Is(err, errs.NotFound) }
