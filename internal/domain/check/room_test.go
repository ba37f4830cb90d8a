package check_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/base/secret"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/check"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/signal"
	"mainstay/internal/probe"
	"mainstay/internal/probe/small"
)

var (
	admin = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}
	line1 = actor.Actor{Kind: actor.User, ID: "l", Name: "Lee", Role: actor.FirstLine}
)

// room is checks over a database, on which time passes when the test says so.
type room struct {
	*check.Service
	t       *testing.T
	d       *db.DB
	c       *clock.Fake // of records and signals
	alerts  *alert.Service
	sources *source.Service
	samples *samples
	box     *secret.Box
	made    func(probe.Spec) probe.Result // what a probe over TCP finds; nil for what it really finds
}

// incidents opens none: what becomes of alerts is the business of others.
type incidents struct{}

func (incidents) OpenOrJoin(*db.Tx, alert.Opening) (string, error) { return "i", nil }
func (incidents) AllResolved(*db.Tx, string) error                 { return nil }
func (incidents) StillFires(*db.Tx, string) error                  { return nil }
func (incidents) Standing(*db.Tx, string) (key string, _ time.Time, _ error) {
	return "INC-1", time.Time{}, nil
}

// samples keeps what was stored.
type samples struct {
	mu   sync.Mutex
	list []signal.Series
	err  error
}

func (s *samples) AppendSamples(_ context.Context, list []signal.Series) (signal.Taken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return signal.Taken{}, s.err
	}
	s.list = append(s.list, list...)
	return signal.Taken{Stored: len(list)}, nil
}

func each(t *testing.T, test func(*testing.T, *room)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		box, err := secret.New([]byte(strings.Repeat("k", secret.KeySize)))
		if err != nil {
			t.Fatal(err)
		}
		r := &room{t: t, d: d, c: c, samples: &samples{}, box: box, alerts: alert.New(alert.Config{DB: d, Incidents: incidents{}}),
			sources: source.New(source.Config{DB: d, Clock: c})}
		r.must(d.Do(t.Context(), catalogue.EnsureUnassigned))
		r.start()
		test(t, r)
	})
}

// start starts the room anew, as after a crash.
func (r *room) start() {
	set := small.Set()
	real := set[probe.TCPKind]
	set[probe.TCPKind] = func(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
		if r.made != nil {
			return r.made(s)
		}
		return real(ctx, s, e)
	}
	r.Service = check.New(check.Config{DB: r.d, Box: r.box, Alerts: r.alerts, Samples: r.samples, Probes: set, Clock: r.c, BaseURL: "http://desk.example"})
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// put makes a check that is looked at every minute and fails at once.
func (r *room) put(name string, edit func(*check.Spec)) check.Check {
	r.t.Helper()
	s := check.Spec{Probe: probe.Spec{TCP: &probe.TCP{Address: "127.0.0.1:1"}}, Retries: new(0)}
	if edit != nil {
		edit(&s)
	}
	c, err := r.Put(r.t.Context(), admin, check.In{Name: name, Spec: s})
	r.must(err)
	r.step()
	return c
}

func (r *room) step() {
	r.t.Helper()
	_, err := r.Step(r.t.Context())
	r.must(err)
}

// pass lets time pass, second by second, in which what is due is made.
func (r *room) pass(d time.Duration) {
	r.t.Helper()
	for end := r.c.Now().Add(d); r.c.Now().Before(end); {
		r.c.Advance(time.Second)
		r.Once(r.t.Context())
		r.step()
	}
}

func (r *room) get(name string) check.Status {
	r.t.Helper()
	s, err := r.Get(r.t.Context(), admin, name)
	r.must(err)
	return s
}

func (r *room) want(name string, state, alerting check.State) check.Status {
	r.t.Helper()
	s := r.get(name)
	if s.State != state || s.Alerting != alerting {
		r.t.Fatalf("%s is %s, alerting %q (%s), want %s, %q", name, s.State, s.Alerting, s.Message, state, alerting)
	}
	return s
}

// firing are the titles of alerts that fire.
func (r *room) firing() (titles []string) {
	r.t.Helper()
	list, err := r.alerts.List(r.t.Context(), admin, alert.Filter{State: alert.Firing}, page.Request{Limit: 100})
	r.must(err)
	for _, a := range list.Items {
		titles = append(titles, a.Title)
	}
	return titles
}

func TestACheckThatFailsRaisesAnAlertThatEndsWhenItIsOKAgain(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		result := probe.Fine("fine")
		r.made = func(probe.Spec) probe.Result { return result }
		r.put("shop", func(s *check.Spec) { s.Title, s.SOP = "Shop front", "call the baker" })
		r.want("shop", check.Waiting, "")
		r.pass(time.Minute)
		r.want("shop", check.OK, "")
		result = probe.Fail("it is closed")
		r.pass(time.Minute)
		s := r.want("shop", check.Failed, check.Failed)
		if s.Message != "it is closed" || len(s.Places) != 1 || s.Places[0].Name != check.Server {
			t.Errorf("%+v", s)
		}
		if got := r.firing(); len(got) != 1 || got[0] != "Shop front: it is closed" {
			t.Errorf("alerts: %q", got)
		}
		r.start() // what fires is known after a crash
		r.step()
		r.pass(time.Minute)
		r.want("shop", check.Failed, check.Failed)
		result = probe.Fine("open")
		r.pass(time.Minute)
		r.want("shop", check.OK, "")
		if got := r.firing(); len(got) != 0 {
			t.Errorf("alerts: %q", got)
		}
		changes, err := r.History(t.Context(), admin, "shop")
		r.must(err)
		var states []string
		for _, c := range changes {
			states = append(states, string(c.State))
		}
		if got := strings.Join(states, " "); got != "ok failed ok" {
			t.Errorf("history: %s", got)
		}
	})
}

