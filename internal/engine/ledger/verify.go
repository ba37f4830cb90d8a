package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
)

// Report is what Verify found. Problems is empty when the ledger is whole.
type Report struct {
	Events   int64
	Erased   int64
	Unplaced int64 // committed, waiting for the sequencer: normal while running
	Seals    int64
	HeadHash string // of the last seal; compare it with the one that left the system
	Problems []string
}

const maxProblems = 20

func (r *Report) problem(format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Kept is the hash of a seal that somebody wrote down outside the system.
type Kept struct {
	Position int64 // the last one that the seal covers
	Hash     string
}

// ParseKept reads "POSITION:HASH", as the daily message has it.
func ParseKept(list []string) ([]Kept, error) {
	out := make([]Kept, 0, len(list))
	for _, text := range list {
		position, hash, ok := strings.Cut(text, ":")
		n, err := strconv.ParseInt(position, 10, 64)
		if !ok || err != nil || n < 1 || len(hash) != 2*sha256.Size {
			return nil, &errs.E{Kind: errs.Invalid, Message: "the kept seal cannot be read",
				Fields: []errs.Field{{Path: "kept", Message: "must be POSITION:HASH, with 64 hexadecimal digits"}}}
		}
		out = append(out, Kept{Position: n, Hash: hash})
	}
	return out, nil
}

// Verify recomputes positions, sequences, digests and seals of the whole ledger, and
// compares the seals with what was kept outside.
func Verify(ctx context.Context, d *db.DB, kept ...Kept) (*Report, error) {
	r := &Report{}
	err := d.View(ctx, func(tx *db.Tx) error {
		*r = Report{}
		if err := r.counts(tx); err != nil {
			return err
		}
		if err := r.gaps(tx); err != nil {
			return err
		}
		if err := r.chain(tx); err != nil {
			return err
		}
		return r.compare(tx, kept)
	})
	return r, err
}

// compare looks for seals that are not what they were when they left the system.
func (r *Report) compare(tx *db.Tx, kept []Kept) error {
	for _, k := range kept {
		hash, err := db.One(tx, db.Value[string], `SELECT hash FROM seal WHERE to_position = ?`, k.Position)
		switch {
		case errors.Is(err, db.ErrNone):
			r.problem("there is no seal up to position %d any more", k.Position)
		case err != nil:
			return err
		case hash != k.Hash:
			r.problem("the seal up to position %d is not the one that was kept: the past was rewritten", k.Position)
		}
	}
	return nil
}

func (r *Report) counts(tx *db.Tx) (err error) {
	r.Unplaced, err = db.One(tx, db.Value[int64], `SELECT count(*) FROM event WHERE position IS NULL`)
	return err
}

// gaps finds records whose numbers are not 1..n.
func (r *Report) gaps(tx *db.Tx) error {
	type broken struct {
		kind, id string
		n, max   int64
	}
	rows, err := db.All(tx, func(s db.Scanner) (b broken, err error) {
		return b, s.Scan(&b.kind, &b.id, &b.n, &b.max)
	}, `SELECT record_kind, record_id, count(*), MAX(seq) FROM event
		GROUP BY record_kind, record_id HAVING count(*) <> MAX(seq) OR MIN(seq) <> 1 LIMIT ?`, maxProblems)
	for _, b := range rows {
		r.problem("%s %s has %d events, the last is number %d: events are missing", b.kind, b.id, b.n, b.max)
	}
	return err
}

// chain walks all positions seal by seal, and then what is not sealed yet.
func (r *Report) chain(tx *db.Tx) error {
	seals, err := db.All(tx, scanSeal, `SELECT from_position, to_position, hash, at FROM seal ORDER BY to_position`)
	if err != nil {
		return err
	}
	head, err := Position(tx)
	if err != nil {
		return err
	}
	position, previous := int64(0), ""
	for _, s := range seals {
		if s.From != position+1 {
			r.problem("seal up to %d starts at %d, expected %d", s.To, s.From, position+1)
		}
		hash, err := r.walk(tx, position, s.To, previous)
		if err != nil {
			return err
		}
		if hash != s.Hash {
			r.problem("seal of positions %d to %d does not match: an event in it was changed", s.From, s.To)
		}
		position, previous = s.To, s.Hash
		r.Seals++
	}
	r.HeadHash = previous
	_, err = r.walk(tx, position, head, previous)
	return err
}

// walk checks every event in (after, to] and returns the chained hash over them.
func (r *Report) walk(tx *db.Tx, after, to int64, previous string) (string, error) {
	c, expect := newChain(previous), after
	for expect < to {
		rows, err := sealable(tx, expect, min(to, expect+batch))
		if err != nil {
			return "", err
		}
		if len(rows) == 0 {
			r.problem("positions %d to %d are missing", expect+1, to)
			break
		}
		for _, e := range rows {
			expect = r.check(e, expect)
			c.add(e)
		}
	}
	return c.sum(), nil
}

func (r *Report) check(e sealed, before int64) int64 {
	if e.position != before+1 {
		r.problem("positions %d to %d are missing", before+1, e.position-1)
	}
	r.Events++
	if e.erased {
		r.Erased++
	} else if digest(e.salt, e.by, e.payload) != e.digest {
		r.problem("event at position %d (%s) does not match its digest: it was changed", e.position, e.kind)
	}
	return e.position
}
