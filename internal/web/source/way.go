package source

import (
	"net/http"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// way shows how log lines get to the engine.
func (p pages) way(_ *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.SystemRead, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	return action.Show(wayPage(wayOf{p.Log.Way(), p.Clock.Now()})), nil
}

type wayOf struct {
	Way
	now time.Time
}

func (w wayOf) engine() ui.Badge {
	switch {
	case !w.Up:
		return ui.Badge{State: ui.Bad, Word: "Down"}
	case w.Failing != "":
		return ui.Badge{State: ui.Warn, Word: "Up, rejects lines"}
	}
	return ui.Badge{State: ui.OK, Word: "Up"}
}

// spool is how full the room for lines on their way is.
func (w wayOf) spool() ui.Badge {
	word := amount(w.Bytes) + " of " + amount(w.Limit)
	switch {
	case w.Full:
		return ui.Badge{State: ui.Bad, Word: word, Note: "full: senders are told to wait"}
	case w.Failure != "":
		return ui.Badge{State: ui.Bad, Word: word, Note: "cannot be written"}
	case w.Bytes*5 >= w.Limit*4:
		return ui.Badge{State: ui.Bad, Word: word, Note: "normal and low sources wait"}
	case w.Bytes*2 >= w.Limit:
		return ui.Badge{State: ui.Warn, Word: word, Note: "low sources wait"}
	}
	return ui.Badge{State: ui.OK, Word: word}
}

// What counts as slow.
const (
	lagging  = 30 * time.Second
	lagged   = 5 * time.Minute
	slowSync = 100 * time.Millisecond
)

func (w wayOf) reader(r Reader) ui.Badge {
	if r.Oldest.IsZero() || r.Bytes == 0 {
		return ui.Badge{State: ui.OK, Word: "None"}
	}
	late := w.now.Sub(r.Oldest)
	b := ui.Badge{State: ui.OK, Word: ui.Words(max(late, 0)) + " behind"}
	switch {
	case late > lagged:
		b.State = ui.Bad
	case late > lagging:
		b.State = ui.Warn
	}
	return b
}

func (w wayOf) sync() ui.Badge {
	b := ui.Badge{State: ui.OK, Word: w.Sync.Round(10 * time.Microsecond).String()}
	if w.Sync > slowSync {
		b.State = ui.Warn
	}
	if w.Failure != "" {
		b = ui.Badge{State: ui.Bad, Word: "Failed"}
	}
	return b
}

// some is a badge for what should be nothing.
func some(n int64, what string, state ui.State) ui.Badge {
	if n == 0 {
		return ui.Badge{State: ui.OK, Word: "None"}
	}
	return ui.Badge{State: state, Word: what}
}

// couldRepeat says what a crash now could do.
func (w wayOf) couldRepeat() string {
	if w.Unsettled == 0 {
		return "A crash now would replay nothing: everything that the engine took is on disk."
	}
	return "A crash now would replay up to " + amount(w.Unsettled) + " of lines, marked with the field replay: the engine may not have them on disk yet."
}
