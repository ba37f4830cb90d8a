package pattern

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/pattern/drain"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

// Against says with what a range is compared.
type Against string

// What a range can be compared with: the same hours a day before, or a week before. A range that
// is longer is compared with as many whole days or weeks before.
const (
	Day  Against = "day"
	Week Against = "week"
)

// Order is the order of a list.
type Order string

// The orders: most lines first, greatest change first, newest first.
const (
	ByCount  Order = "count"
	ByChange Order = "change"
	ByNew    Order = "new"
)

// Limits of a list.
const (
	MaxList   = 500
	usualList = 200
	Sparks    = 24 // steps of Found.Spark
)

// Question is what somebody wants to know.
type Question struct {
	Source, Service string // names; "" for any
	// From and To bound the lines' instants. From is taken down to its hour.
	From, To time.Time
	// Since is the instant from which a pattern counts as new; zero is From.
	Since   time.Time
	Against Against // "" is Day
	Order   Order   // "" is ByCount
	Limit   int     // 0 is 200

	length time.Duration // as it was asked, before From was taken down
}

func (q *Question) check() error {
	var c errs.Check
	c.Require(!q.From.IsZero() && !q.To.IsZero() && q.From.Before(q.To), "start", "must be before the end")
	c.Require(q.To.Sub(q.From) <= Keep, "start", "must be at most 35 days before the end: patterns are not kept longer")
	c.Require(slices.Contains([]Against{"", Day, Week}, q.Against), "against", "must be day or week, not %q", q.Against)
	c.Require(slices.Contains([]Order{"", ByCount, ByChange, ByNew}, q.Order), "sort", "must be count, change or new, not %q", q.Order)
	c.Require(q.Limit >= 0 && q.Limit <= MaxList, "limit", "must be at most %d", MaxList)
	q.length = q.To.Sub(q.From)
	q.From = q.From.UTC().Truncate(time.Hour)
	if q.Since.IsZero() {
		q.Since = q.From
	}
	q.Limit, q.Against, q.Order = cmp.Or(q.Limit, usualList), cmp.Or(q.Against, Day), cmp.Or(q.Order, ByCount)
	return c.Err("the question about patterns")
}

// shift is how long before the range that lies with which it is compared.
func (q Question) shift() time.Duration {
	unit := 24 * time.Hour
	if q.Against == Week {
		unit *= 7
	}
	return (q.length + unit - 1) / unit * unit
}

// Found is a pattern with its lines in a range.
type Found struct {
	drain.Template
	Lines int64
	// Share is the part of all lines that were asked about, from 0 to 1.
	Share float64
	// Estimated is set where only some of the lines were looked at.
	Estimated bool
	// Before is how many lines the range had with which it is compared, as far as that range has
	// come by now. Compared is false where nothing of the source is known from then.
	Before   float64
	Compared bool
	// New is set where the first line came after Question.Since, and others of its source came before
	// that: in the first lines of all, nothing is new.
	New bool
	// Spark counts the lines of Sparks equal steps up to the end; see List.SparkStep.
	Spark []int64
}

// Gone reports whether there were lines before and are none now.
func (f Found) Gone() bool { return f.Lines == 0 }

// Times is how many times as many lines there are; 0 where that cannot be told.
func (f Found) Times() float64 {
	if !f.Compared || f.Before <= 0 {
		return 0
	}
	return float64(f.Lines) / f.Before
}

// weight says how remarkable the change is: how far it is from what chance does.
func (f Found) weight() float64 {
	if !f.Compared && !f.New {
		return 0
	}
	n := float64(f.Lines)
	return math.Abs(n-f.Before) / math.Sqrt(n+f.Before+1)
}

// List is the answer to a Question.
type List struct {
	From, To, Since time.Time
	// Shift is how far before the range lies that it is compared with.
	Shift     time.Duration
	SparkStep time.Duration
	Lines     int64 // of all patterns
	All       int   // patterns, of which Patterns are the first
	Patterns  []Found
	// Origins are the sources and services that the reader may choose from.
	Origins []drain.Origin
}

// List lists patterns that by may see. Who may see nothing gets a Forbidden error.
func (s *Service) List(ctx context.Context, by actor.Actor, q Question) (out List, err error) {
	scope, err := s.Scope(ctx, by)
	if err != nil {
		return out, err
	}
	if err := q.check(); err != nil {
		return out, err
	}
	out = List{From: q.From, To: q.To, Since: q.Since, Shift: q.shift(), SparkStep: sparkStep(q)}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		found, err := counts(tx, scope, q)
		if err != nil {
			return err
		}
		began, err := beginnings(tx)
		if err != nil {
			return err
		}
		out.sum(found, began, q)
		if err := sparks(tx, out.Patterns, q); err != nil {
			return err
		}
		out.Origins, err = origins(tx, scope)
		return err
	})
	return out, err
}

// sum works out shares, order and what is compared.
func (l *List) sum(found []Found, began map[string]time.Time, q Question) {
	before := map[string]float64{}
	l.Lines, l.All = 0, len(found)
	for _, f := range found {
		l.Lines += f.Lines
		before[f.Source] += f.Before
	}
	for i := range found {
		f := &found[i]
		f.Compared = before[f.Source] > 0
		f.New = !f.First.Before(q.Since) && began[f.Source].Before(q.Since)
		if l.Lines > 0 {
			f.Share = float64(f.Lines) / float64(l.Lines)
		}
	}
	slices.SortStableFunc(found, func(a, b Found) int { return compare(a, b, q.Order) })
	l.Patterns = found[:min(len(found), q.Limit)]
}

