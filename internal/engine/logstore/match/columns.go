package match

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// server lists the stream fields that every line has from the server.
var server = []string{signal.Source, signal.Service, signal.Component, signal.Environment}

// columns lays the rows of one batch out by field, as far as filters ask for it.
type columns struct {
	rows []signal.Row
	// names are the fields that some filter looks at, whole the values of all rows where built.
	names []string
	whole [][]string
	built []bool

	stream []byte
	tags   []string
	last   string
}

// use returns the number of a field's column.
func (c *columns) use(name string) int {
	if i := slices.Index(c.names, name); i >= 0 {
		return i
	}
	c.names = append(c.names, name)
	c.whole = append(c.whole, nil)
	c.built = append(c.built, false)
	return len(c.names) - 1
}

// begin starts with other rows.
func (c *columns) begin(rows []signal.Row) {
	c.rows = rows
	clear(c.built)
}

// end lets go of the rows.
func (c *columns) end() {
	c.rows = nil
	c.last = ""
	for i := range c.whole {
		clear(c.whole[i])
	}
}

// all returns the values of a column for all rows.
func (c *columns) all(column int) []string {
	if !c.built[column] {
		values := c.whole[column][:0]
		for i := range c.rows {
			values = append(values, c.value(i, c.names[column]))
		}
		c.whole[column], c.built[column] = values, true
	}
	return c.whole[column]
}

// pick appends the values of a column for some rows.
func (c *columns) pick(dst []string, column int, rows []int) []string {
	if len(rows) > len(c.rows)/4 {
		c.all(column)
	}
	for _, row := range rows {
		if c.built[column] {
			dst = append(dst, c.whole[column][row])
		} else {
			dst = append(dst, c.value(row, c.names[column]))
		}
	}
	return dst
}

func (c *columns) value(row int, name string) string {
	r := &c.rows[row]
	switch name {
	case signal.TimeField:
		return instant(r.Time)
	case signal.StreamField:
		return c.streamOf(r)
	}
	return valueOf(r, name)
}

// valueOf is a field's value. The store takes a field without a name for the message.
func valueOf(r *signal.Row, name string) string {
	if name == "" {
		name = signal.Message
	}
	for i := range r.Fields {
		if have := r.Fields[i].Name; have == name || have == "" && name == signal.Message {
			return r.Fields[i].Value
		}
	}
	return ""
}

// instant writes a time as the store returns it. What it cannot hold, among it the zero time, is
// 1970: a filter of hours or days needs a row that has its time.
func instant(t time.Time) string {
	if y := t.UTC().Year(); y < 1678 || y > 2261 {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// streamOf writes a row's stream as the store does: {component="db",source="app"}.
func (c *columns) streamOf(r *signal.Row) string {
	c.tags = append(append(c.tags[:0], server...), r.Stream...)
	slices.Sort(c.tags)
	c.stream = append(c.stream[:0], '{')
	for i, name := range c.tags {
		value := valueOf(r, name)
		if value == "" || !tellable(name) || i > 0 && name == c.tags[i-1] {
			continue
		}
		if name == "" {
			name = signal.Message
		}
		if len(c.stream) > 1 {
			c.stream = append(c.stream, ',')
		}
		c.stream = append(c.stream, name...)
		c.stream = append(c.stream, '=')
		c.stream = strconv.AppendQuote(c.stream, value)
	}
	c.stream = append(c.stream, '}')
	if c.last != string(c.stream) {
		c.last = string(c.stream)
	}
	return c.last
}

// tellable reports whether a stream field's name can be read back from a stream's text.
func tellable(name string) bool { return !strings.Contains(name, "=") }
