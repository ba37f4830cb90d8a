package metricrule

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
	"mainstay/internal/base/id"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/signal"
)

// Config is what a Service needs.
type Config struct {
	DB *db.DB
	// Rules evaluates groups; Metrics answers what anomaly rules ask.
	Rules   signal.Rules
	Metrics signal.Metrics
	Alerts  *alert.Service
	// Clock is the one of signals, which keep the time on the wall; nil is the wall's.
	Clock clock.Clock
	// BaseURL is where people reach the desk; alerts link to their rules there.
	BaseURL string
	// AtOnce is how many groups are evaluated at the same time; 0 means 4.
	AtOnce int
	// Patience is for how long Step waits for groups that take long; 0 means 250 ms.
	Patience time.Duration
	Log      *slog.Logger
}

// Service keeps metric rules and evaluates them.
type Service struct {
	Config
	node string

	mu       sync.Mutex
	run      map[ID]*watch // those whose lease this node has
	version  int64         // of the set of rules in memory
	leased   time.Time     // when leases were last looked at
	flushed  time.Time     // when health was last stored
	looked   time.Time     // at calendars
	places   chan struct{}
	busy     sync.WaitGroup
	wake     func()
	interest interest
}

// New returns the room's service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	if c.AtOnce == 0 {
		c.AtOnce = 4
	}
	if c.Patience == 0 {
		c.Patience = 250 * time.Millisecond
	}
	return &Service{Config: c, node: id.New[string](), run: map[ID]*watch{}, places: make(chan struct{}, c.AtOnce), wake: func() {}}
}

// Changed is the payload of metric-rule.created, metric-rule.changed and metric-rule.deleted.
type Changed struct {
	Name       string       `json:"name"`
	Was        *Spec        `json:"was,omitempty"`
	Is         *Spec        `json:"is,omitempty"`
	WasAnomaly *AnomalySpec `json:"was_anomaly,omitempty"`
	IsAnomaly  *AnomalySpec `json:"is_anomaly,omitempty"`
}

// In is an item as a page or a client of the API sends it.
type In struct {
	Name string
	Spec Spec
	// New refuses the edit when the name is taken.
	New bool
	// Version is the one that was looked at; the edit is refused when there is another by now. 0 makes it in any case.
	Version int64
}

// Put makes a group of rules, or changes it, and returns it.
func (s *Service) Put(ctx context.Context, by actor.Actor, in In) (out Item, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		if err := mayWriteSome(by); err != nil {
			return err
		}
		have, err := found(ByName(tx, in.Name))
		if err != nil {
			return err
		}
		switch {
		case in.New && have.ID != "":
			return errs.Conflictf("there are metric rules %q already", in.Name)
		case in.Version != 0 && have.ID == "":
			return errs.NotFoundf("metric rules %q are not there any more", in.Name)
		case in.Version != 0 && in.Version != have.Version:
			return errs.Conflictf("metric rules %q have been changed by somebody else: look at them again", in.Name)
		}
		if _, err := s.ApplyIn(tx, by, in.Name, in.Spec); err != nil {
			return err
		}
		out, err = ByName(tx, in.Name)
		return err
	})
	return out, err
}

// PutAnomaly makes an anomaly rule, or changes it.
func (s *Service) PutAnomaly(ctx context.Context, by actor.Actor, name string, spec AnomalySpec) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { _, err := s.ApplyAnomalyIn(tx, by, name, spec); return err })
}

// SetTest puts rules into test mode, or out of it. What fires of them is resolved, or raised.
func (s *Service) SetTest(ctx context.Context, by actor.Actor, name string, test bool) error {
	return s.edit(ctx, by, name, func(it *Item) { it.Spec.Test, it.Anomaly.Test = test, test })
}

// Enable lets rules be evaluated, or no longer. What fires of rules that are disabled is resolved.
func (s *Service) Enable(ctx context.Context, by actor.Actor, name string, enabled bool) error {
	return s.edit(ctx, by, name, func(it *Item) { it.Spec.Disabled, it.Anomaly.Disabled = !enabled, !enabled })
}

func (s *Service) edit(ctx context.Context, by actor.Actor, name string, change func(*Item)) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		it, err := s.writable(tx, by, name)
		if err != nil {
			return err
		}
		change(&it)
		if it.Kind == Anomaly {
			_, err = s.ApplyAnomalyIn(tx, by, name, it.Anomaly)
		} else {
			_, err = s.ApplyIn(tx, by, name, it.Spec)
		}
		return err
	})
}

// ApplyIn creates a group of rules, or changes it when it differs.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, name string, spec Spec) (changed bool, err error) {
	return s.applyIn(tx, by, Item{Kind: Rules, Name: name, Spec: spec.Normal(name)})
}

// ApplyAnomalyIn creates an anomaly rule, or changes it when it differs.
func (s *Service) ApplyAnomalyIn(tx *db.Tx, by actor.Actor, name string, spec AnomalySpec) (changed bool, err error) {
	return s.applyIn(tx, by, Item{Kind: Anomaly, Name: name, Anomaly: spec.Normal(name)})
}

