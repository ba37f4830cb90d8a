package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/pattern"
	"mainstay/internal/domain/people"
)

// LogPattern is what log lines have in common, and how many there were.
type LogPattern struct {
	ID        string    `json:"id" doc:"The same after a restart and on every node."`
	Source    string    `json:"source"`
	Service   string    `json:"service"`
	Template  string    `json:"template" doc:"The line with its values as wildcards: <*>, <num>, <ip>, <uuid>, <time>, <hex>, <path>, <quoted>, <id>. <*> alone counts what belongs to no other template."`
	Level     string    `json:"level" doc:"Level of the example."`
	Example   string    `json:"example" doc:"A recent line."`
	Lines     int64     `json:"lines"`
	Share     float64   `json:"share" doc:"Part of all lines that were asked about, from 0 to 1."`
	Estimated bool      `json:"estimated" doc:"Only some of the lines were looked at, because too many came at once."`
	Before    *float64  `json:"before" doc:"Lines in the range with which it is compared, as far as that one has come by now; null where nothing of the source is known from then."`
	New       bool      `json:"new" doc:"Its first line came after since."`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	Query     string    `json:"query" doc:"LogsQL that finds its lines; empty where they have nothing in common."`
}

// LogPatterns is the answer to a question about patterns.
type LogPatterns struct {
	Start time.Time    `json:"start" doc:"The hour with which the range begins."`
	End   time.Time    `json:"end"`
	Since time.Time    `json:"since"`
	Lines int64        `json:"lines" doc:"Of all patterns."`
	All   int          `json:"all" doc:"How many patterns there are; items may have fewer."`
	Items []LogPattern `json:"items"`
}

func (a *API) patterns() {
	add(a, get("/log-patterns", people.LogRead, "List the patterns of log lines, with how many lines there were and how that has changed"), a.listPatterns)
}

func (a *API) listPatterns(ctx context.Context, by actor.Actor, in *struct {
	Source  string `query:"source" doc:"Name of a source; any when left out."`
	Service string `query:"service" doc:"Name of a service; any when left out."`
	Start   moment `query:"start" doc:"A day before the end when left out. It is taken down to its hour."`
	End     moment `query:"end" doc:"Now when left out."`
	Since   moment `query:"since" doc:"From when on a pattern counts as new; the start when left out."`
	Against string `query:"against" enum:"day,week" doc:"What the range is compared with: the same hours a day before (default), or a week before."`
	Sort    string `query:"sort" enum:"count,change,new" doc:"What comes first: most lines (default), greatest change, newest."`
	Limit   int    `query:"limit" doc:"At most 500; 200 when left out."`
}) (LogPatterns, error) {
	q := pattern.Question{Source: in.Source, Service: in.Service, From: in.Start.Time, To: in.End.Time, Since: in.Since.Time,
		Against: pattern.Against(in.Against), Order: pattern.Order(in.Sort), Limit: in.Limit}
	if q.To.IsZero() {
		q.To = a.Patterns.Clock.Now()
	}
	if q.From.IsZero() {
		q.From = q.To.Add(-24 * time.Hour)
	}
	list, err := a.Patterns.List(ctx, by, q)
	out := LogPatterns{Start: list.From, End: list.To, Since: list.Since, Lines: list.Lines, All: list.All, Items: []LogPattern{}}
	for _, f := range list.Patterns {
		out.Items = append(out.Items, showPattern(f))
	}
	return out, err
}

func showPattern(f pattern.Found) LogPattern {
	v := LogPattern{ID: string(f.ID), Source: f.Source, Service: f.Service, Template: f.Text, Level: f.Level, Example: f.Example,
		Lines: f.Lines, Share: f.Share, Estimated: f.Estimated, New: f.New, First: f.First, Last: f.Last, Query: f.LogsQL()}
	if f.Compared {
		v.Before = &f.Before
	}
	return v
}
