package board

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"mainstay/internal/base/text"
)

// view is one thing that a wall shows: the board, or the drawing of a service.
type view struct{ name, title, src string }

// views are what a wall cycles through, and how many seconds it stays with each.
type views struct {
	list  []view
	every int
}

const (
	boardView    = "board"
	usualSeconds = 20
	fewSeconds   = 5
	manySeconds  = 3600
	maxViews     = 30
)

// viewsOf reads ?view=board&view=payments&every=20. Without any the wall shows the board; "all" stands for
// the board and every service that has a drawing.
func viewsOf(r *http.Request, b board) views {
	v := views{every: usualSeconds}
	if n, err := strconv.Atoi(r.URL.Query().Get("every")); err == nil {
		v.every = min(max(n, fewSeconds), manySeconds)
	}
	for _, name := range r.URL.Query()["view"] {
		if name == "all" {
			v.add(b, boardView)
			for _, s := range b.drawn() {
				v.add(b, s)
			}
			continue
		}
		v.add(b, name)
	}
	if len(v.list) == 0 {
		v.add(b, boardView)
	}
	return v
}

// add takes a view up once, and only one that there is.
func (v *views) add(b board, name string) {
	if len(v.list) >= maxViews || slices.ContainsFunc(v.list, func(w view) bool { return w.name == name }) {
		return
	}
	if name == boardView {
		v.list = append(v.list, view{boardView, "Board", "/wall/board"})
		return
	}
	i := slices.IndexFunc(b.tiles, func(t tile) bool { return t.service.Name == name })
	if i >= 0 && text.ValidName(name) {
		v.list = append(v.list, view{name, b.tiles[i].service.Title, "/wall/service/" + name})
	}
}

// drawn are the services that have parts to draw, in the order of their names.
func (b board) drawn() []string {
	var out []string
	for _, t := range b.tiles {
		if t.of.Parts > 0 {
			out = append(out, t.service.Name)
		}
	}
	slices.Sort(out)
	return out
}

func (v views) first() string { return v.list[0].name }

// attributes tell the script what to cycle through.
func (v views) attributes() templ.Attributes {
	var from []string
	for _, one := range v.list {
		from = append(from, one.src)
	}
	list, _ := json.Marshal(from) // texts
	return templ.Attributes{"data-wall-views": string(list), "data-wall-every": strconv.Itoa(v.every)}
}

// address is a wall that stays with one view.
func (v views) address(i int) string { return "/wall?view=" + url.QueryEscape(v.list[i].name) }

// fetchSoon has the first view fetched at once where the page does not hold it.
func (v views) fetchSoon() time.Duration { return time.Second }
