package rule

import (
	"container/list"
	"strings"
	"time"

	"mainstay/internal/domain/calendar"
	"mainstay/internal/engine/signal"
)

// Limits on what one rule may hold, and how often it speaks.
const (
	maxGroups  = 10_000
	maxHeld    = 1_000_000 // instants of all groups together: 8 MB
	maxActive  = 100       // groups with an alert of their own at a time
	tellEvery  = 10 * time.Second
	lateAfter  = time.Hour // and the rule's span
	maxExample = 2000      // bytes of a line that an alert shows
	maxOpen    = 1000      // episodes that people have to end and the rule remembers
)

// watch is one enabled rule under evaluation: pure, without clock or database. It is told of
// matching lines in the order of their arrival, and of the time that passes.
type watch struct {
	Rule
	essence string
	hours   *calendar.Calendar // nil for always
	from    int64              // the cursor from which on lines count
	kind    When
	within  time.Duration
	quiet   time.Duration
	stays   bool // see Spec.Stays
	// probation is until when a rule has to be quick that was too slow; zero for others.
	probation time.Time
	// service is whose the alerts are that are about no line.
	service string

	groups map[string]*list.Element // of *group, by key
	order  *list.List               // the one that matched last is last
	held   int                      // instants in all windows
	active map[string]*group        // those that fire

	// seen is when a line last arrived that an absence rule waits for, or when it began to wait.
	seen    time.Time
	dropped int64 // groups given up for room

	counted   bool      // a line was counted since together looked
	lookUntil time.Time // see together

	// Since the last time that it was stored:
	dirty   bool
	days    map[time.Time]dayCount
	told    []telling
	fired   time.Time
	skipped int64
	trouble string
}

type dayCount struct{ matches, fired int64 }

// group is what has the same service and the same values of the fields of group_by.
type group struct {
	service string
	values  []string
	live    window
	late    window
	episode *episode

	// component and line are of a line that was counted, for alerts of lines that other servers took.
	component, line string
}

// episode is one firing of a group.
type episode struct {
	Labels  map[string]string `json:"labels"`
	First   time.Time         `json:"first"` // the earliest line's own instant
	Last    time.Time         `json:"last"`
	Began   time.Time         `json:"began"`   // by arrival, as the following
	Matched time.Time         `json:"matched"` // when a line last came
	Told    time.Time         `json:"told"`    // when the alert was last refreshed
	Count   int64             `json:"count"`
	Line    string            `json:"line"` // the first that fired
	Why     string            `json:"why"`  // "20 lines within 5m"
	// Open says that it is over for the rule, but not its alert: people end that. The next line
	// fires anew.
	Open bool `json:"open,omitempty"`
}

// telling is what the alert of an episode is to be told.
type telling struct {
	what    what
	episode episode // as it was then
	group   group   // its service and values only
	at      time.Time
}

type what int

const (
	fires what = iota
	repeats
	ends
)

// line is a matching line: when it arrived, and which.
type line struct {
	arrived time.Time
	row     signal.Row

	// For rules of the kind new-pattern:
	pattern string
	isNew   bool // no line had the pattern before
}

func newWatch(r Rule, from int64, hours *calendar.Calendar) *watch {
	return &watch{
		Rule: r, essence: r.essence(), hours: hours, from: from, kind: r.Spec.kind(), within: r.Spec.Within.Duration(), quiet: r.Spec.QuietFor().Duration(), stays: r.Spec.Stays(),
		service: r.Spec.Service, groups: map[string]*list.Element{}, order: list.New(), active: map[string]*group{}, days: map[time.Time]dayCount{},
	}
}

// match takes in a line that the rule's filter matches.
func (w *watch) match(l line) {
	w.count(l.arrived, 1, 0)
	switch w.kind {
	case Any:
		w.hit(w.groupOf(l.row, nil), l, "")
	case AtLeast:
		g := w.groupOf(l.row, nil)
		if g.episode != nil || w.completes(g, l) {
			w.hit(g, l, w.enough())
		}
	case Absent:
		w.dirty = true
		w.seen = later(w.seen, l.arrived)
		for _, g := range w.active {
			w.end(g, l.arrived)
		}
	case NewPattern:
		if l.isNew {
			w.hit(w.groupOf(l.row, []string{strings.Clone(l.pattern)}), l, "a pattern that was never seen: "+cut(clean(l.pattern), maxText))
		}
	}
}

