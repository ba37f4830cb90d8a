package rule

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// bursts is what a window must find: n of all instants within a span of each other.
func bursts(all []int64, n int, within int64) bool {
	sorted := slices.Sorted(slices.Values(all))
	for i := 0; i+n <= len(sorted); i++ {
		if sorted[i+n-1]-sorted[i] <= within {
			return true
		}
	}
	return false
}

// Up to the first burst, a window says exactly what looking at all lines would say, as long as
// lines overtake at most n others; however disordered they come it never claims a burst that was
// none.
func TestAWindowFindsTheFirstBurstAndClaimsNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(t, "n")
		within := rapid.Int64Range(1, 50).Draw(t, "within")
		at, all := int64(0), []int64{}
		for range rapid.IntRange(0, 60).Draw(t, "lines") {
			at += rapid.Int64Range(0, 40).Draw(t, "step")
			all = append(all, at)
		}
		disordered := rapid.Bool().Draw(t, "disordered")
		if disordered {
			all = rapid.Permutation(all).Draw(t, "order")
		} else {
			for i := 0; i+n <= len(all); i += n { // each block comes backwards: n-1 overtaken at most
				if rapid.Bool().Draw(t, "backwards") {
					slices.Reverse(all[i : i+n])
				}
			}
		}
		var w window
		for i, x := range all {
			got, want := w.add(x, n, within), bursts(all[:i+1], n, within)
			if got && !want {
				t.Fatalf("line %d of %v completes no %d within %d", i, all, n, within)
			}
			if !disordered && got != want {
				t.Fatalf("line %d of %v: %v, want %v (%d within %d)", i, all, got, want, n, within)
			}
			if got {
				return
			}
		}
	})
}

func TestInstantsSurviveBeingStored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := instants(slices.Sorted(slices.Values(rapid.SliceOf(rapid.Int64()).Draw(t, "instants"))))
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out instants
		if err := json.Unmarshal(text, &out); err != nil || !slices.Equal(in, out) {
			t.Fatalf("%v became %v (%v)", in, out, err)
		}
	})
}
