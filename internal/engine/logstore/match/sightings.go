package match

import "math/bits"

// batch is how many rows are looked at together; more are taken in several batches.
const batch = 1024

// A rowSet is a set of rows of a batch.
type rowSet [batch / 64]uint64

func (s *rowSet) add(row int) { s[row/64] |= 1 << (row % 64) }

func (s *rowSet) unite(with *rowSet) {
	for i := range s {
		s[i] |= with[i]
	}
}

// intersect keeps what is in both, and reports whether that is anything.
func (s *rowSet) intersect(with *rowSet) bool {
	some := uint64(0)
	for i := range s {
		s[i] &= with[i]
		some |= s[i]
	}
	return some != 0
}

// appendTo appends the rows, ascending.
func (s *rowSet) appendTo(rows []int) []int {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			rows = append(rows, i*64+bits.TrailingZeros64(word))
		}
	}
	return rows
}

// sightings are the rows of a batch in which each literal was seen.
type sightings struct {
	rows []rowSet
	// of is the batch to which a set belongs; sets of earlier batches count as empty.
	of  []uint32
	now uint32
	// count goes up with each sighting.
	count uint64
}

func newSightings(literals int) sightings {
	return sightings{rows: make([]rowSet, literals), of: make([]uint32, literals)}
}

// begin forgets all sightings.
func (s *sightings) begin() {
	if s.now++; s.now == 0 { // after four thousand million batches
		clear(s.of)
		s.now = 1
	}
}

func (s *sightings) add(literal int32, row int) {
	s.count++
	if s.of[literal] != s.now {
		s.of[literal] = s.now
		s.rows[literal] = rowSet{}
	}
	s.rows[literal].add(row)
}

// candidates finds the rows that have of every clause a literal. It reports whether there are any.
func (s *sightings) candidates(clauses [][]int32, into *rowSet) bool {
	for i, clause := range clauses {
		var either rowSet
		some := false
		for _, literal := range clause {
			if s.of[literal] == s.now {
				either.unite(&s.rows[literal])
				some = true
			}
		}
		if !some {
			return false
		}
		if i == 0 {
			*into = either
		} else if !into.intersect(&either) {
			return false
		}
	}
	return true
}
