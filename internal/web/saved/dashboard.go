package saved

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/saved"
	"mainstay/internal/web/action"
)

const (
	patience = 2 * time.Second  // until the page comes without the answer of a panel
	bound    = 12 * time.Second // until the answer of a panel is given up
	soon     = 2 * time.Second  // until a panel that came without its answer is asked again
)

// board is a dashboard for one reader.
type board struct {
	saved.Dashboard
	by     actor.Actor
	last   string // range
	wall   bool
	panels []view
}

// view is one panel with its answer.
type view struct {
	saved.Shown
	panel saved.Panel
	n     int
	board *board
	// pending is set where the page did not wait for the answer.
	pending bool
	err     error
}

// dashboard is the page: all panels are asked at the same time, and none waits for another.
func (p pages) dashboard(r *http.Request, by actor.Actor) (action.Answer, error) {
	it, err := p.Saved.Dashboards.Open(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	b := boardOf(it, by, r.URL.Query())
	b.panels = make([]view, len(it.Spec.Panels))
	var all sync.WaitGroup
	for i := range b.panels {
		all.Go(func() { b.panels[i] = p.ask(r.Context(), b, i, patience) })
	}
	all.Wait()
	for i := range b.panels {
		v := &b.panels[i]
		if errors.Is(v.err, context.DeadlineExceeded) {
			v.pending, v.err = true, nil
		}
	}
	if b.wall {
		return action.Show(wallOf(b)), nil
	}
	return action.Show(dashboardOf(b)), nil
}

func boardOf(it saved.Dashboard, by actor.Actor, q url.Values) *board {
	b := &board{Dashboard: it, by: by, last: cmp.Or(it.Spec.Range, "1h"), wall: q.Get("wall") != ""}
	for _, s := range saved.Spans {
		if s.Name == q.Get("range") {
			b.last = s.Name
		}
	}
	return b
}

// panel is one panel by itself, which asks as long as its reader waits.
func (p pages) panel(r *http.Request, by actor.Actor) (action.Answer, error) {
	it, err := p.Saved.Dashboards.Get(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(it.Spec.Panels) {
		return action.Answer{}, errs.NotFoundf("dashboard %q has no such panel any more", it.Name)
	}
	b := boardOf(it, by, r.URL.Query())
	v := p.ask(r.Context(), b, n, bound)
	if errors.Is(v.err, context.DeadlineExceeded) {
		v.err = errs.Unavailablef("this took longer than %d seconds and was given up: a shorter range makes it faster", int(bound/time.Second))
	}
	return action.Show(panelOf(v)), nil
}

// ask answers a panel within a time of its own.
func (p pages) ask(ctx context.Context, b *board, n int, within time.Duration) view {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	v := view{panel: b.Spec.Panels[n], n: n, board: b}
	v.Shown, v.err = p.Saved.Panel(ctx, b.by, v.panel, p.Clock.Now(), saved.Length(b.last))
	if v.err != nil && ctx.Err() != nil {
		v.err = ctx.Err()
	}
	return v
}

// every is when the panel is asked again.
func (v view) every() time.Duration {
	if v.pending {
		return soon
	}
	return time.Duration(v.board.Spec.Every()) * time.Second
}

func (v view) id() string { return "panel-" + strconv.Itoa(v.n) }

func (v view) src() string {
	return v.board.address(dashboardURL(v.board.Name)+"/panels/"+strconv.Itoa(v.n), v.board.last)
}

func (b *board) address(path, last string) string {
	q := url.Values{"range": {last}}
	if b.wall {
		q.Set("wall", "1")
	}
	return path + "?" + q.Encode()
}

// search leads to the lines behind a panel.
func (v view) search() string {
	s := v.Asked
	s.Range = v.board.last
	return s.Path()
}

func (v view) class() string {
	if v.panel.Width == "full" {
		return "panel panel-full"
	}
	return "panel"
}
