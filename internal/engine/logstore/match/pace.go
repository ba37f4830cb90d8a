package match

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logstorage"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/signal"
)

const (
	// budget is how long one filter may take for the rows of one call of Match. One that needs more
	// would hold up all others, and again after each restart, for its rows would still be there.
	budget = 2 * time.Second
	// atOnce is how many steps are taken between two looks at the time; the slowest regular
	// expressions need some 20 ns for one.
	atOnce = 10_000_000
)

var errSlow = errors.New("too slow")

// weight is how many steps a filter may need for each byte of a row.
func (t *tree) weight(instructions int) int { return 1 + instructions + t.root.leaves() }

func (n *node) leaves() int {
	if len(n.kids) == 0 {
		return 1
	}
	sum := 0
	for i := range n.kids {
		sum += n.kids[i].leaves()
	}
	return sum
}

// measure notes how long each row of a batch is, in bytes.
func (m *Matcher) measure(rows []signal.Row) {
	m.sizes, m.size = m.sizes[:0], 0
	for i := range rows {
		size := 0
		for j := range rows[i].Fields {
			size += len(rows[i].Fields[j].Value)
		}
		m.sizes = append(m.sizes, size)
		m.size += size
	}
}

// sift gives the picked rows to a rule's filter, no more at once than it can judge soon. It ends
// with errSlow when the filter has used its time, and with the context's error.
func (m *Matcher) sift(ctx context.Context, r *rule, picked []int) ([]int, error) {
	if r.lost || r.used > budget {
		return nil, errSlow
	}
	before, took := r.used, m.stopwatch()
	m.passed = m.passed[:0]
	for len(picked) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, short := m.portion(r, picked)
		judge := m.aside
		if short {
			judge = m.atHand
		}
		passed, err := judge(ctx, r, picked[:n])
		if err != nil {
			return nil, err
		}
		m.passed, picked = append(m.passed, passed...), picked[n:]
		if r.used = before + took(); r.used > budget {
			return nil, errSlow
		}
	}
	return m.passed, nil
}

// portion is how many of the picked rows are given to a filter next, and whether these are judged
// in a short time: a single row may be so long that they are not.
func (m *Matcher) portion(r *rule, picked []int) (n int, short bool) {
	if m.size*r.weight <= atOnce {
		return len(picked), true
	}
	steps := 0
	for i, row := range picked {
		if steps += m.sizes[row] * r.weight; steps > atOnce {
			return max(i, 1), i > 0
		}
	}
	return len(picked), true
}

func (m *Matcher) atHand(_ context.Context, r *rule, picked []int) ([]int, error) {
	return r.sieve.run(m.layOut(r, picked))
}

// aside judges rows that may take long. A regular expression cannot be stopped, so when the time is
// over the filter is left to itself: it ends with these rows, works on a copy of them, and is not
// used again.
func (m *Matcher) aside(ctx context.Context, r *rule, picked []int) ([]int, error) {
	type answer struct {
		passed []int
		err    error
	}
	done := make(chan answer, 1)
	s, block := r.sieve, copied(m.layOut(r, picked))
	go func() {
		passed, err := s.run(block)
		done <- answer{passed, err}
	}()
	select {
	case a := <-done:
		return a.passed, a.err
	case <-ctx.Done():
		r.lost = true
		return nil, ctx.Err()
	case <-clock.Wall().After(budget - r.used):
		r.lost = true
		return nil, errSlow
	}
}

func copied(block *logstorage.DataBlock) *logstorage.DataBlock {
	out := &logstorage.DataBlock{Columns: slices.Clone(block.Columns)}
	for i, c := range out.Columns {
		values := make([]string, len(c.Values))
		for j, v := range c.Values {
			values[j] = strings.Clone(v)
		}
		out.Columns[i].Values = values
	}
	return out
}