func (w *watch) count(arrived time.Time, matches, fired int64) {
	day := arrived.UTC().Truncate(24 * time.Hour)
	c := w.days[day]
	c.matches += matches
	c.fired += fired
	w.days[day] = c
}

// groupOf returns the group of a line, which is now the latest.
func (w *watch) groupOf(row signal.Row, more []string) *group {
	service := w.Spec.Service
	if service == "" {
		service = row.Get(signal.Service)
	}
	var key strings.Builder
	key.WriteString(service)
	for _, f := range w.Spec.GroupBy {
		key.WriteByte(0)
		key.WriteString(row.Get(f))
	}
	for _, m := range more {
		key.WriteByte(0)
		key.WriteString(m)
	}
	if e, ok := w.groups[key.String()]; ok {
		w.order.MoveToBack(e)
		return e.Value.(*group)
	}
	values := make([]string, 0, len(w.Spec.GroupBy)+len(more))
	for _, f := range w.Spec.GroupBy {
		values = append(values, strings.Clone(row.Get(f)))
	}
	g := &group{service: strings.Clone(service), values: append(values, more...)}
	w.keep(g)
	w.makeRoom(g)
	return g
}

func (g *group) key() string { return strings.Join(append([]string{g.service}, g.values...), "\x00") }

func (w *watch) keep(g *group) {
	w.groups[g.key()] = w.order.PushBack(g)
	w.held += len(g.live.at) + len(g.late.at)
	if g.fires() {
		w.active[g.key()] = g
	}
}

func (g *group) fires() bool { return g.episode != nil && !g.episode.Open }

// makeRoom gives up the oldest groups beyond the limits, but never one that fires.
func (w *watch) makeRoom(but *group) {
	for e := w.order.Front(); e != nil && (len(w.groups) > maxGroups || w.held > maxHeld); {
		g, next := e.Value.(*group), e.Next()
		if !g.fires() && g != but {
			w.order.Remove(e)
			delete(w.groups, g.key())
			w.held -= len(g.live.at) + len(g.late.at)
			w.dropped++
			w.dirty = true
		}
		e = next
	}
}

// completes takes a line into the window of its group and reports whether that is full now.
func (w *watch) completes(g *group, l line) bool {
	w.dirty, w.counted = true, true
	if g.line == "" {
		g.line, g.component = cut(clean(textOf(l.row)), maxText), strings.Clone(l.row.Get(signal.Component))
	}
	at, before := l.row.Time.UnixMicro(), len(g.live.at)+len(g.late.at)
	in := &g.live
	if l.arrived.Sub(l.row.Time) > w.within+lateAfter {
		in = &g.late
	}
	full := in.add(at, w.Spec.Count, w.within.Microseconds())
	if in == &g.live {
		in.forget(in.at[len(in.at)-1] - (2*w.within + lateAfter).Microseconds())
	}
	w.held += len(g.live.at) + len(g.late.at) - before
	w.makeRoom(g)
	return full
}

// hit fires a group, or notes that it goes on.
func (w *watch) hit(g *group, l line, why string) {
	if !g.fires() && len(w.active) >= maxActive {
		g = w.further(g)
	}
	if !g.fires() {
		w.fire(g, l, why)
		return
	}
	e := g.episode
	e.Count++
	e.First, e.Last = earlier(e.First, l.row.Time), later(e.Last, l.row.Time)
	e.Matched = later(e.Matched, l.arrived)
	w.dirty = true
	if l.arrived.Sub(e.Told) >= tellEvery {
		e.Told = l.arrived
		w.tell(repeats, g, l.arrived)
	}
}

// furtherGroups stands for all groups beyond those that have alerts of their own.
const furtherGroups = "further groups"

func (w *watch) further(of *group) *group {
	g := &group{service: of.service, values: []string{furtherGroups}}
	if e, ok := w.groups[g.key()]; ok {
		return e.Value.(*group)
	}
	w.keep(g)
	return g
}

