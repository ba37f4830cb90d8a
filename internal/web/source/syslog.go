package source

import (
	"fmt"
	"strings"

	"mainstay/internal/web/ui"
)

func (s Syslog) state() ui.State {
	switch {
	case s.Lost > 0 || s.Waiting != "" || len(s.TurnedAway) > 0:
		return ui.Bad
	case s.Unlisted > 0:
		return ui.Warn
	}
	return ui.OK
}

// shownAddresses is how many addresses are named.
const shownAddresses = 10

// others names the addresses that are turned away most often.
func (s Syslog) others() string {
	shown := s.Addresses[:min(len(s.Addresses), shownAddresses)]
	out := "Turned away: " + strings.Join(shown, ", ")
	if n := len(s.Addresses) - len(shown); n > 0 {
		out += fmt.Sprintf(" and %d more", n)
	}
	return out + "."
}
