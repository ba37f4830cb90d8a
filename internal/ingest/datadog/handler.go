package datadog

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/flat"
	"mainstay/internal/ingest/receive/format"
)

// Routes are the patterns of the protocol.
func Routes(c receive.Config) []receive.Route {
	h := handler{c}
	return []receive.Route{
		{Pattern: "POST /insert/datadog/api/v2/logs", Handler: http.HandlerFunc(h.logs)},
		{Pattern: "POST /api/v2/logs", Handler: http.HandlerFunc(h.logs)},
		{Pattern: "GET /insert/datadog/api/v1/validate", Handler: http.HandlerFunc(h.validate)},
	}
}

type handler struct{ receive.Config }

// stream are the fields that tell streams apart when the request does not say.
var stream = []string{"host", "ddsource"}

func ways(r *http.Request) receive.Ways {
	return receive.Ways{Keys: []string{r.Header.Get("DD-API-KEY"), r.URL.Query().Get("dd-api-key")}}
}

func (h handler) logs(w http.ResponseWriter, r *http.Request) {
	d, err := h.Open(r, ways(r))
	if err != nil {
		h.fail(w, r, err, 0)
		return
	}
	if err := h.take(d, r); err != nil {
		h.fail(w, r, err, d.Stored)
		return
	}
	h.JSON(w, r, http.StatusAccepted, struct{}{})
}

func (h handler) take(d *receive.Delivery, r *http.Request) error {
	body, done, err := h.Tree(r, "", receive.JSONSize)
	if err != nil {
		return err
	}
	defer done()
	at, err := format.ParseTime(r.Header.Get("dd-message-timestamp"), time.UTC)
	if err != nil {
		return errs.Invalidf("dd-message-timestamp: %v", err)
	}
	d.Params.Default([]string{"timestamp"}, []string{"message", signal.Message})
	var f flat.Flattener
	v, err := f.Parse(body)
	if err != nil {
		return err
	}
	list := []*fastjson.Value{v}
	if v.Type() == fastjson.TypeArray {
		list = v.GetArray()
	} else if v.Type() != fastjson.TypeObject {
		return errs.Invalidf("the body must be a list of objects")
	}
	for _, v := range list {
		row := rowOf(d, &f, v)
		if row.Time.IsZero() {
			row.Time = at
		}
		if err := d.Add(row); err != nil {
			return err
		}
	}
	return d.Flush()
}

// rowOf makes a row of one element of the list.
func rowOf(d *receive.Delivery, f *flat.Flattener, v *fastjson.Value) signal.Row {
	o, err := v.Object()
	if err != nil {
		return receive.Whole(string(v.MarshalTo(nil)), "not a JSON object but "+v.Type().String())
	}
	row := signal.Row{Stream: stream}
	for _, field := range f.Fields(o) {
		switch {
		case field.Name == "ddtags":
			row.Fields = append(row.Fields, tags(field.Value)...)
			continue
		case field.Name == "hostname":
			field.Name = "host"
		case strings.HasPrefix(field.Name, "message."):
			field.Name = strings.TrimPrefix(field.Name, "message.")
		}
		row.Fields = append(row.Fields, field)
		if field.Name == "status" {
			if level := format.Level(field.Value); level != "" {
				row.Fields = append(row.Fields, signal.Field{Name: "level", Value: level})
			}
		}
	}
	d.Params.Shape(&row)
	return row
}

// tags splits "env:prod,team:a".
func tags(text string) []signal.Field {
	var out []signal.Field
	for tag := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(tag), ":")
		if name == "" {
			continue
		}
		if value == "" {
			value = "no_label_value"
		}
		out = append(out, signal.Field{Name: name, Value: value})
	}
	return out
}

func (h handler) validate(w http.ResponseWriter, r *http.Request) {
	if err := h.Probe(r, ways(r)); err != nil {
		h.fail(w, r, err, 0)
		return
	}
	h.JSON(w, r, http.StatusOK, map[string]bool{"valid": true})
}

// fault is one error as the API writes it.
type fault struct {
	Status string `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func (h handler) fail(w http.ResponseWriter, r *http.Request, err error, safe int) {
	f := h.Failure(r, err, safe)
	if f.Status == http.StatusUnauthorized { // the API knows only 403
		f.Status = http.StatusForbidden
	}
	w.Header().Set("Content-Type", "application/json")
	f.Header(w)
	h.Encode(w, r, map[string][]fault{"errors": {{strconv.Itoa(f.Status), http.StatusText(f.Status), f.Text}}})
}
