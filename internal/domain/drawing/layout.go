package drawing

import (
	"cmp"
	"slices"

	"mainstay/internal/domain/catalogue"
)

// Place is where a part stands: its upper left corner.
type Place struct{ X, Y float64 }

// floors are the layers from the top of a drawing down: the business first, and the network, on which
// machines stand, last.
var floors = map[catalogue.Layer]int{
	catalogue.BusinessProcess: 0,
	catalogue.FrontEnd:        1,
	catalogue.Application:     2,
	catalogue.Middleware:      3,
	catalogue.ThirdParty:      4,
	catalogue.Machine:         5,
	catalogue.Network:         6,
}

const (
	widest = 8  // parts side by side, before a row is broken
	sweeps = 12 // down and up again, to untangle lines
)

// Layout places every part by itself (Sugiyama's method, with layers given): a row for each layer, or
// several where parts of a layer need each other; within a row in the order in which the fewest lines
// cross, as far as the middle of the neighbours shows it. The same parts always come out the same.
func Layout(parts []Placed, lines []Line) []Place {
	if len(parts) == 0 {
		return nil
	}
	l := plan{parts: parts, above: make([][]int, len(parts)), below: make([][]int, len(parts)), row: make([]int, len(parts))}
	for _, line := range lines {
		l.below[line.From] = append(l.below[line.From], line.To)
		l.above[line.To] = append(l.above[line.To], line.From)
	}
	l.stack()
	l.untangle()
	return l.place()
}

// plan is a layout on its way.
type plan struct {
	parts        []Placed
	above, below [][]int // who needs a part, and what it needs
	row          []int
	rows         [][]int
	x            []float64 // middle of each part
}

// stack puts the parts into rows.
func (l *plan) stack() {
	depth := l.depths()
	order := make([]int, len(l.parts))
	for i := range order {
		order[i] = i
	}
	level := func(i int) [2]int { return [2]int{floors[l.parts[i].Layer], depth[i]} }
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := level(a), level(b)
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), l.aside(a, b))
	})
	wide := l.width()
	for n, i := range order {
		last := len(l.rows) - 1
		if n == 0 || level(order[n-1]) != level(i) || len(l.rows[last]) >= wide {
			l.rows = append(l.rows, nil)
			last++
		}
		l.rows[last] = append(l.rows[last], i)
		l.row[i] = last
	}
}

// width is how many parts may stand side by side: more on a large drawing, so that it stays a picture.
func (l *plan) width() int {
	wide := widest
	for wide*wide < 3*len(l.parts) {
		wide++
	}
	return wide
}

// aside keeps the parts of a group side by side.
func (l *plan) aside(a, b int) int {
	return cmp.Or(cmp.Compare(l.parts[a].Group, l.parts[b].Group), cmp.Compare(l.parts[a].Name, l.parts[b].Name))
}

// depths is how many parts of the same layer stand above each.
func (l *plan) depths() []int {
	depth := make([]int, len(l.parts))
	for i := range depth {
		depth[i] = -1
	}
	var of func(i int) int
	of = func(i int) int {
		if depth[i] >= 0 {
			return depth[i]
		}
		depth[i] = 0 // dependencies have no circle; if one came in, this ends it
		deep := 0
		for _, j := range l.above[i] {
			if l.parts[j].Layer == l.parts[i].Layer {
				deep = max(deep, of(j)+1)
			}
		}
		depth[i] = deep
		return deep
	}
	for i := range l.parts {
		of(i)
	}
	return depth
}

// untangle orders each row by the middle of the neighbours, downwards and upwards in turn.
func (l *plan) untangle() {
	l.x = make([]float64, len(l.parts))
	for _, row := range l.rows {
		l.spread(row)
	}
	for n := range sweeps {
		next := l.above
		if n%2 == 1 {
			next = l.below
		}
		for r := range l.rows {
			row := l.rows[r]
			if n%2 == 1 {
				row = l.rows[len(l.rows)-1-r]
			}
			want := l.wanted(row, next)
			slices.SortStableFunc(row, func(a, b int) int { return cmp.Compare(want[a], want[b]) })
			l.spread(row)
		}
	}
}

// wanted is where the parts of a row would like to stand: in the middle of their neighbours. Parts of a
// group want the same, so that they stay together.
func (l *plan) wanted(row []int, next [][]int) map[int]float64 {
	want := make(map[int]float64, len(row))
	sum, n := map[string]float64{}, map[string]float64{}
	for _, i := range row {
		want[i] = l.middle(next[i], l.x[i])
		if g := l.parts[i].Group; g != "" {
			sum[g] += want[i]
			n[g]++
		}
	}
	for _, i := range row {
		if g := l.parts[i].Group; g != "" {
			want[i] = sum[g] / n[g]
		}
	}
	return want
}

func (l *plan) middle(of []int, otherwise float64) float64 {
	if len(of) == 0 {
		return otherwise
	}
	sum := 0.0
	for _, j := range of {
		sum += l.x[j]
	}
	return sum / float64(len(of))
}

// spread stands a row's parts side by side around the middle.
func (l *plan) spread(row []int) {
	const step = BoxWidth + columnGap
	for n, i := range row {
		l.x[i] = (float64(n) - float64(len(row)-1)/2) * step
	}
}

// place turns rows into places that begin at the margin. A row in which a group begins has room for its
// title.
func (l *plan) place() []Place {
	left, y := 0.0, float64(margin)
	for _, x := range l.x {
		left = min(left, x)
	}
	out := make([]Place, len(l.parts))
	for r, row := range l.rows {
		if slices.ContainsFunc(row, func(i int) bool { return l.parts[i].Group != "" }) {
			y += groupHead
		}
		for _, i := range row {
			out[i] = Place{X: l.x[i] - left + margin, Y: y}
		}
		y += BoxHeight + l.gap(r)
	}
	return out
}

// gap is the room below a row: more between layers.
func (l *plan) gap(r int) float64 {
	if r+1 < len(l.rows) && l.parts[l.rows[r][0]].Layer != l.parts[l.rows[r+1][0]].Layer {
		return rowGap + 10
	}
	return rowGap
}
