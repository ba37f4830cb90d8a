package saved

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/outbox"
	"mainstay/internal/engine/signal"
)

// How much a mail holds: what fits a few screens of a phone.
const (
	mailRows   = 10 // newest lines
	mailTable  = 30
	mailFacets = 3
	mailValues = 5
	mailLine   = 240 // characters
	lateAfter  = 5 * time.Minute
)

// found is what a report tells.
type found struct {
	total int64 // lines, -1 for a table
	bad   int64 // of them, errors and worse; only where lines were counted by level
	table *search.Answer
	facet []search.Facet
	rows  []search.Row
}

// nothing reports whether no line was found, or only zeros were counted.
func (f found) nothing() bool {
	if f.table == nil {
		return f.total == 0
	}
	for _, r := range f.table.Rows {
		for _, field := range r.Fields {
			if n, err := strconv.ParseFloat(field.Value, 64); err != nil || n != 0 {
				return false
			}
		}
	}
	return true
}

// gather asks for all that a report tells, from an instant on and without the other.
func (s *Service) gather(ctx context.Context, by actor.Actor, spec SearchSpec, from, to time.Time) (f found, err error) {
	q := search.Question{LogsQL: spec.LogsQL(), Start: from, End: to.Add(-1), Limit: mailTable}
	answer, err := s.Search.Rows(ctx, by, q)
	if err != nil {
		return f, err
	}
	if answer.Table {
		return found{total: -1, table: &answer}, nil
	}
	f.rows = answer.Rows[:min(len(answer.Rows), mailRows)]
	if f.total, f.bad, err = s.count(ctx, by, q); err != nil || f.total == 0 {
		return f, err
	}
	facets, err := s.Search.Fields(ctx, by, q, mailValues)
	for _, facet := range facets {
		if len(f.facet) < mailFacets && !facet.Many && len(facet.Values) > 0 {
			f.facet = append(f.facet, facet)
		}
	}
	return f, err
}

// count counts lines: by level, unless pipes have a say in which they are.
func (s *Service) count(ctx context.Context, by actor.Actor, q search.Question) (total, bad int64, err error) {
	if !search.Piped(q.LogsQL) {
		hits, err := s.Search.Hits(ctx, by, q, 1)
		return hits.Total, hits.Bad(), err
	}
	q.LogsQL = search.Then(q.LogsQL, "stats count() lines")
	answer, err := s.Search.Rows(ctx, by, q)
	if err != nil || len(answer.Rows) == 0 {
		return 0, 0, err
	}
	total, err = strconv.ParseInt(answer.Rows[0].Get("lines"), 10, 64)
	if err != nil {
		return 0, 0, errors.New("the log engine counted no number")
	}
	return total, 0, nil
}

// reported is a report for its readers.
type reported struct {
	search Search
	owner  people.User
	run    run
	found  found
	why    string // why it could not be made
	base   string
	now    time.Time
}

// content is the message for a reader in a zone.
func (r reported) content(zone string) outbox.Content {
	c := outbox.Content{Title: "Report: " + r.search.Title() + ": " + r.found.headline(), URL: r.base + r.search.Spec.Between(r.run.since, r.run.slot)}
	if r.why != "" {
		c.Title = "Report could not be made: " + r.search.Title()
	}
	c.Text = r.text(zone)
	c.Why = fmt.Sprintf("%s has this report sent to you, %s; %s", r.owner.Name, r.search.Spec.Report.Words(), "saved search "+r.search.Name)
	return c
}

func (r reported) text(zone string) string {
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	if r.why != "" {
		line("This report could not be made: ", oneLine(r.why, mailLine*2), ".")
		line("It was tried from its time on for as long as an hour. The next one comes at its time.\n")
	} else {
		line(r.found.headline(), r.found.worse())
	}
	line(notify.When(r.run.since, zone), " to ", notify.When(r.run.slot, zone))
	if late := r.now.Sub(r.run.slot); late > lateAfter {
		line("Late: it was due ", notify.When(r.run.slot, zone), " and was made ", notify.When(r.now, zone), ".")
	}
	if r.run.missed > 0 {
		line(fmt.Sprintf("It also covers %d earlier, which could not be made in time.", r.run.missed))
	}
	if r.why != "" {
		return b.String()
	}
	r.found.write(line, zone)
	line("\nAll as CSV:\n", r.base, strings.Replace(r.search.Spec.Between(r.run.since, r.run.slot, "format", "csv"), "/logs?", "/logs/export?", 1))
	return b.String()
}

func (f found) headline() string {
	switch {
	case f.nothing():
		return "nothing found"
	case f.table != nil && len(f.table.Rows) == 1 && len(f.table.Rows[0].Fields) == 1:
		return oneLine(f.table.Rows[0].Fields[0].Name, 40) + " " + number(oneLine(f.table.Rows[0].Fields[0].Value, 60))
	case f.table != nil && len(f.table.Rows) >= mailTable:
		return fmt.Sprintf("%d rows or more", mailTable)
	case f.table != nil:
		return plural(int64(len(f.table.Rows)), "row")
	}
	return plural(f.total, "line")
}

func (f found) worse() string {
	if f.bad == 0 {
		return ""
	}
	return ", " + Count(f.bad) + " of them errors or worse"
}

func (f found) write(line func(...string), zone string) {
	if f.table != nil {
		f.rowsOf(line)
		return
	}
	for i, facet := range f.facet {
		if i == 0 {
			line()
		}
		var values []string
		for _, v := range facet.Values {
			values = append(values, oneLine(v.Name, 40)+" "+Count(v.Hits))
		}
		line(oneLine(facet.Name, 40), ": ", strings.Join(values, ", "))
	}
	if len(f.rows) > 0 {
		line("\nNewest lines")
	}
	loc := calendar.Zone(new(errs.Check), "zone", cmp.Or(zone, "UTC"))
	for _, r := range f.rows {
		line("\n", strings.TrimSpace(r.Time.In(loc).Format("2 Jan 15:04:05 ")+string(r.Level)+" "+oneLine(r.Get("host"), 40)))
		line(oneLine(said(r), mailLine))
	}
}

// rowsOf writes a table: a row on each line, its number last.
func (f found) rowsOf(line func(...string)) {
	if len(f.table.Rows) == 0 {
		return
	}
	line("\n", oneLine(strings.Join(f.table.Columns, " · "), 20*mailLine))
	for _, r := range f.table.Rows {
		var cells []string
		for _, name := range f.table.Columns {
			value := r.Get(name)
			if name == signal.TimeField && !r.Time.IsZero() {
				value = r.Time.UTC().Format("2006-01-02 15:04Z")
			}
			cells = append(cells, number(oneLine(cmp.Or(value, "–"), 60)))
		}
		line(strings.Join(cells, " · "))
	}
}

// said is the message of a line, or its fields where it has none.
func said(r search.Row) string {
	if r.Message != "" {
		return r.Message
	}
	var out []string
	for _, f := range r.Fields {
		out = append(out, f.Name+"="+f.Value)
	}
	return strings.Join(out, " ")
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// number writes whole numbers with commas, other values as they are.
func number(s string) string {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return Count(n)
	}
	return s
}

// Count writes a number with commas: 13,294.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// oneLine is text that strangers wrote, on one line and at most so long.
func oneLine(s string, most int) string { return text.OneLine(s, most) }
