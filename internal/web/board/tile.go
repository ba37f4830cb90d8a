package board

import (
	"cmp"
	"fmt"

	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// tile is one service.
type tile struct {
	service   catalogue.Service
	owner     people.Team // zero when none
	incidents []incident.Incident
	input     alert.Input
	heard     bool // monitoring has said anything about it, ever
	badge     ui.Badge
	rank      rank
	why       string // it is as it is, where no incident says so
}

// rank orders tiles: what needs somebody first.
type rank int

const (
	badOpen     rank = iota // severe, and nobody has it
	badHandled              // severe, somebody has it
	warnOpen                // not severe, nobody has it
	warnHandled             // not severe, somebody has it
	firing                  // restored by a person, but an alert still says otherwise
	silent                  // its monitoring has fallen silent
	unheard                 // its monitoring has never spoken
	well
)

// judge says how a service is: its badge, its place on the board, and why, where no incident
// says so.
func judge(t tile) (ui.Badge, rank, string) {
	b, why := look.Service(t.incidents, t.input, t.heard)
	return b, t.place(b), why
}

// place is where a service with this badge stands.
func (t tile) place(b ui.Badge) rank {
	switch {
	case len(t.incidents) > 0 && b.State == ui.Bad && !b.Handled:
		return badOpen
	case len(t.incidents) > 0 && b.State == ui.Bad:
		return badHandled
	case len(t.incidents) > 0 && !b.Handled:
		return warnOpen
	case len(t.incidents) > 0:
		return warnHandled
	case t.input.Stale > 0:
		return silent
	case t.input.Firing > 0:
		return firing
	case !t.heard:
		return unheard
	}
	return well
}

// worse orders tiles: by rank, then severity, then importance of the service, then name.
func worse(a, b tile) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.severity(), b.severity()),
		cmp.Compare(a.service.Tier, b.service.Tier), cmp.Compare(a.service.Name, b.service.Name))
}

func (t tile) severity() int {
	worst := 5
	for _, i := range t.incidents {
		worst = min(worst, i.Severity)
	}
	return worst
}

// class marks the row of a tile that needs somebody.
func (t tile) class() string {
	switch t.rank {
	case badOpen:
		return "is-bad"
	case warnOpen, firing:
		return "is-warn"
	case badHandled, warnHandled, silent, unheard, well:
	}
	return ""
}

// worst is how the whole desk is: the first tile, or unknown without any.
func (b board) worst() ui.Badge {
	if len(b.tiles) == 0 {
		return ui.Badge{State: ui.Unknown, Word: "No services yet"}
	}
	first := b.tiles[0].badge
	first.Note = ""
	n := 0
	for _, t := range b.tiles {
		if t.rank == b.tiles[0].rank {
			n++
		}
	}
	if b.tiles[0].rank != well {
		first.Note = plural(n, "service")
	}
	return first
}

// unknown counts the services of which nobody knows how they are.
func (b board) unknown() int {
	n := 0
	for _, t := range b.tiles {
		if t.badge.State == ui.Unknown {
			n++
		}
	}
	return n
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
