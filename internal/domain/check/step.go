package check

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/alert"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/signal"
	"mainstay/internal/probe"
)

const (
	batch     = 50               // checks whose changes share a transaction
	saveEvery = time.Minute      // how much of last results a crash may lose
	setAside  = 30 * time.Second // a check whose change cannot be stored
)

// OnWork is called when there is something for Step to do at once.
func (s *Service) OnWork(wake func()) { s.wake.Store(&wake) }

func (s *Service) stir() {
	if wake := s.wake.Load(); wake != nil {
		(*wake)()
	}
}

// Step reads checks that have changed, notices who is silent, and stores what is another than before.
func (s *Service) Step(ctx context.Context) (worker.Result, error) {
	if err := s.renew(ctx); err != nil {
		return worker.Result{}, err
	}
	if err := s.load(ctx); err != nil {
		return worker.Result{}, err
	}
	s.sweep()
	did, err := s.store(ctx)
	return worker.Result{Did: did}, errors.Join(err, s.save(ctx))
}

// store stores what is another than before. A check whose change cannot be stored is tried again later,
// and keeps no other one from being stored.
func (s *Service) store(ctx context.Context) (did int, err error) {
	for list := s.pending(); len(list) > 0; {
		n := min(batch, len(list))
		part := list[:n]
		list = list[n:]
		if err := s.storeAll(ctx, part); err == nil {
			did += n
			continue
		} else if errs.Is(err, errs.Unavailable) || ctx.Err() != nil {
			return did, err
		}
		for _, e := range part {
			if one := s.storeAll(ctx, []*entry{e}); one != nil {
				s.setAside(e, one)
				err = errors.Join(err, one)
				continue
			}
			did++
		}
	}
	return did, err
}

func (s *Service) setAside(e *entry, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.trouble = s.Clock.Now().Add(setAside)
	s.Log.Error("what a check has found cannot be stored; it is tried again", "check", e.Name, "err", why)
}

