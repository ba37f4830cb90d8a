package rule

import "slices"

// window holds the instants, in microseconds, of the last lines of a group, ascending.
type window struct{ at []int64 }

// add takes in an instant and reports whether it completes n instants within a span. Lines may
// come out of order: as long as no more than n later ones came before it, none is missed. (The 2n
// latest are kept; if so many of them lay between two of a burst, they would be one themselves.)
func (w *window) add(x int64, n int, within int64) bool {
	i := len(w.at)
	for i > 0 && w.at[i-1] > x { // nearly always in order
		i--
	}
	w.at = slices.Insert(w.at, i, x)
	full := false
	for from := max(0, i-n+1); from <= i && from+n <= len(w.at); from++ {
		if w.at[from+n-1]-w.at[from] <= within {
			full = true
			break
		}
	}
	if len(w.at) > 2*n {
		w.at = w.at[1:]
	}
	return full
}

// forget drops what is older than an instant.
func (w *window) forget(before int64) {
	n, _ := slices.BinarySearch(w.at, before)
	w.at = w.at[n:]
}
