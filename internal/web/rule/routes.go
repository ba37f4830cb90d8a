// Package rule is the pages of log rules: what is noticed in log lines as they arrive, how it
// stands with it, and what a rule would have noticed before it is saved.
package rule

import (
	"net/url"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
	"mainstay/internal/domain/source"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Rules     *rule.Service
	Catalogue *catalogue.Catalogue
	Calendars *calendar.Service
	Sources   *source.Service
}

type pages struct{ Config }

// Routes are the pages of log rules.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/rules", people.RuleRead, p.list),
		action.Get("/rules/+new", people.RuleWrite, p.newForm),
		action.Post("/rules/+new", people.RuleWrite, p.create),
		action.Get("/rules/{name}", people.RuleRead, p.show),
		action.Get("/rules/{name}/edit", people.RuleWrite, p.edit),
		action.Post("/rules/{name}/edit", people.RuleWrite, p.save),
		action.Post("/rules/{name}/enable", people.RuleWrite, p.enable),
		action.Post("/rules/{name}/disable", people.RuleWrite, p.disable),
		action.Post("/rules/{name}/delete", people.RuleWrite, p.remove),
	}
}

// all is a list of one page that holds everything.
var all = page.Request{Limit: page.MaxLimit}

func ruleURL(name string) string { return "/rules/" + url.PathEscape(name) }

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }
