package check

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/egress"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/secret"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/signal"
	"mainstay/internal/probe"
	"mainstay/internal/probe/schedule"
)

// Samples stores series; see signal.Samples.
type Samples interface {
	AppendSamples(ctx context.Context, series []signal.Series) (signal.Taken, error)
}

// Config is what a Service needs.
type Config struct {
	DB *db.DB
	// Box encrypts secrets.
	Box *secret.Box
	// Alerts takes what fails.
	Alerts *alert.Service
	// Samples takes the series; nil where nobody keeps any.
	Samples Samples
	// Probes are what the server can make.
	Probes probe.Set
	// Egress says which addresses the server calls; those of Allowed besides.
	Egress egress.Rule
	// Clock is the one of signals; nil is the wall's.
	Clock clock.Clock
	// BaseURL is where people reach the desk; alerts link to their check there.
	BaseURL string
	Log     *slog.Logger
}

// Service keeps checks, makes them, and takes what agents have made.
type Service struct {
	Config

	node     string // who makes checks, among the servers on one database
	schedule *schedule.Schedule
	env      probe.Env

	changed atomic.Bool // checks may have changed
	wake    atomic.Pointer[func()]

	mu      sync.Mutex
	book    map[ID]*entry
	version int64 // of the set that the book has
	agents  map[string]agent
	saved   time.Time // when last results were last stored
	nodes   []string
	renewed time.Time
	series  buffer
}

// New returns the room's service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	s := &Service{Config: c, node: rand.Text(), book: map[ID]*entry{}, agents: map[string]agent{}}
	s.env = probe.Env{Clock: c.Clock, Reach: s.reach}
	s.schedule = schedule.New(schedule.Config{Clock: c.Clock, Do: s.make, Limits: limits})
	return s
}

// limits are how many probes of a kind the server makes at once.
var limits = map[probe.Kind]int{probe.SQLKind: 16, probe.QueueKind: 16, probe.LoginKind: 16, probe.SNMPKind: 32}

// Changed is the payload of check.created, check.changed and check.deleted.
type Changed struct {
	Name string `json:"name"`
	Was  *Spec  `json:"was,omitempty"`
	Is   *Spec  `json:"is,omitempty"`
}

// In is a check as a page or a client of the API sends it.
type In struct {
	Name string
	Spec Spec
	// New refuses the edit when the name is taken.
	New bool
	// Version is the one that was looked at; the edit is refused when there is another by now. 0 makes it in
	// any case.
	Version int64
}

// Put makes a check, or changes it, and returns it.
func (s *Service) Put(ctx context.Context, by actor.Actor, in In) (out Check, err error) {
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
func (in In) check(have Check) error {
	switch {
	case in.New && have.ID != "":
		return errs.Conflictf("there is a check %q already", in.Name)
	case in.Version != 0 && have.ID == "":
		return errs.NotFoundf("check %q is not there any more", in.Name)
	case in.Version != 0 && in.Version != have.Version:
		return errs.Conflictf("check %q has been changed by somebody else: look at it again", in.Name)
	}
	return nil
}

// Enable lets a check be made, or no longer. Its alert ends when it is disabled.
func (s *Service) Enable(ctx context.Context, by actor.Actor, name string, enabled bool) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		c, err := s.writable(tx, by, name)
		if err != nil {
			return err
		}
		c.Spec.Disabled = !enabled
		_, err = s.ApplyIn(tx, by, name, c.Spec)
		return err
	})
}

// ApplyIn creates the check, or changes it when it differs. Who writes for a team needs both the service
// that it had and the one that it gets.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, name string, spec Spec) (changed bool, err error) {
	if err := mayWriteSome(by); err != nil {
		return false, err
	}
	spec = spec.normal(name)
	refs, err := resolve(tx, name, spec)
	if err != nil {
		return false, err
	}
	have, sealed, err := storedByName(tx, name)
	found := err == nil
	if err != nil && !errs.Is(err, errs.NotFound) {
		return false, err
	}
	for _, service := range []catalogue.ServiceID{have.Service, refs.service} {
		on, err := target(tx, service)
		if err != nil {
			return false, err
		}
		if err := people.Allow(by, people.CheckWrite, on); err != nil && (found || service == refs.service) {
			return false, err
		}
	}
	is, same, err := s.keep(name, spec, sealed)
	if err != nil || found && same {
		return false, err
	}
	return true, s.change(tx, by, have, Check{ID: have.ID, Name: name, Spec: is, Service: refs.service, Component: refs.component})
}

