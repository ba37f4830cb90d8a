package oncall

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
)

// strip is one week of a roster, drawn: time runs from left to right, days are as long as they
// are when clocks change, and every row is a layer or what all of them give.
type strip struct {
	days []dayHead
	rows []gridRow
	now  string // where the present moment is, empty in other weeks
}

// dayHead is a day above the rows.
type dayHead struct {
	x, w    string
	label   string // "Mon 23"
	today   bool
	weekend bool
	change  string // "clocks go back", otherwise empty
	hours   string // "25 h", of a day on which they do
}

type gridRow struct {
	label, note string
	final       bool
	cells       []cell
}

// cell is a stretch of a row.
type cell struct {
	x, w  string
	text  string
	title string // everything, for pointing at it
	class string
}

// grid draws weeks of a roster.
type grid struct {
	loc    *time.Location
	now    time.Time
	colour map[string]int // of each person, by login
	names  map[string]string
}

// colours is how many there are; people beyond share them.
const colours = 8

// newGrid gives every person who is in the roster the same colour in every week.
func newGrid(loc *time.Location, now time.Time, spec oncall.Spec, names map[string]string) grid {
	var logins []string
	for _, l := range spec.Layers {
		for _, slot := range l.Slots {
			logins = append(logins, slot...)
		}
	}
	for login := range names {
		logins = append(logins, login)
	}
	slices.Sort(logins)
	g := grid{loc: loc, now: now, colour: map[string]int{}, names: names}
	for i, login := range slices.Compact(logins) {
		g.colour[login] = i%colours + 1
	}
	return g
}

// strip draws the week that begins on a day, of a timetable that holds it. Layers are drawn
// when they are wanted.
func (g grid) strip(t oncall.Timetable, monday calendar.Date, layers bool) strip {
	w := window{calendar.Instant(g.loc, monday, 0), calendar.Instant(g.loc, monday+7, 0)}
	s := strip{days: g.days(w, monday)}
	if w.holds(g.now) {
		s.now = w.x(g.now)
	}
	s.rows = append(s.rows, gridRow{label: "On call", final: true, cells: g.cells(w, t.Shifts, true)})
	if !layers {
		return s
	}
	if over := g.overrides(w, t.Overrides); len(over) > 0 {
		s.rows = append(s.rows, gridRow{label: "Overrides", cells: over})
	}
	for _, l := range t.Roster.Spec.Layers {
		if row, ok := g.layer(w, t.Roster, l); ok {
			s.rows = append(s.rows, row)
		}
	}
	return s
}

// window is the time that a strip shows.
type window struct{ from, to time.Time }

func (w window) holds(t time.Time) bool { return !t.Before(w.from) && t.Before(w.to) }

// x is where an instant is, as a share of the window; instants outside are at its edge.
func (w window) x(t time.Time) string { return percent(w.share(t)) }

func (w window) share(t time.Time) float64 {
	return min(max(float64(t.Sub(w.from))/float64(w.to.Sub(w.from)), 0), 1)
}

// width is how wide a stretch is.
func (w window) width(from, to time.Time) string { return percent(w.share(to) - w.share(from)) }

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 3, 64) + "%" }

func (g grid) days(w window, monday calendar.Date) []dayHead {
	out := make([]dayHead, 7)
	for i := range out {
		d := monday + calendar.Date(i)
		from, to := calendar.Instant(g.loc, d, 0), calendar.Instant(g.loc, d+1, 0)
		label := from.In(g.loc).Format("Mon 2")
		if i == 0 || strings.HasSuffix(label, " 1") {
			label = from.In(g.loc).Format("Mon 2 Jan")
		}
		weekday := d.Weekday()
		out[i] = dayHead{x: w.x(from), w: w.width(from, to), label: label,
			today: !g.now.Before(from) && g.now.Before(to), weekend: weekday == time.Saturday || weekday == time.Sunday,
			change: clockChange(from, to), hours: strconv.Itoa(int(to.Sub(from).Round(time.Hour)/time.Hour)) + " h"}
	}
	return out
}

// clockChange says whether the clocks change between two midnights.
func clockChange(from, to time.Time) string {
	switch length := to.Sub(from); {
	case length < 24*time.Hour:
		return "clocks go forward"
	case length > 24*time.Hour:
		return "clocks go back"
	}
	return ""
}

