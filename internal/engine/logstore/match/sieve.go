package match

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logstorage"
)

// numbers is the column that says which row of the batch a row of a block is. Filters may not name
// it, and no field of a row gets into it.
const numbers = "\x00row"

// A sieve is one filter, ready to be given blocks of rows.
type sieve struct {
	put logstorage.WriteDataBlockFunc
	// passed are the numbers of the rows that came through, ascending as they were put.
	passed []int
}

// runnable parses the query that runs a filter over blocks in memory.
func runnable(text string) (*logstorage.Query, error) {
	limit := strconv.FormatUint(math.MaxUint64, 10)
	return logstorage.ParseQueryAtTimestamp("* | limit "+limit+" | filter "+text, 0)
}

// newSieve sets up a filter that parse has accepted.
//
// It keeps the input of the engine's runner after its run has ended. The pipes limit and filter hand
// on what they are given within the call, hold nothing back and do not look at whether the run is
// over, so the input works for as long as somebody holds it; a test holds an update of the engine to
// that. Without it each call would set up contexts and buffers anew.
func newSieve(text string) (*sieve, error) {
	q, err := runnable(text)
	if err != nil {
		return nil, err
	}
	s := &sieve{}
	stored := func(context.Context, []logstorage.TenantID, *logstorage.Query, logstorage.WriteDataBlockFunc) error {
		return fmt.Errorf("the filter asks for stored lines")
	}
	runner, err := logstorage.NewNetQueryRunner(context.Background(), nil, q, stored, s.pass)
	if err != nil {
		return nil, err
	}
	err = runner.Run(context.Background(), 1, func(_ <-chan struct{}, _ *logstorage.Query, put logstorage.WriteDataBlockFunc) error {
		s.put = put
		return nil
	})
	return s, err
}

// pass takes what the filter let through.
func (s *sieve) pass(_ uint, block *logstorage.DataBlock) {
	for _, c := range block.Columns {
		if c.Name != numbers {
			continue
		}
		for _, v := range c.Values {
			n, err := strconv.Atoi(v)
			if err != nil {
				panic(fmt.Sprintf("log engine: row number %q", v))
			}
			s.passed = append(s.passed, n)
		}
	}
}

// run returns which of the block's rows match, by their number; the slice is valid until the next
// call. A panic of the engine is an error.
func (s *sieve) run(block *logstorage.DataBlock) (passed []int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("log engine: %s", cut(fmt.Sprint(r)))
		}
	}()
	s.passed = s.passed[:0]
	s.put(0, block)
	return s.passed, nil
}
