package receive

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/format"
)

// Lines are stored when there are this many, ...
const (
	MaxRows = 10_000
	// ... or this many bytes of names and values.
	MaxBytes = 4 << 20
)

// unnamed is what a field without a name is called.
const unnamed = "unnamed"

// maxNoted is how many lines that could not be parsed an answer names.
const maxNoted = 50

// Noted is a line that was kept whole instead of being taken apart.
type Noted struct {
	Line  int    `json:"line"` // from 1
	Error string `json:"error"`
}

// Delivery is one request on its way into the store. Make it with Config.Open or NewDelivery.
type Delivery struct {
	Params Params
	// Stored counts the lines that are safe.
	Stored int
	// Receipt says what became of them.
	Receipt source.Receipt
	// Unparsed are the first lines that were kept whole, and UnparsedCount how many there are.
	Unparsed      []Noted
	UnparsedCount int

	// Repeat lets Flush be called again after an error, with the same lines.
	Repeat bool

	looker  *format.Looker // nil when texts are not looked at
	ctx     context.Context
	from    source.Sender
	receive func(context.Context, source.Sender, []signal.Row) (source.Receipt, error)
	rows    []signal.Row
	names   []string // of the last row's fields: all sound, all different
	bytes   int
	failed  error // why nothing is stored any more
}

// NewDelivery returns a delivery of a sender that did not come by HTTP.
func NewDelivery(ctx context.Context, sources *source.Service, from source.Sender) *Delivery {
	return &Delivery{ctx: ctx, from: from, receive: sources.Receive}
}

// Source is what the lines belong to.
func (d *Delivery) Source() source.Source { return d.from.Source }

// Past says that all lines are ones of the past, which somebody uploads at an instant. No log rule judges
// them, and they have that instant in common.
func (d *Delivery) Past(at time.Time) { d.from.Past = at }

// Waiting is how many lines have been added and are not yet stored.
func (d *Delivery) Waiting() int { return len(d.rows) }

// Note remembers a line that was kept whole.
func (d *Delivery) Note(line int, why string) {
	d.UnparsedCount++
	if len(d.Unparsed) < maxNoted {
		d.Unparsed = append(d.Unparsed, Noted{line, why})
	}
}

// Whole is a line that could not be taken apart, marked with the reason.
func Whole(line, why string) signal.Row {
	return signal.Row{Fields: []signal.Field{{Name: signal.Message, Value: line}}, Fault: why}
}

// Add takes a row, and stores what is waiting when it is enough. After an error nothing of what
// waits will be stored. Rows without any field are left out.
func (d *Delivery) Add(row signal.Row) error {
	if len(row.Fields) == 0 {
		return nil
	}
	if d.looker != nil {
		d.looker.Look(&row)
	}
	d.Params.finish(&row)
	row.Fault = sound(row.Fault)
	known := d.known(row.Fields)
	for i := range row.Fields {
		f := &row.Fields[i]
		if !known {
			f.Name = sound(f.Name)
		}
		if f.Value = sound(f.Value); f.Name == "" { // the engine takes it for the line itself
			f.Name = unnamed
		}
		d.bytes += len(f.Name) + len(f.Value)
	}
	if !known {
		row.Fields = distinct(row.Fields)
		d.learn(row.Fields)
	}
	d.rows = append(d.rows, row)
	if len(d.rows) >= MaxRows || d.bytes >= MaxBytes {
		return d.Flush()
	}
	return nil
}

// known reports whether fields have the names of the last row's, which are in order: rows beside each
// other mostly have.
func (d *Delivery) known(fields []signal.Field) bool {
	if len(fields) != len(d.names) {
		return false
	}
	for i := range fields {
		if fields[i].Name != d.names[i] {
			return false
		}
	}
	return true
}

func (d *Delivery) learn(fields []signal.Field) {
	d.names = d.names[:0]
	for i := range fields {
		d.names = append(d.names, fields[i].Name)
	}
}

// Flush stores what waits; nil means that every line added so far is safe.
func (d *Delivery) Flush() error {
	if len(d.rows) == 0 || d.failed != nil {
		return d.failed
	}
	rows := d.rows
	if d.Repeat {
		rows = copies(rows)
	}
	receipt, err := d.receive(d.ctx, d.from, rows)
	if err != nil {
		if !d.Repeat {
			d.failed = err
		}
		return err
	}
	d.Receipt.Add(receipt)
	d.Stored += len(d.rows)
	d.Discard()
	return nil
}

// Discard forgets what waits, and returns how many lines that were.
func (d *Delivery) Discard() int {
	n := len(d.rows)
	clear(d.rows)
	d.rows, d.bytes = d.rows[:0], 0
	return n
}

// copies are rows that can be changed while the originals stay as they are.
func copies(rows []signal.Row) []signal.Row {
	out, n := make([]signal.Row, len(rows)), 0
	for _, r := range rows {
		n += len(r.Fields)
	}
	fields := make([]signal.Field, 0, n)
	for i, r := range rows {
		start := len(fields)
		fields = append(fields, r.Fields...)
		out[i] = signal.Row{Time: r.Time, Stream: r.Stream, Fault: r.Fault, Fields: fields[start:len(fields):len(fields)]}
	}
	return out
}

// Renew makes the delivery one of a sender as it is known now; nothing may be waiting.
func (d *Delivery) Renew(ctx context.Context, from source.Sender) { d.ctx, d.from = ctx, from }

// Rest stores what waits although the request went wrong with err, and returns err: what came
// before the fault is as good as any, and the answer says how much of it is safe.
func (d *Delivery) Rest(err error) error {
	if failed := d.Flush(); failed != nil {
		return failed
	}
	return err
}

// sound is a text in UTF-8.
func sound(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// fewNames is up to how many fields comparing each with each is faster than a map.
const fewNames = 32

// distinct gives repeated names numbers and leaves out what repeats a value, too.
func distinct(fields []signal.Field) []signal.Field {
	if len(fields) > fewNames {
		return distinctMany(fields)
	}
	for i := 1; i < len(fields); i++ {
		for j := range i {
			if fields[i].Name == fields[j].Name {
				return distinctMany(fields)
			}
		}
	}
	return fields
}

func distinctMany(fields []signal.Field) []signal.Field {
	seen := make(map[string]string, len(fields))
	last := map[string]int{}
	out := fields[:0]
	for _, f := range fields {
		value, taken := seen[f.Name]
		if taken && value == f.Value {
			continue
		}
		if taken {
			f.Name = numbered(f.Name, seen, last)
		}
		seen[f.Name] = f.Value
		out = append(out, f)
	}
	return out
}

// numbered is the first of name_2, name_3 and so on that is free. What was given out last is
// remembered, so that a line of ten thousand equal names is not looked through for each.
func numbered(name string, seen map[string]string, last map[string]int) string {
	for n := max(last[name], 1) + 1; ; n++ {
		free := name + "_" + strconv.Itoa(n)
		if _, taken := seen[free]; !taken {
			last[name] = n
			return free
		}
	}
}
