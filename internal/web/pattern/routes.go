// Package pattern is the page of the patterns of log lines: what there is most of, what is new, and
// what is ten times what it was. Each leads to its lines in the search.
//
// All that is chosen stands in the address: ?source=, service=, range=, against=, since=, sort=.
package pattern

import (
	"mainstay/internal/domain/pattern"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the page needs.
type Config struct {
	Patterns *pattern.Service
}

type pages struct{ Config }

// Routes are the pages of patterns.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{action.Get(home, people.LogRead, p.list)}
}

const home = "/logs/patterns"
