package health

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func seenAs(s State) Verdict { return Verdict{State: s, Watched: true} }

func TestAPartIsAsBadAsItselfAndWhatItNeeds(t *testing.T) {
	blind := Verdict{}
	for _, c := range []struct {
		name  string
		own   Verdict
		needs []Need
		parts []Verdict
		want  State
	}{
		{"nothing below", seenAs(OK), nil, nil, OK},
		{"nobody has ever looked", blind, nil, nil, Unknown},
		{"the worst of all", seenAs(OK), all(3), []Verdict{seenAs(OK), seenAs(Bad), seenAs(Warn)}, Bad},
		{"unknown is worse than degraded", seenAs(Warn), all(1), []Verdict{seenAs(Unknown)}, Unknown},
		{"what nobody watches does not count", seenAs(OK), all(2), []Verdict{seenAs(OK), blind}, OK},
		{"watched only below", blind, all(1), []Verdict{seenAs(OK)}, OK},
		{"three of five, one down", seenAs(OK), quorum(3, 5), five(Bad, OK, OK, OK, OK), OK},
		{"three of five, no spare left", seenAs(OK), quorum(3, 5), five(Bad, Bad, OK, OK, OK), Warn},
		{"three of five, too few", seenAs(OK), quorum(3, 5), five(Bad, Bad, Bad, OK, OK), Bad},
		{"three of five, and of two nobody can tell", seenAs(OK), quorum(3, 5), five(Unknown, Unknown, OK, OK, OK), Warn},
		{"three of five, and of three nobody can tell", seenAs(OK), quorum(3, 5), five(Unknown, Unknown, Unknown, OK, OK), Unknown},
		{"three of five, degraded ones carry on", seenAs(OK), quorum(3, 5), five(Bad, Bad, Warn, OK, OK), Warn},
		{"three of five, too few are watched", seenAs(OK), quorum(3, 5), []Verdict{seenAs(OK), seenAs(OK), blind, blind, blind}, Unknown},
		{"three of five, too few even if those were well", seenAs(OK), quorum(3, 5), []Verdict{seenAs(Bad), seenAs(Bad), seenAs(Bad), blind, blind}, Bad},
		{"three of five, of two nobody has ever said anything", seenAs(OK), quorum(3, 5), []Verdict{seenAs(OK), seenAs(OK), seenAs(OK), blind, blind}, OK},
		{"a light one down", seenAs(OK), light(40, 3), []Verdict{seenAs(Bad), seenAs(OK), seenAs(OK)}, Warn},
		{"light ones that add up", seenAs(OK), light(40, 3), []Verdict{seenAs(Bad), seenAs(Bad), seenAs(Bad)}, Bad},
		{"a light one unknown", seenAs(OK), light(40, 3), []Verdict{seenAs(Unknown), seenAs(OK), seenAs(OK)}, Warn},
		{"a light one degraded", seenAs(OK), light(40, 3), []Verdict{seenAs(Warn), seenAs(OK), seenAs(OK)}, OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Combine(c.own, c.needs, func(i int) Verdict { return c.parts[i] })
			if got.State != c.want {
				t.Errorf("got %s, want %s", got.State.Word(), c.want.Word())
			}
		})
	}
}

func all(n int) (out []Need) {
	for i := range n {
		out = append(out, Need{Of: []int{i}})
	}
	return out
}

func light(weight, n int) []Need {
	out := all(n)
	for i := range out {
		out[i].Weight = weight
	}
	return out
}

func quorum(atLeast, of int) []Need {
	n := Need{AtLeast: atLeast}
	for i := range of {
		n.Of = append(n.Of, i)
	}
	return []Need{n}
}

func five(states ...State) (out []Verdict) {
	for _, s := range states {
		out = append(out, seenAs(s))
	}
	return out
}

