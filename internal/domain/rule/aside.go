package rule

import (
	"fmt"
	"time"

	"mainstay/internal/engine/signal"
)

// How long a rule is left alone that was too slow: the first time, at most, and for how long it must
// be quick until it counts as mended. After as long again as asideMost it begins anew.
const (
	asideFirst = 10 * time.Minute
	asideMost  = 24 * time.Hour
	probation  = 10 * time.Minute
)

// aside is a rule that was too slow for the lines that came. Reading the rules again, which every
// save of any rule does, is no reason to try it again.
type aside struct {
	version int64 // of the rule: who changes it has it tried at once
	until   time.Time
	tries   int
	why     string
}

// putAside gives up a rule that is too slow, for longer each time.
func (s *Service) putAside(r *run, w *watch, slow *signal.SlowError) {
	now := s.Clock.Now()
	was := s.aside[w.ID]
	if was.version != w.Version || now.Sub(was.until) > asideMost {
		was = aside{version: w.Version}
	}
	pause := asideMost
	if was.tries < 8 { // of ten minutes: more than a day
		pause = min(pause, asideFirst<<was.tries)
	}
	was.tries++
	was.until = now.Add(pause)
	was.why = fmt.Sprintf("too slow: the filter took more than %s for the lines that had just arrived, and all other rules waited. "+
		"It is left alone until %s and then tried again. Make it cheaper (look for words first, repeat less in regular "+
		"expressions) and save it to use it at once.", slow.Budget, was.until.UTC().Format("2006-01-02 15:04 UTC"))
	s.aside[w.ID] = was
	r.tryAt(was.until)
	r.giveUp(w, was.why, true)
}

// leftAlone reports whether a rule is aside now. What is known of it is stored again if it must be.
func (s *Service) leftAlone(r *run, l loaded) bool {
	a, ok := s.aside[l.ID]
	switch {
	case !ok:
		return false
	case a.version != l.Version:
		delete(s.aside, l.ID)
		return false
	case !s.Clock.Now().Before(a.until):
		return false
	}
	if a.why != l.broken {
		r.broken = append(r.broken, breakdown{l.Rule, a.why, true})
	}
	r.tryAt(a.until)
	return true
}

// tryAt has the rules read again when the first that is aside may be tried.
func (r *run) tryAt(at time.Time) {
	if r.again.IsZero() || at.Before(r.again) {
		r.again = at
	}
}

// due reports whether that time has come.
func (r *run) due(now time.Time) bool { return !r.again.IsZero() && !now.Before(r.again) }

// mends notes that a rule that could not be used is used again. One that was too slow has to be quick
// for a while first, so that its alert does not come and go.
func (r *run) mends(w *watch, slow bool) {
	if slow {
		w.probation = r.began.Add(probation)
		return
	}
	r.mended = append(r.mended, w.Rule)
}

// passed notes which rules have been quick for long enough.
func (r *run) passed(now time.Time) {
	for _, w := range r.watches {
		if !w.probation.IsZero() && !now.Before(w.probation) {
			w.probation = time.Time{}
			r.mended = append(r.mended, w.Rule)
		}
	}
}
