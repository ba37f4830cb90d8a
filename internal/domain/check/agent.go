package check

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/probe"
)

// Call is who calls: the agent of a host.
type Call struct {
	Host  string
	Every time.Duration // how often it calls
}

// Task is a probe that an agent makes.
type Task struct {
	probe.Job
	// Nudges grows when somebody wants it to be made at once.
	Nudges int64 `json:"nudges,omitempty"`
}

// Report is what an agent has found.
type Report struct {
	Check  ID
	At     time.Time
	Result probe.Result
	// Counts is the state that counts, after retries; "" when none does yet.
	Counts probe.State
	Tries  int // results in a row that are not ok
}

const (
	leastCall   = time.Second
	longestCall = 5 * time.Minute
	farAhead    = 10 * time.Minute // samples beyond are refused by the store
)

func (c Call) check() error {
	var e errs.Check
	text.Line(&e, "host", c.Host)
	e.Require(c.Host != "" && len(c.Host) <= maxText && c.Host != Server && c.Host != BeatPlace, "host", "must be the name of the host")
	e.Require(c.Every == 0 || c.Every >= leastCall && c.Every <= longestCall, "every", "must be %v to %v", leastCall, longestCall)
	return e.Err("the call")
}

// Tasks returns what the agent of a host makes, with the secrets that it needs for that. A check that names
// a source is for agents with a key of that source only.
func (s *Service) Tasks(ctx context.Context, by actor.Actor, call Call) ([]Task, error) {
	if err := people.Allow(by, people.CheckReport, people.Target{}); err != nil {
		return nil, err
	}
	from, err := s.called(ctx, by, call)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Task{}
	for _, e := range s.book {
		if e.Spec.Disabled || !e.madeBy(call.Host, from) {
			continue
		}
		c := e.Check
		c.Spec = e.plain
		out = append(out, Task{c.job(call.Host), e.nudges})
	}
	slices.SortFunc(out, func(a, b Task) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// madeBy reports whether a check is made by the agent of a host with a key of a source.
func (e *entry) madeBy(host, from string) bool {
	return host != Server && slices.ContainsFunc(e.Spec.From, func(f From) bool { return f.Host == host && (f.Source == "" || f.Source == from) })
}

// called notes that the agent of a host is alive, and returns the source whose key it has.
func (s *Service) called(ctx context.Context, by actor.Actor, call Call) (from string, err error) {
	if err := call.check(); err != nil {
		return "", err
	}
	if by.Kind == actor.Source {
		if err := s.DB.View(ctx, func(tx *db.Tx) error { from, err = source.OfKey(tx, source.KeyID(by.ID)); return err }); err != nil {
			return "", err
		}
	}
	if call.Every == 0 {
		call.Every = agentEvery
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.agents[call.Host] = agent{host: call.Host, source: from, every: call.Every, heard: s.Clock.Now()}
	return from, nil
}

// Report takes what an agent has found. What is of no check that it makes is left out: it has been
// changed meanwhile. It returns how many were taken.
func (s *Service) Report(ctx context.Context, by actor.Actor, call Call, list []Report) (taken int, err error) {
	if err := people.Allow(by, people.CheckReport, people.Target{}); err != nil {
		return 0, err
	}
	from, err := s.called(ctx, by, call)
	if err != nil {
		return 0, err
	}
	now := s.Clock.Now()
	for _, r := range list {
		s.mu.Lock()
		e := s.book[r.Check]
		mine := e != nil && e.madeBy(call.Host, from)
		s.mu.Unlock()
		if !mine || !clock.Plausible(r.At) || r.At.After(now.Add(farAhead)) {
			continue
		}
		at := clock.Micro(r.At)
		if at.After(now) {
			at = now // its clock is ahead
		}
		s.reported(r, call.Host, at)
		taken++
	}
	if taken == 0 {
		return 0, nil
	}
	if _, err := s.store(ctx); err != nil {
		s.Log.Warn("what an agent has found is stored later", "host", call.Host, "err", err)
	}
	return taken, nil
}

// reported takes in one result. One that does not count yet leaves the state as it is.
func (s *Service) reported(r Report, host string, at time.Time) {
	counts := r.Counts
	s.mu.Lock()
	if counts == "" {
		if sp := s.book[r.Check].spots[host]; sp != nil && sp.State != Waiting {
			counts = probe.State(sp.State)
		}
	}
	s.mu.Unlock()
	s.take(r.Check, host, r.Result.Tidy(), at, counts)
}

// Agent is a host whose agent makes checks.
type Agent struct {
	Host, Source string
	Every        time.Duration
	Heard        time.Time
	Silent       bool
}

// Agents returns the hosts whose agents have called, by name.
func (s *Service) Agents(_ context.Context, by actor.Actor) ([]Agent, error) {
	if err := people.Allow(by, people.CheckRead, people.Target{}); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now()
	out := make([]Agent, 0, len(s.agents))
	for _, a := range s.agents {
		out = append(out, Agent{a.host, a.source, a.every, a.heard, now.Sub(a.heard) > a.every+patience})
	}
	slices.SortFunc(out, func(a, b Agent) int { return cmp.Compare(a.Host, b.Host) })
	return out, nil
}
