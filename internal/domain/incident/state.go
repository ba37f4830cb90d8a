package incident

import (
	"slices"

	"mainstay/internal/base/errs"
)

// State is how far an incident is.
type State string

// The states.
const (
	Open          State = "open"
	Acknowledged  State = "acknowledged"
	Investigating State = "investigating"
	Restored      State = "restored"
	Closed        State = "closed"
)

// States lists the states in their order.
var States = []State{Open, Acknowledged, Investigating, Restored, Closed}

// Active reports whether users may still be affected.
func (s State) Active() bool { return s == Open || s == Acknowledged || s == Investigating }

// act is something that is done to an incident and changes its state.
type act string

const (
	acknowledge act = "acknowledge"
	investigate act = "investigate"
	expire      act = "take the acknowledgement back"
	restore     act = "restore"
	closeIt     act = "close"
	reopen      act = "reopen"
	merge       act = "merge"
)

// transitions says what each act makes of each state; an act that is missing for a state
// is refused there. Acknowledging and restoring what already is so succeed and change
// nothing, because two people press the same button at 3 am.
var transitions = map[act]map[State]State{
	acknowledge: {Open: Acknowledged, Acknowledged: Acknowledged, Investigating: Investigating},
	investigate: {Open: Investigating, Acknowledged: Investigating, Investigating: Investigating},
	expire:      {Acknowledged: Open, Investigating: Open, Open: Open},
	restore:     {Open: Restored, Acknowledged: Restored, Investigating: Restored, Restored: Restored},
	closeIt:     {Restored: Closed, Closed: Closed},
	reopen:      {Restored: Open, Closed: Open},
	merge:       {Open: Closed, Acknowledged: Closed, Investigating: Closed, Restored: Closed},
}

// next returns the state that an act leads to, or a Conflict that says what to do instead.
func next(key string, from State, a act) (State, error) {
	if to, ok := transitions[a][from]; ok {
		return to, nil
	}
	hint := "reopen it first"
	if a == closeIt {
		hint = "restore it first"
	}
	if a == reopen {
		hint = "only restored or closed incidents are reopened"
	}
	return from, errs.Conflictf("cannot %s %s, it is %s: %s", a, key, from, hint)
}

// Can reports which of the acts that people choose from fit a state.
func (s State) Can(name string) bool {
	_, ok := transitions[act(name)][s]
	same := ok && transitions[act(name)][s] == s
	return ok && !same && slices.Contains([]act{acknowledge, investigate, restore, closeIt, reopen}, act(name))
}
