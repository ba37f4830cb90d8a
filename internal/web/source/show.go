package source

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

type showPage struct {
	source.Source
	traffic source.Traffic
	hours   []source.Hour
	keys    []source.Key
	kept    source.Keeping
	mayEdit bool
	baseURL string

	fresh  string // secret of a key that was just made
	label  string // of a key that was refused
	keyErr error
}

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.load(r, by)
	return action.Show(show(in)), err
}

func (p pages) load(r *http.Request, by actor.Actor) (in showPage, err error) {
	ctx, name := r.Context(), r.PathValue("name")
	if in.Source, err = p.Sources.Source(ctx, by, name); err != nil {
		return in, err
	}
	if in.keys, err = p.Sources.Keys(ctx, by, name); err != nil {
		return in, err
	}
	now := p.Clock.Now().Add(time.Hour)
	if in.hours, err = p.Sources.Volume(ctx, by, name, now.Add(-shownHours*time.Hour), now); err != nil {
		return in, err
	}
	list, err := p.Sources.Traffic(ctx, by)
	for _, t := range list {
		if t.Name == name {
			in.traffic = t
		}
	}
	in.baseURL = p.BaseURL
	in.kept = p.Sources.Keeping(in.Spec)
	in.mayEdit = p.mayEdit(r, by, in.Spec)
	return in, err
}

// mayEdit reports whether somebody may change a source: those of its service's teams may.
func (p pages) mayEdit(r *http.Request, by actor.Actor, spec source.Spec) bool {
	on := people.Target{}
	if spec.Service != "" {
		if s, err := p.Catalogue.Service(r.Context(), by, spec.Service); err == nil {
			on = s.Target()
		}
	}
	return people.Can(by, people.SourceWrite, on)
}

// createKey makes a key and shows its secret, this once.
func (p pages) createKey(r *http.Request, by actor.Actor) (action.Answer, error) {
	label := action.Line(r, "label")
	secret, _, failed := p.Sources.CreateKey(r.Context(), by, r.PathValue("name"), label)
	if failed != nil && !refused(failed) {
		return action.Answer{}, failed
	}
	in, err := p.load(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	if failed != nil {
		in.label, in.keyErr = label, failed
		return action.Again(show(in), failed), nil
	}
	in.fresh = secret
	return action.Show(show(in)), nil
}

func (p pages) revokeKey(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	if err := p.Sources.RevokeKey(r.Context(), by, name, source.KeyID(r.PathValue("key"))); err != nil {
		return action.Answer{}, err
	}
	return action.Go(sourceURL(name)+"#keys", action.Done("The key is revoked: what is sent with it is refused within seconds.")), nil
}

func (p pages) remove(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	err := p.Sources.Delete(r.Context(), by, name)
	switch {
	case err == nil:
		return action.Go("/admin/sources", action.Done("Source "+name+" is deleted. Its lines stay.")), nil
	case refused(err):
		return action.Go(sourceURL(name), action.Failed(ui.Sentence(err))), nil
	}
	return action.Answer{}, err
}

// secret stands in the examples: the new key, or where a key goes.
func (in showPage) secret() string {
	if in.fresh != "" {
		return in.fresh
	}
	return "$KEY"
}

// example is one way to send a line.
type example struct{ name, command string }

func (in showPage) examples() []example {
	quote := "'"
	if in.fresh == "" {
		quote = `"` // so that the shell puts the key in
	}
	auth := func(scheme string) string { return "-H " + quote + "Authorization: " + scheme + in.secret() + quote }
	host := in.baseURL
	if u, err := url.Parse(in.baseURL); err == nil {
		host = u.Hostname()
	}
	return []example{
		{"JSON lines", "curl " + auth("Bearer ") + " \\\n  --data-binary '{\"_msg\":\"hello\",\"level\":\"info\",\"host\":\"web-1\"}' \\\n  '" + in.baseURL + "/insert/jsonline?_stream_fields=host'"},
		{"A file", "curl " + auth("Bearer ") + " \\\n  --data-binary @app.log " + in.baseURL + "/insert/text"},
		{"Splunk HEC", "curl " + auth("Splunk ") + " \\\n  -d '{\"event\":\"hello\",\"host\":\"web-1\"}' " + in.baseURL + "/services/collector/event"},
		{"Elasticsearch bulk", "printf '{\"create\":{}}\\n{\"message\":\"hello\"}\\n' | curl " + auth("ApiKey ") +
			" \\\n  -H 'Content-Type: application/x-ndjson' --data-binary @- " + in.baseURL + "/_bulk"},
		{"Syslog", "logger --server " + host + " --port 514 --tcp --octet-count hello"},
	}
}

// shownHours is how much of the past the chart shows.
const shownHours = 48

// bar is one hour of the chart, in units of its view box.
type bar struct {
	x, y, height string
	label        string
}

const chartHeight = 60

func (in showPage) bars() (out []bar) {
	most := in.most()
	for i, h := range in.hours {
		height := int64(0)
		if most > 0 && h.Lines > 0 {
			height = max(1, h.Lines*chartHeight/most)
		}
		out = append(out, bar{x: fmt.Sprint(i * 10), y: fmt.Sprint(chartHeight - height), height: fmt.Sprint(height),
			label: h.At.Format("2 Jan 15:04 UTC") + ": " + count(h.Lines) + " lines, " + amount(h.Bytes)})
	}
	return out
}

func (in showPage) most() (n int64) {
	for _, h := range in.hours {
		n = max(n, h.Lines)
	}
	return n
}

// summary says in words what the chart shows.
func (in showPage) summary() string {
	var sum source.Hour
	for _, h := range in.hours {
		sum.Lines += h.Lines
		sum.Bytes += h.Bytes
	}
	return count(sum.Lines) + " lines and " + amount(sum.Bytes) + " in " + fmt.Sprint(shownHours) + " hours; the busiest hour had " + count(in.most())
}

// masks says in words what is masked.
func (in showPage) masks() string {
	if len(in.Spec.Mask) == 0 {
		return "card numbers, IBANs and secrets"
	}
	var out []string
	for _, m := range in.Spec.Mask {
		if m.Regexp != "" {
			out = append(out, m.Regexp)
		} else {
			out = append(out, map[string]string{"card": "card numbers", "iban": "IBANs", "secret": "secrets", "none": "nothing"}[m.What])
		}
	}
	return strings.Join(out, ", ")
}
