package otlp

import (
	"encoding/json"
	"mime"
	"net/http"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
)

// Routes are the patterns of the protocol.
func Routes(c receive.Config) []receive.Route {
	h := http.HandlerFunc(handler{c}.export)
	return []receive.Route{{Pattern: "POST /v1/logs", Handler: h}, {Pattern: "POST /insert/opentelemetry/v1/logs", Handler: h}}
}

type handler struct{ receive.Config }

func (h handler) export(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	asJSON := kind == "application/json"
	d, err := h.Open(r, receive.Ways{})
	if err != nil {
		h.fail(w, r, asJSON, err, 0)
		return
	}
	measure := protoSize
	if asJSON {
		measure = jsonSize
	}
	body, done, err := h.Tree(r, "", measure)
	if err != nil {
		h.fail(w, r, asJSON, err, 0)
		return
	}
	defer done()
	req, err := decode(body, asJSON)
	if err != nil {
		h.fail(w, r, asJSON, err, 0)
		return
	}
	d.Params.Default(nil, []string{signal.Message, "message"})
	err = rows(req.Logs(), &d.Params, d.Add)
	if err == nil {
		err = d.Flush()
	}
	if err != nil {
		h.fail(w, r, asJSON, err, d.Stored)
		return
	}
	h.success(w, r, asJSON)
}

// decode reads the request. The library can panic on what no sender writes; that is a bad request.
func decode(body []byte, asJSON bool) (req plogotlp.ExportRequest, err error) {
	req = plogotlp.NewExportRequest()
	defer func() {
		if p := recover(); p != nil {
			err = errs.Invalidf("the body cannot be read as log records: %v", p)
		}
	}()
	if asJSON {
		err = req.UnmarshalJSON(body)
	} else {
		err = req.UnmarshalProto(body)
	}
	return req, malformed(err)
}

func malformed(err error) error {
	if err == nil {
		return nil
	}
	return errs.Invalidf("the body cannot be read as log records (JSON needs Content-Type: application/json): %v", err)
}

// protoSize is how much there is to parse in protobuf.
func protoSize(body []byte) (s receive.Size, err error) {
	err = shallow(body, request, 0, &s)
	return s, malformed(err)
}

// jsonSize is how much there is to parse in JSON.
func jsonSize(body []byte) (receive.Size, error) {
	if err := deepEnough(body); err != nil {
		return receive.Size{}, malformed(err)
	}
	return receive.JSONSize(body)
}

// maxDepth is how deep JSON may be nested.
const maxDepth = 300

// deepEnough refuses JSON that is nested deeper than the parser's stack should go.
func deepEnough(body []byte) error {
	depth, text := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return errs.Invalidf("nested deeper than %d", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

func (h handler) success(w http.ResponseWriter, r *http.Request, asJSON bool) {
	response := plogotlp.NewExportResponse()
	var body []byte
	var err error
	if asJSON {
		w.Header().Set("Content-Type", "application/json")
		body, err = response.MarshalJSON()
	} else {
		w.Header().Set("Content-Type", "application/x-protobuf")
		body, err = response.MarshalProto()
	}
	if err != nil {
		h.fail(w, r, asJSON, err, 0)
		return
	}
	if _, err := w.Write(body); err != nil {
		h.Log.DebugContext(r.Context(), "the sender left before the answer", "err", err)
	}
}

// The codes of google.rpc.Code that are answered.
const (
	invalidArgument   = 3
	permissionDenied  = 7
	resourceExhausted = 8
	internal          = 13
	unauthenticated   = 16
)

// fail answers with a google.rpc.Status in the encoding of the request.
func (h handler) fail(w http.ResponseWriter, r *http.Request, asJSON bool, err error, safe int) {
	f := h.Failure(r, err, safe)
	code := invalidArgument
	switch {
	case f.Status == http.StatusUnauthorized:
		code = unauthenticated
	case f.Status == http.StatusForbidden:
		code = permissionDenied
	case f.Status == http.StatusTooManyRequests:
		code = resourceExhausted
	case f.Status >= 500:
		code = internal
	}
	var body []byte
	if asJSON {
		w.Header().Set("Content-Type", "application/json")
		body, _ = json.Marshal(map[string]any{"code": code, "message": f.Text}) // a number and a text
	} else {
		w.Header().Set("Content-Type", "application/x-protobuf")
		body = protowire.AppendTag(body, 1, protowire.VarintType)
		body = protowire.AppendVarint(body, uint64(code))
		body = protowire.AppendTag(body, 2, protowire.BytesType)
		body = protowire.AppendString(body, f.Text)
	}
	f.Header(w)
	if _, err := w.Write(body); err != nil {
		h.Log.DebugContext(r.Context(), "the sender left before the answer", "err", err)
	}
}
