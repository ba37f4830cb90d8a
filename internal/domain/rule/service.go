package rule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/signal"
)

// Patterns knows the patterns of lines. It is asked about a line when it arrives, and again about
// the same line when the server died before its answer had any effect.
type Patterns interface {
	// IsNew returns the pattern of a line, and whether no line of its source had it before. After an
	// error nobody knows, and it is asked about the same line again.
	IsNew(ctx context.Context, source string, row signal.Row) (pattern string, isNew bool, err error)
}

// Config is what a Service needs.
type Config struct {
	DB       *db.DB
	Spool    Spool
	Compiler signal.Compiler
	// Logs answers previews, within the Scope of who asks.
	Logs  signal.Logs
	Scope func(context.Context, actor.Actor) (signal.Scope, error)
	// Alerts takes what fires.
	Alerts *alert.Service
	// Patterns is nil where nobody knows patterns: then no rule of the kind new-pattern fires.
	Patterns Patterns
	// Clock is the one of signals, which keep the time on the wall; nil is the wall's.
	Clock clock.Clock
	// BaseURL is where people reach the desk; alerts link to their lines there.
	BaseURL string
	Log     *slog.Logger
}

// Service keeps log rules and applies them to lines as they arrive.
type Service struct {
	Config

	// changed says that rules may have changed, so that Step reads them at once.
	changed atomic.Bool
	step    sync.Mutex // held by Step
	run     *run
	failed  int // steps in a row that could not be stored
	unknown int // times in a row that it could not be told whether a line is new
	opened  time.Time
	aside   map[ID]aside
	resumed bool // what was stored has been read since the start
}

// New returns the room's service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	return &Service{Config: c, aside: map[ID]aside{}}
}

// Changed is the payload of rule.created, rule.changed and rule.deleted.
type Changed struct {
	Name string `json:"name"`
	Was  *Spec  `json:"was,omitempty"`
	Is   *Spec  `json:"is,omitempty"`
}

// In is a rule as a page or a client of the API sends it.
type In struct {
	Name string
	Spec Spec
	// New refuses the edit when the name is taken.
	New bool
	// Version is the one that was looked at; the edit is refused when there is another by now. 0
	// makes it in any case.
	Version int64
}

// Put makes a rule, or changes it, and returns it. Lines that arrive after it has returned are
// shown to the rule; lines that had arrived before are not.
func (s *Service) Put(ctx context.Context, by actor.Actor, in In) (out Rule, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		if err := mayWriteSome(by); err != nil {
			return err
		}
		have, err := ByName(tx, in.Name)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		if err := in.check(have); err != nil {
			return err
		}
		if _, err := s.ApplyIn(tx, by, in.Name, in.Spec); err != nil {
			return err
		}
		out, err = ByName(tx, in.Name)
		return err
	})
	return out, err
}

// check refuses an edit of what somebody else has made, changed or removed meanwhile.
func (in In) check(have Rule) error {
	switch {
	case in.New && have.ID != "":
		return errs.Conflictf("there is a log rule %q already", in.Name)
	case in.Version != 0 && have.ID == "":
		return errs.NotFoundf("log rule %q is not there any more", in.Name)
	case in.Version != 0 && in.Version != have.Version:
		return errs.Conflictf("log rule %q has been changed by somebody else: look at it again", in.Name)
	}
	return nil
}

// Enable lets a rule be used, or no longer. What fires of a rule that is disabled is resolved.
func (s *Service) Enable(ctx context.Context, by actor.Actor, name string, enabled bool) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		r, err := s.writable(tx, by, name)
		if err != nil {
			return err
		}
		r.Spec.Disabled = !enabled
		_, err = s.ApplyIn(tx, by, name, r.Spec)
		return err
	})
}

// ApplyIn creates the rule, or changes it when it differs. Who writes for a team needs both the
// service that it had and the one that it gets.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, name string, spec Spec) (changed bool, err error) {
	if err := mayWriteSome(by); err != nil {
		return false, err
	}
	spec = spec.normal(name)
	refs, err := s.resolve(tx, name, spec)
	if err != nil {
		return false, err
	}
	have, err := ByName(tx, name)
	found := err == nil
	if err != nil && !errs.Is(err, errs.NotFound) {
		return false, err
	}
	for _, service := range []catalogue.ServiceID{have.Service, refs.service} {
		on, err := target(tx, service)
		if err != nil {
			return false, err
		}
		if err := people.Allow(by, people.RuleWrite, on); err != nil && (found || service == refs.service) {
			return false, err
		}
	}
	if found && db.AsJSON(have.Spec) == db.AsJSON(spec) {
		return false, nil
	}
	return true, s.change(tx, by, name, have, spec, refs)
}

