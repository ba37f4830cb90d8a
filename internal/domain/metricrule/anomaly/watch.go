package anomaly

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// pastStep is the step between the values of the past that say what is normal.
const pastStep = 5 * time.Minute

// Watch is an anomaly rule that is judged again and again. Make it with NewWatch.
type Watch struct {
	name    string
	spec    Spec
	metrics signal.Metrics
	method  Method
	active  map[string]signal.RuleAlert // by the print of their labels
	note    string
}

// NewWatch makes a rule ready, which goes on with the alerts that were active.
func NewWatch(name string, spec Spec, metrics signal.Metrics, active []signal.RuleAlert) *Watch {
	w := &Watch{name: name, spec: spec, metrics: metrics, method: spec.method(), active: map[string]signal.RuleAlert{}}
	for _, was := range active {
		w.active[printOf(was.Labels)] = was
	}
	return w
}

// Note says which series cannot be judged yet.
func (w *Watch) Note() string { return w.note }

// Reads says that any series may matter, but it is judged at its interval: one value more tells little.
func (w *Watch) Reads() (names []string, all bool) { return nil, false }

// Records names nothing.
func (w *Watch) Records() []string { return nil }

// End does nothing.
func (w *Watch) End(context.Context, time.Time) {}

// Evaluate judges each series that the expression gives.
func (w *Watch) Evaluate(ctx context.Context, at time.Time) []signal.RuleResult {
	result := signal.RuleResult{Key: w.name}
	now, err := w.metrics.Instant(ctx, w.spec.Expr, at)
	var past pasts
	if err == nil && len(now) > 0 {
		past, err = w.ask(ctx, at, now)
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
		normal := w.method.Normal(past.weeks[key], past.days[key])
		if normal.Why != "" {
			unjudged++
			w.note = normal.Why
		}
		value := series.Points[len(series.Points)-1].Value
		if alert, is := w.judge(series.Labels, value, normal, at); is {
			seen[printOf(alert.Labels)] = true
		}
	}
	w.noteOf(unjudged, len(now))
	maps.DeleteFunc(w.active, func(print string, _ signal.RuleAlert) bool { return !seen[print] })
	for _, print := range slices.Sorted(maps.Keys(w.active)) {
		result.Alerts = append(result.Alerts, w.active[print])
	}
	return []signal.RuleResult{result}
}

func (w *Watch) noteOf(unjudged, all int) {
	switch {
	case all == 0:
		w.note = "The expression gives no series now, so there is nothing to judge."
	case unjudged > 0:
		w.note = fmt.Sprintf("%d of %d series cannot be judged yet: %s.", unjudged, all, w.note)
	default:
		w.note = ""
	}
}

// judge takes in one value. It reports whether it is abnormal in a direction that counts.
func (w *Watch) judge(of signal.Labels, value float64, normal Normal, at time.Time) (alert signal.RuleAlert, is bool) {
	side := normal.Side(value)
	if side == 0 || side > 0 && w.spec.Direction == "below" || side < 0 && w.spec.Direction == "above" {
		return alert, false
	}
	labels := w.labels(of)
	print := printOf(labels)
	alert, known := w.active[print]
	if !known {
		alert = signal.RuleAlert{Rule: w.name, Labels: labels, Active: at}
	}
	alert.Value, alert.Annotations = value, w.annotations(value, normal, side)
	if !alert.Firing && at.Sub(alert.Active) >= w.spec.Waits() {
		alert.Firing, alert.Fired = true, at
	}
	w.active[print] = alert
	return alert, true
}

func (w *Watch) labels(of signal.Labels) map[string]string {
	out := map[string]string{}
	for _, l := range of {
		if l.Name != signal.MetricName {
			out[l.Name] = l.Value
		}
	}
	maps.Copy(out, w.spec.Labels)
	out["alertname"], out["severity"] = w.name, w.spec.severity()
	return out
}

func (w *Watch) annotations(value float64, n Normal, side int) map[string]string {
	word := "above"
	if side < 0 {
		word = "below"
	}
	out := map[string]string{"summary": fmt.Sprintf("%s: %s is %s what is normal at this hour (%s to %s)", w.title(), number(value), word, number(n.Low), number(n.High)),
		"normal": fmt.Sprintf("%s to %s, in the middle %s: the same hour of %s", number(n.Low), number(n.High), number(n.Median), n.From)}
	if w.spec.Description != "" {
		out["description"] = w.spec.Description
	}
	return out
}

// pasts are values around past instants, by series.
type pasts struct{ weeks, days map[string][][]float64 }

// ask fetches what says what is normal: past days only where weeks do not do.
func (w *Watch) ask(ctx context.Context, at time.Time, now []signal.Series) (p pasts, err error) {
	weeks, days := w.method.Past(at)
	if p.weeks, err = w.around(ctx, weeks); err != nil {
		return p, err
	}
	for _, s := range now {
		if w.method.Normal(p.weeks[keyOf(s.Labels)], nil).Why != "" {
			p.days, err = w.around(ctx, days)
			break
		}
	}
	return p, err
}

func (w *Watch) around(ctx context.Context, instants []time.Time) (map[string][][]float64, error) {
	out := map[string][][]float64{}
	for i, t := range instants {
		list, err := w.metrics.Range(ctx, w.spec.Expr, t.Add(-Around), t.Add(Around), pastStep)
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

// Preview judges stored series as if their values just came.
func (w *Watch) Preview(ctx context.Context, from, to time.Time) (out []signal.RuleSpan, err error) {
	step := w.spec.Every()
	oldest := from.AddDate(0, 0, -max(7*w.method.Weeks, Days)).Add(-Around)
	stored, err := w.metrics.Range(ctx, w.spec.Expr, oldest, to, pastStep)
	if err != nil {
		return nil, err
	}
	for _, s := range stored {
		spans := w.replay(s, from, to, step)
		out = append(out, spans...)
	}
	slices.SortStableFunc(out, func(x, y signal.RuleSpan) int { return x.Start.Compare(y.Start) })
	return out, nil
}

// replay judges one series every step.
func (w *Watch) replay(s signal.Series, from, to time.Time, step time.Duration) (out []signal.RuleSpan) {
	open := -1
	for at := from.Add(-w.spec.Waits()); !at.After(to); at = at.Add(step) {
		value, ok := valueAt(s.Points, at)
		var alert signal.RuleAlert
		is := false
		if ok {
			weeks, days := w.method.Past(at)
			alert, is = w.judge(s.Labels, value, w.method.Normal(stretches(s.Points, weeks), stretches(s.Points, days)), at)
		}
		if !is {
			delete(w.active, printOf(w.labels(s.Labels)))
		}
		switch {
		case is && alert.Firing && open < 0:
			open = len(out)
			out = append(out, signal.RuleSpan{Rule: w.name, Name: w.name, Labels: alert.Labels, Annotations: alert.Annotations, Value: value, Active: alert.Active, Start: at})
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
		i, _ := slices.BinarySearchFunc(points, t.Add(-Around), func(p signal.Point, t time.Time) int { return cmp.Compare(p.At.UnixNano(), t.UnixNano()) })
		for ; i < len(points) && !points[i].At.After(t.Add(Around)); i++ {
			out[n] = append(out[n], points[i].Value)
		}
	}
	return out
}

func (w *Watch) title() string {
	if w.spec.Title != "" {
		return w.spec.Title
	}
	return w.name
}

// printOf tells alerts apart by their labels.
func printOf(labels map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		b.WriteString(name + "\x00" + labels[name] + "\x00")
	}
	return b.String()
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
