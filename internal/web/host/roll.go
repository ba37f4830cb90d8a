package host

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

type rollsPage struct {
	reports []host.Report
	next    *string
	mayAdd  bool
}

// rollsShown is how many rolls stand on a page: each is compared with its hosts.
const rollsShown = 20

// rolls lists code rolls, each with its sentence.
func (p pages) rolls(r *http.Request, by actor.Actor) (action.Answer, error) {
	in := rollsPage{mayAdd: people.Can(by, people.HostWrite, people.Target{Teams: by.Teams})}
	found, err := p.Hosts.Rolls(r.Context(), by, page.Request{Cursor: r.URL.Query().Get("cursor"), Limit: rollsShown})
	if err != nil {
		return action.Answer{}, err
	}
	in.next = found.Next
	for _, roll := range found.Items {
		report, err := p.Hosts.Compare(r.Context(), by, roll.Name)
		if errs.Is(err, errs.NotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return action.Answer{}, err
		}
		in.reports = append(in.reports, report)
	}
	return action.Show(rollsList(in)), nil
}

type rollPage struct {
	host.Report
	state   string // only hosts of this state
	mayEdit bool
	files   []fileRow
}

// fileRow is one file that is not right everywhere.
type fileRow struct {
	path  string
	hosts map[host.State][]string
	total int
}

// filesShown is how many files are listed across the hosts.
const filesShown = 100

// roll shows one roll: ?state= only the hosts that are so.
func (p pages) roll(r *http.Request, by actor.Actor) (action.Answer, error) {
	report, err := p.Hosts.Compare(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	in := rollPage{Report: report, state: r.URL.Query().Get("state"), files: across(report)}
	in.mayEdit = p.Hosts.MayRoll(r.Context(), by, report.Service) == nil
	return action.Show(rollShow(in)), nil
}

// across turns what is wrong with hosts into what is wrong with files, those of most hosts first.
func across(r host.Report) []fileRow {
	at := map[string]int{}
	var rows []fileRow
	for _, s := range r.Standings {
		for _, d := range s.Differences {
			i, known := at[d.Path]
			if !known {
				i = len(rows)
				at[d.Path] = i
				rows = append(rows, fileRow{path: d.Path, hosts: map[host.State][]string{}})
			}
			rows[i].hosts[d.State] = append(rows[i].hosts[d.State], s.Host)
			rows[i].total++
		}
	}
	slices.SortStableFunc(rows, func(a, b fileRow) int {
		if a.total != b.total {
			return b.total - a.total
		}
		return strings.Compare(a.path, b.path)
	})
	return rows
}

// cut reports whether the report leaves files out, so that the list across hosts is not all.
func (in rollPage) cut() bool {
	return len(in.files) > filesShown || slices.ContainsFunc(in.Standings, func(s host.Standing) bool { return s.Cut })
}

// shown are the hosts of the state that is asked for, or all.
func (in rollPage) shown() []host.Standing {
	if in.state == "" {
		return in.Standings
	}
	return in.Of(host.State(in.state))
}

func (in rollPage) tabs() []ui.Tab {
	tally := in.Tally()
	tabs := []ui.Tab{{Label: "All hosts", URL: rollURL(in.Name), Count: len(in.Standings), Current: in.state == ""}}
	for _, s := range []host.State{host.Old, host.Missing, host.Edited, host.Extra, host.Unknown, host.Current} {
		if n := tally[s]; n > 0 || in.state == string(s) {
			tabs = append(tabs, ui.Tab{Label: stateWord(s), URL: rollURL(in.Name) + "?state=" + string(s), Count: n, Tone: stateOf(s), Current: in.state == string(s)})
		}
	}
	return tabs
}

func stateOf(s host.State) ui.State {
	switch s {
	case host.Current:
		return ui.OK
	case host.Old, host.Missing:
		return ui.Bad
	case host.Edited, host.Extra:
		return ui.Warn
	case host.Unknown:
	}
	return ui.Unknown
}

func stateWord(s host.State) string {
	switch s {
	case host.Current:
		return "Up to date"
	case host.Old:
		return "Old files"
	case host.Missing:
		return "Files missing"
	case host.Edited:
		return "Changed after the roll"
	case host.Extra:
		return "Extra files"
	case host.Unknown:
	}
	return "Silent"
}

// standingBadge is the state of a host, and for one that is unknown why.
func standingBadge(s host.Standing, now time.Time) ui.Badge {
	b := ui.Badge{State: stateOf(s.State), Word: stateWord(s.State)}
	switch {
	case s.State == host.Unknown && s.Root.Received.IsZero():
		b.Word = "Never heard of"
	case s.State == host.Unknown:
		b.Note = "for " + ui.Words(now.Sub(s.Root.Received))
	}
	return b
}

// rollBadge is the state of the whole roll: that of the host which needs most.
func rollBadge(r host.Report) ui.Badge {
	tally := r.Tally()
	for _, s := range []host.State{host.Old, host.Missing, host.Edited, host.Extra, host.Unknown} {
		if tally[s] > 0 {
			return ui.Badge{State: stateOf(s), Word: stateWord(s)}
		}
	}
	if r.Done() {
		return ui.Badge{State: ui.OK, Word: "Up to date"}
	}
	return ui.Badge{State: ui.Unknown, Word: "No host yet"}
}

// fileWord says what is wrong with a file.
func fileWord(s host.State) string {
	switch s {
	case host.Old:
		return "old"
	case host.Missing:
		return "missing"
	case host.Edited:
		return "changed after the roll"
	case host.Extra:
		return "not in the release"
	case host.Unknown, host.Current:
	}
	return ""
}

// more says how many files are not named.
func more(s host.Standing, named int) string {
	n := s.Counts.All() - named
	if n <= 0 {
		return ""
	}
	return "and " + strconv.Itoa(n) + " more"
}

// names are the first few of a list.
func names(list []string) string {
	const few = 6
	if len(list) > few {
		return strings.Join(list[:few], ", ") + " and " + strconv.Itoa(len(list)-few) + " more"
	}
	return strings.Join(list, ", ")
}

func (p pages) deleteRoll(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	if err := p.Hosts.DeleteRoll(r.Context(), by, name); err != nil {
		return action.Answer{}, err
	}
	return action.Go("/hosts/rolls", action.Done("Roll "+name+" is deleted.")), nil
}
