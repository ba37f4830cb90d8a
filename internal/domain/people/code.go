package people

import (
	"cmp"
	"context"
	"errors"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// codeLife is how long a one-time code can be used.
const codeLife = 24 * time.Hour

type purpose string

const (
	forSetUp    purpose = "set-up"
	forPassword purpose = "password"
)

var errCode = errs.NotFoundf("this link has been used or has expired: ask for a new one")

// FirstRun reports whether nobody can administer the desk yet: no enabled admin has a password.
// Configuration may have named admins before; they have none until they get a link.
func (s *Service) FirstRun(ctx context.Context) (first bool, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		first, err = firstRun(tx)
		return err
	})
	return first, err
}

func firstRun(tx *db.Tx) (bool, error) {
	able, err := db.One(tx, db.Value[int64], `
		SELECT COUNT(*) FROM app_user WHERE role = ? AND NOT disabled AND password <> ''`, string(actor.Admin))
	return able == 0, err
}

// SetUpCode makes the code with which the first admin is set up. It works once, for 24
// hours, and replaces the one before.
func (s *Service) SetUpCode(ctx context.Context) (code string, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		if err := mustBeFirst(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM one_time_code WHERE purpose = ?`, string(forSetUp)); err != nil {
			return err
		}
		code, err = insertCode(tx, forSetUp, "")
		return err
	})
	return code, err
}

func mustBeFirst(tx *db.Tx) error {
	first, err := firstRun(tx)
	if err == nil && !first {
		err = errs.Conflictf("this desk has an admin with a password already: sign in")
	}
	return err
}

// SetUpIn is the first admin.
type SetUpIn struct{ Login, Title, Email, Zone, Password string }

// SetUp makes the first admin with a code from SetUpCode.
func (s *Service) SetUp(ctx context.Context, code string, in SetUpIn) (u User, err error) {
	if err := s.CheckSetUpCode(ctx, code); err != nil {
		return u, err
	}
	spec := UserSpec{Title: in.Title, Email: in.Email, Zone: in.Zone, Role: actor.Admin}
	var check errs.Check
	check.Require(loginForm.MatchString(in.Login), "login", "must be up to 60 lower-case letters, digits, dots, dashes and underscores")
	spec.Validate(&check)
	checkPassword(&check, "password", in.Password, in.Login, in.Title, in.Email)
	if err := check.Err("the first admin"); err != nil {
		return u, err
	}
	hash, err := s.hasher.hash(ctx, in.Password)
	if err != nil {
		return u, err
	}
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		if err := mustBeFirst(tx); err != nil {
			return err
		}
		if err := takeCode(tx, forSetUp, code); err != nil {
			return err
		}
		spec, err := in.over(tx, spec)
		if err != nil {
			return err
		}
		if _, err := s.ApplyUserIn(tx, actor.Mainstay, in.Login, spec); err != nil {
			return err
		}
		if u, err = UserByLogin(tx, in.Login); err != nil {
			return err
		}
		return setPassword(tx, u.Actor(), u.ID, hash, "")
	})
	return u, err
}

// over keeps what configuration has said before of the person, where the form says nothing: the
// set-up makes an admin of them.
func (in SetUpIn) over(tx *db.Tx, spec UserSpec) (UserSpec, error) {
	was, err := UserByLogin(tx, in.Login)
	if errs.Is(err, errs.NotFound) {
		return spec, nil
	}
	known := was.Spec()
	spec.Title, spec.Email, spec.Zone = cmp.Or(spec.Title, known.Title), cmp.Or(spec.Email, known.Email), cmp.Or(spec.Zone, known.Zone)
	return spec, err
}

// CheckSetUpCode returns NotFound when the code would not work.
func (s *Service) CheckSetUpCode(ctx context.Context, code string) error {
	_, err := s.peek(ctx, forSetUp, code)
	return err
}

// PasswordCode makes a one-time code with which a user sets a password: a new user's first,
// or one that was forgotten. The old password and all sessions end at once. It works for 24
// hours and replaces the one before.
func (s *Service) PasswordCode(ctx context.Context, by actor.Actor, login string) (code string, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		code, err = s.PasswordCodeIn(tx, by, login)
		return err
	})
	return code, err
}

// PasswordCodeIn is PasswordCode within the caller's transaction.
func (s *Service) PasswordCodeIn(tx *db.Tx, by actor.Actor, login string) (string, error) {
	if err := Allow(by, UserWrite, Target{}); err != nil {
		return "", err
	}
	u, err := UserByLogin(tx, login)
	if err != nil {
		return "", err
	}
	if u.Disabled {
		return "", errs.Conflictf("user %q is disabled: enable the user first", login)
	}
	if _, err := tx.Exec(`UPDATE app_user SET password = '' WHERE id = ?`, string(u.ID)); err != nil {
		return "", err
	}
	if err := errors.Join(endSessions(tx, u.ID, ""), dropCodes(tx, u.ID)); err != nil {
		return "", err
	}
	code, err := insertCode(tx, forPassword, u.ID)
	if err != nil {
		return "", err
	}
	return code, ledger.Append(tx, by, UserRecord(u.ID), "user.password-reset", nil)
}

// CheckPasswordCode returns whose password the code sets, or NotFound.
func (s *Service) CheckPasswordCode(ctx context.Context, code string) (User, error) {
	return s.peek(ctx, forPassword, code)
}

// SetPassword sets a password with a code from PasswordCode.
func (s *Service) SetPassword(ctx context.Context, code, password string) (User, error) {
	u, err := s.peek(ctx, forPassword, code)
	if err != nil {
		return User{}, err
	}
	hash, err := s.newHash(ctx, "password", u, password)
	if err != nil {
		return User{}, err
	}
	return u, s.DB.Do(ctx, func(tx *db.Tx) error {
		if err := takeCode(tx, forPassword, code); err != nil {
			return err
		}
		return setPassword(tx, u.Actor(), u.ID, hash, "")
	})
}

// PasswordChange is a person's own change of password.
type PasswordChange struct {
	Old, New string
	Keep     SessionID // the session that asks; all others end
	Remote   string
}

// ChangePassword needs the old password, and counts wrong ones like failed sign-ins.
func (s *Service) ChangePassword(ctx context.Context, by actor.Actor, in PasswordChange) error {
	if by.Kind != actor.User {
		return errs.Forbiddenf("only a person who is signed in may change the password")
	}
	if err := Allow(by, UserWrite, Target{Owner: by.ID}); err != nil {
		return err
	}
	var u User
	var attempts []attempt
	err := s.DB.Do(ctx, func(tx *db.Tx) (err error) {
		if u, err = UserByID(tx, UserID(by.ID)); err != nil {
			return err
		}
		attempts = attemptsOf(u.Login, in.Remote)
		return reserve(tx, attempts)
	})
	if err != nil {
		return err
	}
	old, err := s.passwordOf(ctx, u.Login)
	if err != nil {
		return err
	}
	right, err := s.hasher.matches(ctx, in.Old, old)
	if err != nil {
		return err
	}
	if !right {
		return &errs.E{Kind: errs.Invalid, Message: "the password was not changed",
			Fields: []errs.Field{{Path: "old", Message: "is not your present password"}}}
	}
	hash, err := s.newHash(ctx, "new", u, in.New)
	if err != nil {
		return errors.Join(err, s.DB.Do(ctx, func(tx *db.Tx) error { return forgive(tx, attempts) }))
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		if err := forgive(tx, attempts); err != nil {
			return err
		}
		return setPassword(tx, by, u.ID, hash, in.Keep)
	})
}

// newHash checks a new password and hashes it.
func (s *Service) newHash(ctx context.Context, path string, u User, password string) (string, error) {
	var check errs.Check
	checkPassword(&check, path, password, u.Login, u.Name, u.Email)
	if err := check.Err("the password"); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

func setPassword(tx *db.Tx, by actor.Actor, user UserID, hash string, keep SessionID) error {
	_, err := tx.Exec(`UPDATE app_user SET password = ?, password_set = ? WHERE id = ?`, hash, tx.Now(), string(user))
	if err != nil {
		return err
	}
	if err := errors.Join(endSessions(tx, user, keep), dropCodes(tx, user)); err != nil {
		return err
	}
	return ledger.Append(tx, by, UserRecord(user), "user.password-set", nil)
}

func insertCode(tx *db.Tx, p purpose, user UserID) (string, error) {
	code := id.Secret()
	_, err := tx.Exec(`INSERT INTO one_time_code (hash, purpose, user_id, created, expires) VALUES (?, ?, ?, ?, ?)`,
		digest(code), string(p), orNull(user), tx.Now(), tx.Now().Add(codeLife))
	return code, err
}

func dropCodes(tx *db.Tx, user UserID) error {
	_, err := tx.Exec(`DELETE FROM one_time_code WHERE user_id = ?`, string(user))
	return err
}

// peek returns the user of a code that would work; for a set-up code there is none.
func (s *Service) peek(ctx context.Context, p purpose, code string) (u User, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		user, err := db.One(tx, scanCode, `
			SELECT user_id FROM one_time_code WHERE hash = ? AND purpose = ? AND expires > ?`, digest(code), string(p), tx.Now())
		if errors.Is(err, db.ErrNone) {
			return errCode
		}
		if err == nil && user != "" {
			u, err = UserByID(tx, user)
		}
		return err
	})
	return u, err
}

// takeCode uses a code up.
func takeCode(tx *db.Tx, p purpose, code string) error {
	_, err := db.One(tx, scanCode, `
		DELETE FROM one_time_code WHERE hash = ? AND purpose = ? AND expires > ? RETURNING user_id`,
		digest(code), string(p), tx.Now())
	if errors.Is(err, db.ErrNone) {
		return errCode
	}
	return err
}

func scanCode(r db.Scanner) (user UserID, err error) { return user, r.Scan(db.Text(&user)) }

// Sweep removes what has ended: sessions, codes, counted failures. Run it every hour.
func (s *Service) Sweep(ctx context.Context) (worker.Result, error) {
	return worker.Result{}, s.DB.Do(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM session WHERE expires <= ? OR last_seen <= ?`, tx.Now(), tx.Now().Add(-s.SessionIdle))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM one_time_code WHERE expires <= ?`, tx.Now()); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM login_attempt WHERE last <= ?`, tx.Now().Add(-forget))
		return err
	})
}
