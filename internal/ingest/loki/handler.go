package loki

import (
	"mime"
	"net/http"
	"strconv"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/flat"
)

// Routes are the patterns of the protocol.
func Routes(c receive.Config) []receive.Route {
	h := handler{c}
	return []receive.Route{
		{Pattern: "POST /loki/api/v1/push", Handler: http.HandlerFunc(h.push)},
		{Pattern: "POST /insert/loki/api/v1/push", Handler: http.HandlerFunc(h.push)},
		{Pattern: "GET /insert/loki/ready", Handler: http.HandlerFunc(ready)},
	}
}

type handler struct{ receive.Config }

// batch is one stream of a push: labels, and entries that share them.
type batch struct {
	labels  []signal.Field
	names   []string
	fault   string // why the labels could not be read
	entries []entry
}

type entry struct {
	at       time.Time
	line     string
	metadata []signal.Field
	fault    string // why the time could not be read
}

func (h handler) push(w http.ResponseWriter, r *http.Request) {
	d, err := h.Open(r, receive.Ways{})
	if err != nil {
		h.Text(w, r, err, 0)
		return
	}
	if err := h.take(d, r); err != nil {
		h.Text(w, r, err, d.Stored)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h handler) take(d *receive.Delivery, r *http.Request) error {
	asText, err := keepsText(r)
	if err != nil {
		return err
	}
	list, done, err := h.decode(r)
	if err != nil {
		return err
	}
	defer done()
	d.Params.Default([]string{}, []string{signal.Message})
	var objects flat.Flattener
	for _, b := range list {
		for _, e := range b.entries {
			row := signal.Row{Time: e.at, Stream: b.names}
			row.Fields = append(make([]signal.Field, 0, len(b.labels)+len(e.metadata)+3), b.labels...)
			row.Fields = append(row.Fields, e.metadata...)
			row.Fields = append(row.Fields, message(d, &objects, e.line, asText)...)
			row.Fault = b.fault + e.fault
			if err := d.Add(row); err != nil {
				return err
			}
		}
	}
	return d.Flush()
}

// decode reads the body in either encoding. Done is for when the batches are not needed any more.
func (h handler) decode(r *http.Request) (list []batch, done func(), err error) {
	usual, measure, parse := "snappy", protoSize, fromProto
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		usual, measure, parse = "", receive.JSONSize, fromJSON
	}
	body, done, err := h.Tree(r, usual, measure)
	if err != nil {
		return nil, nil, err
	}
	if list, err = parse(body); err != nil {
		done()
		return nil, nil, err
	}
	return list, done, nil
}

func keepsText(r *http.Request) (bool, error) {
	text := r.URL.Query().Get("disable_message_parsing")
	if text == "" {
		text = r.Header.Get("VL-Loki-Disable-Message-Parsing")
	}
	if text == "" {
		return false, nil
	}
	keep, err := strconv.ParseBool(text)
	if err != nil {
		return false, errs.Invalidf("disable_message_parsing must be 1 or 0, not %.20q", text)
	}
	return keep, nil
}

// message is the line itself, or its members when it is a JSON object.
func message(d *receive.Delivery, objects *flat.Flattener, line string, asText bool) []signal.Field {
	whole := []signal.Field{{Name: signal.Message, Value: line}}
	if asText || len(line) < 2 || line[0] != '{' || line[len(line)-1] != '}' {
		return whole
	}
	fields, err := objects.Object([]byte(line))
	if err != nil || len(fields) == 0 {
		return whole
	}
	row := signal.Row{Fields: fields}
	d.Params.Shape(&row) // its time is the entry's
	return row.Fields
}

func ready(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ready\n"))
}
