package health

import "slices"

// State is how something is. Unknown is the zero value: what nobody has looked at is never green.
type State string

// The states.
const (
	Unknown State = ""
	OK      State = "ok"
	Warn    State = "warn"
	Bad     State = "bad"
)

// States lists the states, the best first.
var States = []State{OK, Warn, Unknown, Bad}

// rank orders states: what is unknown may be worse than degraded.
func (s State) rank() int { return max(slices.Index(States, s), 0) }

// WorseThan reports whether s is worse than other.
func (s State) WorseThan(other State) bool { return s.rank() > other.rank() }

func worst(a, b State) State {
	if b.WorseThan(a) {
		return b
	}
	return a
}

func best(a, b State) State {
	if b.WorseThan(a) {
		return a
	}
	return b
}

// Word is the state in API and text: unknown has one too.
func (s State) Word() string {
	if s == Unknown {
		return "unknown"
	}
	return string(s)
}

// Handling is how a trouble is taken.
type Handling string

// The handlings.
const (
	Open         Handling = ""             // nobody has it
	Acknowledged Handling = "acknowledged" // somebody has it
	Restored     Handling = "restored"     // a person says that users are served, though something fires
	Snoozed      Handling = "snoozed"      // somebody has put it off
	Suppressed   Handling = "suppressed"   // it follows from another trouble
	Planned      Handling = "maintenance"  // it is planned work
)

// Handlings lists the handlings, the loudest first.
var Handlings = []Handling{Open, Acknowledged, Restored, Snoozed, Suppressed, Planned}

// louder returns the one of two that needs somebody more.
func louder(a, b Handling) Handling {
	if slices.Index(Handlings, b) < slices.Index(Handlings, a) {
		return b
	}
	return a
}

// ofSeverity is how bad a severity is: 1 and 2 are bad, 3 and 4 are a warning.
func ofSeverity(severity int) State {
	if severity <= 2 {
		return Bad
	}
	return Warn
}