func TestTheLoudestOfWhatMakesAPartBadIsHowItIsTaken(t *testing.T) {
	parts := []Verdict{
		{State: Bad, Handling: Acknowledged, Watched: true},
		{State: Bad, Handling: Planned, Watched: true},
		{State: Warn, Handling: Open, Watched: true},
	}
	got := Combine(seenAs(OK), all(3), func(i int) Verdict { return parts[i] })
	if got.State != Bad || got.Handling != Acknowledged || !slices.Equal(got.Because, []int{0, 1}) {
		t.Errorf("got %+v", got)
	}
	parts[0].Handling = Open
	if got := Combine(seenAs(OK), all(3), func(i int) Verdict { return parts[i] }); got.Handling != Open {
		t.Errorf("one that nobody has is not loud: %+v", got)
	}
}

// network is any network without circles: nodes need only those behind them.
func network(r *rapid.T) []Node {
	nodes := make([]Node, rapid.IntRange(1, 9).Draw(r, "nodes"))
	for i := range nodes {
		nodes[i].Own = Verdict{Watched: rapid.IntRange(0, 4).Draw(r, "watched") > 0}
		if nodes[i].Own.Watched {
			nodes[i].Own.State = rapid.SampledFrom(States).Draw(r, "state")
			nodes[i].Own.Handling = rapid.SampledFrom(Handlings).Draw(r, "handling")
		}
		if i == len(nodes)-1 {
			break
		}
		below := rapid.SliceOfNDistinct(rapid.IntRange(i+1, len(nodes)-1), 0, 5, rapid.ID).Draw(r, "below")
		for len(below) > 0 {
			n := rapid.IntRange(1, len(below)).Draw(r, "members")
			nodes[i].Needs = append(nodes[i].Needs, Need{Of: below[:n], AtLeast: rapid.IntRange(0, n).Draw(r, "at least"),
				Weight: rapid.SampledFrom([]int{0, 1, 20, 50, 99, 100}).Draw(r, "weight")})
			below = below[n:]
		}
	}
	return nodes
}

func TestAWorseChildNeverMakesABetterParent(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		nodes := network(r)
		before := RollUp(nodes)
		i := rapid.IntRange(0, len(nodes)-1).Draw(r, "worse one")
		if !nodes[i].Own.Watched {
			return
		}
		nodes[i].Own.State = worst(nodes[i].Own.State, rapid.SampledFrom(States).Draw(r, "then"))
		for n, after := range RollUp(nodes) {
			if before[n].State.WorseThan(after.State) {
				r.Fatalf("node %d was %s and is %s", n, before[n].State.Word(), after.State.Word())
			}
		}
	})
}

// A part of a quorum that is not met by those that are known, a full need, a light need: none of these
// lets what is unknown pass as well.
func TestUnknownIsNeverGreenAbove(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		nodes := network(r)
		for i := range nodes {
			for n := range nodes[i].Needs {
				nodes[i].Needs[n].AtLeast = 0 // a quorum has spares for that
			}
		}
		verdicts := RollUp(nodes)
		for i, n := range nodes {
			for _, need := range n.Needs {
				for _, j := range need.Of {
					if v := verdicts[j]; v.Watched && v.State == Unknown && verdicts[i].State == OK {
						r.Fatalf("node %d is unknown, and node %d, which needs it, is ok", j, i)
					}
				}
			}
			if !verdicts[i].Watched && verdicts[i].State != Unknown {
				r.Fatalf("nobody looks at node %d, and it is %s", i, verdicts[i].State.Word())
			}
		}
	})
}

func TestWhatIsNotWellSaysWhy(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		nodes := network(r)
		verdicts := RollUp(nodes)
		for i, v := range verdicts {
			if v.State != Bad {
				continue
			}
			for depth := 0; nodes[i].Own.State != Bad; depth++ {
				because := verdicts[i].Because
				at := slices.IndexFunc(because, func(j int) bool { return verdicts[j].State == Bad })
				if at < 0 || depth > len(nodes) {
					r.Fatalf("node %d is bad and names no part that is: %v", i, because)
				}
				i = because[at]
			}
		}
	})
}

func TestACircleEnds(t *testing.T) {
	nodes := []Node{{Own: seenAs(OK), Needs: []Need{{Of: []int{1}}}}, {Own: seenAs(Bad), Needs: []Need{{Of: []int{0}}}}}
	if got := RollUp(nodes); got[0].State != Bad || got[1].State != Bad {
		t.Errorf("got %+v", got)
	}
}
