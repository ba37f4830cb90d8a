package elastic

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/id"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
)

// Routes are the patterns of the protocol.
func Routes(c receive.Config) []receive.Route {
	h := handler{c}
	var out []receive.Route
	for _, path := range []string{"/_bulk", "/insert/elasticsearch/_bulk", "/insert/elasticsearch/{index}/_bulk"} {
		for _, method := range []string{"POST ", "PUT "} {
			out = append(out, receive.Route{Pattern: method + path, Handler: http.HandlerFunc(h.bulk)})
		}
	}
	probe := http.HandlerFunc(h.probe)
	return append(out, receive.Route{Pattern: "/insert/elasticsearch", Handler: probe},
		receive.Route{Pattern: "/insert/elasticsearch/", Handler: probe})
}

type handler struct{ receive.Config }

// result is one item of the answer.
type result struct {
	Index  string `json:"_index"`
	ID     string `json:"_id"`
	Status int    `json:"status"`
	Result string `json:"result,omitempty"`
	Error  *fault `json:"error,omitempty"`
}

type fault struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
}

func (h handler) bulk(w http.ResponseWriter, r *http.Request) {
	took := clock.Stopwatch()
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	d, err := h.Open(r, receive.Ways{})
	if err != nil {
		h.refuse(w, r, err, 0)
		return
	}
	d.Params.Default([]string{"@timestamp", signal.TimeField}, []string{signal.Message, "message", "log"}) // Fluent Bit has log
	body, err := receive.Body(r, "", receive.MaxBody)
	if err != nil {
		h.refuse(w, r, err, 0)
		return
	}
	defer body.Close()
	b := bulk{ctx: r.Context(), d: d, turn: h.Turn(), index: r.PathValue("index"), lines: receive.NewLines(body)}
	defer b.turn.End()
	err = b.read()
	if err == nil && d.Stored == 0 {
		err = b.failed // nothing is safe, so that the whole can be sent again
	}
	if err != nil {
		h.refuse(w, r, err, d.Stored)
		return
	}
	if err := h.answer(w, r, &b, took()); err != nil {
		h.Log.DebugContext(r.Context(), "the sender left before the answer", "err", err)
	}
}

// answer says of each item what became of it. It is written item by item, so that it takes no memory as a whole.
func (h handler) answer(w http.ResponseWriter, r *http.Request, b *bulk, took time.Duration) error {
	var lost receive.Failure
	if b.failed != nil {
		lost = h.Failure(r, b.failed, 0)
	}
	failed := slices.ContainsFunc(b.items, func(it item) bool { return it.row < 0 || it.row >= b.d.Stored })
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `{"took":%d,"errors":%t,"items":[`, took.Milliseconds(), failed)
	for i, it := range b.items {
		if i > 0 {
			out.WriteByte(',') // an error stays, and is the last one's
		}
		text, err := json.Marshal(map[string]result{it.action: it.result(b.d.Stored, lost)})
		if err != nil {
			return err
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
	out.WriteString("]}\n")
	return out.Flush()
}

// result is what became of an item of a request of which so many rows are stored; the others are lost.
func (it item) result(stored int, lost receive.Failure) result {
	res := result{Index: it.index, ID: it.id, Status: it.status}
	if res.ID == "" {
		res.ID = id.New[string]()
	}
	switch {
	case it.row < 0:
		res.Error = &fault{"document_parsing_exception", it.reason}
	case it.row >= stored:
		res.Status, res.Error = lost.Status, &fault{"es_rejected_execution_exception", lost.Text}
	default:
		res.Status, res.Result = http.StatusCreated, "created"
	}
	return res
}

// refuse answers an error about the request as a whole.
func (h handler) refuse(w http.ResponseWriter, r *http.Request, err error, safe int) {
	f := h.Failure(r, err, safe)
	kind := "parse_exception"
	switch f.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		kind = "security_exception"
	case http.StatusTooManyRequests:
		kind = "es_rejected_execution_exception"
	}
	w.Header().Set("Content-Type", "application/json")
	f.Header(w)
	h.Encode(w, r, map[string]any{"error": fault{kind, f.Text}, "status": f.Status})
}

// version is the Elasticsearch that shippers believe to speak to.
const version = "8.9.0"

// probe answers what shippers ask before they send. "{}" means that what they look for is there.
func (h handler) probe(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	if err := h.Probe(r, receive.Ways{}); err != nil {
		h.refuse(w, r, err, 0)
		return
	}
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/insert/elasticsearch"), "/")
	first, _, _ := strings.Cut(path, "/")
	switch first {
	case "":
		h.JSON(w, r, http.StatusOK, map[string]any{"name": "mainstay", "cluster_name": "mainstay", "tagline": "You Know, for Search",
			"version": map[string]string{"number": version, "build_flavor": "default"}})
	case "_license":
		h.JSON(w, r, http.StatusOK, map[string]any{"license": map[string]any{"status": "active", "type": "basic",
			"uid": "00000000-0000-0000-0000-000000000000", "expiry_date_in_millis": 4_000_000_000_000}})
	case "_ilm", "_index_template", "_component_template", "_template", "_ingest", "_nodes", "_logstash", "logstash", "_data_stream", "_cluster", "_xpack":
		h.JSON(w, r, http.StatusOK, struct{}{})
	default:
		h.JSON(w, r, http.StatusNotFound, map[string]any{"status": http.StatusNotFound,
			"error": fault{"resource_not_found_exception", "of Elasticsearch there is only _bulk, and what shippers ask before"}})
	}
}
