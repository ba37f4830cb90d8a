package logstore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logstorage"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// facets answers the endpoint of that name from the pipe of that name. The front of version 1.121 takes the
// columns of several processes for those of one, which have another order: its answer has values
// for numbers, and is no JSON.
func (s *Store) facets(ctx context.Context, form url.Values) (signal.Answer, error) {
	asPipe, ok := facetsPipe(form)
	if !ok { // the engine says what is wrong
		return s.client.query(ctx, "facets", form)
	}
	answer, err := s.client.query(ctx, "query", asPipe)
	if err != nil {
		return answer, err
	}
	defer answer.Body.Close()
	text, err := facetsOf(answer.Body)
	if err != nil {
		return signal.Answer{}, errs.Unavailablef("the log engine stopped in the middle of its answer: %v", err)
	}
	return signal.Answer{ContentType: "application/json", Body: io.NopCloser(bytes.NewReader(text))}, nil
}

// facetsPipe is the question for the pipe; false when the form is wrong.
func facetsPipe(form url.Values) (url.Values, bool) {
	q, err := logstorage.ParseQuery(form.Get("query"))
	if err != nil {
		return nil, false
	}
	var numbers []int
	for _, name := range []string{"limit", "max_values_per_field", "max_value_len"} {
		n, err := strconv.Atoi(form.Get(name))
		if err != nil && form.Get(name) != "" {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	keep := !slices.Contains([]string{"", "0", "f", "false", "no"}, strings.ToLower(form.Get("keep_const_fields"))) // as the engine reads it
	q.DropAllPipes()
	q.AddFacetsPipe(numbers[0], numbers[1], numbers[2], keep)
	out := url.Values{"query": {q.String()}}
	for name, values := range form {
		if !slices.Contains([]string{"query", "limit", "max_values_per_field", "max_value_len", "keep_const_fields"}, name) {
			out[name] = values
		}
	}
	return out, true
}

// facetsOf makes the endpoint's answer of the pipe's rows.
func facetsOf(rows io.Reader) ([]byte, error) {
	type value struct {
		Value string      `json:"field_value"`
		Hits  json.Number `json:"hits"`
	}
	type field struct {
		Name   string  `json:"field_name"`
		Values []value `json:"values"`
	}
	fields := []field{}
	for d := json.NewDecoder(rows); ; {
		var row struct {
			Name string `json:"field_name"`
			value
		}
		if err := d.Decode(&row); errors.Is(err, io.EOF) {
			return json.Marshal(map[string]any{"facets": fields})
		} else if err != nil {
			return nil, err
		}
		i, there := slices.BinarySearchFunc(fields, row.Name, func(f field, name string) int { return cmp.Compare(f.Name, name) })
		if !there {
			fields = slices.Insert(fields, i, field{Name: row.Name})
		}
		fields[i].Values = append(fields[i].Values, row.value)
	}
}
