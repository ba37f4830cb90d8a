package board

import (
	"cmp"
	"fmt"
	"slices"

	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/ui"
)

// tile is one service.
type tile struct {
	service   catalogue.Service
	owner     people.Team // zero when none
	incidents []incident.Incident
	of        health.Of
	causes    []health.Cause // why it is so, the worst first
	badge     ui.Badge
	rank      rank
	why       string // it is as it is, where no incident says so
}

// rank orders tiles: what needs somebody first.
type rank int

const (
	badOpen     rank = iota // severe, and nobody has it
	badHandled              // severe, somebody has it
	affected                // down with something that it needs
	warnOpen                // not severe, nobody has it
	warnHandled             // not severe, somebody has it
	firing                  // no incident, but not well either
	silent                  // its monitoring has fallen silent
	unheard                 // its monitoring has never spoken
	well
	resting // outside of its hours: whatever it is, nobody needs it now
)

// place is where a service stands.
func (t tile) place() rank {
	bad := t.badge.State == ui.Bad
	switch {
	case len(t.incidents) > 0 && bad && !t.badge.Handled:
		return badOpen
	case len(t.incidents) > 0 && bad:
		return badHandled
	case len(t.incidents) > 0 && !t.badge.Handled:
		return warnOpen
	case len(t.incidents) > 0:
		return warnHandled
	case t.of.Inactive:
		return resting
	}
	return t.quiet()
}

// quiet is where a service without incidents stands.
func (t tile) quiet() rank {
	switch t.of.State {
	case health.Bad:
		return affected
	case health.Warn:
		return firing
	case health.OK:
		return well
	case health.Unknown:
	}
	if t.of.Heard {
		return silent
	}
	return unheard
}

// worse orders tiles: by rank, then severity, then importance of the service, then name.
func worse(a, b tile) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.severity(), b.severity()),
		cmp.Compare(a.service.Tier, b.service.Tier), cmp.Compare(a.service.Name, b.service.Name))
}

// others are the keys of incidents that make the service as it is.
func (t tile) others() []string {
	var out []string
	for _, c := range t.causes {
		if key := c.Reason.Incident; key != "" && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
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
	case badOpen, affected:
		return "is-bad"
	case warnOpen, firing:
		return "is-warn"
	case badHandled, warnHandled, silent, unheard, well, resting:
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
	if b.tiles[0].rank < well {
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
