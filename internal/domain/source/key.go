package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// KeyID identifies the key of a source.
type KeyID string

// Key lets something send lines for one source, and do nothing else. Its secret is not kept.
type Key struct {
	ID      KeyID
	Source  ID
	Label   string // "agents in London"
	Hint    string // the last four letters of the secret, to tell keys apart
	Creator string // name of who made it
	Created time.Time
	Used    time.Time // last use, to the hour; zero when never
	Revoked time.Time // zero while it works
}

// KeyRecord names a key in the ledger.
func KeyRecord(id KeyID) ledger.Record { return ledger.Record{Kind: "source-key", ID: string(id)} }

// KeyPrefix begins every secret, so that scanners for leaked secrets can tell what they see.
const KeyPrefix = "msk_"

const (
	maxKeys   = 100
	usedEvery = time.Hour
)

// KeyChanged is the payload of source-key.created and source-key.revoked.
type KeyChanged struct {
	Label string `json:"label"`
	Hint  string `json:"hint"`
}

// CreateKey makes a key for a source and returns its secret, which is never shown again.
func (s *Service) CreateKey(ctx context.Context, by actor.Actor, source, label string) (secret string, key Key, err error) {
	defer s.Refresh()
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		secret, key, err = s.CreateKeyIn(tx, by, source, label)
		return err
	})
	return secret, key, err
}

// CreateKeyIn is CreateKey in the caller's transaction.
func (s *Service) CreateKeyIn(tx *db.Tx, by actor.Actor, source, label string) (string, Key, error) {
	src, err := s.writable(tx, by, source)
	if err != nil {
		return "", Key{}, err
	}
	var check errs.Check
	check.Require(!text.Blank(label), "label", "is required: what will use the key")
	text.Line(&check, "label", label)
	if err := check.Err("the key"); err != nil {
		return "", Key{}, err
	}
	live, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM source_key WHERE source = ? AND revoked IS NULL`, string(src.ID))
	if err != nil {
		return "", Key{}, err
	}
	if live >= maxKeys {
		return "", Key{}, errs.Conflictf("source %q has %d keys: revoke some first", source, live)
	}
	secret := KeyPrefix + id.Secret()
	k := Key{ID: id.New[KeyID](), Source: src.ID, Label: strings.TrimSpace(label), Hint: secret[len(secret)-4:],
		Creator: by.Name, Created: tx.Now()}
	_, err = tx.Exec(`INSERT INTO source_key (id, source, label, hash, hint, creator, created) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		string(k.ID), string(k.Source), k.Label, hash(secret), k.Hint, k.Creator, k.Created)
	if err != nil {
		return "", Key{}, err
	}
	return secret, k, ledger.Append(tx, by, KeyRecord(k.ID), "source-key.created", KeyChanged{k.Label, k.Hint}, Record(src.ID))
}

// OfKey returns the name of the source whose key it is; "" for a key that works no more.
func OfKey(tx *db.Tx, key KeyID) (string, error) {
	names, err := db.All(tx, db.Value[string], `
		SELECT s.name FROM source s JOIN source_key k ON k.source = s.id WHERE k.id = ? AND k.revoked IS NULL`, string(key))
	if err != nil || len(names) == 0 {
		return "", err
	}
	return names[0], nil
}

// Keys lists the keys of a source, the newest first, the revoked ones too.
func (s *Service) Keys(ctx context.Context, by actor.Actor, source string) (list []Key, err error) {
	if err := people.Allow(by, people.SourceRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		src, err := ByName(tx, source)
		if err != nil {
			return err
		}
		list, err = db.All(tx, scanKey, `SELECT `+keyColumns+` FROM source_key WHERE source = ? ORDER BY created DESC, id DESC`, string(src.ID))
		return err
	})
	return list, err
}

// RevokeKey ends a key for good, within seconds on every node; revoking it again does nothing.
func (s *Service) RevokeKey(ctx context.Context, by actor.Actor, source string, key KeyID) error {
	defer s.Refresh()
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		src, err := s.writable(tx, by, source)
		if err != nil {
			return err
		}
		k, err := db.One(tx, scanKey, `SELECT `+keyColumns+` FROM source_key WHERE id = ? AND source = ?`, string(key), string(src.ID))
		if err != nil {
			return db.OrNotFound(err, "source %q has no key %s", source, key)
		}
		if !k.Revoked.IsZero() {
			return nil
		}
		if _, err := tx.Exec(`UPDATE source_key SET revoked = ? WHERE id = ?`, tx.Now(), string(key)); err != nil {
			return err
		}
		return ledger.Append(tx, by, KeyRecord(k.ID), "source-key.revoked", KeyChanged{k.Label, k.Hint}, Record(src.ID))
	})
}

// hash is enough without a salt: the secret has 160 random bits.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

const keyColumns = `id, source, label, hint, creator, created, used, revoked`

func scanKey(r db.Scanner) (k Key, err error) {
	return k, r.Scan(&k.ID, &k.Source, &k.Label, &k.Hint, &k.Creator, db.Time(&k.Created), db.Time(&k.Used), db.Time(&k.Revoked))
}

// keyHash is a key with what it is recognised by.
type keyHash struct {
	Key
	hash string
}

func scanKeyHash(r db.Scanner) (k keyHash, err error) {
	return k, r.Scan(&k.ID, &k.Source, &k.Label, &k.Hint, &k.Creator, db.Time(&k.Created), db.Time(&k.Used), db.Time(&k.Revoked), &k.hash)
}
