package metricrule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"mainstay/internal/engine/signal"
)

// tellEvery is how often an alert that fires on is told again, so that its figures are fresh.
const tellEvery = time.Minute

// row is an alert of a rule that is pending or firing, as it is stored.
type row struct {
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

// rowOf is an alert as the evaluation has it.
func rowOf(a signal.RuleAlert) row {
	return row{Print: printOf(a.Rule, a.Labels), Rule: a.Rule, Labels: a.Labels, Annotations: a.Annotations,
		Value: strconv.FormatFloat(a.Value, 'g', -1, 64), Firing: a.Firing, Active: a.Active, Fired: a.Fired, Kept: a.Kept}
}

// alert is what the evaluation goes on with after a restart.
func (r row) alert() signal.RuleAlert {
	value, _ := strconv.ParseFloat(r.Value, 64) //nolint:errcheck // written by rowOf
	return signal.RuleAlert{Rule: r.Rule, Labels: r.Labels, Annotations: r.Annotations, Value: value, Firing: r.Firing,
		Active: r.Active, Fired: r.Fired, Kept: r.Kept}
}

// same reports whether nothing has changed that must be stored.
func (r row) same(o row) bool {
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

// plan is what becomes of the rows of a group, and what people are to be told.
type plan struct {
	rows map[string]row // all, as they are from now on
	save []row          // those that must be stored
	drop []string       // prints of those that are over
	tell []telling

	fired, would int64
}

// telling is something to tell of a row.
type telling struct {
	what   what
	row    row
	labels map[string]string // of the alert
	terms  terms
}

type what int

const (
	begins what = iota
	repeats
	ends
)

func (p plan) empty() bool { return len(p.save)+len(p.drop)+len(p.tell) == 0 }

// reconcile compares what was stored with what rules give now. It is pure, and looks at how things are, not at what
// has happened: what could not be stored this time is found again the next.
func reconcile(have map[string]row, results []signal.RuleResult, of []terms, open func(calendar string) bool, now time.Time, group string) plan {
	p := plan{rows: map[string]row{}}
	known := map[string]bool{}
	for i, r := range results {
		known[r.Key] = true
		if r.Err != nil {
			p.keep(have, r.Key)
			continue
		}
		for _, a := range r.Alerts {
			p.take(have, rowOf(a), of[i], open, now, group)
		}
	}
	for _, print := range slices.Sorted(maps.Keys(have)) {
		if _, goesOn := p.rows[print]; !goesOn {
			p.over(have[print])
		}
	}
	return p
}

// keep leaves everything of a rule as it is.
func (p *plan) keep(have map[string]row, rule string) {
	for print, r := range have {
		if r.Rule == rule {
			p.rows[print] = r
		}
	}
}

func (p *plan) over(was row) {
	p.drop = append(p.drop, was.Print)
	p.end(was, terms{})
}

func (p *plan) end(was row, t terms) {
	if was.Sent != nil {
		p.tell = append(p.tell, telling{ends, was, was.Sent, t})
	}
}

// take decides about one alert.
func (p *plan) take(have map[string]row, is row, t terms, open func(string) bool, now time.Time, group string) {
	was, known := have[is.Print]
	is.Sent, is.Told, is.Would = was.Sent, was.Told, was.Would
	var want map[string]string
	if is.Firing && !t.test && (was.Sent != nil || t.hours == "" || open(t.hours)) {
		want = t.labels(is.Labels, group)
	}
	switch {
	case want == nil:
		p.end(was, t)
		is.Sent, is.Told = nil, time.Time{}
	case was.Sent == nil || !maps.Equal(was.Sent, want):
		p.end(was, t)
		is.Sent, is.Told = want, now
		p.tell = append(p.tell, telling{begins, is, want, t})
		p.fired++
	case now.Sub(was.Told) >= tellEvery || now.Before(was.Told):
		is.Told = now
		p.tell = append(p.tell, telling{repeats, is, want, t})
	}
	if is.Firing && t.test && !is.Would {
		is.Would = true
		p.would++
	}
	if !is.Firing {
		is.Would = false
	}
	p.rows[is.Print] = is
	if !known || !is.same(was) {
		p.save = append(p.save, is)
	}
}

// labels are those of an alert: what people have said of the rule comes before what the series says.
func (t terms) labels(of map[string]string, group string) map[string]string {
	out := maps.Clone(of)
	out[labelGroup] = group
	for name, value := range map[string]string{"service": t.service, "component": t.component} {
		if value != "" {
			out[name] = value
		}
	}
	return out
}
