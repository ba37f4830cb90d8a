package alertmanager

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/strictjson"
	"mainstay/internal/domain/alert"
)

// MaxAlerts is how many alerts one request may carry.
const MaxAlerts = 10_000

// decode reads the body of a request. An error says that nothing could be read; alerts that
// could not be read by themselves are returned with In.Unreadable.
func decode(body []byte) ([]alert.In, error) {
	parts, err := split(body)
	if err != nil {
		return nil, err
	}
	out := make([]alert.In, len(parts))
	for i, part := range parts {
		out[i] = readOne(part, "["+strconv.Itoa(i)+"]")
	}
	return out, nil
}

// split gives the elements of the array.
func split(body []byte) ([]json.RawMessage, error) {
	if err := strictjson.Syntax(body); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if first, err := dec.Token(); err != nil || first != json.Delim('[') {
		return nil, wrong("body", "must be a JSON array of alerts")
	}
	var parts []json.RawMessage
	for dec.More() {
		if len(parts) == MaxAlerts {
			return nil, wrong("body", fmt.Sprintf("has more than %d alerts", MaxAlerts))
		}
		var part json.RawMessage
		if err := dec.Decode(&part); err != nil {
			return nil, wrong("body", "is not JSON: "+err.Error())
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func wrong(path, message string) error {
	return &errs.E{Kind: errs.Invalid, Message: "the alerts cannot be read",
		Fields: []errs.Field{{Path: path, Message: message}}}
}

// readOne makes an alert of one element; at is its path.
func readOne(part json.RawMessage, at string) alert.In {
	r := reader{at: at}
	var in alert.In
	if err := strictjson.Check(part, at); err != nil {
		r.check.Add(errs.FieldsOf(err)[0].Path, "%s", errs.FieldsOf(err)[0].Message)
	} else {
		in = r.alert(part)
	}
	in.Sent, in.Unreadable = string(part), r.check.Err("the alert")
	return in
}

// reader collects what is wrong with one alert.
type reader struct {
	at    string
	check errs.Check
}

func (r *reader) alert(part json.RawMessage) (in alert.In) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(part, &members); err != nil || members == nil {
		r.check.Add(r.at, "must be an object with labels")
		return in
	}
	in.Labels = r.texts("labels", members["labels"])
	in.Annotations = r.texts("annotations", members["annotations"])
	in.Starts = r.instant("startsAt", members["startsAt"])
	in.Ends = r.instant("endsAt", members["endsAt"])
	in.Link = r.text(r.at+".generatorURL", members["generatorURL"])
	return in
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// texts reads an object whose values are all strings.
func (r *reader) texts(name string, raw json.RawMessage) map[string]string {
	if absent(raw) {
		return nil
	}
	path := r.at + "." + name
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		r.check.Add(path, "must be an object of names and texts, not %s", shown(raw))
		return nil
	}
	out := make(map[string]string, len(members))
	for _, k := range slices.Sorted(maps.Keys(members)) {
		out[k] = r.text(path+"."+cut(k), members[k])
	}
	return out
}

func (r *reader) text(path string, raw json.RawMessage) (s string) {
	if absent(raw) {
		return ""
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		r.check.Add(path, "must be a text, not %s", shown(raw))
	}
	return s
}

// instant reads a time as RFC 3339. Left out, null, "" and Go's zero time mean the same.
func (r *reader) instant(name string, raw json.RawMessage) time.Time {
	path := r.at + "." + name
	s := r.text(path, raw)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		r.check.Add(path, "must be a time such as 2026-03-28T22:15:00Z, not %q", cut(s))
		return time.Time{}
	}
	if t.IsZero() {
		return time.Time{}
	}
	return clock.Micro(t)
}

// shown says in short what stands where something else should.
func shown(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a text"
	}
	return cut(string(raw))
}

const maxShown = 60 // characters of foreign text in a message

func cut(s string) string {
	if r := []rune(s); len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return s
}