func compare(a, b Found, order Order) int {
	first := 0
	switch order {
	case ByChange:
		first = cmp.Compare(b.weight(), a.weight())
	case ByNew:
		first = b.First.Compare(a.First)
	}
	return cmp.Or(first, cmp.Compare(b.Lines, a.Lines), cmp.Compare(b.Before, a.Before), cmp.Compare(a.Text, b.Text), cmp.Compare(a.ID, b.ID))
}

// sparkStep is how long a step of the sparklines is: they show a day at least.
func sparkStep(q Question) time.Duration {
	return max(time.Hour, (q.To.Sub(q.From)/Sparks + time.Hour - 1).Truncate(time.Hour))
}

// within is the condition for what somebody may see.
func within(scope signal.Scope) (where string, args []any) {
	if scope.All {
		return `1 = 1`, nil
	}
	if scope.Empty() {
		return `1 = 0`, nil
	}
	for _, name := range scope.Services {
		args = append(args, name)
	}
	return `p.service IN (?` + strings.Repeat(`, ?`, len(args)-1) + `)`, args
}

// counts counts the lines of a range and of the one that it is compared with. The last hour of the
// range has not passed whole, so of the hour that it is compared with only the same part counts.
func counts(tx *db.Tx, scope signal.Scope, q Question) ([]Found, error) {
	where, args := within(scope)
	if q.Source != "" {
		where, args = where+` AND p.source = ?`, append(args, q.Source)
	}
	if q.Service != "" {
		where, args = where+` AND p.service = ?`, append(args, q.Service)
	}
	last := q.To.UTC().Truncate(time.Hour)
	part := float64(q.To.Sub(last)) / float64(time.Hour)
	shift := q.shift()
	all := append([]any{q.From, q.From.Add(-shift), last.Add(-shift), last.Add(-shift), q.From}, args...)
	return db.All(tx, func(r db.Scanner) (f Found, err error) {
		var whole, partly, estimated int64
		t := &f.Template
		err = r.Scan(&t.ID, &t.Source, &t.Service, &t.Number, &t.Birth, &t.Text, &t.Example, &t.Level, db.Time(&t.First), db.Time(&t.Last),
			&f.Lines, &whole, &partly, &estimated)
		f.Before, f.Estimated = float64(whole)+float64(partly)*part, estimated > 0
		return f, err
	}, `
		SELECT `+columns+`,
			CAST(SUM(CASE WHEN h.hour >= ? THEN h.lines ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN h.hour >= ? AND h.hour < ? THEN h.lines ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN h.hour = ? THEN h.lines ELSE 0 END) AS BIGINT),
			MAX(CASE WHEN h.estimated AND h.hour >= ? THEN 1 ELSE 0 END)
		FROM pattern p JOIN pattern_hour h ON h.pattern = p.id
		WHERE `+where+` AND (h.hour >= ? AND h.hour < ? OR h.hour >= ? AND h.hour <= ?)
		GROUP BY p.id`,
		append(all, q.From, q.To, q.From.Add(-shift), last.Add(-shift))...)
}

// sparks counts the lines of each step for what is listed.
func sparks(tx *db.Tx, list []Found, q Question) error {
	step := sparkStep(q)
	from := q.To.UTC().Truncate(time.Hour).Add(time.Hour - step*Sparks)
	at := map[drain.ID]*Found{}
	for i := range list {
		list[i].Spark = make([]int64, Sparks)
		at[list[i].ID] = &list[i]
	}
	type point struct {
		id    drain.ID
		step  int64
		lines int64
	}
	for chunk := range slices.Chunk(list, 100) {
		args := []any{from.UnixMicro(), step.Microseconds()}
		marks := ""
		for i, f := range chunk {
			if i > 0 {
				marks += ", "
			}
			marks += "?"
			args = append(args, string(f.ID))
		}
		points, err := db.All(tx, func(r db.Scanner) (p point, err error) { return p, r.Scan(&p.id, &p.step, &p.lines) }, `
			SELECT pattern, (hour - CAST(? AS BIGINT)) / CAST(? AS BIGINT), lines
			FROM pattern_hour WHERE pattern IN (`+marks+`) AND hour >= ? AND hour < ?`, append(args, from, q.To)...)
		if err != nil {
			return err
		}
		for _, p := range points {
			if p.step >= 0 && p.step < Sparks {
				at[p.id].Spark[p.step] += p.lines
			}
		}
	}
	return nil
}

// beginnings are the instants of the first known line of each source.
func beginnings(tx *db.Tx) (map[string]time.Time, error) {
	type beginning struct {
		source string
		at     time.Time
	}
	list, err := db.All(tx, func(r db.Scanner) (b beginning, err error) { return b, r.Scan(&b.source, db.Time(&b.at)) },
		`SELECT source, MIN(first_seen) FROM pattern GROUP BY source`)
	out := map[string]time.Time{}
	for _, b := range list {
		out[b.source] = b.at
	}
	return out, err
}

func origins(tx *db.Tx, scope signal.Scope) ([]drain.Origin, error) {
	where, args := within(scope)
	return db.All(tx, func(r db.Scanner) (o drain.Origin, err error) { return o, r.Scan(&o.Source, &o.Service) },
		`SELECT DISTINCT p.source, p.service FROM pattern p WHERE `+where+` ORDER BY p.source, p.service`, args...)
}
