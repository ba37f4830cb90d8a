package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/signal"
)

// Config is what a Service needs.
type Config struct {
	DB    *db.DB
	Store signal.Appender
	// Ages are how far back the store keeps lines of the classes that it has, 0 for ever. Older ones get
	// the time of their arrival. Lines of a class that is not among them are standard ones.
	Ages map[signal.Class]time.Duration
	// Clock is the one of signals, which keep the time on the wall; nil is the wall's.
	Clock clock.Clock
	Log   *slog.Logger
}

// Service keeps sources and takes their lines.
type Service struct {
	Config

	mu     sync.Mutex
	cache  *known
	cached time.Time

	treatments map[version]*treatment

	tally tally
}

// New returns the room's service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	return &Service{Config: c, treatments: map[version]*treatment{}}
}

// cacheFor bounds how long a key that was revoked on another node still works.
const cacheFor = 5 * time.Second

// Changed is the payload of source.created, source.changed and source.deleted.
type Changed struct {
	Name string `json:"name"`
	Was  *Spec  `json:"was,omitempty"`
	Is   *Spec  `json:"is,omitempty"`
}

// EnsureDirect makes the source Direct when it is missing; app calls it at start.
func (s *Service) EnsureDirect(tx *db.Tx) error {
	if _, err := ByName(tx, Direct); !errs.Is(err, errs.NotFound) {
		return err
	}
	_, err := s.ApplyIn(tx, actor.Mainstay, Direct, Spec{Title: "Sent directly", Description: "Lines that people send with an API token."})
	return err
}

// In is a source as a page or a client of the API sends it.
type In struct {
	Name string
	Spec Spec
	// New refuses the edit when the name is taken.
	New bool
	// Version is the one that was looked at; the edit is refused when there is another by now. 0
	// makes it in any case.
	Version int64
}

// Put makes a source, or changes it, and returns it.
func (s *Service) Put(ctx context.Context, by actor.Actor, in In) (out Source, err error) {
	defer s.Refresh()
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
func (in In) check(have Source) error {
	switch {
	case in.New && have.ID != "":
		return errs.Conflictf("there is a source %q already", in.Name)
	case in.Version != 0 && have.ID == "":
		return errs.NotFoundf("source %q is not there any more", in.Name)
	case in.Version != 0 && in.Version != have.Version:
		return errs.Conflictf("source %q has been changed by somebody else: look at it again", in.Name)
	}
	return nil
}

// mayWriteSome refuses those who may change no source, before anything is told of one.
func mayWriteSome(by actor.Actor) error {
	return people.Allow(by, people.SourceWrite, people.Target{Teams: by.Teams})
}

// target is what acts on a source are done to: its service's teams may.
func target(tx *db.Tx, service catalogue.ServiceID) (people.Target, error) {
	if service == "" {
		return people.Target{}, nil
	}
	return catalogue.Target(tx, service)
}

// ApplyIn creates the source, or changes it when it differs. Who writes for a team needs both
// the service that it had and the one that it gets.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, name string, spec Spec) (changed bool, err error) {
	if err := mayWriteSome(by); err != nil {
		return false, err
	}
	spec = spec.normal(name)
	refs, err := resolve(tx, name, spec)
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
		if err := people.Allow(by, people.SourceWrite, on); err != nil && (found || service == refs.service) {
			return false, err
		}
	}
	event, payload := "source.created", Changed{Name: name, Is: &spec}
	if found {
		if db.AsJSON(have.Spec) == db.AsJSON(spec) {
			return false, nil
		}
		event, payload.Was = "source.changed", &have.Spec
	}
	id, err := save(tx, have.ID, name, spec, refs)
	if err != nil {
		return false, err
	}
	tx.OnCommit(s.Refresh)
	return true, ledger.Append(tx, by, Record(id), event, payload)
}

// references are what a spec names, looked up.
type references struct {
	service   catalogue.ServiceID
	component catalogue.ComponentID
	limit     int64
}

