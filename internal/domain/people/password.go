package people

import (
	"context"
	_ "embed" // the commonest passwords
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/semaphore"

	"mainstay/internal/base/errs"
)

// Lengths of passwords: at least 12 characters, and no more bytes than a sentence has.
const (
	minPassword = 12
	maxPassword = 1024
)

//go:embed common.txt
var common string

// checkPassword keeps NIST SP 800-63B §5.1.1.2: long, not among the commonest, not the
// person's own names, and no rules about which characters.
func checkPassword(c *errs.Check, path, password string, own ...string) {
	if !utf8.ValidString(password) || strings.ContainsRune(password, 0) {
		c.Add(path, "must be text")
		return
	}
	c.Require(utf8.RuneCountInString(password) >= minPassword, path, "must have at least %d characters; a few words do well", minPassword)
	c.Require(len(password) <= maxPassword, path, "must be at most %d bytes long", maxPassword)
	isOwn := slices.ContainsFunc(own, func(s string) bool { return strings.EqualFold(s, password) })
	c.Require(!isOwn, path, "must not be your login, name or mail address")
	c.Require(!isCommon(password), path, "is one of the first that an attacker tries: choose another")
}

// isCommon also finds a short piece repeated: "aaaaaaaaaaaa", "abcabcabcabc".
func isCommon(password string) bool {
	p := strings.ToLower(password)
	for n := 1; n <= 4; n++ {
		if len(p) > n && strings.HasPrefix(strings.Repeat(p[:n], len(p)/n+1), p) {
			return true
		}
	}
	return slices.Contains(strings.Split(common, "\n"), p)
}

// cost is the least that OWASP recommends for argon2id: 19 MiB, 2 passes. The memory is
// taken for a few hundredths of a second only, so an idle server stays small.
var cost = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// decoy is the hash of random bytes that nobody knows: an unknown login costs an attacker as
// long as a known one.
const decoy = "$argon2id$v=19$m=19456,t=2,p=1$sB2W+5JuRfI7Fq910cfw4w$dDf1WUBICZaD30mSsrHJB/zDRFxkBuwtymOzJIMQyTs"

// hasher lets two passwords be hashed at once; the others wait their turn.
type hasher struct{ slots *semaphore.Weighted }

func newHasher() *hasher { return &hasher{slots: semaphore.NewWeighted(2)} }

// hash returns the password in PHC form.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer h.slots.Release(1)
	return argon2id.CreateHash(password, &cost)
}

// matches reports whether the hash is the password's. An empty hash matches nothing and takes
// as long as another.
func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return false, err
	}
	defer h.slots.Release(1)
	if hash == "" || len(password) > maxPassword {
		_, err := argon2id.ComparePasswordAndHash("", decoy)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}
