package rule

import (
	"cmp"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// form is a rule as being typed. What could not be read as a number stays as it was typed.
type form struct {
	name    string
	spec    rule.Spec
	typed   map[string]string
	version string // the one that was looked at
	isNew   bool
	err     error

	days    string // over which it is tried
	preview *rule.Preview
	failed  error // why it could not be tried

	services, calendars, sources []ui.Option
}

var whens = []ui.Option{
	{Value: string(rule.Any), Label: "Any line matches"}, {Value: string(rule.AtLeast), Label: "At least so many lines within a time"},
	{Value: string(rule.Absent), Label: "No line comes for a time"}, {Value: string(rule.NewPattern), Label: "A line of a pattern that was never seen"},
	{Value: string(rule.Volume), Label: "A source sends far more or less than normal"},
}

var (
	severities = []ui.Option{{Value: "1", Label: "1, worst"}, {Value: "2", Label: "2"}, {Value: "3", Label: "3"}, {Value: "4", Label: "4"}}
	directions = []ui.Option{{Value: "", Label: "More or less"}, {Value: rule.Above, Label: "More"}, {Value: rule.Below, Label: "Less"}}
	ranges     = []ui.Option{{Value: "1", Label: "the last day"}, {Value: "7", Label: "the last 7 days"}, {Value: "30", Label: "the last 30 days"}}
)

// usual are figures to begin with; those of a condition that is not chosen say nothing.
var usual = map[string]string{"count": "10", "within": "5m", "factor": "3", "minimum": "100"}

// newForm begins with what a search leads here with.
func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	q := r.URL.Query()
	return p.form(r, by, form{isNew: true, spec: rule.Spec{Filter: strings.TrimSpace(q.Get("query")), Service: q.Get("service")}, typed: usual})
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	s, err := p.Rules.Get(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	may, err := p.Rules.Editable(r.Context(), by, s.Rule)
	if err != nil {
		return action.Answer{}, err
	}
	if !may {
		return action.Answer{}, people.Allow(by, people.RuleWrite, people.Target{})
	}
	return p.form(r, by, form{name: s.Name, spec: s.Spec, version: strconv.FormatInt(s.Version, 10)})
}

// form shows the form with what can be chosen in it.
func (p pages) form(r *http.Request, by actor.Actor, f form) (action.Answer, error) {
	if !mayAdd(by) {
		return action.Answer{}, people.Allow(by, people.RuleWrite, people.Target{})
	}
	services, err := p.Catalogue.Services(r.Context(), by, "", all)
	if err != nil {
		return action.Answer{}, err
	}
	calendars, err := p.Calendars.List(r.Context(), by, all)
	if err != nil {
		return action.Answer{}, err
	}
	sources, err := p.Sources.Sources(r.Context(), by)
	if err != nil {
		return action.Answer{}, err
	}
	f.services, f.calendars, f.sources = []ui.Option{{Label: "The line's own"}}, []ui.Option{{Label: "Always"}}, []ui.Option{{Label: "None"}}
	for _, s := range services.Items {
		f.services = append(f.services, ui.Option{Value: s.Name, Label: s.Title})
	}
	for _, c := range calendars.Items {
		f.calendars = append(f.calendars, ui.Option{Value: c.Name, Label: c.Title()})
	}
	for _, s := range sources {
		f.sources = append(f.sources, ui.Option{Value: s.Name, Label: s.Title()})
	}
	if f.err != nil {
		return action.Again(formPage(f), f.err), nil
	}
	return action.Show(formPage(f)), nil
}

// read takes the form apart, and says what of it is no number or no time.
func read(r *http.Request) (s rule.Spec, typed map[string]string, err error) {
	var c errs.Check
	typed = map[string]string{}
	number := func(name string) int {
		text := action.Line(r, name)
		if typed[name] = text; text == "" {
			return 0
		}
		n, err := strconv.Atoi(text)
		c.Require(err == nil, name, "must be a whole number, not %q", text)
		return n
	}
	span := func(name string) (out rule.Span) {
		text := action.Line(r, name)
		if typed[name] = text; text != "" {
			if err := out.UnmarshalText([]byte(text)); err != nil {
				c.Add(name, "%v", err)
			}
		}
		return out
	}
	s = rule.Spec{
		Title: action.Line(r, "title"), Description: action.Block(r, "description"), Filter: action.Block(r, "filter"), When: rule.When(action.Line(r, "when")),
		Service: action.Line(r, "service"), Component: action.Line(r, "component"), GroupBy: action.Words(r, "group_by"), SOP: action.Block(r, "sop"),
		Severity: number("severity"), Quiet: span("quiet"), Disabled: action.Line(r, "disabled") != "",
	}
	switch s.When { // fields of other conditions stay on the page, but say nothing
	case rule.AtLeast:
		s.Count, s.Within = number("count"), span("within")
	case rule.Absent:
		s.Within, s.Hours, s.GroupBy = span("within"), action.Line(r, "hours"), nil
	case rule.Volume:
		s.Source, s.Direction, s.Minimum, s.Hours = action.Line(r, "source"), action.Line(r, "direction"), number("minimum"), action.Line(r, "hours")
		s.Filter, s.GroupBy = "", nil
		if text := action.Line(r, "factor"); text != "" {
			typed["factor"] = text
			s.Factor, err = strconv.ParseFloat(text, 64)
			c.Require(err == nil, "factor", "must be a number, not %q", text)
		}
	case rule.Any, rule.NewPattern:
	}
	for i, line := range action.Lines(r, "labels") {
		name, value, ok := strings.Cut(line, "=")
		c.Require(ok, "labels", "line %d must be name=value", i+1)
		s.Labels = append(s.Labels, rule.Label{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	return s, typed, c.Err("the log rule")
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := form{name: cmp.Or(action.Line(r, "name"), nameOf(action.Line(r, "title"))), isNew: true}
	return p.put(r, by, f, rule.In{Name: f.name, New: true}, "Log rule "+f.name+" is added: it sees the lines that arrive from now on.")
}

var noName = regexp.MustCompile(`[^a-z0-9]+`)

// nameOf makes a name of a rule's name for people: "Queue stopped!" is queue-stopped.
func nameOf(title string) string {
	name := strings.Trim(noName.ReplaceAllString(strings.ToLower(title), "-"), "-")
	return strings.Trim(name[:min(len(name), 60)], "-")
}

// more reports whether fields are in use that are seldom needed.
func (f form) more() bool {
	return f.spec.Component != "" || f.spec.Quiet != 0 || f.spec.Description != "" || len(f.spec.Labels) > 0 || f.err != nil
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := form{name: r.PathValue("name"), version: action.Line(r, "version")}
	version, _ := strconv.ParseInt(f.version, 10, 64) // no number changes it in any case
	return p.put(r, by, f, rule.In{Name: f.name, Version: version}, "Saved.")
}

func (p pages) put(r *http.Request, by actor.Actor, f form, in rule.In, done string) (action.Answer, error) {
	f.spec, f.typed, f.err = read(r)
	f.days = action.Line(r, "days")
	in.Spec = f.spec
	if f.err == nil && r.PostFormValue("do") == "try" {
		return p.try(r, by, f)
	}
	if f.err == nil {
		_, f.err = p.Rules.Put(r.Context(), by, in)
	}
	switch {
	case f.err == nil:
		return action.Go(ruleURL(f.name), action.Done(done)), nil
	case refused(f.err):
		f.err = action.Fold(f.err)
		return p.form(r, by, f)
	}
	return action.Answer{}, f.err
}

// try shows what the rule would have noticed. Where it cannot be said, the form stays as it is.
func (p pages) try(r *http.Request, by actor.Actor, f form) (action.Answer, error) {
	days, err := strconv.Atoi(f.days)
	if err != nil || days < 1 || days > 30 {
		days = 1
	}
	now := p.Rules.Clock.Now()
	preview, err := p.Rules.Preview(r.Context(), by, f.spec, now.Add(-time.Duration(days)*24*time.Hour), now)
	switch {
	case err == nil:
		f.preview = &preview
	case refused(err):
		f.err = action.Fold(err)
	case errs.Is(err, errs.Unavailable) || errs.Is(err, errs.NotFound):
		f.failed = err
	default:
		return action.Answer{}, err
	}
	return p.form(r, by, f)
}

func (f form) title() string {
	if f.isNew {
		return "Add log rule"
	}
	return "Edit " + f.name
}

func (f form) action() string {
	if f.isNew {
		return "/rules/+new"
	}
	return ruleURL(f.name) + "/edit"
}

func (f form) back() string {
	if f.isNew {
		return "/rules"
	}
	return ruleURL(f.name)
}

// of is a field as it was typed, else as it is.
func (f form) of(name, is string) string {
	if typed, ok := f.typed[name]; ok {
		return typed
	}
	return is
}

func (f form) when() string {
	if f.spec.When == "" {
		return string(rule.Any)
	}
	return string(f.spec.When)
}

func span(s rule.Span) string {
	if s == 0 {
		return ""
	}
	return s.String()
}

func whole(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func decimal(f float64) string {
	if f == 0 {
		return ""
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func labels(list []rule.Label) string {
	lines := make([]string, len(list))
	for i, l := range list {
		lines[i] = l.Name + "=" + l.Value
	}
	return strings.Join(lines, "\n")
}

// amount writes large numbers with commas.
func amount(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
