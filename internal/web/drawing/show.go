package drawing

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/health"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/look/canvas"
)

// view is a drawing as a page shows it.
type view struct {
	of       health.Of
	desk     *health.Desk
	canvas   *canvas.Canvas
	causes   []health.Cause
	mayEdit  bool
	selected string // component whose details are shown; empty when none
	detail   detail

	// What if: the components that are taken as down, and what is lost then.
	down   []string
	loss   health.Loss
	losing bool
}

// How many causes the page has room for.
const maxCauses = 8

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	v, err := p.view(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	return action.Show(page(v)), nil
}

// live is what keeps the page up to date. A reader who says what is shown gets only what is not.
func (p pages) live(r *http.Request, by actor.Actor) (action.Answer, error) {
	v, err := p.view(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	if changed, same := v.canvas.Since(r.Header.Get("X-Mainstay-Have")); same {
		v.canvas = changed
		return action.Show(livePatch(v)), nil
	}
	return action.Show(liveDrawing(v)), nil
}

// view reads the drawing of a service, and what is asked about it in the address.
func (p pages) view(r *http.Request, by actor.Actor) (v view, err error) {
	name := r.PathValue("name")
	drawn, err := p.Health.Drawn(r.Context(), by, name)
	if err != nil {
		return v, err
	}
	v.desk, v.down = drawn.Desk, down(r.URL.Query())
	if len(v.down) > 0 {
		then, err := drawn.Desk.WithDown(v.down)
		if err != nil {
			return v, supposed(err)
		}
		v.loss, v.losing, v.desk = drawn.Desk.Lose(then, v.down), true, then
	}
	v.of, _ = v.desk.Service(name)
	v.causes = v.desk.CausesOfService(name, maxCauses)
	v.mayEdit = p.Catalogue.MayChangeService(by, v.of.Service)
	v.canvas = canvas.New("drawing", drawn.Picture, v.desk)
	v.canvas.Movable = v.mayEdit && !v.losing
	v.canvas.Link = v.linkTo
	if v.selected = r.URL.Query().Get("part"); v.selected != "" {
		v.detail, err = p.detailOf(r, by, v.desk, name, v.selected)
	}
	return v, err
}

// supposed turns a question about what is not there into a page that is not there.
func supposed(err error) error {
	if errs.Is(err, errs.Invalid) {
		return errs.NotFoundf("%s", err.Error())
	}
	return err
}

// down are the components that the address takes as down.
func down(q url.Values) []string {
	var out []string
	for _, list := range q["down"] {
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// address is a page of this drawing under the same suppositions.
func (v view) address(path string, pairs ...string) string {
	q := url.Values{}
	if len(v.down) > 0 {
		q.Set("down", strings.Join(v.down, ","))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
			continue
		}
		q.Set(pairs[i], pairs[i+1])
	}
	to := look.BoardURL(v.of.Name) + path
	if len(q) == 0 {
		return to
	}
	return to + "?" + q.Encode()
}

func (v view) linkTo(component string) string { return v.address("", "part", component) + "#part" }

// with is the same question with one component more, or less when it is taken as down already.
func (v view) with(component string) string {
	list := slices.DeleteFunc(slices.Clone(v.down), func(name string) bool { return name == component })
	if len(list) == len(v.down) {
		list = append(list, component)
	}
	return v.address("", "down", strings.Join(list, ","), "part", component)
}
