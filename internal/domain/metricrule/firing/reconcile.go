// Package firing compares what of a group of metric rules is stored with what fires now, and says what people are to be
// told. It is pure, and looks at how things are, not at what has happened: what could not be stored this time is found again
// the next.
package firing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"mainstay/internal/domain/metricrule/group"
	"mainstay/internal/engine/signal"
)

// tellEvery is how often an alert that fires on is told again, so that its figures are fresh.
const tellEvery = time.Minute

// Row is an alert of a rule that is pending or firing, as it is stored.
type Row struct {
	Print       string            `json:"-"`
	Rule        string            `json:"rule"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Value       string            `json:"value"` // JSON has no infinity
	Firing      bool              `json:"firing"`
	Active      time.Time         `json:"active"`
	Fired       time.Time         `json:"fired,omitzero"`
	Kept        time.Time         `json:"kept,omitzero"`
	// Sent are the labels of the alert that was raised of it; none while there is none.
	Sent map[string]string `json:"sent,omitempty"`
	Told time.Time         `json:"told,omitzero"`
	// Would says that it is counted among what would have fired.
	Would bool `json:"would,omitempty"`
}

// RowOf is an alert as the evaluation has it.
func RowOf(a signal.RuleAlert) Row {
	return Row{Print: printOf(a.Rule, a.Labels), Rule: a.Rule, Labels: a.Labels, Annotations: a.Annotations,
		Value: strconv.FormatFloat(a.Value, 'g', -1, 64), Firing: a.Firing, Active: a.Active, Fired: a.Fired, Kept: a.Kept}
}

// Alert is what the evaluation goes on with after a restart.
func (r Row) Alert() signal.RuleAlert {
	value, _ := strconv.ParseFloat(r.Value, 64) // written by RowOf
	return signal.RuleAlert{Rule: r.Rule, Labels: r.Labels, Annotations: r.Annotations, Value: value, Firing: r.Firing,
		Active: r.Active, Fired: r.Fired, Kept: r.Kept}
}

// same reports whether nothing has changed that must be stored.
func (r Row) same(o Row) bool {
	return r.Firing == o.Firing && r.Active.Equal(o.Active) && r.Fired.Equal(o.Fired) && r.Kept.Equal(o.Kept) &&
		r.Told.Equal(o.Told) && r.Would == o.Would && maps.Equal(r.Sent, o.Sent)
}

// printOf identifies an alert in its group.
func printOf(rule string, labels map[string]string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s", len(rule), rule)
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(h, "%d:%s%d:%s", len(k), k, len(labels[k]), labels[k])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Plan is what becomes of the rows of a group, and what people are to be told.
type Plan struct {
	Rows map[string]Row // all, as they are from now on
	Save []Row          // those that must be stored
	Drop []string       // prints of those that are over
	Tell []Telling

	Fired, Would int64

	// Over is how many alerts of a rule fire beyond those that are raised.
	Over   map[string]int
	raised map[string]int
}

// most is how many alerts of one rule are raised at once. Who has so many knows that something is wrong, and each of them is work
// for the desk.
const most = 500

// Telling is something to tell of a row.
type Telling struct {
	What   What
	Row    Row
	Labels map[string]string // of the alert
	Terms  group.Terms
}

// What is told.
type What int

// What there is to tell.
const (
	Begins What = iota
	Repeats
	Ends
)

// Empty reports whether nothing changes.
func (p Plan) Empty() bool { return len(p.Save)+len(p.Drop)+len(p.Tell) == 0 }

// Reconcile compares what was stored with what rules give now.
func Reconcile(have map[string]Row, results []signal.RuleResult, of []group.Terms, open func(calendar string) bool, now time.Time, name string) Plan {
	p := Plan{Rows: map[string]Row{}, Over: map[string]int{}, raised: map[string]int{}}
	for _, r := range have {
		if r.Sent != nil {
			p.raised[r.Rule]++
		}
	}
	for i, r := range results {
		if r.Err != nil {
			p.keep(have, r.Key)
			continue
		}
		for _, a := range r.Alerts {
			p.take(have, RowOf(a), of[i], open, now, name)
		}
	}
	for _, print := range slices.Sorted(maps.Keys(have)) {
		if _, goesOn := p.Rows[print]; !goesOn {
			p.over(have[print])
		}
	}
	p.leaveShared()
	return p
}

// leaveShared ends no alert that another row still stands for: two rules of a group may have the same name and labels, and
// their alerts are then one.
func (p *Plan) leaveShared() {
	if !slices.ContainsFunc(p.Tell, func(t Telling) bool { return t.What == Ends }) {
		return
	}
	sent := map[string]bool{}
	for _, r := range p.Rows {
		if r.Sent != nil {
			sent[printOf("", r.Sent)] = true
		}
	}
	p.Tell = slices.DeleteFunc(p.Tell, func(t Telling) bool { return t.What == Ends && sent[printOf("", t.Labels)] })
}

// keep leaves everything of a rule as it is.
func (p *Plan) keep(have map[string]Row, rule string) {
	for print, r := range have {
		if r.Rule == rule {
			p.Rows[print] = r
		}
	}
}

func (p *Plan) over(was Row) {
	p.Drop = append(p.Drop, was.Print)
	p.end(was, group.Terms{})
}

func (p *Plan) end(was Row, t group.Terms) {
	if was.Sent != nil {
		p.Tell = append(p.Tell, Telling{Ends, was, was.Sent, t})
	}
}

// take decides about one alert.
func (p *Plan) take(have map[string]Row, is Row, t group.Terms, open func(string) bool, now time.Time, name string) {
	was, known := have[is.Print]
	is.Sent, is.Told, is.Would = was.Sent, was.Told, was.Would
	var want map[string]string
	if is.Firing && !t.Test && (was.Sent != nil || t.Hours == "" || open(t.Hours)) {
		want = labels(t, is.Labels, name)
	}
	if want != nil && was.Sent == nil && p.raised[is.Rule] >= most {
		p.Over[is.Rule]++
		want = nil
	}
	switch {
	case want == nil:
		p.end(was, t)
		is.Sent, is.Told = nil, time.Time{}
	case was.Sent == nil || !maps.Equal(was.Sent, want):
		p.end(was, t)
		is.Sent, is.Told = want, now
		p.Tell = append(p.Tell, Telling{Begins, is, want, t})
		p.Fired++
		if was.Sent == nil {
			p.raised[is.Rule]++
		}
	case now.Sub(was.Told) >= tellEvery || now.Before(was.Told):
		is.Told = now
		p.Tell = append(p.Tell, Telling{Repeats, is, want, t})
	}
	if is.Firing && t.Test && !is.Would {
		is.Would = true
		p.Would++
	}
	if !is.Firing {
		is.Would = false
	}
	p.Rows[is.Print] = is
	if !known || !is.same(was) {
		p.Save = append(p.Save, is)
	}
}

// LabelGroup is the label of an alert that leads back to its rules.
const LabelGroup = "rule_group"

// labels are those of an alert: what people have said of the rule comes before what the series says.
func labels(t group.Terms, of map[string]string, name string) map[string]string {
	out := maps.Clone(of)
	out[LabelGroup] = name
	for label, value := range map[string]string{"service": t.Service, "component": t.Component} {
		if value != "" {
			out[label] = value
		}
	}
	return out
}
