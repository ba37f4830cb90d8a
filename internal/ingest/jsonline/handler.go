package jsonline

import (
	"errors"
	"io"
	"net/http"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/flat"
)

// Routes are the patterns of the protocol.
func Routes(c receive.Config) []receive.Route {
	h := http.HandlerFunc(handler{c}.take)
	return []receive.Route{{Pattern: "POST /insert/jsonline", Handler: h}, {Pattern: "PUT /insert/jsonline", Handler: h}}
}

type handler struct{ receive.Config }

func (h handler) take(w http.ResponseWriter, r *http.Request) {
	d, err := h.Open(r, receive.Ways{})
	if err != nil {
		h.Finish(w, r, nil, err)
		return
	}
	body, err := receive.Body(r, "", receive.MaxBody)
	if err != nil {
		h.Finish(w, r, d, err)
		return
	}
	defer body.Close()
	h.Finish(w, r, d, receive.Files(r, body, func(f io.Reader) error { return read(d, f) }))
}

// read takes every line of a body and stores them.
func read(d *receive.Delivery, body io.Reader) error {
	d.Params.Default([]string{signal.TimeField, "@timestamp"}, []string{signal.Message, "message"})
	lines := receive.NewLines(body)
	var objects flat.Flattener
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return d.Flush()
		}
		if err != nil {
			return d.Rest(err)
		}
		if err := d.Add(row(d, &objects, line, lines.Number)); err != nil {
			return err
		}
	}
}

// row is a line taken apart, or whole and marked. An empty line is an empty row.
func row(d *receive.Delivery, objects *flat.Flattener, line []byte, number int) signal.Row {
	if len(line) == 0 {
		return signal.Row{}
	}
	fields, err := objects.Object(line)
	if err != nil {
		d.Note(number, err.Error())
		return receive.Whole(string(line), err.Error())
	}
	row := signal.Row{Fields: fields}
	d.Params.Shape(&row)
	if row.Fault != "" {
		d.Note(number, row.Fault)
	}
	return row
}
