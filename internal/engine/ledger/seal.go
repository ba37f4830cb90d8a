package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
)

// Seal closes the range From..To of positions; Hash chains to the seal before.
type Seal struct {
	From, To int64
	Hash     string
	At       time.Time
}

const (
	sealEvery = time.Hour // an open range is never older than this
	sealSize  = 1000      // nor longer than this
)

// Sealer is the work of sealing.
type Sealer struct{ DB *db.DB }

// Step seals at most one range.
func (s Sealer) Step(ctx context.Context) (r worker.Result, err error) {
	err = s.DB.Claim(ctx, func(tx *db.Tx) error {
		r = worker.Result{}
		last, err := LastSeal(tx)
		if err != nil {
			return err
		}
		head, err := Position(tx)
		if err != nil {
			return err
		}
		if head == last.To || head-last.To < sealSize && tx.Now().Sub(last.At) < sealEvery {
			return nil
		}
		r.Did = 1
		_, err = SealNow(tx, min(head, last.To+sealSize))
		return err
	})
	return r, err
}

// SealNow closes everything up to position to and returns the last seal: the new one, or the
// one that reaches as far already. Sealers take turns, so that their ranges never overlap.
func SealNow(tx *db.Tx, to int64) (Seal, error) {
	if _, err := lockHead(tx); err != nil {
		return Seal{}, err
	}
	last, err := LastSeal(tx)
	if err != nil || to <= last.To {
		return last, err
	}
	chain := newChain(last.Hash)
	rows, err := sealable(tx, last.To, to)
	if err != nil {
		return Seal{}, err
	}
	for _, r := range rows {
		chain.add(r)
	}
	s := Seal{From: last.To + 1, To: to, Hash: chain.sum(), At: tx.Now()}
	_, err = tx.Exec(`INSERT INTO seal (to_position, from_position, hash, at) VALUES (?, ?, ?, ?)`, s.To, s.From, s.Hash, s.At)
	return s, err
}

// LastSeal returns the newest seal, the zero Seal when there is none; its hash is what leaves
// the system daily.
func LastSeal(tx *db.Tx) (Seal, error) {
	s, err := db.One(tx, scanSeal, `
		SELECT from_position, to_position, hash, at FROM seal ORDER BY to_position DESC LIMIT 1`)
	if errors.Is(err, db.ErrNone) {
		return Seal{}, nil
	}
	return s, err
}

func scanSeal(s db.Scanner) (v Seal, err error) {
	return v, s.Scan(&v.From, &v.To, &v.Hash, db.Time(&v.At))
}

// sealed is what a seal covers of an event, with what is needed to check its digest.
type sealed struct {
	position, seq, at    int64
	kind, recKind, recID string
	digest, salt         string
	by                   actor.Actor
	payload              string
	erased               bool
}

func sealable(tx *db.Tx, after, to int64) ([]sealed, error) {
	return db.All(tx, func(s db.Scanner) (e sealed, err error) {
		return e, s.Scan(&e.position, &e.seq, &e.at, &e.kind, &e.recKind, &e.recID, &e.digest, &e.salt,
			db.Text(&e.by.Kind), &e.by.ID, &e.by.Name, &e.payload, &e.erased)
	}, `SELECT position, seq, at, kind, record_kind, record_id, digest, salt,
		       actor_kind, actor_id, actor_name, COALESCE(payload, ''), payload IS NULL
		FROM event WHERE position > ? AND position <= ? ORDER BY position`, after, to)
}

type chain struct{ h hash.Hash }

func newChain(previous string) chain {
	c := chain{sha256.New()}
	fmt.Fprintf(c.h, "%d:%s,", len(previous), previous)
	return c
}

func (c chain) add(e sealed) {
	fmt.Fprintf(c.h, "%d,%d:%s,%d:%s,%d,%d,%d:%s,%s;", e.position,
		len(e.recKind), e.recKind, len(e.recID), e.recID, e.seq, e.at, len(e.kind), e.kind, e.digest)
}

func (c chain) sum() string { return hex.EncodeToString(c.h.Sum(nil)) }
