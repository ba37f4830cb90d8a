package demo

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"mainstay/internal/client"
	"mainstay/internal/web/ui"
)

// view is what one reader sees on /demo.
type view struct {
	frame    ui.Frame
	speed    float64
	reader   client.Me
	failures []failureView
	steps    []step
	featured []opener // whom a newcomer should be
	others   []opener
	inboxView
}

// inboxView is the mailboxes and telephones, of everybody or of one person.
type inboxView struct {
	arrivals []arrivalView // newest first
	older    int           // that are not shown
	people   []recipient
	one      string // login of whose inbox it is; empty for everybody's
}

const shownArrivals = 40

// view collects what there is to see.
func (d *Demo) view(r *http.Request) view {
	seen, runs, arrivals := d.watch.seen(), d.world.Runs(), d.inbox.Arrivals()
	v := view{speed: d.Clock.Factor(), reader: d.reader(r)}
	v.frame = d.frame(r, v.reader)
	v.failures = failureViews(d.world.failures, runs, seen.incidents)
	v.featured, v.others = openers(d.watch.people, seen)
	v.steps = tour{signedIn: v.reader.Login != nil, runs: runs, incidents: seen.incidents, arrivals: arrivals}.steps()
	v.inboxView = inboxOf(arrivals, d.watch.people, v.frame.URL.Query().Get("to"))
	return v
}

// frame is the page's surroundings. It has the demo's own feed, not the desk's.
func (d *Demo) frame(r *http.Request, reader client.Me) ui.Frame {
	position, _ := d.news.now()
	f := ui.Frame{
		Now: d.Clock.Now(), Rate: d.Clock.Factor(), Position: position, URL: ui.PageURL(r), Site: "Demo",
		LiveURL: pages.feed,
		Nav: []ui.NavItem{
			{Label: "Demo", URL: pages.root},
			{Label: "Board", URL: "/", Go: "b", Root: true},
			{Label: "Incidents", URL: "/incidents", Go: "i"},
			{Label: "On call", URL: "/oncall", Go: "o"},
			{Label: "Services", URL: "/services", Go: "s"},
		},
	}
	if reader.Login != nil {
		f.User = &ui.User{Login: *reader.Login, Name: reader.Name, Role: roles[reader.Role], ProfileURL: "/me/contacts", SignOutURL: "/logout"}
	}
	return f
}

// failureView is a failure and what has become of it on the desk.
type failureView struct {
	Failure
	run       Run
	active    bool
	begun     bool
	incidents []client.Incident
}

func failureViews(list []Failure, runs map[string]Run, incidents []client.Incident) []failureView {
	out := make([]failureView, len(list))
	for i, f := range list {
		run, begun := runs[f.Name]
		out[i] = failureView{Failure: f, run: run, begun: begun, active: begun && run.Until.IsZero()}
		if begun {
			out[i].incidents = caused(f, run, incidents)
		}
	}
	return out
}

// caused are the incidents that a failure has opened or joined: those of its services that
// were not over when it began, and not opened when it had been repaired.
func caused(f Failure, run Run, incidents []client.Incident) (out []client.Incident) {
	services := f.services()
	for _, i := range incidents {
		over := i.Restored != nil && i.Restored.Before(run.Since)
		late := !run.Until.IsZero() && i.Opened.After(run.Until)
		if slices.Contains(services, i.Service) && !over && !late {
			out = append(out, i)
		}
	}
	slices.Reverse(out)
	return out
}

// badge is how an incident stands, in the desk's words.
func badge(i client.Incident) ui.Badge {
	b := ui.Badge{State: ui.Bad, Word: strings.ToUpper(i.Status[:1]) + i.Status[1:]}
	switch {
	case i.Restored != nil:
		b.State = ui.OK
	case i.Severity > 2:
		b.State = ui.Warn
	}
	b.Handled = i.Status == "acknowledged" || i.Status == "investigating"
	if b.Handled && i.AcknowledgedBy != nil {
		b.Note = "by " + *i.AcknowledgedBy
	}
	return b
}

// kindOfBegin makes one card the place to start: the first, while nothing is broken.
func (v view) kindOfBegin(f failureView) ui.Kind {
	idle := !slices.ContainsFunc(v.failures, func(o failureView) bool { return o.active })
	if idle && f.Name == v.failures[0].Name {
		return ui.Primary
	}
	return ui.Plain
}

// is reports whether the reader is this person.
func (v view) is(o opener) bool { return v.reader.Login != nil && *v.reader.Login == o.login }

// opener is somebody as whom the desk can be opened.
type opener struct {
	login, name string
	role        string // in words
	what        string // role, and whether on call
}