func TestRetriesComeBeforeAFailureCounts(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		result, n := probe.Fine("fine"), 0
		r.made = func(probe.Spec) probe.Result { n++; return result }
		r.put("shop", func(s *check.Spec) { s.Retries = new(2) })
		r.pass(time.Minute)
		r.want("shop", check.OK, "")
		n, result = 0, probe.Fail("down")
		for n == 0 {
			r.pass(time.Second)
		}
		r.want("shop", check.OK, "")
		r.pass(21 * time.Second)
		if r.want("shop", check.Failed, check.Failed); n != 3 {
			t.Errorf("looked at %d times", n)
		}
		result = probe.Fine("up")
		r.pass(time.Minute)
		r.want("shop", check.OK, "")
	})
}

func TestAChangeOfTheProbeStartsAnewAndItsAlertEnds(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.made = func(probe.Spec) probe.Result { return probe.Fail("down") }
		r.put("shop", nil)
		r.pass(time.Minute)
		r.want("shop", check.Failed, check.Failed)
		r.put("shop", func(s *check.Spec) { s.Description = "words change nothing" })
		r.want("shop", check.Failed, check.Failed)
		r.put("shop", func(s *check.Spec) { s.Probe.TCP.Address = "127.0.0.1:2" })
		r.want("shop", check.Waiting, "")
		if got := r.firing(); len(got) != 0 {
			t.Errorf("alerts: %q", got)
		}
		r.pass(time.Minute)
		r.want("shop", check.Failed, check.Failed)
		r.must(r.Enable(t.Context(), admin, "shop", false))
		r.step()
		r.want("shop", check.Off, "")
		r.must(r.Enable(t.Context(), admin, "shop", true))
		r.pass(time.Minute)
		r.want("shop", check.Failed, check.Failed)
		r.must(r.Delete(t.Context(), admin, "shop"))
		if got := r.firing(); len(got) != 0 {
			t.Errorf("alerts of a check that is gone: %q", got)
		}
		r.pass(time.Minute)
	})
}

func TestNoAlertBeginsOutsideOfItsHoursAndOneDoesWhenTheyBegin(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		cal := calendar.New(calendar.Config{DB: r.d})
		_, err := cal.Put(t.Context(), admin, calendar.In{Name: "office", Spec: calendar.Spec{Zone: "UTC", Weekly: []string{"mon-sun 08:00-18:00"}}})
		r.must(err)
		r.c.Set(time.Date(2027, 3, 2, 7, 55, 0, 0, time.UTC))
		r.made = func(probe.Spec) probe.Result { return probe.Fail("down") }
		r.put("shop", func(s *check.Spec) { s.Hours = "office" })
		r.pass(2 * time.Minute)
		if s := r.want("shop", check.Failed, ""); !s.Held {
			t.Error("nothing says that the alert waits")
		}
		r.pass(4 * time.Minute)
		r.want("shop", check.Failed, check.Failed)
	})
}

