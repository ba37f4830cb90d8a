package ui

// State is how something is. Unknown is the zero value: what nobody has looked at is never green.
type State int

// The states, from the one that says least to the one that needs somebody.
const (
	Unknown State = iota
	OK
	Inactive
	Maintenance
	Warn
	Bad
)

type look struct{ class, icon, word string }

var looks = map[State]look{
	Unknown:     {"unknown", "question", "Unknown"},
	OK:          {"ok", "check", "OK"},
	Inactive:    {"inactive", "dash", "Inactive"},
	Maintenance: {"maintenance", "wrench", "Maintenance"},
	Warn:        {"warn", "triangle", "Degraded"},
	Bad:         {"bad", "cross", "Down"},
}

func (s State) look() look {
	if l, ok := looks[s]; ok {
		return l
	}
	return looks[Unknown]
}

// Word is the state's default word: "OK", "Degraded", "Down", "Unknown", "Inactive", "Maintenance".
func (s State) Word() string { return s.look().word }

// class is the name used in CSS: badge-ok, text-bad, card-warn.
func (s State) class() string { return s.look().class }

// TwoColours folds the state for services that want only good and bad: what is degraded is bad.
func (s State) TwoColours() State {
	if s == Warn {
		return Bad
	}
	return s
}

// Badge shows a state by icon, word and colour.
type Badge struct {
	State State
	// Word replaces the state's own word, such as "Late" or "Firing".
	Word string
	// Note follows the word quietly and says why, such as "acknowledged by Ana, 14:02".
	Note string
	// Handled outlines the badge instead of filling it: somebody is on it, or it is snoozed or suppressed.
	Handled bool
	// Icon replaces the state's own, where the word says more than how bad it is: somebody has it.
	Icon string
}

func (b Badge) icon() string {
	if b.Icon != "" {
		return b.Icon
	}
	return b.State.look().icon
}

func (b Badge) word() string {
	if b.Word != "" {
		return b.Word
	}
	return b.State.Word()
}

// Class is the name of the state in CSS, Words and Picture are what the badge shows: for drawings, which
// cannot hold a badge.
func (b Badge) Class() string { return b.State.class() }

// Words is the badge's word.
func (b Badge) Words() string { return b.word() }

// Picture is the name of the badge's icon.
func (b Badge) Picture() string { return b.icon() }