// cells draws shifts: people in their colours, gaps loudly. A layer's own row is quiet where
// the layer has nobody.
func (g grid) cells(w window, shifts []oncall.Shift, final bool) []cell {
	var out []cell
	for _, s := range shifts {
		if !s.To.After(w.from) || !s.From.Before(w.to) {
			continue
		}
		if !final && s.State == oncall.Gap {
			continue
		}
		c := cell{x: w.x(s.From), w: w.width(s.From, s.To), class: g.class(s)}
		c.text, c.title = g.words(s)
		if w.share(s.To)-w.share(s.From) < narrow {
			c.text = firstNames(c.text)
		}
		out = append(out, c)
	}
	return out
}

func (g grid) class(s oncall.Shift) string {
	switch s.State {
	case oncall.Gap:
		return "shift shift-gap"
	case oncall.Nobody:
		return "shift shift-nobody"
	case oncall.Fallback:
		return "shift shift-fallback"
	case oncall.Covered:
	}
	class := "shift who-" + strconv.Itoa(g.colour[s.People[0].User])
	if slices.ContainsFunc(s.People, func(d oncall.Duty) bool { return d.Why == oncall.ByOverride }) {
		class += " shift-override"
	}
	return class
}

// narrow is the share of a week below which only first names have room.
const narrow = 1.0 / 12

// firstNames shortens "Ana Ruiz, Ben Ode" to "Ana, Ben".
func firstNames(names string) string {
	parts := strings.Split(names, ", ")
	for i, name := range parts {
		parts[i], _, _ = strings.Cut(name, " ")
	}
	return strings.Join(parts, ", ")
}

// words names who is on call in a shift, and tells all about it.
func (g grid) words(s oncall.Shift) (text, title string) {
	names := make([]string, len(s.People))
	for i, d := range s.People {
		names[i] = g.name(d.User)
	}
	text = strings.Join(names, ", ")
	switch s.State {
	case oncall.Gap:
		text = "Nobody"
	case oncall.Nobody:
		text = "nobody, as planned"
	case oncall.Fallback:
		text = "Fallback: " + text
	case oncall.Covered:
	}
	return text, text + ", " + g.span(s.From, s.To) + g.why(s)
}

func (g grid) why(s oncall.Shift) string {
	for _, d := range s.People {
		switch d.Why {
		case oncall.ByOverride:
			return " (override)"
		case oncall.ByLayer:
			return " (" + d.Layer + ")"
		case oncall.ByFallback:
		}
	}
	return ""
}

func (g grid) name(login string) string {
	if name := g.names[login]; name != "" {
		return name
	}
	return login
}

// span tells a stretch of time in the roster's zone.
func (g grid) span(from, to time.Time) string {
	f, t := from.In(g.loc), to.In(g.loc)
	if f.Format(time.DateOnly) == t.Format(time.DateOnly) {
		return f.Format("Mon 2 Jan 15:04") + "–" + t.Format("15:04")
	}
	return f.Format("Mon 2 Jan 15:04") + " – " + t.Format("Mon 2 Jan 15:04")
}

func (g grid) overrides(w window, list []oncall.Override) []cell {
	var out []cell
	for _, o := range list {
		if !o.To.After(w.from) || !o.From.Before(w.to) {
			continue
		}
		text := g.name(o.User)
		if o.Replaces != "" {
			text += " for " + g.name(o.Replaces)
		}
		title := text + ", " + g.span(o.From, o.To)
		if o.Note != "" {
			title += ": " + o.Note
		}
		out = append(out, cell{x: w.x(o.From), w: w.width(o.From, o.To), text: text, title: title,
			class: "shift shift-override who-" + strconv.Itoa(g.colour[o.User])})
	}
	return out
}

// layer draws one layer as if it were alone.
func (g grid) layer(w window, e oncall.Entry, l oncall.LayerSpec) (gridRow, bool) {
	alone, err := oncall.Parse(e.Name, oncall.Spec{Zone: e.Spec.Zone, Layers: []oncall.LayerSpec{l}})
	if err != nil {
		return gridRow{}, false // it was valid when stored; the zone data has changed since
	}
	return gridRow{label: l.Name, note: rotationWords(l), cells: g.cells(w, alone.Schedule(w.from, w.to), false)}, true
}

// rotationWords says how a layer rotates.
func rotationWords(l oncall.LayerSpec) string {
	switch l.Rotation {
	case oncall.Daily:
		return "daily at " + l.Handover
	case oncall.Weekly:
		return "weekly at " + l.Handover
	case oncall.Custom:
		days := make([]string, len(l.ShiftDays))
		for i, d := range l.ShiftDays {
			days[i] = strconv.Itoa(d)
		}
		return strings.Join(days, "/") + " days at " + l.Handover
	}
	return ""
}

// mondayOf is the Monday of the week in which a date lies.
func mondayOf(d calendar.Date) calendar.Date {
	return d - calendar.Date((int(d.Weekday())+6)%7)
}
