package saved

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/db"
)

// SearchSpec is a saved search as people write it.
type SearchSpec struct {
	Title       string   `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the search's name when left out."`
	Description string   `yaml:"description,omitempty" json:"description,omitempty" doc:"What it is for."`
	Owner       string   `yaml:"owner,omitempty" json:"owner,omitempty" doc:"Login of whose it is. Its report shows what this person may see. Who saves it, when left out."`
	Private     bool     `yaml:"private,omitempty" json:"private,omitempty" doc:"True when its owner alone sees it. Not in configuration."`
	Query       string   `yaml:"query" json:"query" doc:"What is searched: LogsQL, or words and quoted phrases, as in the bar of the logs page."`
	As          string   `yaml:"as,omitempty" json:"as,omitempty" doc:"logsql or words; found out from the text when left out."`
	Range       string   `yaml:"range,omitempty" json:"range,omitempty" doc:"How far back: 15m, 1h (when left out), 6h, 24h or 7d."`
	View        string   `yaml:"view,omitempty" json:"view,omitempty" doc:"raw for lines as they came; a table when left out."`
	Columns     []string `yaml:"columns,omitempty" json:"columns,omitempty" doc:"Fields shown as columns; the usual ones when left out."`
	Report      *Report  `yaml:"report,omitempty" json:"report,omitempty" doc:"When and to whom what it finds is mailed; never when left out."`
}

// Span is a length of time that searches and dashboards look back.
type Span struct {
	Name   string
	Length time.Duration
}

// Spans are all of them, as on the page of logs.
var Spans = []Span{{"15m", 15 * time.Minute}, {"1h", time.Hour}, {"6h", 6 * time.Hour}, {"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}}

const (
	usualSpan  = "1h"
	maxColumns = 12
)

// Length is how long a span is; that of an hour for what is none.
func Length(name string) time.Duration {
	for _, s := range Spans {
		if s.Name == name {
			return s.Length
		}
	}
	return time.Hour
}

func checkSpan(c *errs.Check, name string) {
	known := name == "" || slices.ContainsFunc(Spans, func(s Span) bool { return s.Name == name })
	c.Require(known, "range", "must be 15m, 1h, 6h, 24h or 7d, not %q", name)
}

func checkQuery(c *errs.Check, path, query, as string) {
	text.Block(c, path, query)
	c.Require(len(query) <= search.MaxText, path, "must be at most %d bytes long", search.MaxText)
	c.Require(slices.Contains([]string{"", string(search.LogsQL), string(search.Words)}, as), strings.TrimSuffix(path, "query")+"as", "must be logsql or words, not %q", as)
}

// Validate collects what is wrong with the spec, except that what it names may not exist.
func (s SearchSpec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	text.Block(c, "description", s.Description)
	c.Require(!text.Blank(s.Query), "query", "is required: * searches all lines")
	checkQuery(c, "query", s.Query, s.As)
	checkSpan(c, s.Range)
	c.Require(s.View == "" || s.View == "raw", "view", "must be raw or left out, not %q", s.View)
	c.Require(len(s.Columns) <= maxColumns, "columns", "must be at most %d", maxColumns)
	for i, name := range s.Columns {
		at := "columns[" + strconv.Itoa(i) + "]"
		c.Require(!text.Blank(name), at, "must be the name of a field")
		text.Line(c, at, name)
	}
	if s.Report != nil {
		s.Report.validate(c)
	}
}

func (s SearchSpec) whose() whose { return whose{s.Owner, s.Private} }

func (s SearchSpec) of(w whose) SearchSpec {
	s.Owner, s.Private = w.owner, w.private
	return s
}

// normal leaves out what goes without saying.
func (s SearchSpec) normal(name string) SearchSpec {
	s.Title, s.Query = text.Trim(s.Title), strings.TrimSpace(s.Query)
	if s.Title == name {
		s.Title = ""
	}
	if s.Range == usualSpan {
		s.Range = ""
	}
	if len(s.Columns) == 0 {
		s.Columns = nil
	}
	if s.Report != nil {
		r := s.Report.normal()
		s.Report = &r
	}
	return s
}

func (s SearchSpec) essence() string {
	if s.Report == nil {
		return ""
	}
	return db.AsJSON([]any{s.Query, s.As, s.Range, s.Report})
}

// LogsQL is what the search means.
func (s SearchSpec) LogsQL() string {
	logsql, _ := search.Read(s.Query, search.Reading(s.As))
	return logsql
}

// Path is the address of the page of logs with the search in it, which ends now.
func (s SearchSpec) Path() string { return s.path("range", cmp.Or(s.Range, usualSpan)) }

// Between is Path for a range that stays.
func (s SearchSpec) Between(from, to time.Time, more ...string) string {
	return s.path(append([]string{"range", "custom", "start", from.UTC().Format(time.RFC3339Nano), "end", to.UTC().Format(time.RFC3339Nano)}, more...)...)
}

func (s SearchSpec) path(pairs ...string) string {
	q := url.Values{"q": {s.Query}}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	for name, value := range map[string]string{"as": s.As, "view": s.View} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(s.Columns) > 0 {
		q["col"] = s.Columns
	}
	return "/logs?" + q.Encode()
}
