package metricrule

import (
	"net/http"
	"strconv"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/config"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// form is rules as being typed, as text: rules are written and kept as text everywhere.
type form struct {
	name    string
	kind    metricrule.Kind
	text    string
	version string // the one that was looked at
	isNew   bool
	err     error

	days    string // over which it is tried
	preview *metricrule.Preview
	failed  error // why it could not be tried
}

const (
	firstRules = `service: ""
sop: ""
rules:
  - alert: QueueDeep
    expr: queue_depth > 1000
    for: 2m
    labels: {severity: critical}
    annotations:
      summary: "{{ $labels.queue }} holds {{ $value | humanize }}"
`
	firstAnomaly = `expr: sum(rate(requests_total[5m]))
for: 15m
service: ""
test: true
`
)

var ranges = []ui.Option{{Value: "1", Label: "the last day"}, {Value: "7", Label: "the last 7 days"}, {Value: "30", Label: "the last 30 days"}}

func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	if !mayAdd(by) {
		return action.Answer{}, people.Allow(by, people.RuleWrite, people.Target{})
	}
	f := form{isNew: true, kind: metricrule.Rules, text: firstRules}
	if r.URL.Query().Get("kind") == string(metricrule.Anomaly) {
		f.kind, f.text = metricrule.Anomaly, firstAnomaly
	}
	return action.Show(formPage(f)), nil
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	f, err := p.existing(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	return action.Show(formPage(f)), nil
}

// existing is the form of what is there, for who may change it.
func (p pages) existing(r *http.Request, by actor.Actor) (f form, err error) {
	s, err := p.Rules.Get(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return f, err
	}
	may, err := p.Rules.Editable(r.Context(), by, s.Item)
	if err == nil && !may {
		err = people.Allow(by, people.RuleWrite, people.Target{})
	}
	if err != nil {
		return f, err
	}
	text, err := sheetOf(s.Item)
	return form{name: s.Name, kind: s.Kind, text: text, version: strconv.FormatInt(s.Version, 10)}, err
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	if !mayAdd(by) {
		return action.Answer{}, people.Allow(by, people.RuleWrite, people.Target{})
	}
	f := form{isNew: true, kind: metricrule.Kind(action.Line(r, "kind")), name: action.Line(r, "name")}
	if f.kind != metricrule.Anomaly {
		f.kind = metricrule.Rules
	}
	return p.put(r, by, f, "Added: it is evaluated from now on.")
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	f, err := p.existing(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	f.version = action.Line(r, "version")
	return p.put(r, by, f, "Saved.")
}

// put does with what was typed as the button says: saves it, or tries it.
func (p pages) put(r *http.Request, by actor.Actor, f form, done string) (action.Answer, error) {
	f.text, f.days = strings.ReplaceAll(r.PostFormValue(config.SheetField), "\r\n", "\n"), action.Line(r, "days")
	it := metricrule.Item{Kind: f.kind, Name: f.name}
	var sheet config.Sheet
	if f.kind == metricrule.Anomaly {
		it.Anomaly, sheet, f.err = config.ReadSheet[metricrule.AnomalySpec]("AnomalyRule", f.text)
	} else {
		it.Spec, sheet, f.err = config.ReadSheet[metricrule.Spec]("MetricRules", f.text)
	}
	switch {
	case f.err != nil:
	case r.PostFormValue("do") == "try":
		var preview metricrule.Preview
		if preview, f.err = p.try(r.Context(), by, it, f.days); errs.Is(f.err, errs.Unavailable) {
			f.failed, f.err = f.err, nil
		}
		f.preview, f.err = &preview, located(sheet, f.err)
	default:
		if f.err = located(sheet, p.store(r, by, f, it)); f.err == nil {
			return action.Go(ruleURL(f.name), action.Done(done)), nil
		}
	}
	if f.err == nil {
		return action.Show(formPage(f)), nil
	}
	if !refused(f.err) {
		return action.Answer{}, f.err
	}
	return action.Again(formPage(f), f.err), nil
}

// located is an error with the lines of the text in it.
func located(sheet config.Sheet, err error) error {
	if err == nil {
		return nil
	}
	return sheet.Locate(err)
}

func (p pages) store(r *http.Request, by actor.Actor, f form, it metricrule.Item) error {
	version, _ := strconv.ParseInt(f.version, 10, 64) // no number changes it in any case
	in := metricrule.In{Name: f.name, Spec: it.Spec, New: f.isNew, Version: version}
	if f.kind == metricrule.Anomaly {
		return p.Rules.PutAnomaly(r.Context(), by, f.name, it.Anomaly)
	}
	_, err := p.Rules.Put(r.Context(), by, in)
	return err
}

func (f form) title() string {
	switch {
	case f.isNew && f.kind == metricrule.Anomaly:
		return "Add anomaly rule"
	case f.isNew:
		return "Add metric rules"
	}
	return "Edit " + f.name
}

func (f form) action() string {
	if f.isNew {
		return root + "/+new"
	}
	return ruleURL(f.name) + "/edit"
}

func (f form) back() string {
	if f.isNew {
		return root
	}
	return ruleURL(f.name)
}
