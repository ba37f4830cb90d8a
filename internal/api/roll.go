package api

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
)

// maxRoll is how many bytes of a roll are read: its manifest is held in memory.
const maxRoll = 48 << 20

// Roll is a release of files.
type Roll struct {
	Name    string    `json:"name"`
	Service *string   `json:"service"`
	Root    string    `json:"root"`
	Hosts   []string  `json:"hosts" doc:"Names and patterns; empty for all that have the root."`
	Strict  bool      `json:"strict"`
	Ignore  []string  `json:"ignore"`
	Files   int64     `json:"files" doc:"Of the manifest."`
	Since   time.Time `json:"since"`
	Creator string    `json:"creator"`
	URL     string    `json:"url" doc:"Its page."`
}

// RollReport is a roll and how it stands with its hosts.
type RollReport struct {
	Roll
	Sentence string         `json:"sentence"`
	Done     bool           `json:"done" doc:"Every host has the release."`
	Counts   map[string]int `json:"counts" doc:"Hosts by state."`
	Standing []RollHost     `json:"standing"`
}

// RollHost is how it stands with one host.
type RollHost struct {
	Number   int        `json:"number"`
	Host     string     `json:"host"`
	State    string     `json:"state" enum:"unknown,old,missing,edited,extra,current"`
	Old      int        `json:"old"`
	Missing  int        `json:"missing"`
	Edited   int        `json:"edited"`
	Extra    int        `json:"extra"`
	Taken    *time.Time `json:"taken"`
	Received *time.Time `json:"received"`
	Files    []RollFile `json:"files" doc:"The first that are not as they should be."`
	Cut      bool       `json:"cut" doc:"There are more such files."`
}

// RollFile is a file that is not as the manifest says.
type RollFile struct {
	Path     string     `json:"path"`
	State    string     `json:"state" enum:"old,missing,edited,extra"`
	Want     *string    `json:"want" doc:"SHA-256 of the manifest."`
	SHA256   *string    `json:"sha256" doc:"As it is; null when it is not there."`
	Owner    string     `json:"owner"`
	Modified *time.Time `json:"modified"`
}

func (a *API) rolls() {
	add(a, get("/rolls", people.HostRead, "List code rolls, the latest first"), a.listRolls)
	a.stream(create("/rolls", people.HostWrite, "Say what a code roll has put on hosts"), describeRoll, a.createRoll)
	add(a, get("/rolls/{name}", people.HostRead, "Get a code roll and how it stands with its hosts"), a.getRoll)
	act(a, remove("/rolls/{name}", people.HostWrite, "Delete a code roll"), func(ctx context.Context, by actor.Actor, in *RollPath) error {
		return a.Hosts.DeleteRoll(ctx, by, in.Name)
	})
}

// RollPath is the path of a roll.
type RollPath struct {
	Name string `path:"name"`
}

func (a *API) showRoll(r host.Roll) Roll {
	return Roll{r.Name, text(r.Service), r.Root, orEmpty(r.Hosts), r.Strict, orEmpty(r.Ignore), r.Files, r.Since, r.Creator,
		a.BaseURL + "/hosts/rolls/" + url.PathEscape(r.Name)}
}

func (a *API) listRolls(ctx context.Context, by actor.Actor, in *struct{ Paging }) (page.List[Roll], error) {
	list, err := a.Hosts.Rolls(ctx, by, in.request())
	return each(list, a.showRoll), err
}

func (a *API) getRoll(ctx context.Context, by actor.Actor, in *RollPath) (RollReport, error) {
	r, err := a.Hosts.Compare(ctx, by, in.Name)
	if err != nil {
		return RollReport{}, err
	}
	v := RollReport{Roll: a.showRoll(r.Roll), Sentence: r.Sentence(), Done: r.Done(), Counts: map[string]int{}, Standing: []RollHost{}}
	for s, n := range r.Tally() {
		v.Counts[string(s)] = n
	}
	for _, s := range r.Standings {
		h := RollHost{Number: s.Number, Host: s.Host, State: string(s.State), Old: s.Counts.Old, Missing: s.Counts.Missing, Edited: s.Counts.Edited,
			Extra: s.Counts.Extra, Taken: instant(s.Root.Taken), Received: instant(s.Root.Received), Files: []RollFile{}, Cut: s.Cut}
		for _, d := range s.Differences {
			h.Files = append(h.Files, RollFile{d.Path, string(d.State), text(d.Want), text(d.SHA256), d.Owner, instant(d.Modified)})
		}
		v.Standing = append(v.Standing, h)
	}
	return v, nil
}

