package people

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// SessionID identifies a session; it is no secret.
type SessionID string

// Session is a sign-in on the web.
type Session struct {
	ID       SessionID
	User     UserID
	Login    string
	Remote   string // address it was opened from
	Created  time.Time
	LastSeen time.Time // to five minutes
	Expires  time.Time // whatever happens; unused it ends sooner
	// Token is what the browser keeps. Only Login knows it.
	Token string
}

const touchEvery = 5 * time.Minute

// SignedIn is the payload of user.signed-in.
type SignedIn struct {
	Remote string `json:"remote"`
}

var errWrong = errs.Unauthenticatedf("login or password is wrong")

// Login opens a session for the right password. Failures slow down what comes next from the
// same address or for the same login: then the error is *Throttled.
func (s *Service) Login(ctx context.Context, login, password, remote string) (Session, error) {
	if !loginForm.MatchString(login) {
		login = "" // nobody's; one row counts them all
	}
	attempts := attemptsOf(login, remote)
	if err := s.DB.Do(ctx, func(tx *db.Tx) error { return reserve(tx, attempts) }); err != nil {
		return Session{}, err
	}
	hash, err := s.passwordOf(ctx, login)
	if err != nil {
		return Session{}, err
	}
	right, err := s.hasher.matches(ctx, password, hash)
	if err != nil {
		return Session{}, err
	}
	if !right {
		s.Log.InfoContext(ctx, "sign-in failed", "login", login, "remote", remote)
		return Session{}, errWrong
	}
	var session Session
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		if err := forgive(tx, attempts); err != nil {
			return err
		}
		session, err = openSession(tx, login, hash, remote, s.SessionLife)
		return err
	})
	return session, err
}

// passwordOf returns the hash of a login's password, empty when there is no such login or
// password.
func (s *Service) passwordOf(ctx context.Context, login string) (hash string, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		hash, err = storedPassword(tx, login)
		return err
	})
	return hash, err
}

func storedPassword(tx *db.Tx, login string) (string, error) {
	hash, err := db.One(tx, db.Value[string], `SELECT password FROM app_user WHERE login = ?`, login)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return hash, err
}

// openSession looks again at what may have changed while the password was hashed.
func openSession(tx *db.Tx, login, hash, remote string, life time.Duration) (Session, error) {
	u, err := UserByLogin(tx, login)
	if err != nil {
		return Session{}, err
	}
	if u.Disabled {
		return Session{}, errs.Unauthenticatedf("user %q is disabled: ask an admin", login)
	}
	if now, err := storedPassword(tx, login); err != nil || now != hash {
		return Session{}, errors.Join(err, errWrong)
	}
	v := Session{ID: id.New[SessionID](), User: u.ID, Login: login, Remote: remote, Created: tx.Now(), LastSeen: tx.Now(),
		Expires: tx.Now().Add(life), Token: id.Secret()}
	_, err = tx.Exec(`
		INSERT INTO session (id, hash, user_id, remote, created, last_seen, expires) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		string(v.ID), digest(v.Token), string(v.User), v.Remote, v.Created, v.LastSeen, v.Expires)
	if err != nil {
		return Session{}, err
	}
	return v, ledger.Append(tx, u.Actor(), UserRecord(u.ID), "user.signed-in", SignedIn{remote})
}

// digest is how secrets of 160 random bits are stored; they need no salt.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

const sessionColumns = `s.id, s.user_id, u.login, s.remote, s.created, s.last_seen, s.expires`

func scanSession(r db.Scanner) (v Session, err error) {
	return v, r.Scan(&v.ID, &v.User, &v.Login, &v.Remote, db.Time(&v.Created), db.Time(&v.LastSeen), db.Time(&v.Expires))
}

// Authenticate returns who holds the session token. Unknown and ended sessions are
// Unauthenticated.
func (s *Service) Authenticate(ctx context.Context, token string) (by actor.Actor, v Session, err error) {
	var now time.Time
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		now = tx.Now()
		v, err = db.One(tx, scanSession, `
			SELECT `+sessionColumns+` FROM session s JOIN app_user u ON u.id = s.user_id
			WHERE s.hash = ? AND s.expires > ? AND s.last_seen > ? AND NOT u.disabled`,
			digest(token), now, now.Add(-s.SessionIdle))
		if errors.Is(err, db.ErrNone) {
			return errs.Unauthenticatedf("the session has ended: sign in again")
		}
		if err != nil {
			return err
		}
		u, err := UserByID(tx, v.User)
		by = u.Actor()
		return err
	})
	if err != nil {
		return actor.Actor{}, Session{}, err
	}
	if now.Sub(v.LastSeen) >= touchEvery {
		s.note(ctx, `UPDATE session SET last_seen = ? WHERE id = ?`, now, string(v.ID))
	}
	return by, v, nil
}

// note writes when something was used. That it fails is no reason to turn the user away.
func (s *Service) note(ctx context.Context, statement string, args ...any) {
	err := s.DB.Do(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
	if err != nil {
		s.Log.WarnContext(ctx, "could not note the use of a session or token", "err", err)
	}
}

// Logout ends the session of the token; that it has ended already is no error.
func (s *Service) Logout(ctx context.Context, token string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		owner, err := db.One(tx, db.Value[string], `DELETE FROM session WHERE hash = ? RETURNING user_id`, digest(token))
		if errors.Is(err, db.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		u, err := UserByID(tx, UserID(owner))
		if err != nil {
			return err
		}
		return ledger.Append(tx, u.Actor(), UserRecord(u.ID), "user.signed-out", nil)
	})
}

// Sessions lists a user's sessions that have not ended, the latest used first.
func (s *Service) Sessions(ctx context.Context, by actor.Actor, user UserID) (out []Session, err error) {
	if err := Allow(by, UserWrite, Target{Owner: string(user)}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		out, err = db.All(tx, scanSession, `
			SELECT `+sessionColumns+` FROM session s JOIN app_user u ON u.id = s.user_id
			WHERE s.user_id = ? AND s.expires > ? AND s.last_seen > ? ORDER BY s.last_seen DESC, s.id DESC`,
			string(user), tx.Now(), tx.Now().Add(-s.SessionIdle))
		return err
	})
	return out, err
}

// EndSession ends one session of a user, at once.
func (s *Service) EndSession(ctx context.Context, by actor.Actor, user UserID, session SessionID) error {
	if err := Allow(by, UserWrite, Target{Owner: string(user)}); err != nil {
		return err
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`DELETE FROM session WHERE id = ? AND user_id = ?`, string(session), string(user))
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.NotFoundf("this session has ended already")
		}
		return ledger.Append(tx, by, UserRecord(user), "user.session-ended", nil)
	})
}

// endSessions ends all sessions of a user but one; keep may be empty.
func endSessions(tx *db.Tx, user UserID, keep SessionID) error {
	_, err := tx.Exec(`DELETE FROM session WHERE user_id = ? AND id <> ?`, string(user), string(keep))
	return err
}

// shutOut ends every way in that a user has: sessions, tokens and one-time codes.
func shutOut(tx *db.Tx, user UserID) error {
	if err := endSessions(tx, user, ""); err != nil {
		return err
	}
	if err := dropCodes(tx, user); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE token SET revoked = ? WHERE owner = ? AND revoked IS NULL`, tx.Now(), string(user))
	return err
}
