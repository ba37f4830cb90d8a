package metricrule

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"mainstay/internal/domain/metricrule/anomaly"
	"mainstay/internal/engine/signal"
)

// pastStep is the step between the values of the past that say what is normal.
const pastStep = 5 * time.Minute

// anomalous is an anomaly rule that is judged again and again.
type anomalous struct {
	Item
	metrics signal.Metrics
	method  anomaly.Method
	active  map[string]signal.RuleAlert // by the print of their labels
	note    string
}

func newAnomalous(it Item, metrics signal.Metrics, active []signal.RuleAlert) *anomalous {
	a := &anomalous{Item: it, metrics: metrics, method: it.Anomaly.method(), active: map[string]signal.RuleAlert{}}
	for _, was := range active {
		a.active[printOf(it.Name, was.Labels)] = was
	}
	return a
}

// Note says which series cannot be judged yet.
func (a *anomalous) Note() string { return a.note }

// Reads says that any series may matter, but it is judged at its interval: one value more tells little.
func (a *anomalous) Reads() (names []string, all bool) { return nil, false }

// Records names nothing.
func (a *anomalous) Records() []string { return nil }

// End does nothing.
func (a *anomalous) End(context.Context, time.Time) {}

// Evaluate judges each series that the expression gives.
func (a *anomalous) Evaluate(ctx context.Context, at time.Time) []signal.RuleResult {
	result := signal.RuleResult{Key: a.Name}
	now, err := a.metrics.Instant(ctx, a.Anomaly.Expr, at)
	var past pasts
	if err == nil && len(now) > 0 {
		past, err = a.ask(ctx, at, now)
	}
	if err != nil {
		result.Err = err
		return []signal.RuleResult{result}
	}
	seen, unjudged := map[string]bool{}, 0
	for _, series := range now {
		if len(series.Points) == 0 {
			continue
		}
		key := keyOf(series.Labels)
		normal := a.method.Normal(past.weeks[key], past.days[key])
		if normal.Why != "" {
			unjudged++
			a.note = normal.Why
		}
		value := series.Points[len(series.Points)-1].Value
		if alert, is := a.judge(series.Labels, value, normal, at); is {
			seen[printOf(a.Name, alert.Labels)] = true
		}
	}
	a.noteOf(unjudged, len(now))
	maps.DeleteFunc(a.active, func(print string, _ signal.RuleAlert) bool { return !seen[print] })
	for _, print := range slices.Sorted(maps.Keys(a.active)) {
		result.Alerts = append(result.Alerts, a.active[print])
	}
	return []signal.RuleResult{result}
}

func (a *anomalous) noteOf(unjudged, all int) {
	switch {
	case all == 0:
		a.note = "The expression gives no series now, so there is nothing to judge."
	case unjudged > 0:
		a.note = fmt.Sprintf("%d of %d series cannot be judged yet: %s.", unjudged, all, a.note)
	default:
		a.note = ""
	}
}

// judge takes in one value. It reports whether it is abnormal in a direction that counts.
func (a *anomalous) judge(of signal.Labels, value float64, normal anomaly.Normal, at time.Time) (alert signal.RuleAlert, is bool) {
	side := normal.Side(value)
	if side == 0 || side > 0 && a.Anomaly.Direction == "below" || side < 0 && a.Anomaly.Direction == "above" {
		return alert, false
	}
	labels := a.labels(of)
	print := printOf(a.Name, labels)
	alert, known := a.active[print]
	if !known {
		alert = signal.RuleAlert{Rule: a.Name, Labels: labels, Active: at}
	}
	alert.Value, alert.Annotations = value, a.annotations(value, normal, side)
	if !alert.Firing && at.Sub(alert.Active) >= a.Anomaly.waits() {
		alert.Firing, alert.Fired = true, at
	}
	a.active[print] = alert
	return alert, true
}

func (a *anomalous) labels(of signal.Labels) map[string]string {
	out := map[string]string{}
	for _, l := range of {
		if l.Name != signal.MetricName {
			out[l.Name] = l.Value
		}
	}
	maps.Copy(out, a.Anomaly.Labels)
	out[labelName], out[labelSeverity] = a.Name, a.Anomaly.severity()
	return out
}

func (a *anomalous) annotations(value float64, n anomaly.Normal, side int) map[string]string {
	word := "above"
	if side < 0 {
		word = "below"
	}
	out := map[string]string{"summary": fmt.Sprintf("%s: %s is %s what is normal at this hour (%s to %s)", a.Title(), number(value), word, number(n.Low), number(n.High)),
		"normal": fmt.Sprintf("%s to %s, in the middle %s: the same hour of %s", number(n.Low), number(n.High), number(n.Median), n.From)}
	if a.Anomaly.Description != "" {
		out["description"] = a.Anomaly.Description
	}
	return out
}

