package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/internal/probe"
)

// State is how it stands with a check, or with one of its locations.
type State string

// The states. Waiting is one that nobody has told yet; Off one of a check that is disabled.
const (
	Waiting  State = "waiting"
	OK       State = State(probe.OK)
	Degraded State = State(probe.Degraded)
	Failed   State = State(probe.Failed)
	Unknown  State = State(probe.Unknown)
	Off      State = "disabled"
)

// Place is a location of a check, the state that counts there and its last result.
type Place struct {
	Name   string
	State  State
	Since  time.Time // wall time, as the next
	At     time.Time // of the last result
	Result probe.Result
	// Tries says that the last result is not ok and does not count yet.
	Tries int
}

// verdict is what all locations say together.
type verdict struct {
	state   State
	message string
	quiet   bool // it is no reason for an alert
}

// combine says what the locations say together: failed when so many as needed say so; unknown when
// those that cannot tell could make it so many; degraded when any location is not ok. A minority that has failed is
// degraded and no reason for an alert: that is what a quorum is for.
func combine(places []Place, needed int) verdict {
	n := map[State]int{}
	for _, p := range places {
		n[p.State]++
	}
	say := func(s State) string { return tell(places, s) }
	switch {
	case n[Failed] >= needed:
		return verdict{state: Failed, message: say(Failed)}
	case n[Unknown] > 0 && n[Failed]+n[Unknown] >= needed:
		return verdict{state: Unknown, message: say(Unknown)}
	case n[Waiting] > 0 && n[Failed]+n[Unknown]+n[Waiting] >= needed:
		return verdict{state: Waiting, message: "no result yet", quiet: true}
	case n[Degraded] >= needed:
		return verdict{state: Degraded, message: say(Degraded)}
	case n[Failed] > 0:
		return verdict{state: Degraded, message: say(Failed), quiet: true}
	case n[Unknown] > 0:
		return verdict{state: Degraded, message: say(Unknown), quiet: true}
	case n[Degraded] > 0:
		return verdict{state: Degraded, message: say(Degraded), quiet: n[Degraded] < needed}
	}
	return verdict{state: OK, message: say(OK)}
}

// tell says what the locations in a state say: the first one's message, and how many there are.
func tell(places []Place, s State) string {
	var in []string
	message := ""
	for _, p := range places {
		if p.State == s {
			in = append(in, p.Name)
			if message == "" {
				message = p.Result.Message
			}
		}
	}
	if len(places) < 2 || len(in) == 0 {
		return message
	}
	slices.Sort(in)
	shown := strings.Join(in[:min(len(in), 3)], ", ")
	if len(in) > 3 {
		shown += " …"
	}
	return fmt.Sprintf("%d of %d locations (%s): %s", len(in), len(places), shown, message)
}

// standing is how it stands with a check, as it is stored.
type standing struct {
	state   State
	message string
	since   time.Time
	// alert is the state that its open alert tells of; "" without one.
	alert State
	told  time.Time // when that alert was last said to fire
}

// move is what becomes of a standing.
type move struct {
	is      standing
	changed bool  // the state is another
	fires   State // its alert begins or is said again; "" for none
	ends    State // the alert of this state ends
}

// again is how long the alert of a check that stays bad is not said again.
const again = 5 * time.Minute

// next moves a standing by a verdict. Open says whether alerts may begin now.
func (s standing) next(v verdict, open bool, now time.Time) move {
	m := move{is: s, changed: v.state != s.state}
	m.is.state, m.is.message = v.state, v.message
	if m.changed {
		m.is.since = now
	}
	wants := State("")
	if !v.quiet && (v.state == Failed || v.state == Degraded || v.state == Unknown) {
		wants = v.state
	}
	if v.state == Waiting { // nobody knows: what fires goes on
		return m
	}
	switch {
	case wants == "" && s.alert != "":
		m.ends, m.is.alert, m.is.told = s.alert, "", time.Time{}
	case wants == "":
	case wants == s.alert && now.Sub(s.told) < again && !m.changed:
	case wants == s.alert, s.alert != "", open:
		m.fires, m.is.alert, m.is.told = wants, wants, now
		if s.alert != wants {
			m.ends = s.alert
		}
	}
	return m
}

// held reports whether an alert would have begun, were it not for the hours.
func (s standing) held() bool {
	return s.alert == "" && (s.state == Failed || s.state == Degraded || s.state == Unknown)
}