// first is the first name.
func (o opener) first() string {
	first, _, _ := strings.Cut(o.name, " ")
	return first
}

// roles are the roles in words.
var roles = map[string]string{
	"admin": "Administrator", "support-manager": "Support manager", "back-line": "Back line", "first-line": "First line",
	"client-services": "Client services", "observer": "Observer", "client": "Client",
}

// openers lists people, the four by whom to see most first: whoever is called first and
// second just now, who decides, and who may do everything.
func openers(people map[string]client.User, seen sight) (featured, others []opener) {
	var first []string
	for _, roster := range []string{"service-desk", "payments-support"} {
		first = append(first, seen.onDuty(roster))
	}
	var list []client.User
	for _, u := range people {
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b client.User) int { return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Name, b.Name)) })
	for _, role := range []string{"support-manager", "admin"} {
		if i := slices.IndexFunc(list, func(u client.User) bool { return u.Role == role }); i >= 0 {
			first = append(first, list[i].Name)
		}
	}
	for _, login := range first {
		if u, ok := people[login]; ok {
			featured = append(featured, openerOf(u, seen))
		}
	}
	for _, u := range list {
		if !slices.Contains(first, u.Name) {
			others = append(others, openerOf(u, seen))
		}
	}
	return featured, others
}

func openerOf(u client.User, seen sight) opener {
	what := roles[u.Role]
	for _, r := range seen.onCall {
		if slices.ContainsFunc(r.People, func(d client.Duty) bool { return d.Login == u.Name }) {
			what += ", on call"
			break
		}
	}
	return opener{u.Name, cmp.Or(u.Title, u.Name), roles[u.Role], what}
}

// recipient is somebody to whom something came.
type recipient struct {
	login, name string
	count       int
}

// arrivalView is an arrival as its reader's telephone shows it.
type arrivalView struct {
	Arrival
	name       string
	local      string // "22:03 in Singapore"
	lead, rest string // the text: what shows at once, and what a tap shows
}

// subject is the headline, which on a telephone begins with the incident as it does in mail.
func (a arrivalView) subject() string {
	if a.Channel == Telephone && len(a.Incidents) == 1 {
		return a.Incidents[0] + " " + a.Subject
	}
	return a.Subject
}

const leadLines = 5

// lines cuts the text of a long message in two.
func (a *arrivalView) lines(text string) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	n := min(leadLines, len(lines))
	if len(lines) <= leadLines+2 {
		n = len(lines)
	}
	a.lead, a.rest = strings.TrimSpace(strings.Join(lines[:n], "\n")), strings.TrimSpace(strings.Join(lines[n:], "\n"))
}

// label is what the button says.
func (l Link) label() string { return strings.TrimSpace("Acknowledge " + l.Incident) }

func inboxOf(arrivals []Arrival, people map[string]client.User, one string) inboxView {
	v := inboxView{one: one}
	counts := map[string]int{}
	for _, a := range arrivals {
		counts[a.To]++
		switch {
		case one != "" && a.To != one:
		case len(v.arrivals) == shownArrivals:
			v.older++
		default:
			v.arrivals = append(v.arrivals, arrivalOf(a, people[a.To]))
		}
	}
	if one != "" && counts[one] == 0 {
		counts[one] = 0 // the choice stays visible
	}
	for login, n := range counts {
		v.people = append(v.people, recipient{login, cmp.Or(people[login].Title, login), n})
	}
	slices.SortFunc(v.people, func(a, b recipient) int { return cmp.Compare(a.name, b.name) })
	return v
}

func arrivalOf(a Arrival, u client.User) arrivalView {
	v := arrivalView{Arrival: a, name: cmp.Or(u.Title, a.To), local: localTime(a.At, u.Zone)}
	v.lines(a.body())
	return v
}

// body is the text without what is shown beside it: the links as buttons, the subject.
func (a Arrival) body() string {
	text := strings.TrimSpace(strings.TrimPrefix(a.Text, a.Subject+"\n"))
	for _, l := range a.Links {
		text = strings.ReplaceAll(text, l.label()+":\n"+l.URL+"\n", "")
		text = strings.ReplaceAll(text, l.URL, "…")
	}
	return blank.ReplaceAllString(strings.ReplaceAll(text, ":\nhttp", ": http"), "\n")
}

// blank are lines without text, which take room that a telephone does not have.
var blank = regexp.MustCompile(`\n(\s*\n)+`)

// localTime is the time where the reader lives, empty when that is not known.
func localTime(at time.Time, zone string) string {
	place, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return ""
	}
	city := zone[strings.LastIndex(zone, "/")+1:]
	return fmt.Sprintf("%s in %s", at.In(place).Format("15:04"), strings.ReplaceAll(city, "_", " "))
}
