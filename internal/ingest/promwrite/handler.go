package promwrite

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
)

// Routes are the patterns of the protocol.
func Routes(c receive.Config, samples signal.Samples) []receive.Route {
	h := http.HandlerFunc(handler{c, samples}.write)
	return []receive.Route{{Pattern: "POST /prometheus/api/v1/write", Handler: h}, {Pattern: "POST /api/v1/write", Handler: h}}
}

type handler struct {
	receive.Config
	samples signal.Samples
}

func (h handler) write(w http.ResponseWriter, r *http.Request) {
	from, err := h.SampleSender(r, receive.Ways{})
	if err != nil {
		h.fail(w, r, err)
		return
	}
	format, known := formatOf(r.Header.Get("Content-Type"))
	if !known {
		http.Error(w, "the Content-Type must be application/x-protobuf, with proto=prometheus.WriteRequest or proto=io.prometheus.write.v2.Request", http.StatusUnsupportedMediaType)
		return
	}
	body, done, err := h.Tree(r, "snappy", sizeOf)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer done()
	taken, err := h.samples.AppendBody(r.Context(), signal.SampleBody{Format: format, Body: body, Set: from.Source.Labels()})
	if err != nil {
		h.fail(w, r, err)
		return
	}
	written(w, format, taken)
	if taken.Lost > 0 {
		http.Error(w, lost(taken), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// formatOf is which version a Content-Type means.
func formatOf(contentType string) (signal.SampleFormat, bool) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/x-protobuf" {
		return "", false
	}
	switch proto := params["proto"]; proto {
	case "":
		return signal.RemoteWrite1, true
	case string(signal.RemoteWrite1), string(signal.RemoteWrite2):
		return signal.SampleFormat(proto), true
	}
	return "", false
}

// written says what was stored. Only senders of 2.0 know these headers.
func written(w http.ResponseWriter, format signal.SampleFormat, taken signal.Taken) {
	if format != signal.RemoteWrite2 {
		return
	}
	w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", strconv.Itoa(taken.Stored-taken.Histograms))
	w.Header().Set("X-Prometheus-Remote-Write-Histograms-Written", strconv.Itoa(taken.Histograms))
	w.Header().Set("X-Prometheus-Remote-Write-Exemplars-Written", strconv.Itoa(taken.Exemplars))
}

// lost says what was not stored.
func lost(taken signal.Taken) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d samples are stored, %d cannot be and are in the quarantine:", taken.Stored, taken.Lost)
	for i, r := range taken.Refused {
		if i == 5 {
			b.WriteString(" …")
			break
		}
		fmt.Fprintf(&b, " %s at %s: %s;", r.Labels.Get(signal.MetricName), r.Point.At.UTC().Format("2006-01-02T15:04:05.000Z"), r.Why)
	}
	return b.String()
}

// fail answers in plain text, which is what senders log.
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

// sizeOf is how much there is to parse: series, metadata and symbols, and what stands in them.
func sizeOf(body []byte) (s receive.Size, err error) {
	err = each(body, func(n protowire.Number, inside []byte) error {
		if n == symbols {
			s.Values++
			return nil
		}
		s.Records++
		return each(inside, func(protowire.Number, []byte) error { s.Values++; return nil })
	})
	return s, err
}

// symbols is the field of the table of texts in a Request of 2.0.
const symbols = 4

// each calls found with every field of a message that has a length.
func each(b []byte, found func(protowire.Number, []byte) error) error {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return errs.Invalidf("the body cannot be read as remote write: %v", protowire.ParseError(size))
		}
		b = b[size:]
		if size = protowire.ConsumeFieldValue(n, kind, b); size < 0 {
			return errs.Invalidf("the body cannot be read as remote write: %v", protowire.ParseError(size))
		}
		if kind == protowire.BytesType {
			inside, _ := protowire.ConsumeBytes(b)
			if err := found(n, inside); err != nil {
				return err
			}
		}
		b = b[size:]
	}
	return nil
}
