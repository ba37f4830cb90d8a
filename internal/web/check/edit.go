package check

import (
	"net/http"
	"strconv"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/config"
	"mainstay/internal/domain/check"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// form is a check as being written.
type form struct {
	name    string // of the one that is edited
	text    string
	version string // the one that was looked at
	err     error
}

// beginnings are texts to start from, by what is looked at.
var beginnings = []struct{ kind, text string }{
	{"http", "kind: Check\nname: shop-front\nprobe:\n  http:\n    url: https://shop.example/health\n    expect:\n      contains: [\"OK\"]\nevery: 1m\nslow: 2s\nseverity: 2\n"},
	{"tcp", "kind: Check\nname: database-port\nprobe:\n  tcp:\n    address: db.example:5432\nevery: 30s\n"},
	{"tls", "kind: Check\nname: mail-certificate\nprobe:\n  tls:\n    address: mail.example:993\n    expires:\n      degraded_days: 21\nevery: 1h\n"},
	{"dns", "kind: Check\nname: shop-name\nprobe:\n  dns:\n    name: shop.example\n    type: A\nevery: 5m\n"},
	{"icmp", "kind: Check\nname: gateway\nprobe:\n  icmp:\n    host: gateway.example\nevery: 30s\n"},
	{"sql", "kind: Check\nname: waiting-payments\nprobe:\n  sql:\n    driver: postgres\n    address: db.example:5432\n    database: payments\n    user: watcher\n    password: write-it-here\n    query: SELECT count(*) FROM payment WHERE state = 'waiting'\n    value:\n      degraded_above: 100\n      failed_above: 1000\nevery: 1m\n"},
	{"queue", "kind: Check\nname: orders-queue\nprobe:\n  queue:\n    system: amqp\n    address: rabbit.example:5672\n    user: watcher\n    password: write-it-here\n    queue: orders\n    depth:\n      failed_above: 10000\nevery: 1m\n"},
	{"login", "kind: Check\nname: sign-in\nprobe:\n  login:\n    secrets:\n      - name: password\n        secret: write-it-here\n    steps:\n      - name: sign in\n        url: https://shop.example/login\n        form:\n          - {name: user, value: watcher}\n          - {name: password, value: \"${password}\"}\n        expect:\n          contains: [\"Welcome\"]\nevery: 5m\n"},
	{"script", "kind: Check\nname: raid\nprobe:\n  script:\n    name: raid\nevery: 5m\nfrom:\n  - host: db-1\n"},
	{"process", "kind: Check\nname: feed-handler\nprobe:\n  process:\n    command: feedhandler\n    count:\n      failed_below: 2\nevery: 30s\nfrom:\n  - host: feed-1\n"},
	{"file", "kind: Check\nname: end-of-day-file\nprobe:\n  file:\n    path: /data/out/eod-*.csv\n    age:\n      failed_after: 26h\nevery: 5m\nfrom:\n  - host: batch-1\n"},
	{"heartbeat", "kind: Check\nname: nightly-backup\nprobe:\n  heartbeat:\n    grace: 15m\nevery: 24h\n"},
}

func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	if !mayAdd(by) {
		return action.Answer{}, people.Allow(by, people.CheckWrite, people.Target{})
	}
	f := form{text: beginnings[0].text}
	for _, b := range beginnings {
		if b.kind == r.URL.Query().Get("kind") {
			f.text = b.text
		}
	}
	return action.Show(edit(f)), nil
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	s, err := p.Checks.Get(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	may, err := p.Checks.Editable(r.Context(), by, s.Check)
	if err != nil {
		return action.Answer{}, err
	}
	if !may {
		return action.Answer{}, people.Allow(by, people.CheckWrite, people.Target{})
	}
	text, err := config.Text("Check", s.Name, s.Spec)
	return action.Show(edit(form{name: s.Name, text: text, version: strconv.FormatInt(s.Version, 10)})), err
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.put(r, by, form{}, check.In{New: true})
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil {
		version = 0
	}
	return p.put(r, by, form{name: r.PathValue("name")}, check.In{Version: version})
}

func (p pages) put(r *http.Request, by actor.Actor, f form, in check.In) (action.Answer, error) {
	if !mayAdd(by) {
		return action.Answer{}, people.Allow(by, people.CheckWrite, people.Target{})
	}
	f.text, f.version = strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n"), r.PostFormValue("version")
	in.Name, in.Spec, f.err = config.One[check.Spec]("Check", f.text)
	if f.err == nil && f.name != "" && in.Name != f.name {
		f.err = errs.Invalidf("the name must stay %q: what was found so far belongs to it", f.name)
	}
	if f.err == nil {
		_, f.err = p.Checks.Put(r.Context(), by, in)
	}
	switch {
	case f.err == nil:
		return action.Go(checkURL(in.Name), action.Done("Saved: it is looked at within a minute.")), nil
	case refused(f.err):
		return action.Again(edit(f), f.err), nil
	}
	return action.Answer{}, f.err
}