func (s *Service) applyIn(tx *db.Tx, by actor.Actor, want Item) (changed bool, err error) {
	if err := mayWriteSome(by); err != nil {
		return false, err
	}
	have, err := found(ByName(tx, want.Name))
	if err != nil {
		return false, err
	}
	if have.ID != "" {
		if err := allowOn(tx, by, have.Service, have.Owner); err != nil {
			return false, err
		}
	}
	refs, err := s.resolve(tx, want)
	if err != nil {
		return false, err
	}
	if err := allowNew(tx, by, refs); err != nil {
		return false, err
	}
	if have.ID != "" && have.Kind != want.Kind {
		return false, errs.Conflictf("there is %s %q already: both kinds of rules share their names", have.Kind.words(), want.Name)
	}
	if have.ID != "" && db.AsJSON(have.Spec) == db.AsJSON(want.Spec) && db.AsJSON(have.Anomaly) == db.AsJSON(want.Anomaly) {
		return false, nil
	}
	return true, s.change(tx, by, have, want, refs)
}

func (k Kind) words() string {
	if k == Anomaly {
		return "an anomaly rule"
	}
	return "a group of metric rules"
}

// change stores an item that is new or differs.
func (s *Service) change(tx *db.Tx, by actor.Actor, have, want Item, refs references) error {
	want.ID = have.ID
	if want.ID == "" {
		want.ID = id.New[ID]()
	}
	if err := save(tx, want, refs); err != nil {
		return err
	}
	if want.Disabled() && have.ID != "" && !have.Disabled() {
		if err := s.forgetIn(tx, have); err != nil {
			return err
		}
	}
	if err := s.touchIn(tx); err != nil {
		return err
	}
	event, payload := "metric-rule.created", Changed{Name: want.Name}
	if have.ID != "" {
		event = "metric-rule.changed"
	}
	payload.describe(have, want)
	return ledger.Append(tx, by, Record(want.ID), event, payload)
}

func (p *Changed) describe(was, is Item) {
	if is.Kind == Anomaly {
		p.IsAnomaly = &is.Anomaly
	} else if is.ID != "" {
		p.Is = &is.Spec
	}
	switch {
	case was.ID == "":
	case was.Kind == Anomaly:
		p.WasAnomaly = &was.Anomaly
	default:
		p.Was = &was.Spec
	}
}

// touchIn lets whoever evaluates rules know that they have changed.
func (s *Service) touchIn(tx *db.Tx) error {
	tx.OnCommit(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.leased = time.Time{}
		s.wake()
	})
	_, err := tx.Exec(`UPDATE metricrule_set SET version = version + 1 WHERE one = 1`)
	return err
}

// Delete removes rules; what fires of them is resolved.
func (s *Service) Delete(ctx context.Context, by actor.Actor, name string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.DeleteIn(tx, by, name) })
}

// DeleteIn is Delete in the caller's transaction.
func (s *Service) DeleteIn(tx *db.Tx, by actor.Actor, name string) error {
	it, err := s.writable(tx, by, name)
	if err != nil {
		return err
	}
	if err := s.forgetIn(tx, it); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM metricrule WHERE id = ?`, string(it.ID)); err != nil {
		return err
	}
	if err := s.touchIn(tx); err != nil {
		return err
	}
	payload := Changed{Name: name}
	payload.describe(it, Item{})
	return ledger.Append(tx, by, Record(it.ID), "metric-rule.deleted", payload)
}

// ExportIn returns every group of rules by name.
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) (out []Named, err error) {
	list, err := s.exportIn(tx, by, Rules)
	for _, it := range list {
		out = append(out, Named{it.Name, it.Spec})
	}
	return out, err
}

// ExportAnomaliesIn returns every anomaly rule by name.
func (s *Service) ExportAnomaliesIn(tx *db.Tx, by actor.Actor) (out []NamedAnomaly, err error) {
	list, err := s.exportIn(tx, by, Anomaly)
	for _, it := range list {
		out = append(out, NamedAnomaly{it.Name, it.Anomaly})
	}
	return out, err
}

func (s *Service) exportIn(tx *db.Tx, by actor.Actor, kind Kind) ([]Item, error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	return db.All(tx, scan, `SELECT `+columns+` FROM metricrule WHERE kind = ? ORDER BY name`, string(kind))
}

// writable returns an item that by may change.
func (s *Service) writable(tx *db.Tx, by actor.Actor, name string) (Item, error) {
	if err := mayWriteSome(by); err != nil {
		return Item{}, err
	}
	it, err := ByName(tx, name)
	if err != nil {
		return it, err
	}
	return it, allowOn(tx, by, it.Service, it.Owner)
}

// ByName returns the item or NotFound. The caller has checked its own permission.
func ByName(tx *db.Tx, name string) (Item, error) {
	it, err := db.One(tx, scan, `SELECT `+columns+` FROM metricrule WHERE name = ?`, name)
	if errors.Is(err, db.ErrNone) {
		return it, errs.NotFoundf("there are no metric rules %q", name)
	}
	return it, err
}

// found is an item that need not be there.
func found(it Item, err error) (Item, error) {
	if errs.Is(err, errs.NotFound) {
		return Item{}, nil
	}
	return it, err
}

// UsesCalendar finds a rule that names the calendar; see calendar.Uses.
func UsesCalendar(tx *db.Tx, name string) (string, error) {
	names, err := db.All(tx, db.Value[string], `
		SELECT r.name FROM metricrule r JOIN metricrule_hours h ON h.rule = r.id WHERE h.calendar = ? ORDER BY r.name LIMIT 1`, name)
	if err != nil || len(names) == 0 {
		return "", err
	}
	return fmt.Sprintf("metric rules %q", names[0]), nil
}