func TestAServerThatMakesItsProbesNoMoreIsNotedAndUnknownAlerts(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.made = func(probe.Spec) probe.Result { return probe.Fine("fine") }
		r.put("shop", nil)
		r.pass(time.Minute)
		r.want("shop", check.OK, "")
		r.c.Advance(3 * time.Minute) // without making what is due
		r.step()
		r.want("shop", check.Unknown, check.Unknown)
		r.pass(time.Minute)
		r.want("shop", check.OK, "")
	})
}

func TestARealPortThatIsClosedFailsAndOneThatListensIsOK(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		r.must(err)
		r.put("port", func(s *check.Spec) { s.Probe.TCP.Address = l.Addr().String() })
		s, err := r.RunNow(t.Context(), line1, "port")
		r.must(err)
		if s.State != check.OK {
			t.Fatalf("%+v", s)
		}
		r.must(l.Close())
		s, err = r.RunNow(t.Context(), line1, "port")
		r.must(err)
		if s.State != check.Failed || !strings.Contains(s.Message, "refuses connections") {
			t.Fatalf("%+v", s)
		}
	})
}

func TestTheServerDoesNotCallAddressesOfMetadataServices(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("meta", func(s *check.Spec) {
			s.Probe = probe.Spec{HTTP: &probe.HTTP{URL: "http://169.254.169.254/latest/meta-data"}}
		})
		s, err := r.RunNow(t.Context(), admin, "meta")
		r.must(err)
		if s.State != check.Failed || !strings.Contains(s.Message, "does not call 169.254.169.254") {
			t.Fatalf("%+v", s)
		}
	})
}

func TestSecretsAreEncryptedShownToNobodyAndBoundToTheirTarget(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		with := func(user, password, url string) func(*check.Spec) {
			return func(s *check.Spec) {
				s.Probe = probe.Spec{HTTP: &probe.HTTP{URL: url, User: user, Password: probe.Secret(password)}}
			}
		}
		r.put("api", with("u", "tops3cret", "http://127.0.0.1:1/a"))
		if got := r.get("api").Spec.Probe.HTTP.Password; got != probe.Kept {
			t.Errorf("shown: %q", got)
		}
		stored := func() (text string) {
			r.must(r.d.View(t.Context(), func(tx *db.Tx) (err error) {
				text, err = db.One(tx, db.Value[string], `SELECT spec FROM check_spec WHERE name = 'api'`)
				return err
			}))
			return text
		}
		was := stored()
		if strings.Contains(was, "tops3cret") {
			t.Fatalf("stored in the clear: %s", was)
		}
		apply := func(edit func(*check.Spec)) (changed bool, err error) {
			s := check.Spec{Retries: new(0)}
			edit(&s)
			err = r.d.Do(t.Context(), func(tx *db.Tx) (err error) { changed, err = r.ApplyIn(tx, admin, "api", s); return err })
			return changed, err
		}
		for _, same := range []string{probe.Kept, "tops3cret"} {
			if changed, err := apply(with("u", same, "http://127.0.0.1:1/a")); changed || err != nil {
				t.Errorf("%s again: %v, %v", same, changed, err)
			}
		}
		if changed, err := apply(with("u", probe.Kept, "http://127.0.0.1:1/b")); !changed || err != nil {
			t.Errorf("another path of the same target: %v, %v", changed, err)
		}
		if _, err := apply(with("u", probe.Kept, "http://127.0.0.2:1/a")); !errs.Is(err, errs.Invalid) {
			t.Errorf("a secret is sent to a target for which it was not written: %v", err)
		}
		if changed, err := apply(with("u", "another", "http://127.0.0.2:1/a")); !changed || err != nil {
			t.Errorf("written again: %v, %v", changed, err)
		}
		err := r.d.View(t.Context(), func(tx *db.Tx) error {
			list, err := r.ExportIn(tx, admin)
			if len(list) != 1 || list[0].Spec.Probe.HTTP.Password != probe.Kept {
				t.Errorf("exported: %+v", list)
			}
			return err
		})
		r.must(err)
	})
}

