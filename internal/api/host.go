package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/people"
)

// Host is a machine whose files are known.
type Host struct {
	Name         string     `json:"name"`
	Heard        *time.Time `json:"heard" doc:"When it last sent an inventory."`
	Silent       bool       `json:"silent" doc:"One of its directories has not been heard of for more than 26 hours."`
	Files        int64      `json:"files"`
	ChangesInDay int64      `json:"changes_in_day" doc:"Files that changed in the last 24 hours."`
	Roots        []HostRoot `json:"roots"`
}

// HostRoot is a directory of a host.
type HostRoot struct {
	Path     string     `json:"path"`
	Files    int64      `json:"files"`
	Bytes    int64      `json:"bytes"`
	Taken    *time.Time `json:"taken" doc:"When the agent looked."`
	Received *time.Time `json:"received"`
	Changed  *time.Time `json:"changed" doc:"When an inventory last differed from the one before."`
	Sender   string     `json:"sender"`
	Silent   bool       `json:"silent"`
}

// HostFile is a file or a link on a host.
type HostFile struct {
	Root     string     `json:"root"`
	Path     string     `json:"path" doc:"Below the root."`
	SHA256   *string    `json:"sha256" doc:"Of a link: of where it leads to."`
	Size     int64      `json:"size"`
	Mode     string     `json:"mode"`
	Owner    string     `json:"owner"`
	Modified *time.Time `json:"modified"`
}

// HostChange is a file that was not as in the inventory before.
type HostChange struct {
	HostFile
	Kind      string    `json:"kind" enum:"created,changed,deleted"`
	OldSHA256 *string   `json:"old_sha256"`
	Seen      time.Time `json:"seen"`
}

// FilesPath is where inventories are sent, with the name of the host; see ReceivesFiles.
const FilesPath = Root + "/hosts/{host}/files"

func (a *API) hosts() {
	add(a, get("/hosts", people.HostRead, "List the hosts whose files are known, silent ones first"), a.listHosts)
	add(a, get("/hosts/{host}", people.HostRead, "Get a host with its directories"), a.getHost)
	add(a, get("/hosts/{host}/files", people.HostRead, "List the files of a host"), a.listHostFiles)
	add(a, get("/hosts/{host}/changes", people.HostRead, "List the changes of files of a host, the latest first"), a.listHostChanges)
	act(a, remove("/hosts/{host}", people.HostWrite, "Forget a host that is gone"), a.forgetHost)
	a.stream(post("/hosts/{host}/files", people.LogSend, "Send the inventory of a directory, as agents do"), describeInventory, a.receiveFiles)
	a.rolls()
}

// stream is raw for a body that is read as it arrives: nobody looks at it before.
func (a *API) stream(r Route, describe func(*huma.Operation), do http.HandlerFunc) {
	if a.streamed == nil {
		a.streamed = map[string]bool{}
	}
	a.streamed[r.Method+" "+r.Path] = true
	a.raw(r, describe, do)
}

func showHost(now time.Time) func(host.Host) Host {
	return func(h host.Host) Host {
		v := Host{Name: h.Name, Heard: instant(h.Heard()), Silent: h.Silent(now) > 0, Files: h.Files(), ChangesInDay: h.Changes, Roots: []HostRoot{}}
		for _, r := range h.Roots {
			v.Roots = append(v.Roots, HostRoot{Path: r.Path, Files: r.Files, Bytes: r.Bytes, Taken: instant(r.Taken), Received: instant(r.Received),
				Changed: instant(r.Changed), Sender: r.Sender, Silent: r.Silent(now)})
		}
		return v
	}
}

func showHostFile(root string, f host.File) HostFile {
	return HostFile{root, f.Path, text(f.SHA256), f.Size, f.Mode, f.Owner, instant(f.Modified)}
}

func (a *API) listHosts(ctx context.Context, by actor.Actor, in *struct {
	Query string `query:"q" maxLength:"200" doc:"Part of the name."`
}) (page.List[Host], error) {
	list, err := a.Hosts.Hosts(ctx, by, in.Query)
	return whole(list, showHost(a.Clock.Now())), err
}

// HostPath is the path of a host.
type HostPath struct {
	Host string `path:"host" doc:"Name of the host."`
}

func (a *API) getHost(ctx context.Context, by actor.Actor, in *HostPath) (Host, error) {
	h, err := a.Hosts.Host(ctx, by, in.Host)
	if err != nil {
		return Host{}, err
	}
	return showHost(a.Clock.Now())(h), nil
}

func (a *API) forgetHost(ctx context.Context, by actor.Actor, in *HostPath) error {
	return a.Hosts.Forget(ctx, by, in.Host)
}

// HostWhere narrows what is asked of a host.
type HostWhere struct {
	HostPath
	Paging
	Root  string `query:"root" doc:"Only below this directory."`
	Query string `query:"q" maxLength:"200" doc:"Part of the path."`
}

func (w HostWhere) where() host.Where { return host.Where{Root: w.Root, Words: w.Query} }

func (a *API) listHostFiles(ctx context.Context, by actor.Actor, in *HostWhere) (page.List[HostFile], error) {
	list, err := a.Hosts.Files(ctx, by, in.Host, in.where(), in.request())
	return each(list, func(f host.Located) HostFile { return showHostFile(f.Root, f.File) }), err
}

func (a *API) listHostChanges(ctx context.Context, by actor.Actor, in *HostWhere) (page.List[HostChange], error) {
	list, err := a.Hosts.Changes(ctx, by, in.Host, in.where(), in.request())
	return each(list, func(c host.Change) HostChange {
		return HostChange{showHostFile(c.Root, c.File), string(c.Kind), text(c.OldSHA256), c.Seen}
	}), err
}

// ReceivesFiles reports whether a request brings an inventory, or a roll, whose body may be large.
func ReceivesFiles(r *http.Request) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, Root+"/hosts/")
	return r.Method == http.MethodPost && (ok && strings.HasSuffix(rest, "/files") || r.URL.Path == Root+"/rolls")
}
