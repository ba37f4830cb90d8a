package logs

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/search"
	"mainstay/internal/web/action"
)

// single is one line.
type single struct {
	found
	row    search.Row
	around []search.Row
	n      int  // how many lines before and after it are shown
	all    bool // values are shown as long as they are
}

const (
	mostAround = 500
	fewAround  = 10
	shownValue = 4 << 10 // bytes of a value, unless all of it is asked for
	shownRaw   = 2 << 10 // bytes of a line in the raw view
)

// line is one line with all its fields, and what surrounds it.
func (p pages) line(r *http.Request, by actor.Actor) (action.Answer, error) {
	q := r.URL.Query()
	place, err := placeOf(q)
	if err != nil {
		return action.Answer{}, err
	}
	s := single{n: number(q, "around", mostAround), all: q.Get("all") != ""}
	s.now = p.Search.Clock.Now()
	if s.asked, err = read(q, s.now); err != nil {
		return action.Answer{}, err
	}
	if s.row, err = p.Search.Line(r.Context(), by, place, s.logsql); err != nil {
		return p.noLine(r, s, err)
	}
	if s.n > 0 {
		if s.around, err = p.Search.Around(r.Context(), by, place, s.n); err != nil {
			return p.noLine(r, s, err)
		}
	}
	if r.Header.Get("HX-Request") != "" {
		return action.Show(details(s)), nil
	}
	return action.Show(linePage(s)), nil
}

// noLine keeps the address of a line good while the engine starts again.
func (p pages) noLine(r *http.Request, s single, err error) (action.Answer, error) {
	if !unavailable(err) {
		return action.Answer{}, err
	}
	s.err = err
	if r.Header.Get("HX-Request") != "" {
		return action.Show(trouble(s.found)), nil
	}
	return action.Show(linePage(s)), nil
}

// here reports whether a row of the surroundings is the line itself.
func (s single) here(r search.Row) bool { return r.Place() == s.row.Place() }
