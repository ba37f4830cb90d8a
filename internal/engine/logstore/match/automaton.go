package match

import (
	"math/bits"
	"slices"
	"strings"
)

// An automaton finds all of many literals in one pass over a text (Aho and Corasick, 1975). It
// ignores the case of ASCII letters. It is not changed by use and allocates nothing then.
//
// States are numbered by depth. The shallow ones, in which it is nearly all the time, have a row of
// transitions for every class of bytes; the others, of which there are many with one way on, have a
// list and fall back.
type automaton struct {
	// class numbers the bytes that occur in literals, from 1; all others are 0. Rows of transitions
	// have room for 1<<width of them.
	class [256]uint8
	width uint8
	// dense[s<<width+c] leads on from state s after class c, for states below full: to twice the
	// number of the next state, and 1 more where a literal ends.
	dense []int32
	full  int32
	// from[s] to from[s+1] are the ways on from state s, full or not, by class.
	from []int32
	ways []way
	// fall is the state of the longest proper suffix.
	fall []int32
	// found is the literal that ends in a state, -1 for none; first the nearest state, itself or
	// along the falls, in which one ends, 0 for none.
	found, first []int32
}

type way struct {
	class uint8
	to    int32
}

// denseCells bounds the rows of transitions, so that they stay in a processor's cache.
const denseCells = 1 << 17

// newAutomaton builds one for distinct literals, folded by foldASCII and not empty.
func newAutomaton(literals []string) *automaton {
	a := &automaton{}
	a.classify(literals)
	a.grow(literals)
	a.link()
	a.fill()
	return a
}

// classify gives each byte of the literals a class, in order, and upper-case letters that of the lower-case.
func (a *automaton) classify(literals []string) {
	var used [256]bool
	for _, literal := range literals {
		for _, b := range []byte(literal) {
			used[b] = true
		}
	}
	classes := uint8(1)
	for b, is := range used {
		if is {
			a.class[b] = classes
			classes++
		}
	}
	a.width = uint8(bits.Len8(classes - 1))
	for b := 'A'; b <= 'Z'; b++ {
		a.class[b] = a.class[b+'a'-'A']
	}
}

// grow makes the states, level by level: those of one parent lie together, sorted by class.
func (a *automaton) grow(literals []string) {
	type span struct{ from, to, depth int }
	order := make([]int32, len(literals))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int { return strings.Compare(literals[x], literals[y]) })
	spans := []span{{0, len(order), 0}}
	a.found = []int32{-1}
	for s := 0; s < len(spans); s++ {
		at := spans[s]
		a.from = append(a.from, int32(len(a.ways)))
		if len(literals[order[at.from]]) == at.depth {
			a.found[s] = order[at.from]
			at.from++
		}
		for at.from < at.to {
			class := a.class[literals[order[at.from]][at.depth]]
			end := at.from + 1
			for end < at.to && a.class[literals[order[end]][at.depth]] == class {
				end++
			}
			a.ways = append(a.ways, way{class, int32(len(spans))})
			spans = append(spans, span{at.from, end, at.depth + 1})
			a.found = append(a.found, -1)
			at.from = end
		}
	}
	a.from = append(a.from, int32(len(a.ways)))
}

// link finds each state's fall: a parent's is known before its children's.
func (a *automaton) link() {
	states := len(a.found)
	a.fall = make([]int32, states)
	a.first = make([]int32, states)
	for s := range int32(states) {
		if a.found[s] >= 0 {
			a.first[s] = s
		} else {
			a.first[s] = a.first[a.fall[s]]
		}
		for _, w := range a.ways[a.from[s]:a.from[s+1]] {
			if s > 0 {
				a.fall[w.to] = a.step(a.fall[s], w.class)
			}
		}
	}
}

// fill writes the rows of the shallow states: its own ways, else those of its fall.
func (a *automaton) fill() {
	full := min(int32(len(a.found)), denseCells>>a.width)
	a.dense = make([]int32, full<<a.width)
	for s := range full {
		row := a.dense[s<<a.width : (s+1)<<a.width]
		if s > 0 {
			copy(row, a.dense[a.fall[s]<<a.width:])
		}
		for _, w := range a.ways[a.from[s]:a.from[s+1]] {
			row[w.class] = w.to<<1 | min(a.first[w.to], 1)
		}
	}
	a.full = full
}

// step is the state after a byte of a class.
func (a *automaton) step(s int32, class uint8) int32 {
	for s >= a.full {
		for _, w := range a.ways[a.from[s]:a.from[s+1]] {
			if w.class == class {
				return w.to
			}
		}
		if s == 0 {
			return 0
		}
		s = a.fall[s]
	}
	return a.dense[s<<a.width+int32(class)] >> 1
}

// scan marks what literals a text contains as seen in a row. It returns the bits that occur in the
// text's bytes: 0x80 or more for text that is not ASCII.
//
// Each step waits for the one before, so a long text is scanned in two halves side by side, of which
// the first goes on into the second for as long as something that began in it may end there.
func scan[text string | []byte](a *automaton, t text, seen *sightings, row int) (all byte) {
	half := len(t) / 2
	if half < worthHalving {
		_, all = walk(a, t, 0, len(t), 0, seen, row)
		return all
	}
	s, s2, i := int32(0), int32(0), 0
	for ; i < half && s < a.full && s2 < a.full; i++ {
		b, b2 := t[i], t[half+i]
		all |= b | b2
		next := a.dense[s<<(a.width&31)+int32(a.class[b])]
		next2 := a.dense[s2<<(a.width&31)+int32(a.class[b2])]
		s, s2 = next>>1, next2>>1
		if (next|next2)&1 != 0 {
			a.sight(s, seen, row)
			a.sight(s2, seen, row)
		}
	}
	s, bits := walk(a, t, i, half, s, seen, row)
	_, bits2 := walk(a, t, half+i, len(t), s2, seen, row)
	for at := half; s > 0 && at < len(t); at++ {
		s = a.step(s, a.class[t[at]])
		a.sight(s, seen, row)
	}
	return all | bits | bits2
}

// worthHalving is how long half a text must be, in bytes.
const worthHalving = 24

// walk scans a part of a text from a state on, and returns the one at its end.
func walk[text string | []byte](a *automaton, t text, from, to int, s int32, seen *sightings, row int) (end int32, all byte) {
	for i := from; i < to; i++ {
		b := t[i]
		all |= b
		if class := a.class[b]; s < a.full {
			next := a.dense[s<<(a.width&31)+int32(class)]
			if s = next >> 1; next&1 == 0 {
				continue
			}
		} else {
			s = a.step(s, class)
		}
		a.sight(s, seen, row)
	}
	return s, all
}

// sight marks the literals that end in a state.
func (a *automaton) sight(s int32, seen *sightings, row int) {
	for at := a.first[s]; at > 0; at = a.first[a.fall[at]] {
		seen.add(a.found[at], row)
	}
}
