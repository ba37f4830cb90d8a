package catalogue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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

// KeyID identifies an integration key.
type KeyID string

// Key lets another system send alerts for one service. Its secret is not kept.
type Key struct {
	ID      KeyID
	Service ServiceID
	Label   string // "Prometheus in London"
	Hint    string // the last four letters of the secret, to tell keys apart
	Creator string // name of who made it
	Created time.Time
	Used    time.Time // last use, to the hour; zero when never
	Revoked time.Time // zero while it works
}

// KeyRecord names a key in the ledger.
func KeyRecord(id KeyID) ledger.Record { return ledger.Record{Kind: "integration-key", ID: string(id)} }

// KeyPrefix begins every secret, so that scanners for leaked secrets can tell what they see.
const KeyPrefix = "mik_"

const (
	maxKeys   = 100
	usedEvery = time.Hour
)

// KeyChanged is the payload of integration-key.created and integration-key.revoked.
type KeyChanged struct {
	Label string `json:"label"`
	Hint  string `json:"hint"`
}

// CreateKey makes a key for a service and returns its secret, which is never shown again.
func (c *Catalogue) CreateKey(ctx context.Context, by actor.Actor, service, label string) (secret string, key Key, err error) {
	err = c.db.Do(ctx, func(tx *db.Tx) error {
		secret, key, err = c.CreateKeyIn(tx, by, service, label)
		return err
	})
	return secret, key, err
}

// CreateKeyIn is CreateKey in the caller's transaction.
func (c *Catalogue) CreateKeyIn(tx *db.Tx, by actor.Actor, service, label string) (string, Key, error) {
	s, err := c.serviceForKeys(tx, by, service)
	if err != nil {
		return "", Key{}, err
	}
	var check errs.Check
	check.Require(!text.Blank(label), "label", "is required: what will use the key")
	text.Line(&check, "label", label)
	if err := check.Err("the integration key"); err != nil {
		return "", Key{}, err
	}
	live, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM integration_key WHERE service = ? AND revoked IS NULL`, string(s.ID))
	if err != nil {
		return "", Key{}, err
	}
	if live >= maxKeys {
		return "", Key{}, errs.Conflictf("service %q has %d integration keys: revoke some first", service, live)
	}
	secret := KeyPrefix + id.Secret()
	k := Key{ID: id.New[KeyID](), Service: s.ID, Label: strings.TrimSpace(label), Hint: secret[len(secret)-4:],
		Creator: by.Name, Created: tx.Now()}
	if err := insertKey(tx, k, hash(secret)); err != nil {
		return "", Key{}, err
	}
	return secret, k, ledger.Append(tx, by, KeyRecord(k.ID), "integration-key.created", KeyChanged{k.Label, k.Hint}, ServiceRecord(s.ID))
}

func (c *Catalogue) serviceForKeys(tx *db.Tx, by actor.Actor, service string) (Service, error) {
	if err := mayWriteSome(by); err != nil {
		return Service{}, err
	}
	s, err := ServiceByName(tx, service)
	if err != nil {
		return s, err
	}
	return s, people.Allow(by, people.ServiceWrite, s.Target())
}

// Keys lists the keys of a service, the newest first, the revoked ones too.
func (c *Catalogue) Keys(ctx context.Context, by actor.Actor, service string) ([]Key, error) {
	return view(ctx, c.db, func(tx *db.Tx) ([]Key, error) {
		s, err := c.readService(tx, by, service)
		if err != nil {
			return nil, err
		}
		return db.All(tx, scanKey, `
			SELECT `+keyColumns+` FROM integration_key WHERE service = ? ORDER BY created DESC, id DESC`, string(s.ID))
	})
}

// RevokeKey ends a key at once and for good; revoking it again does nothing.
func (c *Catalogue) RevokeKey(ctx context.Context, by actor.Actor, service string, key KeyID) error {
	return c.db.Do(ctx, func(tx *db.Tx) error {
		s, err := c.serviceForKeys(tx, by, service)
		if err != nil {
			return err
		}
		k, err := db.One(tx, scanKey, `
			SELECT `+keyColumns+` FROM integration_key WHERE id = ? AND service = ?`, string(key), string(s.ID))
		if err != nil {
			return db.OrNotFound(err, "service %q has no integration key %s", service, key)
		}
		if !k.Revoked.IsZero() {
			return nil
		}
		if _, err := tx.Exec(`UPDATE integration_key SET revoked = ? WHERE id = ?`, tx.Now(), string(key)); err != nil {
			return err
		}
		return ledger.Append(tx, by, KeyRecord(k.ID), "integration-key.revoked", KeyChanged{k.Label, k.Hint}, ServiceRecord(s.ID))
	})
}

// AuthenticateKey returns the actor whom a secret stands for: an integration that may send
// alerts for its service, and nothing else. Unknown and revoked secrets are Unauthenticated.
func (c *Catalogue) AuthenticateKey(ctx context.Context, secret string) (actor.Actor, error) {
	if !strings.HasPrefix(secret, KeyPrefix) {
		return actor.Actor{}, errs.Unauthenticatedf("this is not an integration key")
	}
	var k Key
	var now time.Time
	err := c.db.View(ctx, func(tx *db.Tx) (err error) {
		now = tx.Now()
		k, err = db.One(tx, scanKey, `SELECT `+keyColumns+` FROM integration_key WHERE hash = ? AND revoked IS NULL`, hash(secret))
		if errors.Is(err, db.ErrNone) {
			return errs.Unauthenticatedf("the integration key is unknown or revoked")
		}
		return err
	})
	if err == nil && now.Sub(k.Used) >= usedEvery {
		err = c.noteUse(ctx, k.ID)
	}
	if err != nil {
		return actor.Actor{}, err
	}
	return actor.Actor{Kind: actor.Integration, ID: string(k.ID), Name: "integration " + k.Label, Service: string(k.Service)}, nil
}

// noteUse writes at most once an hour, so that alerts do not cost a second write each.
func (c *Catalogue) noteUse(ctx context.Context, key KeyID) error {
	return c.db.Do(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE integration_key SET used = ? WHERE id = ? AND (used IS NULL OR used < ?)`,
			tx.Now(), string(key), tx.Now())
		return err
	})
}

// hash is enough without a salt: the secret has 160 random bits.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

const keyColumns = `id, service, label, hint, creator, created, used, revoked`

func scanKey(r db.Scanner) (k Key, err error) {
	return k, r.Scan(&k.ID, &k.Service, &k.Label, &k.Hint, &k.Creator, db.Time(&k.Created), db.Time(&k.Used), db.Time(&k.Revoked))
}

func insertKey(tx *db.Tx, k Key, hash string) error {
	_, err := tx.Exec(`
		INSERT INTO integration_key (id, service, label, hash, hint, creator, created) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		string(k.ID), string(k.Service), k.Label, hash, k.Hint, k.Creator, k.Created)
	return err
}
