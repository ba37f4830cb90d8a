package drawing

import (
	"cmp"
	"math"
	"slices"

	"mainstay/internal/domain/catalogue"
)

// Sizes of the drawing, in pixels.
const (
	BoxWidth  = 176
	BoxHeight = 54
	columnGap = 32
	rowGap    = 34
	margin    = 24
	groupPad  = 14
	groupHead = 20 // for its title
)

// Picture is a drawing with everything in its place: what is shown, moved and exported.
type Picture struct {
	Service    catalogue.Service
	TwoColours bool
	Version    int64 // of the stored drawing
	Parts      []Placed
	Lines      []Line
	Boxes      []Box
	// Width and Height hold all of it.
	Width, Height float64
}

// Placed is a component in its place; X and Y are its upper left corner.
type Placed struct {
	catalogue.Component
	X, Y   float64
	Group  string
	Weight int  // percent
	Own    bool // it belongs to the service
	Fixed  bool // its place is stored
}

// Line is a dependency between two parts of the picture, by their index.
type Line struct {
	From, To int
	Weight   int // percent
}

// Box is a group around its parts.
type Box struct {
	Group
	Members             []int // indices of parts
	X, Y, Width, Height float64
}

// Compose puts the drawing of a service together from what is stored and what the catalogue has.
func Compose(service catalogue.Service, d Drawing, all []catalogue.Component) Picture {
	byID := make(map[catalogue.ComponentID]catalogue.Component, len(all))
	for _, c := range all {
		byID[c.ID] = c
	}
	spec := d.Spec
	p := Picture{Service: service, TwoColours: spec.TwoColours, Version: d.Version}
	stored := map[string]Part{}
	for _, part := range spec.Parts {
		stored[part.Component] = part
	}
	for _, c := range members(service.ID, stored, all, byID) {
		p.Parts = append(p.Parts, placed(c, stored[c.Name], service.ID))
	}
	p.Lines = lines(p.Parts, spec.Links)
	p.settle()
	p.boxes(spec.Groups)
	p.frame()
	return p
}

func placed(c catalogue.Component, s Part, service catalogue.ServiceID) Placed {
	out := Placed{Component: c, Group: s.Group, Weight: cmp.Or(s.Weight, 100), Own: c.Service == service}
	if s.X != nil && s.Y != nil {
		out.X, out.Y, out.Fixed = *s.X, *s.Y, true
	}
	return out
}

// members are the components of the service, what they need, and what somebody has put there, by name.
func members(service catalogue.ServiceID, stored map[string]Part, all []catalogue.Component,
	byID map[catalogue.ComponentID]catalogue.Component) []catalogue.Component {
	in := map[catalogue.ComponentID]bool{}
	var queue []catalogue.Component
	add := func(c catalogue.Component) {
		if !in[c.ID] {
			in[c.ID] = true
			queue = append(queue, c)
		}
	}
	for _, c := range all {
		if _, put := stored[c.Name]; put || c.Service == service {
			add(c)
		}
	}
	for i := 0; i < len(queue); i++ {
		if c := queue[i]; c.Service == service || c.Service == "" {
			for _, id := range c.DependsOn {
				if needed, ok := byID[id]; ok {
					add(needed)
				}
			}
		}
	}
	slices.SortFunc(queue, func(a, b catalogue.Component) int { return cmp.Compare(a.Name, b.Name) })
	return queue
}

func lines(parts []Placed, links []Link) []Line {
	at := make(map[catalogue.ComponentID]int, len(parts))
	for i, p := range parts {
		at[p.ID] = i
	}
	weights := make(map[[2]string]int, len(links))
	for _, l := range links {
		weights[[2]string{l.From, l.To}] = l.Weight
	}
	var out []Line
	for i, p := range parts {
		for _, id := range p.DependsOn {
			if j, ok := at[id]; ok {
				out = append(out, Line{i, j, cmp.Or(weights[[2]string{p.Name, parts[j].Name}], 100)})
			}
		}
	}
	return out
}

// settle gives those that have no place the one that the layout gives them, or the next one to the right
// where somebody has put another part.
func (p *Picture) settle() {
	free := 0
	for _, part := range p.Parts {
		if !part.Fixed {
			free++
		}
	}
	if free == 0 {
		return
	}
	places := Layout(p.Parts, p.Lines)
	for i := range p.Parts {
		part := &p.Parts[i]
		if part.Fixed {
			continue
		}
		part.X, part.Y = places[i].X, places[i].Y
		for free < len(p.Parts) && p.covered(i) {
			part.X += BoxWidth + columnGap
		}
	}
}

// covered reports whether part i lies on one whose place is settled.
func (p *Picture) covered(i int) bool {
	for j, other := range p.Parts {
		settled := other.Fixed || j < i
		if j != i && settled && math.Abs(other.X-p.Parts[i].X) < BoxWidth && math.Abs(other.Y-p.Parts[i].Y) < BoxHeight {
			return true
		}
	}
	return false
}

// boxes draws each group that has parts around them.
func (p *Picture) boxes(groups []Group) {
	for _, g := range groups {
		b := Box{Group: g}
		b.Title = cmp.Or(g.Title, g.Name)
		left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
		for i, part := range p.Parts {
			if part.Group == g.Name {
				b.Members = append(b.Members, i)
				left, top = min(left, part.X), min(top, part.Y)
				right, bottom = max(right, part.X+BoxWidth), max(bottom, part.Y+BoxHeight)
			}
		}
		if len(b.Members) > 0 {
			b.X, b.Y = left-groupPad, top-groupPad-groupHead
			b.Width, b.Height = right+groupPad-b.X, bottom+groupPad-b.Y
			p.Boxes = append(p.Boxes, b)
		}
	}
}

// frame moves the picture so that it begins at the margin, and measures it.
func (p *Picture) frame() {
	left, top, right, bottom := math.Inf(1), math.Inf(1), 0.0, 0.0
	hold := func(x, y, w, h float64) {
		left, top, right, bottom = min(left, x), min(top, y), max(right, x+w), max(bottom, y+h)
	}
	for _, part := range p.Parts {
		hold(part.X, part.Y, BoxWidth, BoxHeight)
	}
	for _, b := range p.Boxes {
		hold(b.X, b.Y, b.Width, b.Height)
	}
	if len(p.Parts) == 0 {
		p.Width, p.Height = 2*margin, 2*margin
		return
	}
	dx, dy := max(0, margin-left), max(0, margin-top)
	for i := range p.Parts {
		p.Parts[i].X, p.Parts[i].Y = p.Parts[i].X+dx, p.Parts[i].Y+dy
	}
	for i := range p.Boxes {
		p.Boxes[i].X, p.Boxes[i].Y = p.Boxes[i].X+dx, p.Boxes[i].Y+dy
	}
	p.Width, p.Height = right+dx+margin, bottom+dy+margin
}

// Index returns the parts by name of their component.
func (p Picture) Index() map[string]int {
	out := make(map[string]int, len(p.Parts))
	for i, part := range p.Parts {
		out[part.Name] = i
	}
	return out
}
