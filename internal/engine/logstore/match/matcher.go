package match

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logstorage"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// Compiler makes matchers. The zero value is ready to use, by any number of goroutines.
type Compiler struct{}

var _ signal.Compiler = Compiler{}

// maxLetters bounds the literals of all filters together, in bytes and perLiteral more for each, and
// with them a matcher's memory (some 40 MB at most). Filters past it are given every row.
const maxLetters, perLiteral = 1 << 20, 16

// Matcher finds which filters rows match. It is for one goroutine at a time.
type Matcher struct {
	rules []rule
	// words finds the literals, in the fields that are looked at; nil without any literal.
	words *automaton
	look  map[string]bool
	spots []spot
	seen  sightings
	cols  columns

	// every and numbers count the rows of a whole batch, as numbers and as text.
	every   []int
	numbers []string

	// What a batch needs, kept for the next: which rows, their values, the result.
	folded  []byte
	picked  []int
	scratch [][]string
	block   logstorage.DataBlock
	result  [][]int
	passed  []int

	// sizes are how long the rows of a batch are, in bytes, and size all of them. See pace.go.
	sizes     []int
	size      int
	stopwatch func() func() time.Duration // not the clock: setting that must not make a filter slow
}

// A rule is one filter, with its literals and columns by number.
type rule struct {
	sieve   *sieve
	all     bool
	clauses [][]int32
	columns []int

	weight int           // steps for each byte
	used   time.Duration // in this call of Match
	lost   bool          // still busy with rows that it was given too long ago: of no more use
}