func (w *watch) fire(g *group, l line, why string) {
	count := int64(1)
	first := l.row.Time
	if w.kind == AtLeast {
		count, first = int64(w.Spec.Count), w.firstOf(g, l)
	}
	g.episode = &episode{
		Labels: w.labels(g, l.row), First: first, Last: l.row.Time, Began: l.arrived, Matched: l.arrived, Told: l.arrived,
		Count: count, Line: cut(clean(textOf(l.row)), maxExample), Why: why,
	}
	w.active[g.key()] = g
	w.dirty = true
	w.fired = l.arrived
	w.count(l.arrived, 0, 1)
	w.tell(fires, g, l.arrived)
}

// firstOf is the instant of the first line of a burst that a line has completed.
func (w *watch) firstOf(g *group, l line) time.Time {
	first := l.row.Time
	for _, in := range []window{g.live, g.late} {
		for _, at := range in.at {
			if t := time.UnixMicro(at).UTC(); t.Before(first) && l.row.Time.Sub(t) <= w.within {
				first = t
			}
		}
	}
	return first
}

// leave ends an episode whose alert stays, so that the next line is told at once.
func (w *watch) leave(g *group) {
	g.episode.Open, g.episode.Line = true, ""
	delete(w.active, g.key())
	w.dirty = true
}

// end resolves a group's alert. What it has counted so far no longer counts.
func (w *watch) end(g *group, at time.Time) {
	w.tell(ends, g, at)
	w.held -= len(g.live.at) + len(g.late.at)
	g.episode, g.live, g.late = nil, window{}, window{}
	delete(w.active, g.key())
	w.dirty = true
}

func (w *watch) tell(what what, g *group, at time.Time) {
	w.told = append(w.told, telling{what, *g.episode, group{service: g.service, values: g.values}, at})
}

// next is when the passing of time alone changes something; zero when nothing is to come.
func (w *watch) next() time.Time {
	var next time.Time
	if w.kind == Absent {
		if len(w.active) > 0 {
			return next
		}
		return w.deadline()
	}
	if w.kind == Volume {
		return next
	}
	for _, g := range w.active {
		if at := g.episode.Matched.Add(w.quiet); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

// soonest is no later than next will be because of a line that has just arrived.
func (w *watch) soonest(arrived time.Time) time.Time {
	if w.kind == Absent {
		return arrived.Add(w.within)
	}
	return arrived.Add(w.quiet)
}

// pass lets time pass up to an instant.
func (w *watch) pass(asOf time.Time) {
	switch w.kind {
	case Absent:
		if at := w.deadline(); len(w.active) == 0 && !at.IsZero() && !asOf.Before(at) {
			w.missing(asOf)
		}
	case Volume: // see volume.go
	default:
		for _, g := range w.active {
			switch over := !asOf.Before(g.episode.Matched.Add(w.quiet)); {
			case over && w.stays:
				w.leave(g)
			case over:
				w.end(g, asOf)
			}
		}
	}
}

// deadline is when a line will have been missing for long enough, in active hours; zero when that
// never comes.
func (w *watch) deadline() time.Time {
	if w.seen.IsZero() {
		return time.Time{}
	}
	if w.hours == nil {
		return w.seen.Add(w.within)
	}
	return w.hours.NextOpen(w.hours.AddBusiness(w.seen, w.within))
}

// missing fires because no line has come.
func (w *watch) missing(asOf time.Time) {
	if w.hours != nil && !w.hours.Open(asOf) {
		return
	}
	w.always(asOf, w.seen, "no matching line has come for "+w.Spec.Within.String())
}

// always fires or refreshes the only group of a rule that is not about one line.
func (w *watch) always(asOf, since time.Time, why string) {
	l := line{arrived: asOf, row: signal.Row{Time: since}}
	g := &group{service: w.service}
	if e, ok := w.groups[g.key()]; ok {
		g = e.Value.(*group)
	} else {
		w.keep(g)
	}
	if g.episode == nil {
		w.fire(g, l, why)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
