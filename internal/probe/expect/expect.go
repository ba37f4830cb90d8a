// Package expect judges answers over HTTP, for single requests and for logins.
package expect

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/ohler55/ojg/jp"
	"github.com/ohler55/ojg/oj"

	"mainstay/internal/probe"
)

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	URL    string // after redirects
	Body   []byte
}

// Judge worsens a result by what an answer is not.
func Judge(r *probe.Result, want probe.Expect, a Answer) {
	if !want.Fits(a.Status) {
		r.Worsen(probe.Failed, "status %d %s", a.Status, http.StatusText(a.Status))
		return // the page of an error has none of the rest
	}
	texts(r, want, a)
	for _, h := range want.Headers {
		header(r, h, a.Header.Get(h.Name))
	}
	if len(want.JSON) == 0 {
		return
	}
	body, err := oj.Parse(a.Body)
	if err != nil {
		r.Worsen(probe.Failed, "the answer is not JSON")
		return
	}
	for _, j := range want.JSON {
		value(r, j, body)
	}
}

func texts(r *probe.Result, want probe.Expect, a Answer) {
	body := string(a.Body)
	for _, s := range want.Contains {
		if !strings.Contains(body, s) {
			r.Worsen(probe.Failed, "the answer does not have %q", s)
		}
	}
	for _, s := range want.Lacks {
		if strings.Contains(body, s) {
			r.Worsen(probe.Failed, "the answer has %q", s)
		}
	}
	if want.Matches != "" && !Matches(want.Matches, body) {
		r.Worsen(probe.Failed, "the answer does not match %s", want.Matches)
	}
	if want.URL != "" && !Matches(want.URL, a.URL) {
		r.Worsen(probe.Failed, "it leads to %s", a.URL)
	}
}

func header(r *probe.Result, want probe.HeaderExpect, is string) {
	switch {
	case is == "":
		r.Worsen(probe.Failed, "the answer has no header %s", want.Name)
	case want.Equals != "" && is != want.Equals, want.Matches != "" && !Matches(want.Matches, is):
		r.Worsen(probe.Failed, "header %s is %q", want.Name, is)
	}
}

// Matches reports whether a text matches an expression that has been checked before.
func Matches(expression, s string) bool {
	re, err := regexp.Compile(expression)
	return err == nil && re.MatchString(s)
}

// Find returns the value at a JSONPath of a parsed body, as text.
func Find(path string, body any) (string, bool) {
	x, err := jp.ParseString(path)
	if err != nil {
		return "", false
	}
	found := x.Get(body)
	if len(found) == 0 {
		return "", false
	}
	return Text(found[0]), true
}

// Parse reads a JSON body.
func Parse(body []byte) (any, error) { return oj.Parse(body) }

// Text is a JSON value as text: a string without its quotes.
func Text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

func value(r *probe.Result, want probe.JSONExpect, body any) {
	is, there := Find(want.Path, body)
	if !there {
		r.Worsen(probe.Failed, "the answer has no %s", want.Path)
		return
	}
	if want.Equals != "" && is != want.Equals {
		r.Worsen(probe.Failed, "%s is %q, not %q", want.Path, is, want.Equals)
	}
	if want.Figure == "" && !want.Value.Any() {
		return
	}
	n, err := strconv.ParseFloat(is, 64)
	if err != nil {
		r.Worsen(probe.Failed, "%s is %q, which is no number", want.Path, is)
		return
	}
	if want.Figure != "" {
		r.Add(want.Figure, n, "")
	}
	want.Value.Judge(r, want.Path, n)
}
