package people

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
)

// Throttled says that too many sign-ins have failed and when the next may be tried. It is an
// Unavailable error; edges may answer it with "429 Too Many Requests".
type Throttled struct {
	Until time.Time
	Wait  time.Duration // from now, in whole seconds, rounded up
	err   error
}

// Error is a sentence with the time.
func (t *Throttled) Error() string { return t.err.Error() }

// Unwrap returns the error with its kind.
func (t *Throttled) Unwrap() error { return t.err }

// limit says how failures slow down what comes next: some are free, then the wait doubles
// from one second up to the most.
type limit struct {
	free int
	most time.Duration
}

// A login waits a minute at most, so that nobody can keep the person on call out for long. An
// address waits longer, and has more to spend, because an office shares one.
var (
	perLogin  = limit{free: 5, most: time.Minute}
	perRemote = limit{free: 20, most: 15 * time.Minute}
)

// forget is how long after the last failure counting starts anew.
const forget = 24 * time.Hour

func (l limit) wait(failures int) time.Duration {
	over := failures - l.free
	if over < 0 {
		return 0
	}
	return min(time.Second<<min(over, 30), l.most)
}

// attempt is somebody trying a password.
type attempt struct {
	key string
	limit
}

// attemptsOf gives what a sign-in is counted under. IPv6 addresses count by their /64, of
// which a single machine has all.
func attemptsOf(login, remote string) []attempt {
	if ip, err := netip.ParseAddr(remote); err == nil && ip.Unmap().Is6() {
		if block, err := ip.WithZone("").Prefix(64); err == nil {
			remote = block.String()
		}
	}
	out := []attempt{{"login " + login, perLogin}}
	if remote != "" {
		out = append(out, attempt{"remote " + remote, perRemote})
	}
	return out
}

// reserve counts the attempt as failed before its password is looked at, so that many at once
// gain nothing; forgive takes it back. It returns Throttled without counting when it is too soon.
func reserve(tx *db.Tx, attempts []attempt) error {
	for _, a := range attempts {
		failures, until, err := failuresOf(tx, a.key)
		if err != nil {
			return err
		}
		if tx.Now().Before(until) {
			return throttled(a, until, tx.Now())
		}
		if err := count(tx, a, failures+1); err != nil {
			return err
		}
	}
	return nil
}

func failuresOf(tx *db.Tx, key string) (failures int, until time.Time, err error) {
	_, err = db.One(tx, func(s db.Scanner) (_ struct{}, err error) {
		return struct{}{}, s.Scan(&failures, db.Time(&until))
	}, `SELECT failures, until FROM login_attempt WHERE key = ? AND last > ?`, key, tx.Now().Add(-forget))
	if errors.Is(err, db.ErrNone) {
		return 0, time.Time{}, nil
	}
	return failures, until, err
}

func count(tx *db.Tx, a attempt, failures int) error {
	var until time.Time
	if wait := a.wait(failures); wait > 0 {
		until = tx.Now().Add(wait)
	}
	_, err := tx.Exec(`
		INSERT INTO login_attempt (key, failures, last, until) VALUES (?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last = excluded.last, until = excluded.until`,
		a.key, failures, tx.Now(), until)
	return err
}

func forgive(tx *db.Tx, attempts []attempt) error {
	for _, a := range attempts {
		if _, err := tx.Exec(`DELETE FROM login_attempt WHERE key = ?`, a.key); err != nil {
			return err
		}
	}
	return nil
}

func throttled(a attempt, until, now time.Time) error {
	wait := (until.Sub(now) + time.Second - 1).Truncate(time.Second)
	what := "from this address"
	if login, ok := strings.CutPrefix(a.key, "login "); ok {
		what = fmt.Sprintf("as %q", login)
	}
	return &Throttled{Until: until, Wait: wait, err: errs.Unavailablef(
		"too many sign-ins %s have failed: try again in %s, at %s UTC", what, wait, until.UTC().Format(time.TimeOnly))}
}
