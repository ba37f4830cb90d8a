package host

import (
	"net/http"
	"strconv"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

type listPage struct {
	hosts []host.Host
	found string
}

// list shows hosts: ?q= is a part of the name.
func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	in := listPage{found: r.URL.Query().Get("q")}
	var err error
	in.hosts, err = p.Hosts.Hosts(r.Context(), by, in.found)
	return action.Show(list(in)), err
}

func (in listPage) silent(now time.Time) (n int) {
	for _, h := range in.hosts {
		if h.Silent(now) > 0 {
			n++
		}
	}
	return n
}

// tabs lead from hosts to rolls and back.
func tabs(rolls bool) []ui.Tab {
	return []ui.Tab{{Label: "Hosts", URL: "/hosts", Current: !rolls}, {Label: "Code rolls", URL: "/hosts/rolls", Current: rolls}}
}

// hostBadge says whether a host is heard of. Silence is unknown, never green.
func hostBadge(h host.Host, now time.Time) ui.Badge {
	switch n := h.Silent(now); {
	case n == 0:
		return ui.Badge{State: ui.OK, Word: "Heard"}
	case n == len(h.Roots):
		return ui.Badge{State: ui.Unknown, Word: "Silent"}
	default:
		return ui.Badge{State: ui.Unknown, Word: "Partly silent", Note: strconv.Itoa(n) + " of " + strconv.Itoa(len(h.Roots))}
	}
}

type showPage struct {
	host.Host
	view       string // "" for changes, files
	where      host.Where
	changes    page.List[host.Change]
	files      page.List[host.Located]
	mayForget  bool
	mayReadLog bool
}

// show shows one host: ?view=files instead of changes, ?root= one directory, ?q= part of a path.
func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	q := r.URL.Query()
	in := showPage{view: q.Get("view"), where: host.Where{Root: q.Get("root"), Words: q.Get("q")},
		mayForget: people.Can(by, people.HostWrite, people.Target{}), mayReadLog: people.Can(by, people.LogRead, people.Target{Teams: by.Teams})}
	var err error
	if in.Host, err = p.Hosts.Host(r.Context(), by, r.PathValue("host")); err != nil {
		return action.Answer{}, err
	}
	request := page.Request{Cursor: q.Get("cursor"), Limit: 100}
	if in.view == "files" {
		in.files, err = p.Hosts.Files(r.Context(), by, in.Name, in.where, request)
	} else {
		in.changes, err = p.Hosts.Changes(r.Context(), by, in.Name, in.where, request)
	}
	return action.Show(show(in)), err
}

func (p pages) forget(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("host")
	if err := p.Hosts.Forget(r.Context(), by, name); err != nil {
		return action.Answer{}, err
	}
	return action.Go("/hosts", action.Done("Host "+name+" is forgotten.")), nil
}

// short is the beginning of a hash, as people compare them.
func short(sum string) string { return sum[:min(len(sum), 12)] }

// size is a number of bytes for people.
func size(n int64) string {
	f, unit := float64(n), "B"
	for _, larger := range []string{"kB", "MB", "GB", "TB"} {
		if f < 1000 {
			break
		}
		f, unit = f/1000, larger
	}
	if unit == "B" || f >= 100 {
		return strconv.FormatFloat(f, 'f', 0, 64) + " " + unit
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + unit
}

// kindBadge is what became of a file.
func kindBadge(k host.Kind) ui.Badge {
	switch k {
	case host.Created:
		return ui.Badge{State: ui.Inactive, Word: "Created", Icon: "plus"}
	case host.Deleted:
		return ui.Badge{State: ui.Inactive, Word: "Deleted", Icon: "cross"}
	case host.Changed:
	}
	return ui.Badge{State: ui.Inactive, Word: "Changed", Icon: "arrow"}
}