func (s *Service) storeAll(ctx context.Context, list []*entry) error {
	var after []func()
	err := s.DB.Do(ctx, func(tx *db.Tx) error {
		after = nil
		for _, e := range list {
			places := s.dirty(e)
			is, err := s.storeIn(tx, e, places)
			if err != nil {
				return fmt.Errorf("check %s: %w", e.Name, err)
			}
			after = append(after, func() { s.stored(e, places, is) })
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range after {
		f()
	}
	return nil
}

// dirty are the locations of a check whose state is to be stored.
func (s *Service) dirty(e *entry) []Place {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Place
	for _, sp := range e.spots {
		if sp.dirty {
			out = append(out, sp.Place)
		}
	}
	return out
}

// stored notes what has been stored.
func (s *Service) stored(e *entry, places []Place, is standing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.standing = is
	for _, p := range places {
		if sp := e.spots[p.Name]; sp != nil && sp.State == p.State {
			sp.dirty = false
		}
	}
}

// storeIn stores the states of locations, and what follows from them.
func (s *Service) storeIn(tx *db.Tx, e *entry, places []Place) (standing, error) {
	c, err := db.One(tx, scan, `SELECT `+columns+` FROM check_spec c WHERE c.id = ?`, string(e.ID))
	if errors.Is(err, db.ErrNone) || err == nil && (c.Spec.Disabled || restarts(c.Spec, e.Spec)) {
		return e.standing, nil // gone, or another by now: what was found is not of it
	}
	if err != nil {
		return standing{}, err
	}
	for _, p := range places {
		if err := savePlace(tx, c.ID, p); err != nil {
			return standing{}, err
		}
	}
	return s.judgeIn(tx, c, e.open(tx.Now()))
}

// Moved is the payload of check.ok, check.degraded, check.failed, check.unknown.
type Moved struct {
	Was     State  `json:"was"`
	Message string `json:"message"`
}

// judgeIn works out the state of a check from those of its locations, and stores it with its event and its
// alert.
func (s *Service) judgeIn(tx *db.Tx, c Check, open bool) (standing, error) {
	was, err := standingOf(tx, c.ID)
	if err != nil {
		return was, err
	}
	places, err := placesOf(tx, c)
	if err != nil {
		return was, err
	}
	m := was.next(combine(places, c.Spec.Needed()), open, tx.Now())
	if m.is == was {
		return was, nil
	}
	if err := saveStanding(tx, c.ID, m.is); err != nil {
		return was, err
	}
	if m.changed {
		if err := ledger.Append(tx, actor.Mainstay, Record(c.ID), "check."+string(m.is.state), Moved{was.state, m.is.message}); err != nil {
			return was, err
		}
	}
	if m.fires != "" { // before the other ends, so that their incident does not end between the two
		if err := s.Alerts.ReceiveIn(tx, actor.Mainstay, s.alertOf(c, m.is, m.changed || was.alert == "")); err != nil {
			return was, err
		}
	}
	if m.ends != "" {
		return m.is, s.resolveIn(tx, c, m.ends)
	}
	return m.is, nil
}

func (s *Service) resolveIn(tx *db.Tx, c Check, of State) error {
	return s.Alerts.ReceiveIn(tx, actor.Mainstay, alert.In{Labels: c.labels(of), Ends: tx.Now()})
}

// alertOf is what the alert room is told of a check that is not ok.
func (s *Service) alertOf(c Check, is standing, begins bool) alert.In {
	in := alert.In{Labels: c.labels(is.alert), Annotations: map[string]string{"summary": c.Title() + ": " + is.message}}
	if begins {
		in.Starts = is.since
	}
	for name, v := range map[string]string{"description": c.Spec.Description, "runbook": c.Spec.SOP, "target": c.Spec.Probe.Target()} {
		if v != "" {
			in.Annotations[name] = cut(v)
		}
	}
	if s.BaseURL != "" {
		in.Link = s.BaseURL + "/checks/" + c.Name
	}
	return in
}

// cut shortens a text to what an alert takes.
func cut(v string) string {
	const most = 4000
	if len(v) <= most {
		return v
	}
	n := most
	for n > 0 && v[n]&0xC0 == 0x80 {
		n--
	}
	return v[:n] + "…"
}

// labels are those of the alert of a state: they make its fingerprint.
func (c Check) labels(of State) map[string]string {
	level := c.Spec.Level()
	if of == Degraded {
		level = min(level+1, 4)
	}
	out := map[string]string{labelName: c.Name, labelCheck: c.Name, labelState: string(of), labelLevel: strconv.Itoa(level)}
	for _, l := range c.Spec.Labels {
		out[l.Name] = l.Value
	}
	if c.Spec.Service != "" {
		out[signal.Service] = c.Spec.Service
	}
	if c.Spec.Component != "" {
		out[signal.Component] = c.Spec.Component
	}
	return out
}

// save stores last results that changed nothing, and who has called, from time to time.
func (s *Service) save(ctx context.Context) error {
	now := s.Clock.Now()
	s.mu.Lock()
	every := saveEvery
	if s.DB.Postgres() {
		every = fresh
	}
	if s.saved.IsZero() {
		s.saved = now
	}
	due := now.Sub(s.saved) >= every
	var places []ofCheck
	var agents []agent
	if due {
		for id, e := range s.book {
			for _, sp := range e.spots {
				if sp.unsaved && !sp.dirty && sp.State != Waiting {
					places = append(places, ofCheck{id, sp.Place})
					sp.unsaved = false
				}
			}
		}
		for _, a := range s.agents {
			if !a.heard.Before(s.saved) {
				agents = append(agents, a)
			}
		}
		s.saved = now
	}
	s.mu.Unlock()
	if len(places)+len(agents) == 0 {
		return nil
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		for _, p := range places {
			if err := saveLast(tx, p); err != nil {
				return err
			}
		}
		for _, a := range agents {
			if err := saveAgent(tx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// saveLast stores a location's last result; its state stays what was stored with its consequences.
func saveLast(tx *db.Tx, p ofCheck) error {
	_, err := tx.Exec(`UPDATE check_place SET at = ?, result = ? WHERE check_id = ? AND place = ? AND state = ? AND COALESCE(at, 0) <= ?`,
		p.At, db.AsJSON(p.Result), string(p.check), p.Name, string(p.State), p.At)
	return err
}

// take takes in a result of a location and reports whether it is to be looked at again soon. Counts is
// the state that counts by the location's own streak; "" lets the server judge.
func (s *Service) take(id ID, name string, r probe.Result, at time.Time, counts probe.State) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.book[id]
	if e == nil || e.Spec.Disabled || e.spots[name] == nil {
		return false
	}
	sp := e.spots[name]
	if at.Before(sp.At) {
		return false // older than what is known: an agent has caught up
	}
	if counts == "" {
		counts, again = sp.streak.Take(r.State, e.Spec.Tries())
	}
	sp.Result, sp.At, sp.Tries, sp.unsaved = r, at, sp.streak.Bad, true
	if counts != "" && State(counts) != sp.State {
		sp.State, sp.Since, sp.dirty = State(counts), at, true
		s.stir()
	}
	s.sample(e, sp, r, at)
	return again
}