// change stores a rule that is new or differs.
func (s *Service) change(tx *db.Tx, by actor.Actor, name string, have Rule, spec Spec, refs references) error {
	scope, err := source.ScopeIn(tx, by) // a rule shows no other lines to those who get its alerts
	if err != nil {
		return err
	}
	id, err := save(tx, have.ID, name, spec, scope, refs)
	if err != nil {
		return err
	}
	is := Rule{ID: id, Name: name, Spec: spec}
	event, payload := "rule.created", Changed{Name: name, Is: &spec}
	if have.ID != "" {
		event, payload.Was = "rule.changed", &have.Spec
		if have.essence() != is.essence() {
			if err := s.forgetIn(tx, have); err != nil {
				return err
			}
		}
	}
	if !spec.Disabled && (have.ID == "" || have.Spec.Disabled) {
		if err := s.beginIn(tx, id); err != nil {
			return err
		}
	}
	if err := s.touchIn(tx); err != nil {
		return err
	}
	return ledger.Append(tx, by, Record(id), event, payload)
}

// touchIn lets whoever evaluates rules know that they have changed.
func (s *Service) touchIn(tx *db.Tx) error {
	tx.OnCommit(func() { s.changed.Store(true) })
	_, err := tx.Exec(`UPDATE rule_set SET version = version + 1 WHERE one = 1`)
	return err
}

// references are what a spec names, looked up.
type references struct {
	service   catalogue.ServiceID
	component catalogue.ComponentID
}

func (s *Service) resolve(tx *db.Tx, name string, spec Spec) (r references, err error) {
	what := fmt.Sprintf("log rule %q", name)
	var check errs.Check
	text.Name(&check, "name", name)
	spec.Validate(&check)
	s.checkFilter(&check, spec)
	if err := check.Err(what); err != nil {
		return r, err
	}
	look := func(field, named string, get func() error) {
		if named == "" || err != nil {
			return
		}
		if e := get(); errs.Is(e, errs.NotFound) {
			check.Add(field, "names %q, which does not exist", named)
		} else {
			err = e
		}
	}
	look("service", spec.Service, func() error {
		s, err := catalogue.ServiceByName(tx, spec.Service)
		r.service = s.ID
		return err
	})
	look("component", spec.Component, func() error {
		c, err := catalogue.ComponentByName(tx, spec.Component)
		r.component = c.ID
		return err
	})
	look("hours", spec.Hours, func() error { _, err := calendar.ByName(tx, spec.Hours); return err })
	look("source", spec.Source, func() error { _, err := source.ByName(tx, spec.Source); return err })
	if err != nil {
		return r, err
	}
	return r, check.Err(what)
}

// checkFilter refuses a filter that cannot run at arrival.
func (s *Service) checkFilter(c *errs.Check, spec Spec) {
	if spec.Filter == "" || len(spec.Filter) > maxFilter {
		return
	}
	if why := s.brokenFilter(spec.Filter); why != "" {
		c.Add("filter", "%s", why)
	}
}

// brokenFilter says why a filter cannot be used, "" when it can.
func (s *Service) brokenFilter(filter string) (why string) {
	_, err := s.Compiler.Compile([]string{filter})
	if err == nil {
		return ""
	}
	if fields := errs.FieldsOf(err); len(fields) > 0 {
		return fields[0].Message
	}
	return err.Error()
}

// ExportIn returns every rule by name; those that came with the installation only when somebody
// has changed them.
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) ([]Named, error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	list, err := all(tx)
	if err != nil {
		return nil, err
	}
	var out []Named
	for _, r := range list {
		if !r.Given || r.Version > 1 {
			out = append(out, Named{r.Name, r.Spec})
		}
	}
	return out, nil
}

// Delete removes a rule; what fires of it is resolved.
func (s *Service) Delete(ctx context.Context, by actor.Actor, name string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.DeleteIn(tx, by, name) })
}

// DeleteIn is Delete in the caller's transaction.
func (s *Service) DeleteIn(tx *db.Tx, by actor.Actor, name string) error {
	r, err := s.writable(tx, by, name)
	if err != nil {
		return err
	}
	if err := s.forgetIn(tx, r); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM rule WHERE id = ?`, string(r.ID)); err != nil {
		return err
	}
	if err := s.touchIn(tx); err != nil {
		return err
	}
	return ledger.Append(tx, by, Record(r.ID), "rule.deleted", Changed{Name: name, Was: &r.Spec})
}

// writable returns a rule that by may change.
func (s *Service) writable(tx *db.Tx, by actor.Actor, name string) (Rule, error) {
	if err := mayWriteSome(by); err != nil {
		return Rule{}, err
	}
	r, err := ByName(tx, name)
	if err != nil {
		return r, err
	}
	on, err := target(tx, r.Service)
	if err != nil {
		return r, err
	}
	return r, people.Allow(by, people.RuleWrite, on)
}

// ByName returns the rule or NotFound. The caller has checked its own permission.
func ByName(tx *db.Tx, name string) (Rule, error) {
	r, err := db.One(tx, scan, `SELECT `+columns+` FROM rule WHERE name = ?`, name)
	if errors.Is(err, db.ErrNone) {
		return r, errs.NotFoundf("there is no log rule %q", name)
	}
	return r, err
}

// UsesCalendar finds a rule that names the calendar; see calendar.Uses.
func UsesCalendar(tx *db.Tx, name string) (string, error) {
	names, err := db.All(tx, db.Value[string], `SELECT name FROM rule WHERE hours = ? ORDER BY name LIMIT 1`, name)
	if err != nil || len(names) == 0 {
		return "", err
	}
	return fmt.Sprintf("log rule %q", names[0]), nil
}