// Compile returns a matcher of all filters together. An Invalid error names each filter that cannot
// be used by its index, as filters[3], and says what to do.
func (Compiler) Compile(filters []string) (signal.Matcher, error) {
	m, err := compile(filters, true)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func compile(sources []string, prefilter bool) (*Matcher, error) {
	m := &Matcher{look: map[string]bool{}, result: make([][]int, len(sources)), stopwatch: clock.Stopwatch}
	for i := range batch {
		m.every, m.numbers = append(m.every, i), append(m.numbers, strconv.Itoa(i))
	}
	var c errs.Check
	literals := dictionary{numbers: map[string]int32{}}
	for i, source := range sources {
		f, message := parse(source)
		if message == "" {
			message = m.add(f, &literals, prefilter)
		}
		c.Require(message == "", fmt.Sprintf("filters[%d]", i), "%s", message)
	}
	if len(literals.list) > 0 {
		m.words = newAutomaton(literals.list)
	}
	m.seen = newSightings(len(literals.list))
	return m, c.Err("this set of log rules")
}

// add makes a rule of a filter. It returns what is wrong with it.
func (m *Matcher) add(f filter, literals *dictionary, prefilter bool) (message string) {
	r := rule{all: f.all, weight: f.weight}
	for _, name := range f.columns {
		r.columns = append(r.columns, m.cols.use(name))
	}
	if !f.all {
		s, err := newSieve(f.text)
		if err != nil {
			return "cannot be used by the log engine: " + cut(err.Error())
		}
		r.sieve = s
	}
	if prefilter && literals.fits(f.need) {
		r.clauses = literals.number(f.need)
		m.lookInto(f)
	}
	m.rules = append(m.rules, r)
	return ""
}

// lookInto notes the fields in which a filter's literals are to be sought.
func (m *Matcher) lookInto(f filter) {
	if len(f.need) == 0 {
		return
	}
	for _, name := range f.fields {
		m.look[name] = true
		if name == signal.Message {
			m.look[""] = true
		}
	}
}

// Match returns, for each filter, the indexes of the rows that match it, ascending. The slices are
// valid until the next call. An error names the first filter on which the engine failed, and by a
// signal.SlowError those that took more than 2 s; what the others matched is returned with it.
// When the context ends, so does Match, within a moment and with the context's error only.
//
// A row without a time counts as of 1970 in filters of hours and days.
func (m *Matcher) Match(ctx context.Context, rows []signal.Row) ([][]int, error) {
	for i := range m.result {
		m.result[i] = m.result[i][:0]
	}
	for i := range m.rules {
		m.rules[i].used = 0
	}
	defer m.end()
	var f failures
	for from := 0; from < len(rows); from += batch {
		m.match(ctx, rows[from:min(from+batch, len(rows))], from, &f)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	for _, i := range f.slow {
		m.result[i] = m.result[i][:0] // a part of it would be taken for all
	}
	return m.result, f.err()
}

// failures are what went wrong in a call of Match.
type failures struct {
	first error
	slow  []int // ascending
}

func (f *failures) add(filter int, err error) {
	if !errors.Is(err, errSlow) {
		if f.first == nil {
			f.first = fmt.Errorf("log rule filters[%d]: %w", filter, err)
		}
		return
	}
	if at, found := slices.BinarySearch(f.slow, filter); !found {
		f.slow = slices.Insert(f.slow, at, filter)
	}
}

func (f *failures) err() error {
	if len(f.slow) == 0 {
		return f.first
	}
	slow := &signal.SlowError{Filters: f.slow, Budget: budget}
	if f.first == nil {
		return slow
	}
	return errors.Join(f.first, slow)
}

// end lets go of the rows.
func (m *Matcher) end() {
	m.cols.end()
	clear(m.spots)
}

// match looks at one batch of rows, whose first has index from.
func (m *Matcher) match(ctx context.Context, rows []signal.Row, from int, f *failures) {
	m.cols.begin(rows)
	m.measure(rows)
	m.seek(rows)
	for i := range m.rules {
		passed, err := m.matchRule(ctx, &m.rules[i])
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			f.add(i, err)
		}
		for _, row := range passed {
			m.result[i] = append(m.result[i], from+row)
		}
	}
}

// A spot is a place in the rows of one batch: the field that stood there last. Rows beside each
// other mostly have the same fields, and the same values of some, such as host and file.
type spot struct {
	name  string
	known bool
	look  bool   // whether the field is to be looked into
	bare  string // a value of any field that has no literal; "" has none
}

// seek finds the literals of all rules in the rows.
func (m *Matcher) seek(rows []signal.Row) {
	m.seen.begin()
	if m.words == nil {
		return
	}
	clear(m.spots) // they are of rows that are gone
	for i := range rows {
		for j := range rows[i].Fields {
			f, at := &rows[i].Fields[j], m.spot(j)
			if !at.known || at.name != f.Name {
				at.name, at.known, at.look = f.Name, true, m.look[f.Name]
			}
			if !at.look || f.Value == at.bare {
				continue
			}
			before := m.seen.count
			if m.seekIn(f.Value, i); m.seen.count == before {
				at.bare = f.Value
			}
		}
	}
}

// spot is the place of the field with a number.
func (m *Matcher) spot(number int) *spot {
	if number == len(m.spots) {
		m.spots = append(m.spots, spot{})
	}
	return &m.spots[number]
}

// seekIn looks into one value; where it has letters beyond ASCII also into how filters that ignore
// case see it.
func (m *Matcher) seekIn(value string, row int) {
	if scan(m.words, value, &m.seen, row) < 0x80 {
		return
	}
	m.folded = fold(m.folded[:0], value)
	scan(m.words, m.folded, &m.seen, row)
}

// matchRule returns which rows of a batch match a rule.
func (m *Matcher) matchRule(ctx context.Context, r *rule) ([]int, error) {
	picked := m.every[:len(m.cols.rows)]
	if len(r.clauses) > 0 {
		var some rowSet
		if !m.seen.candidates(r.clauses, &some) {
			return nil, nil
		}
		m.picked = some.appendTo(m.picked[:0])
		picked = m.picked
	}
	if r.all {
		return picked, nil
	}
	return m.sift(ctx, r, picked)
}

// layOut makes a block of the picked rows: their numbers, and the fields at which the rule looks.
func (m *Matcher) layOut(r *rule, picked []int) *logstorage.DataBlock {
	m.block.Reset()
	m.addColumn(numbers, m.numbersOf(picked))
	for i, column := range r.columns {
		if len(picked) == len(m.cols.rows) {
			m.addColumn(m.cols.names[column], m.cols.all(column))
			continue
		}
		values := m.cols.pick(m.room(i+1), column, picked)
		m.scratch[i+1] = values
		m.addColumn(m.cols.names[column], values)
	}
	return &m.block
}

func (m *Matcher) addColumn(name string, values []string) {
	m.block.Columns = append(m.block.Columns, logstorage.BlockColumn{Name: name, Values: values})
}

// numbersOf returns the values of the column that numbers rows.
func (m *Matcher) numbersOf(picked []int) []string {
	if len(picked) == len(m.cols.rows) {
		return m.numbers[:len(picked)]
	}
	values := m.room(0)
	for _, row := range picked {
		values = append(values, m.numbers[row])
	}
	m.scratch[0] = values
	return values
}

// room returns an empty slice to use again.
func (m *Matcher) room(i int) []string {
	for len(m.scratch) <= i { // a filter with more fields than those before
		m.scratch = append(m.scratch, nil)
	}
	return m.scratch[i][:0]
}

// A dictionary numbers the literals of all filters.
type dictionary struct {
	numbers map[string]int32
	list    []string
	letters int
}

// fits reports whether there is room for a need.
func (d *dictionary) fits(need Need) bool {
	n := d.letters
	for _, clause := range need {
		for _, literal := range clause {
			n += len(literal) + perLiteral
		}
	}
	return n <= maxLetters
}

func (d *dictionary) number(need Need) [][]int32 {
	clauses := make([][]int32, len(need))
	for i, clause := range need {
		for _, literal := range clause {
			clauses[i] = append(clauses[i], d.of(literal))
		}
	}
	return clauses
}

func (d *dictionary) of(literal string) int32 {
	n, ok := d.numbers[literal]
	if !ok {
		n = int32(len(d.list))
		d.numbers[literal] = n
		d.list = append(d.list, literal)
		d.letters += len(literal) + perLiteral
	}
	return n
}
