// Package logs is the page that searches log lines: bar, histogram, fields, lines, one line with
// what surrounds it, live tail and export.
//
// All that is chosen stands in the address, and every part of the page is a link or a form, so
// that it works without script; js/logs.js fetches the same page as a fragment, shows how long a
// search runs, and cancels it.
//
//	/logs           the page; as a fragment its main part
//	/logs/fields    the fields with their top values, which come after the lines
//	/logs/line      one line with all its fields; with ?around=20 those before and after it
//	/logs/tail      what has arrived since
//	/logs/export    everything as NDJSON or CSV
//
// What lines say is shown as text and never as anything else: see clean.
package logs

import (
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/search"
	"mainstay/internal/web/action"
)

// Config is what these pages need.
type Config struct {
	Search *search.Service
	// BaseURL is where lines are sent to, without a slash at the end.
	BaseURL string
}

type pages struct{ Config }

// Routes are the pages of logs.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/logs", people.LogRead, p.show),
		action.Get("/logs/fields", people.LogRead, p.fields),
		action.Get("/logs/line", people.LogRead, p.line),
		action.Get("/logs/tail", people.LogRead, p.tail),
		action.Get("/logs/export", people.LogRead, p.export),
	}
}
