package receive

import (
	"errors"
	"io"
	"time"

	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/format"
)

// Text takes plain lines apart and stores them; each, when it is given, adds to a row what the request
// says of all. It returns the format that the lines turned out to have.
func Text(d *Delivery, body io.Reader, o format.Options, each func(*signal.Row)) (format.Kind, error) {
	p := format.New(o, func(row signal.Row, line int) error {
		if row.Fault != "" {
			d.Note(line, row.Fault)
		}
		if each != nil {
			each(&row)
		}
		return d.Add(row)
	})
	lines := NewLines(body)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return p.Kind, d.Rest(err)
		}
		if err := p.Line(line); err != nil {
			return p.Kind, err
		}
	}
	if err := p.Close(); err != nil {
		return p.Kind, err
	}
	return p.Kind, d.Flush()
}

// TextOptions are how a source's plain lines are read when the request says nothing.
func TextOptions(src source.Source, now time.Time) format.Options {
	zone, err := time.LoadLocation(src.Spec.Zone)
	if err != nil { // its name was checked, but the zone is not on this machine
		zone = time.UTC
	}
	return format.Options{Kind: format.Kind(src.Spec.Parse), Zone: zone, Now: now}
}
