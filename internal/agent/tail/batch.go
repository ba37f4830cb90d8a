package tail

import (
	"errors"
	"io"
	"strconv"

	"mainstay/internal/agent/line"
)

// Batch is a number of lines on their way.
type Batch struct {
	// MaxBytes and MaxLines are where Fill stops; the last line may go past MaxBytes.
	MaxBytes, MaxLines int
	// Body is the lines as NDJSON, Lines their number.
	Body  []byte
	Lines int

	ends map[*file]mark // how far it goes in each file
}

// place is where the reading of a file has come to.
type place struct {
	offset int64
	part   int
}

// Empty reports whether the batch moves nothing on.
func (b *Batch) Empty() bool { return len(b.ends) == 0 }

func (b *Batch) full() bool { return len(b.Body) >= b.MaxBytes || b.Lines >= b.MaxLines }

// Fill puts lines that were not delivered yet into a batch, in their order within each file. Each
// call begins with another file, so that a busy one does not keep the others back.
func (t *Tailer) Fill(b *Batch) {
	n := len(t.files)
	if n == 0 {
		return
	}
	t.turn = (t.turn + 1) % n
	for i := range n {
		f := t.files[(t.turn+i)%n]
		if b.full() {
			return
		}
		if f.gone {
			continue // Poll takes them to the disk buffer
		}
		if err := t.read(f, b); err != nil {
			t.complain("a log cannot be read", f.Path, err)
		}
	}
}

// read adds lines of one file to a batch until it is full or the file has no more.
func (t *Tailer) read(f *file, b *Batch) error {
	at := place{f.Offset, f.Part}
	for !b.full() && at.offset < f.size {
		data, err := t.load(f, at.offset)
		if err != nil {
			return err
		}
		if len(data) == 0 {
			return nil
		}
		used := t.cut(f, b, data, &at)
		if used == 0 {
			return nil
		}
		// The new mark is taken now: at Commit there may be other content where this was.
		m, err := f.at(f.open, at.offset, at.part)
		if err != nil || !f.fits(f.open) {
			f.size = -1 // truncated while it was read: the next Poll looks again
			return err
		}
		if b.ends == nil {
			b.ends = map[*file]mark{}
		}
		b.ends[f] = m
	}
	return nil
}

// load reads from an offset. Nothing is returned when the content that was delivered is not there
// any more: the next Poll will see the truncation too.
func (t *Tailer) load(f *file, offset int64) ([]byte, error) {
	if err := f.reopen(); err != nil || f.open == nil {
		return nil, err
	}
	n, err := f.open.ReadAt(t.chunk[:min(int64(len(t.chunk)), f.size-offset)], offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !f.fits(f.open) {
		f.size = -1
		return nil, nil
	}
	return t.chunk[:n], nil
}

// cut adds the records of data to the batch, moves at behind them and returns how many bytes they were.
func (t *Tailer) cut(f *file, b *Batch, data []byte, at *place) (used int) {
	atEnd := at.offset+int64(len(data)) == f.size
	quiet := t.Clock.Now().Sub(f.grown)
	s := splitter{join: join{f.log.Start, f.log.Trace}, max: t.MaxLine, part: at.part,
		groupDone: atEnd && quiet >= GroupWait, lineDone: atEnd && quiet >= LineWait}
	for used < len(data) && !b.full() {
		r, ok := s.next(data[used:])
		if !ok {
			break
		}
		if r.text != "" {
			b.Body = line.Append(b.Body, t.fields(f, r, at.offset))
			b.Lines++
		}
		used += r.end
		at.offset += int64(r.end)
		at.part = s.part
	}
	return used
}

// fields are what a line carries. Empty ones are left out when it is written.
func (t *Tailer) fields(f *file, r record, offset int64) []line.Field {
	fields := []line.Field{
		{Name: "_msg", Value: r.text},
		{Name: "host", Value: t.Host},
		{Name: "file", Value: f.Name},
		{Name: "file_id", Value: f.ID},
		{Name: "offset", Value: strconv.FormatInt(offset, 10)},
	}
	if r.part > 0 {
		fields = append(fields, line.Field{Name: "part", Value: strconv.Itoa(r.part)}, line.Field{Name: "part_last", Value: strconv.FormatBool(r.last)})
	}
	if r.unfinished {
		fields = append(fields, line.Field{Name: "unfinished", Value: "true"})
	}
	return append(fields, f.log.Fields...)
}

// Commit notes that a batch is safe. When it returns nil the lines are not sent again, whatever
// crashes next.
func (t *Tailer) Commit(b *Batch) error {
	for f, m := range b.ends {
		if f.ID == m.ID {
			f.mark = m
		}
	}
	return t.save()
}
