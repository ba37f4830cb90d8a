package oncall

import (
	"slices"
	"strings"
	"time"

	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/web/look"
)

// heading names the weeks that are shown.
func (in showPage) heading() string {
	from, to := in.instant(0).In(in.zone), in.instant(7*in.weeks-1).In(in.zone)
	if from.Year() != to.Year() {
		return from.Format("2 Jan 2006") + " – " + to.Format("2 Jan 2006")
	}
	return from.Format("2 Jan") + " – " + to.Format("2 Jan 2006")
}

// step is the first day of what is shown that many pages away.
func (in showPage) step(pages int) calendar.Date { return in.first + calendar.Date(pages*7*in.weeks) }

// overridden reports whether anybody is on call in the shift by an override.
func (l line) overridden() bool {
	for _, d := range l.People {
		if d.Why == oncall.ByOverride {
			return true
		}
	}
	return false
}

// fromWhen says whether taking an override back matters at once.
func fromWhen(o overrideLine, now time.Time) string {
	if o.From.After(now) {
		return " in that time."
	}
	return ", from now on, and is told so."
}

// told is what the coverage of a roster says, in a sentence.
type told struct {
	state oncall.State
	text  string
}

// tell says when nobody, only the fallback person, or nobody on purpose is on call: what must
// be closed first.
func tell(c oncall.Coverage) []told {
	r, err := oncall.Parse(c.Roster.Name, c.Roster.Spec)
	if err != nil {
		return nil // it was valid when stored; the zone data has changed since
	}
	var out []told
	for _, state := range []oncall.State{oncall.Gap, oncall.Fallback, oncall.Nobody} {
		holes := slices.DeleteFunc(slices.Clone(c.Holes), func(h oncall.Hole) bool { return h.State != state })
		for _, text := range r.Report(holes) {
			out = append(out, told{state, strings.ToUpper(text[:1]) + text[1:]})
		}
	}
	return out
}

func zoneWords(l oncall.LayerSpec, zone string) string {
	if l.Zone == "" || l.Zone == zone {
		return look.City(zone)
	}
	return look.City(l.Zone)
}

// slotWords lists who takes turns: "Ana Ruiz → Ben Ode and Cho Lee → nobody".
func (in showPage) slotWords(slots [][]string) string {
	out := make([]string, len(slots))
	for i, slot := range slots {
		names := make([]string, len(slot))
		for j, login := range slot {
			names[j] = in.name(login)
		}
		out[i] = strings.Join(names, " and ")
		if len(slot) == 0 {
			out[i] = "nobody"
		}
	}
	return strings.Join(out, " → ")
}
