package drawing

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mainstay/internal/domain/catalogue"
)

// estate is any set of components whose dependencies have no circle.
func estate(r *rapid.T) []catalogue.Component {
	list := make([]catalogue.Component, rapid.IntRange(1, 60).Draw(r, "components"))
	for i := range list {
		list[i] = catalogue.Component{ID: catalogue.ComponentID(fmt.Sprint("id", i)), Name: fmt.Sprintf("c%03d", i), Title: "C", Service: "s",
			Layer: rapid.SampledFrom(catalogue.Layers).Draw(r, "layer")}
		if i > 0 {
			for _, j := range rapid.SliceOfNDistinct(rapid.IntRange(0, i-1), 0, min(i, 4), rapid.ID).Draw(r, "needs") {
				list[i].DependsOn = append(list[i].DependsOn, list[j].ID)
			}
		}
	}
	return list
}

func TestNoPartIsLaidOnAnother(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		all := estate(r)
		var d Drawing
		for _, c := range all {
			if rapid.IntRange(0, 4).Draw(r, "moved") == 0 && len(d.Spec.Parts) == 0 {
				d.Spec.Parts = append(d.Spec.Parts, Part{Component: c.Name, X: new(rapid.Float64Range(0, 600).Draw(r, "x")), Y: new(rapid.Float64Range(0, 600).Draw(r, "y"))})
			}
		}
		p := Compose(catalogue.Service{ID: "s"}, d, all)
		if len(p.Parts) != len(all) {
			r.Fatalf("%d of %d parts are drawn", len(p.Parts), len(all))
		}
		for i, a := range p.Parts {
			if a.X < 0 || a.Y < 0 || a.X+BoxWidth > p.Width || a.Y+BoxHeight > p.Height {
				r.Fatalf("%s stands outside of the drawing", a.Name)
			}
			for _, b := range p.Parts[i+1:] {
				if math.Abs(a.X-b.X) < BoxWidth && math.Abs(a.Y-b.Y) < BoxHeight {
					r.Fatalf("%s and %s stand on each other: %v,%v and %v,%v", a.Name, b.Name, a.X, a.Y, b.X, b.Y)
				}
			}
		}
	})
}

func TestLayersStandInTheirOrderAndNeedsPointDown(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := Compose(catalogue.Service{ID: "s"}, Drawing{}, estate(r))
		for _, a := range p.Parts {
			for _, b := range p.Parts {
				if floors[a.Layer] < floors[b.Layer] && a.Y >= b.Y {
					r.Fatalf("%s (%s) does not stand above %s (%s)", a.Name, a.Layer, b.Name, b.Layer)
				}
			}
		}
		for _, l := range p.Lines {
			a, b := p.Parts[l.From], p.Parts[l.To]
			if a.Layer == b.Layer && a.Y >= b.Y {
				r.Fatalf("%s needs %s of its own layer, and does not stand above it", a.Name, b.Name)
			}
		}
	})
}

func TestTheSamePartsComeOutTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		all := estate(r)
		a := Compose(catalogue.Service{ID: "s"}, Drawing{}, all)
		slices.Reverse(all)
		b := Compose(catalogue.Service{ID: "s"}, Drawing{}, all)
		for i := range a.Parts {
			if a.Parts[i].X != b.Parts[i].X || a.Parts[i].Y != b.Parts[i].Y {
				r.Fatalf("%s stands elsewhere the second time", a.Parts[i].Name)
			}
		}
	})
}

func TestPartsOfOtherServicesEndTheDrawing(t *testing.T) {
	c := func(name string, service catalogue.ServiceID, needs ...catalogue.ComponentID) catalogue.Component {
		return catalogue.Component{ID: catalogue.ComponentID(name), Name: name, Service: service, Layer: catalogue.Application, DependsOn: needs}
	}
	all := []catalogue.Component{c("own", "s", "shared", "foreign"), c("shared", "", "switch"), c("switch", ""), c("foreign", "other", "hidden"),
		c("hidden", "other"), c("put", "other"), c("else", "other")}
	p := Compose(catalogue.Service{ID: "s"}, Drawing{Spec: Spec{Parts: []Part{{Component: "put"}, {Component: "gone"}}}}, all)
	var names []string
	for _, part := range p.Parts {
		names = append(names, part.Name)
	}
	if want := []string{"foreign", "own", "put", "shared", "switch"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func BenchmarkLayoutOf500(b *testing.B) {
	var all []catalogue.Component
	for i := range 500 {
		c := catalogue.Component{ID: catalogue.ComponentID(fmt.Sprint(i)), Name: fmt.Sprintf("c%03d", i), Service: "s", Layer: catalogue.Layers[i%len(catalogue.Layers)]}
		for j := max(0, i-7); j < i; j += 3 {
			c.DependsOn = append(c.DependsOn, all[j].ID)
		}
		all = append(all, c)
	}
	for b.Loop() {
		Compose(catalogue.Service{ID: "s"}, Drawing{}, all)
	}
}
