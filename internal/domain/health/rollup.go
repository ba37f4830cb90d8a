package health

import "slices"

// Verdict is how a part is, all that it needs included.
type Verdict struct {
	State    State
	Handling Handling // of what makes it so; Open also where nothing is wrong
	// Watched says that somebody has spoken of it, or of something that it needs.
	Watched bool
	// Because are the parts below that make it as bad as it is, by index; empty when it is so by itself.
	Because []int
}

// Need is something that a part rests on: one other part, or a quorum of several.
type Need struct {
	Of      []int // parts, by index
	AtLeast int   // how many of them must work; 0 means all
	Weight  int   // how much is lost with it, in percent; 0 means all
}

// Node is a part and what it rests on.
type Node struct {
	Own   Verdict // by itself
	Needs []Need
}

const whole = 100 // percent

// RollUp says how every node is. Needs have no circle; if one came in, the node where it closes counts by
// itself.
func RollUp(nodes []Node) []Verdict {
	r := rolling{nodes: nodes, out: make([]Verdict, len(nodes)), state: make([]uint8, len(nodes))}
	for i := range nodes {
		r.of(i)
	}
	return r.out
}

type rolling struct {
	nodes []Node
	out   []Verdict
	state []uint8 // 0 not begun, 1 under way, 2 done
}

func (r *rolling) of(i int) Verdict {
	switch r.state[i] {
	case 1:
		return r.nodes[i].Own
	case 2:
		return r.out[i]
	}
	r.state[i] = 1
	for _, n := range r.nodes[i].Needs {
		for _, j := range n.Of {
			r.of(j)
		}
	}
	r.out[i] = Combine(r.nodes[i].Own, r.nodes[i].Needs, r.of)
	r.state[i] = 2
	return r.out[i]
}

// Combine says how a part is that is own by itself and rests on needs, each of which is as of says.
func Combine(own Verdict, needs []Need, of func(int) Verdict) Verdict {
	out := own
	out.Because = nil
	var light []share
	for _, n := range needs {
		c := n.verdict(of)
		switch {
		case !c.Watched:
		case n.Weight > 0 && n.Weight < whole:
			light = append(light, share{c, n.Weight})
		default:
			out = out.with(c)
		}
	}
	return out.with(pooled(light))
}

// with is the worse of two; equally bad ones share their causes.
func (v Verdict) with(c Verdict) Verdict {
	switch {
	case !c.Watched:
		return v
	case !v.Watched || c.State.WorseThan(v.State):
		return c
	case v.State == c.State && c.State != OK:
		v.Handling = louder(v.Handling, c.Handling)
		v.Because = append(slices.Clip(v.Because), c.Because...)
	}
	return v
}

// verdict is how the parts of a need are together.
func (n Need) verdict(of func(int) Verdict) Verdict {
	list := make([]member, 0, len(n.Of))
	for _, i := range n.Of {
		if v := of(i); v.Watched {
			list = append(list, member{i, v})
		}
	}
	if len(list) == 0 {
		return Verdict{}
	}
	slices.SortStableFunc(list, func(a, b member) int { return a.State.rank() - b.State.rank() })
	return caused(n.decide(list), list)
}

// member is one part of a need.
type member struct {
	part int
	Verdict
}

// decide is the state of a need whose members that are watched stand in order, the best first. Those of
// which nobody has ever said anything may stand in for others, but nobody can tell.
func (n Need) decide(list []member) State {
	if n.AtLeast == 0 || n.AtLeast >= len(n.Of) {
		return list[len(list)-1].State
	}
	states := make([]State, len(n.Of)) // unknown, where the list has none
	for i, m := range list {
		states[i] = m.State
	}
	slices.SortFunc(states, func(a, b State) int { return a.rank() - b.rank() })
	decided := states[n.AtLeast-1]
	if n.AtLeast < len(list) { // the spare
		decided = worst(decided, best(Warn, list[n.AtLeast].State))
	}
	return decided
}

// caused names the members that make a need as it is: those that are at least as bad.
func caused(s State, list []member) Verdict {
	out := Verdict{State: s, Watched: true, Handling: Planned}
	if s == OK {
		out.Handling = Open
		return out
	}
	for _, m := range list {
		if m.State != OK && !s.WorseThan(m.State) {
			out.Handling = louder(out.Handling, m.Handling)
			out.Because = append(out.Because, m.part)
		}
	}
	if len(out.Because) == 0 {
		out.Handling = Open
	}
	return out
}

// share is a need that counts for less than all.
type share struct {
	Verdict
	weight int
}

// pooled is how needs are together that count for less than all each.
func pooled(list []share) Verdict {
	if len(list) == 0 {
		return Verdict{}
	}
	s := OK
	for _, at := range []State{Warn, Unknown, Bad} {
		if sum(list, at) >= whole {
			s = at
		}
	}
	if sum(list, Unknown) > 0 { // what is lost in part, or cannot be told, is never green
		s = worst(s, Warn)
	}
	out := Verdict{State: s, Watched: true, Handling: Planned}
	for _, c := range list {
		if s != OK && !s.WorseThan(c.State) {
			out.Handling = louder(out.Handling, c.Handling)
			out.Because = append(out.Because, c.Because...)
		}
	}
	if len(out.Because) == 0 {
		out.Handling = Open
	}
	return out
}

// sum adds the weights of what is at least as bad as s.
func sum(list []share, s State) (total int) {
	for _, c := range list {
		if !s.WorseThan(c.State) {
			total += c.weight
		}
	}
	return total
}