// change stores a check that is new or differs; its secrets are encrypted.
func (s *Service) change(tx *db.Tx, by actor.Actor, have, is Check) error {
	stored := is.Spec
	is.Spec = masked(stored)
	id, err := save(tx, is, stored)
	if err != nil {
		return err
	}
	is.ID = id
	event, payload := "check.created", Changed{Name: is.Name, Is: &is.Spec}
	if have.ID != "" {
		event, payload.Was = "check.changed", &have.Spec
	}
	if have.ID == "" || restarts(have.Spec, is.Spec) {
		if err := s.restartIn(tx, have, is); err != nil {
			return err
		}
	}
	if err := s.beatIn(tx, is); err != nil {
		return err
	}
	if err := s.touchIn(tx); err != nil {
		return err
	}
	return ledger.Append(tx, by, Record(id), event, payload)
}

// restarts reports whether a change makes what was found so far worthless.
func restarts(was, is Spec) bool {
	for _, s := range []*Spec{&was, &is} {
		s.Title, s.Description, s.SOP = "", "", ""
	}
	return db.AsJSON(was) != db.AsJSON(is)
}

// restartIn ends the alert of a check and lets it wait for results.
func (s *Service) restartIn(tx *db.Tx, have, is Check) error {
	if have.ID != "" {
		if err := s.endIn(tx, have); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`DELETE FROM check_place WHERE check_id = ?`, string(is.ID)); err != nil {
		return err
	}
	return saveStanding(tx, is.ID, standing{state: Waiting, message: "no result yet", since: tx.Now()})
}

// endIn ends the alert of a check, if it has one.
func (s *Service) endIn(tx *db.Tx, c Check) error {
	was, err := standingOf(tx, c.ID)
	if err != nil || was.alert == "" {
		return err
	}
	return s.resolveIn(tx, c, was.alert)
}

// touchIn lets whoever makes checks know that they have changed.
func (s *Service) touchIn(tx *db.Tx) error {
	tx.OnCommit(func() { s.changed.Store(true); s.stir() })
	_, err := tx.Exec(`UPDATE check_set SET version = version + 1 WHERE one = 1`)
	return err
}

// ExportIn returns every check by name. Secrets are "kept".
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) ([]Named, error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	list, err := all(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Named, len(list))
	for i, c := range list {
		out[i] = Named{c.Name, c.Spec}
	}
	return out, nil
}

// Delete removes a check; its alert ends.
func (s *Service) Delete(ctx context.Context, by actor.Actor, name string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.DeleteIn(tx, by, name) })
}

// DeleteIn is Delete in the caller's transaction.
func (s *Service) DeleteIn(tx *db.Tx, by actor.Actor, name string) error {
	c, err := s.writable(tx, by, name)
	if err != nil {
		return err
	}
	if err := s.endIn(tx, c); err != nil {
		return err
	}
	if err := forgetBeat(tx, c.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM check_spec WHERE id = ?`, string(c.ID)); err != nil {
		return err
	}
	if err := s.touchIn(tx); err != nil {
		return err
	}
	return ledger.Append(tx, by, Record(c.ID), "check.deleted", Changed{Name: name, Was: &c.Spec})
}

// writable returns a check that by may change.
func (s *Service) writable(tx *db.Tx, by actor.Actor, name string) (Check, error) {
	if err := mayWriteSome(by); err != nil {
		return Check{}, err
	}
	c, err := ByName(tx, name)
	if err != nil {
		return c, err
	}
	on, err := target(tx, c.Service)
	if err != nil {
		return c, err
	}
	return c, people.Allow(by, people.CheckWrite, on)
}

// mayWriteSome refuses those who may change no check, before anything is told of one.
func mayWriteSome(by actor.Actor) error {
	return people.Allow(by, people.CheckWrite, people.Target{Teams: by.Teams})
}

// target is what acts on a check are done to: its service's teams may.
func target(tx *db.Tx, service catalogue.ServiceID) (people.Target, error) {
	if service == "" {
		return people.Target{}, nil
	}
	return catalogue.Target(tx, service)
}