// pasts are values around past instants, by series.
type pasts struct{ weeks, days map[string][][]float64 }

// ask fetches what says what is normal: past days only where weeks do not do.
func (a *anomalous) ask(ctx context.Context, at time.Time, now []signal.Series) (p pasts, err error) {
	weeks, days := a.method.Past(at)
	if p.weeks, err = a.around(ctx, weeks); err != nil {
		return p, err
	}
	for _, s := range now {
		if a.method.Normal(p.weeks[keyOf(s.Labels)], nil).Why != "" {
			p.days, err = a.around(ctx, days)
			break
		}
	}
	return p, err
}

func (a *anomalous) around(ctx context.Context, instants []time.Time) (map[string][][]float64, error) {
	out := map[string][][]float64{}
	for i, t := range instants {
		list, err := a.metrics.Range(ctx, a.Anomaly.Expr, t.Add(-anomaly.Around), t.Add(anomaly.Around), pastStep)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			key := keyOf(s.Labels)
			if out[key] == nil {
				out[key] = make([][]float64, len(instants))
			}
			for _, p := range s.Points {
				out[key][i] = append(out[key][i], p.Value)
			}
		}
	}
	return out, nil
}

func keyOf(l signal.Labels) string {
	var b strings.Builder
	for _, f := range l {
		b.WriteString(f.Name + "\x00" + f.Value + "\x00")
	}
	return b.String()
}

// preview judges stored series as if their values just came.
func (a *anomalous) preview(ctx context.Context, from, to time.Time) (out []signal.RuleSpan, err error) {
	step := a.Anomaly.Every()
	oldest := from.Add(-max(time.Duration(a.method.Weeks)*7, anomaly.Days)*24*time.Hour - anomaly.Around)
	stored, err := a.metrics.Range(ctx, a.Anomaly.Expr, oldest, to, pastStep)
	if err != nil {
		return nil, err
	}
	for _, s := range stored {
		spans := a.replay(s, from, to, step)
		out = append(out, spans...)
	}
	slices.SortStableFunc(out, func(x, y signal.RuleSpan) int { return x.Start.Compare(y.Start) })
	return out, nil
}

// replay judges one series every step.
func (a *anomalous) replay(s signal.Series, from, to time.Time, step time.Duration) (out []signal.RuleSpan) {
	open := -1
	for at := from.Add(-a.Anomaly.waits()); !at.After(to); at = at.Add(step) {
		value, ok := valueAt(s.Points, at)
		var alert signal.RuleAlert
		is := false
		if ok {
			weeks, days := a.method.Past(at)
			alert, is = a.judge(s.Labels, value, a.method.Normal(stretches(s.Points, weeks), stretches(s.Points, days)), at)
		}
		if !is {
			delete(a.active, printOf(a.Name, a.labels(s.Labels)))
		}
		switch {
		case is && alert.Firing && open < 0:
			open = len(out)
			out = append(out, signal.RuleSpan{Rule: a.Name, Name: a.Name, Labels: alert.Labels, Annotations: alert.Annotations, Value: value, Active: alert.Active, Start: at})
		case !is && open >= 0:
			out[open].End, open = at, -1
		}
	}
	return slices.DeleteFunc(out, func(s signal.RuleSpan) bool { return !s.End.IsZero() && !s.End.After(from) })
}

// valueAt is the last value up to an instant that is not stale.
func valueAt(points []signal.Point, at time.Time) (float64, bool) {
	i := sort.Search(len(points), func(i int) bool { return points[i].At.After(at) }) - 1
	if i < 0 || at.Sub(points[i].At) > pastStep {
		return 0, false
	}
	return points[i].Value, true
}

// stretches are the values around instants.
func stretches(points []signal.Point, instants []time.Time) [][]float64 {
	out := make([][]float64, len(instants))
	for n, t := range instants {
		i, _ := slices.BinarySearchFunc(points, t.Add(-anomaly.Around), func(p signal.Point, t time.Time) int { return cmp.Compare(p.At.UnixNano(), t.UnixNano()) })
		for ; i < len(points) && !points[i].At.After(t.Add(anomaly.Around)); i++ {
			out[n] = append(out[n], points[i].Value)
		}
	}
	return out
}
