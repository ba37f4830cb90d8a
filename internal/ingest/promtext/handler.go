package promtext

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
)

// Routes are the patterns of the protocol.
func Routes(c receive.Config, samples signal.Samples) []receive.Route {
	h := handler{c, samples}
	importing := http.HandlerFunc(h.importing)
	out := []receive.Route{
		{Pattern: "POST /api/v1/import/prometheus", Handler: importing},
		{Pattern: "POST /prometheus/api/v1/import/prometheus", Handler: importing},
	}
	for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete} {
		for _, path := range groupPaths {
			out = append(out, receive.Route{Pattern: method + " " + path, Handler: http.HandlerFunc(h.group)})
		}
	}
	return out
}

type handler struct {
	receive.Config
	samples signal.Samples
}

func (h handler) importing(w http.ResponseWriter, r *http.Request) {
	from, err := h.SampleSender(r, receive.Ways{})
	if err != nil {
		h.fail(w, r, err)
		return
	}
	body, err := bodyOf(r)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	body.Set = from.Source.Labels()
	h.store(w, r, body, http.StatusNoContent)
}

// bodyOf reads what the address says of a body.
func bodyOf(r *http.Request) (signal.SampleBody, error) {
	body := signal.SampleBody{Format: signal.Exposition, ContentType: r.Header.Get("Content-Type")}
	if text := r.URL.Query().Get("timestamp"); text != "" {
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil || ms <= 0 {
			return body, errs.Invalidf("timestamp must be milliseconds since 1970, not %q", text)
		}
		body.At = time.UnixMilli(ms)
	}
	for _, text := range r.URL.Query()["extra_label"] {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" || value == "" || name == signal.MetricName {
			return body, errs.Invalidf("extra_label must be name=value, not %q", text)
		}
		body.Group = add(body.Group, name, value)
	}
	return body, nil
}

// add sets a label.
func add(list signal.Labels, name, value string) signal.Labels {
	list = slices.DeleteFunc(list, func(f signal.Field) bool { return f.Name == name })
	return append(list, signal.Field{Name: name, Value: value})
}

// store reads and stores the request's body, and answers.
func (h handler) store(w http.ResponseWriter, r *http.Request, body signal.SampleBody, success int) {
	text, done, err := h.Tree(r, "", sizeOf)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer done()
	body.Body = text
	taken, err := h.samples.AppendBody(r.Context(), body)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.answer(w, taken, success)
}

// answer says what became of the samples.
func (h handler) answer(w http.ResponseWriter, taken signal.Taken, success int) {
	if taken.Lost > 0 {
		first := taken.Refused[0]
		http.Error(w, fmt.Sprintf("%d samples are stored, %d cannot be and are in the quarantine: the first is one of %s at %s: %s",
			taken.Stored, taken.Lost, first.Labels.Get(signal.MetricName), first.Point.At.UTC().Format(time.RFC3339), first.Why), http.StatusBadRequest)
		return
	}
	w.WriteHeader(success)
}

// sizeOf is how much there is to parse.
func sizeOf(body []byte) (receive.Size, error) {
	return receive.Size{Values: bytes.Count(body, []byte("\n")) + 1}, nil
}

// fail answers in plain text.
func (h handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := h.Failure(r, err, 0)
	switch {
	case f.Status == http.StatusTooManyRequests:
		f.Status = http.StatusServiceUnavailable
	case errs.Is(err, errs.Invalid):
		f.Status = http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	f.Header(w)
	fmt.Fprintln(w, f.Text)
}
