package clock

import (
	"time"

	"mainstay/internal/base/errs"
)

// Records live in these years. A time outside of them, which somebody has sent, is a typing
// error or an attempt to be let in for ever.
const (
	FirstYear = 1970
	LastYear  = 2199
)

// Plausible reports whether anybody can mean t.
func Plausible(t time.Time) bool {
	year := t.UTC().Year()
	return year >= FirstYear && year <= LastYear
}

// Check refuses a time that nobody can mean. It is the one rule for every time that comes from
// outside; what else must hold (in the future, within a week) is for the record to say.
func Check(c *errs.Check, path string, t time.Time) {
	c.Require(Plausible(t), path, "must be a time from %d to %d", FirstYear, LastYear)
}
