package host

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// State is how it stands with a host and a roll, or with a file of one.
type State string

// The states, from the one that needs most to the one that needs nothing. A host has the first that fits.
const (
	Unknown State = "unknown"
	Old     State = "old"
	Missing State = "missing"
	Edited  State = "edited"
	Extra   State = "extra"
	Current State = "current"
)

// States lists every state.
var States = []State{Unknown, Old, Missing, Edited, Extra, Current}

// Counts is how many files of a host are not as the manifest says.
type Counts struct{ Old, Missing, Edited, Extra int }

func (c *Counts) add(s State, n int) {
	switch s {
	case Old:
		c.Old += n
	case Missing:
		c.Missing += n
	case Edited:
		c.Edited += n
	case Extra:
		c.Extra += n
	case Unknown, Current:
	}
}

// All is how many they are together.
func (c Counts) All() int { return c.Old + c.Missing + c.Edited + c.Extra }

// fileState says what is wrong with a file that is not as the manifest says. There means that
// something lies at its path, right that it was as it should be at some time since the roll.
func fileState(there, right bool) State {
	switch {
	case right:
		return Edited
	case there:
		return Old
	}
	return Missing
}

// hostState is the state of a host that was heard of in time or not.
func hostState(heard bool, c Counts) State {
	switch {
	case !heard:
		return Unknown
	case c.Old > 0:
		return Old
	case c.Missing > 0:
		return Missing
	case c.Edited > 0:
		return Edited
	case c.Extra > 0:
		return Extra
	}
	return Current
}

// Standing is how it stands with one host.
type Standing struct {
	Number int // in the list, from 1
	Host   string
	State  State
	Counts Counts
	// Differences are the first files that are not as they should be; Cut says that there are more.
	Differences []Difference
	Cut         bool
	Root        Root // zero when the host has never sent the root
}

// Difference is a file that is not as the manifest says.
type Difference struct {
	State State
	Want  string // SHA-256; "" for what the manifest does not name
	File         // as it is; SHA256 is "" when it is not there
}

// Report is how it stands with a roll.
type Report struct {
	Roll
	At        time.Time
	Standings []Standing // by host
}

// Tally counts the hosts by state.
func (r Report) Tally() map[State]int {
	out := map[State]int{}
	for _, s := range r.Standings {
		out[s.State]++
	}
	return out
}

// Done reports whether every host has the release; one of no hosts is not.
func (r Report) Done() bool {
	return len(r.Standings) > 0 && r.Tally()[Current] == len(r.Standings)
}

// Of are the standings of one state.
func (r Report) Of(s State) []Standing {
	var out []Standing
	for _, st := range r.Standings {
		if st.State == s {
			out = append(out, st)
		}
	}
	return out
}

// Headline says the most important thing first: "1 of 12 hosts still has the old file: web7, lib/pay.jar", or
// "12 of 12 hosts have release 2026.11.21".
func (r Report) Headline() string {
	total := len(r.Standings)
	if total == 0 {
		return "Nothing is known yet: no host has sent an inventory of " + r.Root
	}
	for _, s := range []State{Old, Missing, Edited, Extra, Unknown} {
		if list := r.Of(s); len(list) > 0 {
			return headline(s, list, total)
		}
	}
	if total == 1 {
		return fmt.Sprintf("The host has release %s", r.Name)
	}
	return fmt.Sprintf("%d of %d hosts have release %s", total, total, r.Name)
}

// headlines are the words of the first sentence for one host and for several.
var headlines = map[State][2]string{
	Old:     {"still has the old file", "still have old files"},
	Missing: {"lacks a file", "lack files"},
	Edited:  {"has a file that was changed after the roll", "have files that were changed after the roll"},
	Extra:   {"has a file that does not belong to the release", "have files that do not belong to the release"},
	Unknown: {"is silent: nobody knows what it has", "are silent: nobody knows what they have"},
}

func headline(s State, list []Standing, total int) string {
	names := make([]string, len(list))
	for i, st := range list {
		names[i] = st.Host
	}
	if len(list) > 1 {
		return fmt.Sprintf("%d of %d hosts %s: %s", len(list), total, headlines[s][1], joined(names))
	}
	words := headlines[s][0]
	if n := list[0].Counts; s != Unknown && n.of(s) > 1 {
		words = strings.Replace(severals[s], "N", strconv.Itoa(n.of(s)), 1)
	}
	where := names[0]
	if d := slices.IndexFunc(list[0].Differences, func(d Difference) bool { return d.State == s }); d >= 0 && list[0].Counts.of(s) == 1 {
		where += ", " + list[0].Differences[d].Path
	}
	if total == 1 {
		return fmt.Sprintf("The host %s: %s", words, where)
	}
	return fmt.Sprintf("1 of %d hosts %s: %s", total, words, where)
}

// severals are the words for several files of one host.
var severals = map[State]string{
	Old: "still has N old files", Missing: "lacks N files", Edited: "has N files that were changed after the roll",
	Extra: "has N files that do not belong to the release",
}

// of is the number of files of a state.
func (c Counts) of(s State) int {
	return map[State]int{Old: c.Old, Missing: c.Missing, Edited: c.Edited, Extra: c.Extra}[s]
}

// namedHosts is how many hosts a sentence names.
const namedHosts = 5

func joined(names []string) string {
	if len(names) > namedHosts {
		return strings.Join(names[:namedHosts], ", ") + fmt.Sprintf(" and %d more", len(names)-namedHosts)
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Rest counts the hosts that the headline does not speak of: "10 have release 2026.11.21, 1 is silent".
func (r Report) Rest() string {
	tally := r.Tally()
	var parts []string
	first := true
	for _, s := range []State{Old, Missing, Edited, Extra, Unknown, Current} {
		n := tally[s]
		if n == 0 {
			continue
		}
		if first {
			first = false
			continue
		}
		parts = append(parts, fmt.Sprintf(pick(n == 1, rests[s][0], rests[s][1]), n))
	}
	text := strings.Join(parts, ", ")
	if n := tally[Current]; n > 0 && len(parts) > 0 {
		text += " " + r.Name
	}
	return text
}

var rests = map[State][2]string{
	Missing: {"%d lacks files", "%d lack files"},
	Edited:  {"%d was changed after the roll", "%d were changed after the roll"},
	Extra:   {"%d has files that do not belong to it", "%d have files that do not belong to it"},
	Unknown: {"%d is silent", "%d are silent"},
	Current: {"%d has release", "%d have release"},
}

func pick(one bool, a, b string) string {
	if one {
		return a
	}
	return b
}

// Sentence is headline and rest, for those who have one line.
func (r Report) Sentence() string {
	if rest := r.Rest(); rest != "" {
		return r.Headline() + "; " + rest
	}
	return r.Headline()
}