func describeRoll(op *huma.Operation) {
	word := &huma.Schema{Type: "string"}
	words := &huma.Schema{Type: "array", Items: word}
	entry := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"path": word, "sha256": word}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: "object", Required: []string{"name", "root"}, Properties: map[string]*huma.Schema{
			"name": word, "service": word, "root": word, "hosts": words, "ignore": words, "strict": {Type: "boolean"},
			"since": {Type: "string", Format: "date-time"}, "manifest": word, "files": {Type: "array", Items: entry}}}},
		"text/plain": {Schema: word},
	}}
	op.Description += " As JSON, with manifest (the lines of sha256sum) or files; or the manifest itself as text/plain, with name, root, service, hosts, ignore, strict and since as parameters of the address."
	op.Responses = map[string]*huma.Response{"201": {Description: "The roll."}}
}

// rollFields are what people write of a roll.
type rollFields struct {
	Name     string       `json:"name"`
	Service  string       `json:"service"`
	Root     string       `json:"root"`
	Hosts    []string     `json:"hosts"`
	Ignore   []string     `json:"ignore"`
	Strict   bool         `json:"strict"`
	Since    time.Time    `json:"since"`
	Manifest string       `json:"manifest"`
	Files    []host.Entry `json:"files"`
}

func (a *API) createRoll(w http.ResponseWriter, r *http.Request) {
	f, err := rollBody(r)
	if err != nil {
		edge.Answer(w, r, edge.Malformed(err))
		return
	}
	by := edge.Actor(r.Context())
	if err := a.Hosts.MayRoll(r.Context(), by, f.Service); err != nil {
		a.fail(w, r, err)
		return
	}
	in, err := f.in()
	if err != nil {
		a.fail(w, r, err)
		return
	}
	made, err := a.Hosts.CreateRoll(r.Context(), by, in)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.write(w, r, http.StatusCreated, a.showRoll(made))
}

// rollBody reads a roll in either form.
func rollBody(r *http.Request) (f rollFields, err error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRoll))
	if err != nil {
		return f, cutOff(err)
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "text/plain" {
		f, err = rollParameters(r.URL.Query())
		f.Manifest = string(body)
	} else if err = json.Unmarshal(body, &f); err != nil {
		err = &errs.E{Kind: errs.Invalid, Message: "the roll is no JSON of a roll", Err: err}
	}
	return f, err
}

// in is the roll with its manifest taken apart.
func (f rollFields) in() (in host.RollIn, err error) {
	in = host.RollIn{Name: f.Name, Service: f.Service, Root: f.Root, Hosts: f.Hosts, Ignore: f.Ignore, Strict: f.Strict, Since: f.Since}
	switch {
	case f.Manifest != "" && f.Files != nil:
		err = errs.Invalidf("a roll has manifest or files, not both")
	case f.Files != nil:
		in.Manifest, err = host.CheckManifest(f.Files)
	default:
		in.Manifest, err = host.ParseManifest([]byte(f.Manifest))
	}
	return in, err
}

func rollParameters(q url.Values) (f rollFields, err error) {
	f = rollFields{Name: q.Get("name"), Service: q.Get("service"), Root: q.Get("root"), Hosts: q["hosts"], Ignore: q["ignore"]}
	var c errs.Check
	if s := q.Get("strict"); s != "" {
		f.Strict, err = strconv.ParseBool(s)
		c.Require(err == nil, "strict", "must be true or false")
	}
	if s := q.Get("since"); s != "" {
		f.Since, err = time.Parse(time.RFC3339, s)
		c.Require(err == nil && clock.Plausible(f.Since), "since", "must be a time such as 2026-11-21T10:00:00Z")
	}
	return f, c.Err("the address")
}
