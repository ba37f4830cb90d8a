package source

import (
	"net/http"
	"slices"
	"strconv"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

type listPage struct {
	rows          []source.Traffic
	kept          []source.Keeping // of each
	mayAdd, admin bool
}

func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	rows, err := p.Sources.Traffic(r.Context(), by)
	kept := make([]source.Keeping, len(rows))
	for i, row := range rows {
		kept[i] = p.Sources.Keeping(row.Spec)
	}
	return action.Show(listOf(listPage{rows, kept, people.Can(by, people.SourceWrite, people.Target{Teams: by.Teams}), seesAdmin(by)})), err
}

// classes reports whether lines are kept for more than one time, or somebody wants that.
func (in listPage) classes() bool {
	return slices.ContainsFunc(in.kept, func(k source.Keeping) bool { return k.Asked != signal.Standard })
}

// keptBadge is how lines are kept.
func keptBadge(k source.Keeping) ui.Badge {
	b := ui.Badge{State: ui.OK, Word: string(k.Class)}
	if k.Class != k.Asked {
		b.State, b.Note = ui.Warn, string(k.Asked)+" is not on"
	}
	return b
}

// lasting is how long lines are kept, in words.
func lasting(k source.Keeping) string {
	if k.For == 0 {
		return string(k.Class)
	}
	return string(k.Class) + ", " + strconv.Itoa(int(k.For.Hours()/24)) + " days"
}