func resolve(tx *db.Tx, name string, spec Spec) (r references, err error) {
	what := fmt.Sprintf("source %q", name)
	var check errs.Check
	text.Name(&check, "name", name)
	spec.Validate(&check)
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
	look("environment", spec.Environment, func() error {
		_, err := catalogue.EnvironmentByName(tx, spec.Environment)
		return err
	})
	if err != nil {
		return r, err
	}
	r.limit, _ = text.Bytes(spec.DailyLimit) // validated above
	return r, check.Err(what)
}

// ExportIn returns every source by name, Direct only when somebody has changed it.
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) ([]Named, error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	list, err := All(tx)
	if err != nil {
		return nil, err
	}
	var out []Named
	for _, src := range list {
		if src.Name != Direct || src.Version > 1 {
			out = append(out, Named{src.Name, src.Spec})
		}
	}
	return out, nil
}

// Delete removes a source and its keys. Its lines stay, and so does what they say of it.
func (s *Service) Delete(ctx context.Context, by actor.Actor, name string) error {
	defer s.Refresh()
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.DeleteIn(tx, by, name) })
}

// DeleteIn is Delete in the caller's transaction.
func (s *Service) DeleteIn(tx *db.Tx, by actor.Actor, name string) error {
	src, err := s.writable(tx, by, name)
	if err != nil {
		return err
	}
	if name == Direct {
		return errs.Conflictf("the source %q belongs to every installation and cannot be removed", Direct)
	}
	if _, err := tx.Exec(`DELETE FROM source WHERE id = ?`, string(src.ID)); err != nil {
		if db.IsReferenced(err) {
			return errs.Conflictf("source %q is still named by other records", name)
		}
		return err
	}
	return ledger.Append(tx, by, Record(src.ID), "source.deleted", Changed{Name: name, Was: &src.Spec})
}

// writable returns a source that by may change.
func (s *Service) writable(tx *db.Tx, by actor.Actor, name string) (Source, error) {
	if err := mayWriteSome(by); err != nil {
		return Source{}, err
	}
	src, err := ByName(tx, name)
	if err != nil {
		return src, err
	}
	on, err := target(tx, src.Service)
	if err != nil {
		return src, err
	}
	return src, people.Allow(by, people.SourceWrite, on)
}

// Source returns one source.
func (s *Service) Source(ctx context.Context, by actor.Actor, name string) (src Source, err error) {
	if err := people.Allow(by, people.SourceRead, people.Target{}); err != nil {
		return src, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		src, err = ByName(tx, name)
		return err
	})
	return src, err
}

// Sources lists every source by name.
func (s *Service) Sources(ctx context.Context, by actor.Actor) (list []Source, err error) {
	if err := people.Allow(by, people.SourceRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = All(tx)
		return err
	})
	return list, err
}

// Scope is what of the stored lines by may see: everything, or those of the services that their
// teams own or support. Who may see nothing gets a Forbidden error.
func (s *Service) Scope(ctx context.Context, by actor.Actor) (scope signal.Scope, err error) {
	if err := people.Allow(by, people.LogRead, people.Target{Teams: by.Teams}); err != nil {
		return scope, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		scope, err = ScopeIn(tx, by)
		return err
	})
	if err == nil && scope.Empty() {
		return scope, errs.Forbiddenf("%s may read the logs of no service: ask whoever keeps the teams to add one", by.Name)
	}
	return scope, err
}

// ScopeIn is Scope in the caller's transaction, and empty for who may see nothing.
func ScopeIn(tx *db.Tx, by actor.Actor) (signal.Scope, error) {
	if people.Can(by, people.LogRead, people.Target{}) {
		return signal.Scope{All: true}, nil
	}
	var scope signal.Scope
	services, err := catalogue.AllServices(tx)
	for _, svc := range services {
		if people.Can(by, people.LogRead, svc.Target()) {
			scope.Services = append(scope.Services, svc.Name)
		}
	}
	return scope, err
}

// ByName returns the source or NotFound. The caller has checked its own permission.
func ByName(tx *db.Tx, name string) (Source, error) {
	src, err := db.One(tx, scan, `SELECT `+columns+` FROM source WHERE name = ?`, name)
	if errors.Is(err, db.ErrNone) {
		return src, errs.NotFoundf("there is no source %q", name)
	}
	return src, err
}

// All returns every source by name. The caller has checked its own permission.
func All(tx *db.Tx) ([]Source, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM source ORDER BY name`)
}