func TestResultsAreSeries(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.made = func(probe.Spec) probe.Result {
			return probe.Result{State: probe.OK, Message: "m", Duration: 250 * time.Millisecond, Figures: []probe.Figure{{Name: "depth", Value: 7}}}
		}
		r.put("shop", func(s *check.Spec) { s.Labels = []check.Label{{Name: "site", Value: "london"}} })
		_, err := r.RunNow(t.Context(), admin, "shop")
		r.must(err)
		_, err = r.Flush(t.Context())
		r.must(err)
		got := map[string]float64{}
		for _, s := range r.samples.list {
			var key []string
			for _, l := range s.Labels {
				key = append(key, l.Name+"="+l.Value)
			}
			got[strings.Join(key, ",")] = s.Points[0].Value
		}
		for key, want := range map[string]float64{
			"__name__=check_up,check=shop,kind=tcp,location=server,site=london":                 1,
			"__name__=check_state,check=shop,kind=tcp,location=server,site=london":              0,
			"__name__=check_duration_seconds,check=shop,kind=tcp,location=server,site=london":   .25,
			"__name__=check_value,check=shop,figure=depth,kind=tcp,location=server,site=london": 7,
		} {
			if v, ok := got[key]; !ok || v != want {
				t.Errorf("%s: %v, %v", key, v, ok)
			}
		}
		if len(got) != 4 {
			t.Errorf("%v", got)
		}
		r.samples.err = errs.Unavailablef("away")
		_, err = r.RunNow(t.Context(), admin, "shop")
		r.must(err)
		if _, err := r.Flush(t.Context()); err == nil {
			t.Error("no error when the store is away")
		}
		r.samples.err = nil
		_, err = r.Flush(t.Context())
		r.must(err)
		if len(r.samples.list) != 8 {
			t.Errorf("%d series after the store came back", len(r.samples.list))
		}
	})
}

func TestOnlyTheTeamOfItsServiceChangesACheck(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("shop", nil)
		spec := r.get("shop").Spec
		for _, by := range []actor.Actor{line1, {Kind: actor.User, ID: "o", Role: actor.Observer}, {}} {
			if _, err := r.Put(t.Context(), by, check.In{Name: "shop", Spec: spec}); err == nil {
				t.Errorf("%+v changes a check", by)
			}
			if err := r.Delete(t.Context(), by, "shop"); err == nil {
				t.Errorf("%+v deletes a check", by)
			}
			if _, err := r.Tasks(t.Context(), by, check.Call{Host: "h"}); err == nil {
				t.Errorf("%+v fetches checks with their secrets", by)
			}
		}
		client := actor.Actor{Kind: actor.User, ID: "c", Role: actor.Client, Customer: "bank"}
		if _, err := r.Get(t.Context(), client, "shop"); !errs.Is(err, errs.Forbidden) {
			t.Errorf("a client sees checks: %v", err)
		}
	})
}

func TestFieldsThatAreWrongAreNamed(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		for field, edit := range map[string]func(*check.Spec){
			"probe":             func(s *check.Spec) { s.Probe = probe.Spec{} },
			"probe.tcp":         func(s *check.Spec) { s.Probe.HTTP = &probe.HTTP{URL: "http://x"} },
			"probe.tcp.address": func(s *check.Spec) { s.Probe.TCP.Address = "nowhere" },
			"every":             func(s *check.Spec) { s.Every = 1 },
			"timeout":           func(s *check.Spec) { s.Timeout = probe.Span(2 * time.Minute) },
			"slow":              func(s *check.Spec) { s.Slow = probe.Span(time.Minute) },
			"retries":           func(s *check.Spec) { s.Retries = new(11) },
			"quorum":            func(s *check.Spec) { s.Quorum = 2 },
			"severity":          func(s *check.Spec) { s.Severity = 5 },
			"service":           func(s *check.Spec) { s.Service = "nothing" },
			"component":         func(s *check.Spec) { s.Component = "nothing" },
			"hours":             func(s *check.Spec) { s.Hours = "nothing" },
			"from[0].source":    func(s *check.Spec) { s.From = []check.From{{Host: "h", Source: "nothing"}} },
			"from[1].host":      func(s *check.Spec) { s.From = []check.From{{Host: "h"}, {Host: "h"}} },
			"labels[0].name":    func(s *check.Spec) { s.Labels = []check.Label{{Name: "check", Value: "x"}} },
			"from":              func(s *check.Spec) { s.Probe = probe.Spec{File: &probe.File{Path: "/etc/passwd"}} },
			"probe.heartbeat.by[0]": func(s *check.Spec) {
				s.Retries, s.Hours, s.Probe = nil, "x", probe.Spec{Heartbeat: &probe.Heartbeat{By: []string{"25:00"}}}
			},
		} {
			s := check.Spec{Probe: probe.Spec{TCP: &probe.TCP{Address: "127.0.0.1:1"}}}
			edit(&s)
			_, err := r.Put(t.Context(), admin, check.In{Name: "x", Spec: s})
			found := false
			for _, f := range errs.FieldsOf(err) {
				found = found || f.Path == field
			}
			if !found || !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v %+v", field, err, errs.FieldsOf(err))
			}
		}
	})
}
