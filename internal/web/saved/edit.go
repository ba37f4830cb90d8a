package saved

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/saved"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// form is a search as being saved.
type form struct {
	name    string
	spec    saved.SearchSpec
	report  saved.Report // as typed, whether it is mailed or not
	version string       // the one that was looked at
	isNew   bool
	stopped string
	runs    []saved.Run
	by      actor.Actor
	err     error
}

var (
	spans = options(saved.Spans, func(s saved.Span) ui.Option { return ui.Option{Value: s.Name, Label: "Last " + s.Name} })
	views = []ui.Option{{Value: "", Label: "Table"}, {Value: "raw", Label: "Raw lines"}}
	seen  = []ui.Option{{Value: "", Label: "Everybody at the desk, each within what they may see"}, {Value: "private", Label: "Only me"}}
	days  = []ui.Option{{Value: "mon", Label: "Mon"}, {Value: "tue", Label: "Tue"}, {Value: "wed", Label: "Wed"}, {Value: "thu", Label: "Thu"},
		{Value: "fri", Label: "Fri"}, {Value: "sat", Label: "Sat"}, {Value: "sun", Label: "Sun"}}
	every = append([]ui.Option{{Value: "", Label: "Once a day"}, {Value: "1", Label: "Every hour"}},
		options(saved.Hours[1:], func(n int) ui.Option {
			return ui.Option{Value: strconv.Itoa(n), Label: "Every " + strconv.Itoa(n) + " hours"}
		})...)
)

func options[T any](list []T, of func(T) ui.Option) []ui.Option {
	out := make([]ui.Option, len(list))
	for i, v := range list {
		out[i] = of(v)
	}
	return out
}

// newForm begins with what a search leads here with.
func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	q := r.URL.Query()
	spec := saved.SearchSpec{Query: strings.TrimSpace(cmp.Or(q.Get("query"), q.Get("q"))), As: q.Get("as"), Range: q.Get("range"), View: q.Get("view"), Columns: q["col"]}
	if !slices.ContainsFunc(saved.Spans, func(s saved.Span) bool { return s.Name == spec.Range }) {
		spec.Range = "" // from one instant to another, which will not come again
	}
	return show(form{isNew: true, spec: spec, by: by})
}

func show(f form) (action.Answer, error) {
	if f.spec.Report != nil {
		f.report = *f.spec.Report
	}
	if f.err != nil {
		return action.Again(formPage(f), f.err), nil
	}
	return action.Show(formPage(f)), nil
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	it, err := p.editable(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	f := form{name: it.Name, spec: it.Spec, version: strconv.FormatInt(it.Version, 10), stopped: it.Stopped, by: by}
	f.runs, err = p.Saved.Runs(r.Context(), by, it.Name)
	if err != nil {
		return action.Answer{}, err
	}
	return show(f)
}

// editable is the search of the address, for who may change it.
func (p pages) editable(r *http.Request, by actor.Actor) (saved.Search, error) {
	it, err := p.Saved.Searches.Get(r.Context(), by, r.PathValue("name"))
	if err == nil && !it.Editable(by) {
		return it, people.Allow(by, people.SearchWrite, people.Target{Owner: string(it.Owner)})
	}
	return it, err
}

// read takes the form apart, and says what of it is no number.
func read(r *http.Request) (s saved.SearchSpec, report saved.Report, err error) {
	var c errs.Check
	s = saved.SearchSpec{Title: action.Line(r, "title"), Description: action.Block(r, "description"), Owner: action.Line(r, "owner"),
		Private: action.Line(r, "seen") == "private", Query: action.Block(r, "query"), As: action.Line(r, "as"), Range: action.Line(r, "range"),
		View: action.Line(r, "view"), Columns: action.Words(r, "columns")}
	report = saved.Report{At: action.Line(r, "at"), Every: number(r, &c, "every", "report.every"), Days: action.Picked(r, "days"),
		Zone: action.Line(r, "zone"), To: action.Words(r, "to"), Teams: action.Words(r, "teams"), OnlyFound: action.Line(r, "only_found") != ""}
	if action.Line(r, "mail") != "" {
		s.Report = &report
	}
	return s, report, c.Err("the saved search")
}

func number(r *http.Request, c *errs.Check, name, path string) int {
	text := action.Line(r, name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	c.Require(err == nil, path, "must be a whole number, not %q", text)
	return n
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := form{name: action.Line(r, "name"), isNew: true, by: by}
	return p.put(r, f, saved.In[saved.SearchSpec]{Name: f.name, New: true})
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	if _, err := p.editable(r, by); err != nil {
		return action.Answer{}, err
	}
	f := form{name: r.PathValue("name"), version: action.Line(r, "version"), by: by}
	version, _ := strconv.ParseInt(f.version, 10, 64) // no number changes it in any case
	return p.put(r, f, saved.In[saved.SearchSpec]{Name: f.name, Version: version})
}

func (p pages) put(r *http.Request, f form, in saved.In[saved.SearchSpec]) (action.Answer, error) {
	f.spec, f.report, f.err = read(r)
	in.Spec = f.spec
	if f.err == nil {
		_, f.err = p.Saved.Searches.Put(r.Context(), f.by, in)
	}
	switch {
	case f.err == nil:
		return action.Go("/logs/saved", action.Done("Saved: everybody who may see it opens it at "+savedURL(f.name)+".")), nil
	case refused(f.err):
		f.err = action.Fold(f.err)
		return show(f)
	}
	return action.Answer{}, f.err
}

func (f form) title() string {
	if f.isNew {
		return "Save a search"
	}
	return "Edit " + f.name
}

func (f form) action() string {
	if f.isNew {
		return "/logs/saved/+new"
	}
	return savedURL(f.name) + "/edit"
}

func private(is bool) string {
	if is {
		return "private"
	}
	return ""
}

func whole(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// became says what became of a slot: a report that was made has not reached anybody by that.
func became(r saved.Run) ui.Badge {
	switch r.State {
	case "empty":
		return ui.Badge{State: ui.Inactive, Word: "Nothing found"}
	case "due":
		if r.Trouble != "" {
			return ui.Badge{State: ui.Warn, Word: "Tried again"}
		}
		return ui.Badge{State: ui.Inactive, Word: "Under way", Icon: "clock"}
	case "sent":
		return mailed(r)
	}
	return ui.Badge{State: ui.Bad, Word: "Not made"}
}

// mailed says whom a report has reached.
func mailed(r saved.Run) ui.Badge {
	all := r.Arrived + r.Waiting + r.Lost
	some := strconv.Itoa(r.Arrived) + " of " + strconv.Itoa(all)
	switch {
	case all == 0:
		return ui.Badge{State: ui.Warn, Word: "Mailed to nobody", Note: "nobody of them has a way to be reached"}
	case r.Lost == all:
		return ui.Badge{State: ui.Bad, Word: "Not delivered"}
	case r.Lost > 0:
		return ui.Badge{State: ui.Warn, Word: "Delivered to " + some}
	case r.Waiting > 0 && r.Reason != "":
		return ui.Badge{State: ui.Warn, Word: "Not delivered yet", Note: "it is tried again"}
	case r.Waiting > 0:
		return ui.Badge{State: ui.Inactive, Word: "Being sent", Icon: "clock"}
	}
	return ui.Badge{State: ui.OK, Word: "Delivered"}
}
