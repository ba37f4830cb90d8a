package oncall

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// A roster is written in fields or as a text. Fields leave out what few need: people who take
// a turn together are made in the text, and kept by the fields.

const (
	nobody    = "-" // the value of a turn in which nobody is on call, on purpose
	together  = "+" // between the logins of people who take a turn together; no login has it
	fewTurns  = 3   // a layer offers at least so many
	moreTurns = 2   // and at least so many more than it has
	asText    = "text"
)

// choices are what can be chosen in the fields.
type choices struct{ teams, people []ui.Option }

func (p pages) choices(r *http.Request, by actor.Actor) (c choices, err error) {
	teams, err := p.People.ListTeams(r.Context(), by, people.TeamFilter{}, all)
	if err != nil {
		return c, err
	}
	c.teams = []ui.Option{{Value: "", Label: "No team"}}
	for _, t := range teams.Items {
		c.teams = append(c.teams, ui.Option{Value: t.Name, Label: t.Title})
	}
	users, err := p.People.ListUsers(r.Context(), by, people.UserFilter{}, all)
	for _, u := range users.Items {
		if u.Role != actor.Client {
			c.people = append(c.people, ui.Option{Value: u.Login, Label: u.Name})
		}
	}
	return c, err
}

// beginning is what a new roster looks like at first: a team that there is, and its people.
func (p pages) beginning(r *http.Request, by actor.Actor) (oncall.Spec, error) {
	self, err := p.People.Self(r.Context(), by)
	if err != nil {
		return oncall.Spec{}, err
	}
	zone := cmp.Or(self.Zone, ui.From(r.Context()).SiteZone, "UTC")
	layer := oncall.LayerSpec{Start: mondayOf(calendar.DateOf(p.Clock.Now(), p.zone(zone))).String(), Handover: "08:00", Rotation: oncall.Weekly}
	spec := oncall.Spec{Zone: zone, Layers: []oncall.LayerSpec{layer}}
	teams, err := p.People.ListTeams(r.Context(), by, people.TeamFilter{}, all)
	if err != nil {
		return spec, err
	}
	own := func(t people.Team) bool { return by.In(string(t.ID)) }
	i := max(slices.IndexFunc(teams.Items, own), 0)
	if len(teams.Items) == 0 {
		spec.Layers[0].Slots = [][]string{{self.Login}}
		return spec, nil
	}
	spec.Team = teams.Items[i].Name
	members, err := p.People.Members(r.Context(), by, teams.Items[i].ID)
	for _, u := range members {
		spec.Layers[0].Slots = append(spec.Layers[0].Slots, []string{u.Login})
	}
	return spec, err
}

// readFields takes the fields apart. A layer without turns and dates is left out.
func readFields(r *http.Request) oncall.Spec {
	spec := oncall.Spec{Title: action.Line(r, "title"), Team: action.Line(r, "team"), Zone: action.Line(r, "zone"),
		Hours: action.Line(r, "hours"), Fallback: action.Line(r, "fallback")}
	n, _ := strconv.Atoi(action.Line(r, "layers")) // no number: no layers, which is refused with a word
	for i := range min(n, maxLayers) {
		at := func(name string) string { return action.Line(r, layerField(i, name)) }
		l := oncall.LayerSpec{Name: at("name"), Zone: at("zone"), Start: at("start"), Until: at("until"), Handover: at("handover"),
			Rotation: oncall.Rotation(at("rotation")), ShiftDays: days(at("shift_days")), Slots: turns(action.Picked(r, layerField(i, "turns")))}
		for line := range strings.Lines(action.Block(r, layerField(i, "windows"))) {
			if line = strings.TrimSpace(line); line != "" {
				l.Windows = append(l.Windows, line)
			}
		}
		if len(l.Slots) > 0 || l.Name != "" || i == 0 {
			spec.Layers = append(spec.Layers, l)
		}
	}
	return spec
}

// maxLayers bounds what is read of a form; the room refuses fewer.
const maxLayers = 50

// turns are the slots that were picked, without what was left empty.
func turns(picked []string) (out [][]string) {
	for _, value := range picked {
		switch value {
		case "":
		case nobody:
			out = append(out, []string{})
		default:
			out = append(out, strings.Split(value, together))
		}
	}
	return out
}

// days reads "4, 3"; what is no number becomes 0, which the room refuses by name.
func days(text string) (out []int) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, _ := strconv.Atoi(part)
		out = append(out, n)
	}
	return out
}

func daysText(list []int) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.Itoa(n)
	}
	return strings.Join(out, ", ")
}

// layerField names a field of a layer as errs does: layers[0].start.
func layerField(i int, name string) string { return "layers[" + strconv.Itoa(i) + "]." + name }

// layerInput is a control of a layer, with an id that selectors can name.
func layerInput(i int, name string, f ui.Field) ui.Field {
	f.Name, f.ID = layerField(i, name), "layer-"+strconv.Itoa(i+1)+"-"+name
	return f
}

var rotations = []ui.Option{{Value: string(oncall.Weekly), Label: "a week"}, {Value: string(oncall.Daily), Label: "a day"},
	{Value: string(oncall.Custom), Label: "of your own length"}}

func joined(lines []string) string { return strings.Join(lines, "\n") }

// shownLayers are those of the form, and one more where there are some already.
func (f form) shownLayers() []oncall.LayerSpec {
	first := f.spec.Layers[:len(f.spec.Layers):len(f.spec.Layers)]
	if len(first) == 0 {
		first = []oncall.LayerSpec{{}}
	}
	next := oncall.LayerSpec{Start: first[0].Start, Handover: first[0].Handover, Rotation: first[0].Rotation}
	return append(first, next)
}

// spare reports whether a layer is the empty one that is offered.
func (f form) spare(i int) bool { return i > 0 && i >= len(f.spec.Layers) }

// turnValues are what stands in the choices of a layer: its turns, and room for more.
func turnValues(l oncall.LayerSpec) []string {
	var out []string
	for _, slot := range l.Slots {
		if len(slot) == 0 {
			out = append(out, nobody)
		} else {
			out = append(out, strings.Join(slot, together))
		}
	}
	return append(out, make([]string, max(moreTurns, fewTurns-len(out)))...)
}

// turnOptions are who can take a turn; who takes one together stands there when the value does.
func (f form) turnOptions(value string) []ui.Option {
	out := []ui.Option{{Value: "", Label: "–"}, {Value: nobody, Label: "Nobody, on purpose"}}
	out = append(out, f.people...)
	if !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == value }) {
		var names []string
		for login := range strings.SplitSeq(value, together) {
			names = append(names, f.nameOf(login))
		}
		out = append(out, ui.Option{Value: value, Label: strings.Join(names, " and ")})
	}
	return out
}

func (f form) nameOf(login string) string {
	for _, o := range f.people {
		if o.Value == login {
			return o.Label
		}
	}
	return login
}

// onFields moves errors about one turn to the turns as a whole, where the form shows them.
func onFields(err error) error {
	fields := errs.FieldsOf(err)
	if len(fields) == 0 {
		return err
	}
	e := &errs.E{Kind: errs.KindOf(err), Message: "the roster is not right yet", Err: err}
	for _, field := range fields {
		for _, part := range []string{".slots", ".windows", ".shift_days"} {
			if at := strings.Index(field.Path, part); at >= 0 {
				field.Path = field.Path[:at] + part
			}
		}
		e.Fields = append(e.Fields, field)
	}
	return e
}
