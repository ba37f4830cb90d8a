package promtext

import (
	"encoding/base64"
	"net/http"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
)

// groupPaths are where a Pushgateway takes the metrics of a job, and of a group of it.
var groupPaths = []string{"/metrics/job/{job}", "/metrics/job/{job}/{labels...}", "/metrics/job@base64/{job}", "/metrics/job@base64/{job}/{labels...}"}

// group takes what a job pushes: PUT and POST tell its metrics, DELETE ends them.
func (h handler) group(w http.ResponseWriter, r *http.Request) {
	from, err := h.SampleSender(r, receive.Ways{})
	if err != nil {
		h.fail(w, r, err)
		return
	}
	labels, err := groupOf(r)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	push := signal.Push{Group: labels, Set: from.Source.Labels(), ContentType: r.Header.Get("Content-Type"), Whole: r.Method == http.MethodPut, Ended: r.Method == http.MethodDelete}
	if !push.Ended {
		text, done, err := h.Tree(r, "", sizeOf)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		defer done()
		push.Body = text
	}
	taken, err := h.samples.Push(r.Context(), push)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.answer(w, taken, answers[r.Method])
}

// answers are what a Pushgateway says when all went well.
var answers = map[string]int{http.MethodPut: http.StatusOK, http.MethodPost: http.StatusOK, http.MethodDelete: http.StatusAccepted}

// groupOf is the group that an address names: job and further labels, each a name and a value. A name that ends in
// @base64 has its value encoded (URL alphabet, with or without padding), as values with slashes need it.
func groupOf(r *http.Request) (signal.Labels, error) {
	name := "job"
	if strings.HasPrefix(r.URL.Path, "/metrics/job@base64/") {
		name = "job@base64"
	}
	parts := []string{name, r.PathValue("job")}
	if rest := strings.Trim(r.PathValue("labels"), "/"); rest != "" {
		parts = append(parts, strings.Split(rest, "/")...)
	}
	if len(parts)%2 != 0 {
		return nil, errs.Invalidf("the address must end in pairs of a label and its value, such as /metrics/job/backup/host/db1")
	}
	var out signal.Labels
	for i := 0; i < len(parts); i += 2 {
		name, value, err := pair(parts[i], parts[i+1])
		if err != nil {
			return nil, err
		}
		out = add(out, name, value)
	}
	return out, nil
}

func pair(name, value string) (string, string, error) {
	if plain, ok := strings.CutSuffix(name, "@base64"); ok {
		decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(value, "="))
		if err != nil {
			return "", "", errs.Invalidf("the value of %s in the address is no base64: %v", name, err)
		}
		name, value = plain, string(decoded)
	}
	if name == "" || value == "" || strings.HasPrefix(name, "__") {
		return "", "", errs.Invalidf("%q in the address is no label with a value", name)
	}
	return name, value, nil
}
