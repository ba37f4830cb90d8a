package strictjson_test

import (
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/strictjson"
)

type sizes struct {
	Small int8    `json:"small,omitempty"`
	Ratio float64 `json:"ratio,omitempty"`
}

type order struct {
	sizes
	Title   string         `json:"title"`
	At      time.Time      `json:"at,omitzero"`
	Until   *time.Time     `json:"until"`
	Urgent  bool           `json:"urgent"`
	Lines   []line         `json:"lines"`
	Shares  map[string]int `json:"shares"`
	Level   level          `json:"level"`
	Payload any            `json:"payload"`
}

type line struct {
	Count int `json:"count"`
}

// level is "low" or "high".
type level string

func (l *level) UnmarshalText(b []byte) error {
	if s := string(b); s != "low" && s != "high" {
		return errs.Invalidf("%q must be low or high", s)
	}
	*l = level(b)
	return nil
}

func TestWhatDoesNotFitIsNamedInPlainWords(t *testing.T) {
	for _, c := range []struct{ body, path, says string }{
		{`{"small":1e300}`, "small", "whole number"},
		{`{"small":300}`, "small", "whole number"},
		{`{"small":1.5}`, "small", "whole number"},
		{`{"small":"3"}`, "small", "whole number"},
		{`{"ratio":1e999}`, "ratio", "ordinary size"},
		{`{"ratio":"1"}`, "ratio", "must be a number"},
		{`{"title":7}`, "title", "must be a text"},
		{`{"urgent":"yes"}`, "urgent", "true or false"},
		{`{"lines":"x"}`, "lines", "must be a list"},
		{`{"lines":[{"count":1},7]}`, "lines[1]", "object"},
		{`{"lines":[{"count":1},{"count":99999999999999999999}]}`, "lines[1].count", "whole number"},
		{`{"shares":[]}`, "shares", "object"},
		{`{"shares":{"a":{}}}`, "shares.a", "whole number"},
		{`{"level":"middle"}`, "level", "must be low or high"},
		{`{"level":1}`, "level", "must be a text"},
		{`{"payload":{"a":[1,1e999]}}`, "payload.a[1]", "ordinary size"},
		{`{"at":"yesterday"}`, "at", "must be a time such as"},
		{`{"at":0}`, "at", "must be a time such as"},
		{`{"at":"0001-01-01T00:00:00Z"}`, "at", "from 1970 to 2199"},
		{`{"until":"0001-01-01T00:00:00Z"}`, "until", "from 1970 to 2199"},
		{`{"at":"1970-01-01T00:30:00+01:00"}`, "at", "from 1970 to 2199"},
		{`{"at":"9999-12-31T23:59:59Z"}`, "at", "from 1970 to 2199"},
		{`[]`, "body", "object"},
	} {
		var got order
		err := strictjson.Into([]byte(c.body), &got)
		fields := errs.FieldsOf(err)
		if !errs.Is(err, errs.Invalid) || len(fields) != 1 || fields[0].Path != c.path || !strings.Contains(fields[0].Message, c.says) {
			t.Errorf("%s: got %v, want %s with %q", c.body, err, c.path, c.says)
		}
		if err != nil && (strings.Contains(err.Error(), "json") || strings.Contains(err.Error(), "Go ")) {
			t.Errorf("%s: the words of a library: %v", c.body, err)
		}
	}
}

func TestWhatFitsIsDecoded(t *testing.T) {
	var got order
	err := strictjson.Into([]byte(`{"small":-3,"ratio":1e2,"title":"a","at":"2199-12-31T23:59:59Z","until":null,"urgent":true,
		"lines":[{"count":2},null],"shares":{"a":1},"level":"low","payload":[1,"x",null],"more":1}`), &got)
	if err != nil || got.Small != -3 || got.Ratio != 100 || got.At.Year() != 2199 || got.Until != nil || len(got.Lines) != 2 || got.Level != "low" {
		t.Errorf("%+v, %v", got, err)
	}
}
