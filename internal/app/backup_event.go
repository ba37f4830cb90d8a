package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"path/filepath"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// BackupStarted is the payload of backup.started. The event is in the backup, too.
type BackupStarted struct {
	// WithKey is set when the key file goes with it: whoever holds such a backup can read
	// every stored secret.
	WithKey bool `json:"with_key"`
}

// BackupFinished is the payload of backup.finished and backup.failed.
type BackupFinished struct {
	Bytes  int64  `json:"bytes"`            // that left
	SHA256 string `json:"sha256,omitempty"` // of the whole file, hex; of one that is whole only
	Reason string `json:"reason,omitempty"` // why it failed
}

// take writes a backup between two events. No event, no backup.
func (b backup) take(ctx context.Context, by actor.Actor, w io.Writer, withKey bool) error {
	if b.db.Postgres() {
		return errs.Conflictf("the records are in PostgreSQL: back them up with pg_dump, and with them %s and %s",
			filepath.Join(b.dir, filesDir), filepath.Join(b.dir, keyFile))
	}
	record := ledger.Record{Kind: "backup", ID: id.New[string]()}
	if err := b.db.Do(ctx, func(tx *db.Tx) error {
		return ledger.Begin(tx, by, record, "backup.started", BackupStarted{withKey})
	}); err != nil {
		return err
	}
	out := &measured{Writer: w, sum: sha256.New()}
	err := b.write(ctx, out, withKey)
	kind, end := "backup.finished", BackupFinished{Bytes: out.n, SHA256: hex.EncodeToString(out.sum.Sum(nil))}
	if err != nil {
		kind, end = "backup.failed", BackupFinished{Bytes: out.n, Reason: err.Error()}
	}
	// Who breaks off a download does not break off its record.
	return errors.Join(err, b.db.Do(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		return ledger.Append(tx, by, record, kind, end)
	}))
}

// measured knows how much went through it, and its hash.
type measured struct {
	io.Writer
	n   int64
	sum hash.Hash
}

func (m *measured) Write(b []byte) (int, error) {
	n, err := m.Writer.Write(b)
	m.n += int64(n)
	m.sum.Write(b[:n])
	return n, err
}
