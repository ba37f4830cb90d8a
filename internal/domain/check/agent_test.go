package check_test

import (
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/check"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/probe"
)

// key makes a source and returns who calls with its key.
func (r *room) key(name string) actor.Actor {
	r.t.Helper()
	r.must(r.d.Do(r.t.Context(), func(tx *db.Tx) error { _, err := r.sources.ApplyIn(tx, admin, name, source.Spec{}); return err }))
	secret, _, err := r.sources.CreateKey(r.t.Context(), admin, name, "agents")
	r.must(err)
	from, err := r.sources.Sender(r.t.Context(), secret)
	r.must(err)
	return from.By
}

// says tells what the agent of a host has found of all its checks.
func (r *room) says(by actor.Actor, host string, result probe.Result) {
	r.t.Helper()
	call := check.Call{Host: host, Every: 10 * time.Second}
	tasks, err := r.Tasks(r.t.Context(), by, call)
	r.must(err)
	var list []check.Report
	for _, task := range tasks {
		list = append(list, check.Report{Check: check.ID(task.ID), At: r.c.Now(), Result: result, Counts: result.State})
	}
	_, err = r.Report(r.t.Context(), by, call, list)
	r.must(err)
}

func (r *room) from(name, quorum string, hosts ...string) {
	r.put(name, func(s *check.Spec) {
		s.Quorum = len(quorum)
		for _, h := range hosts {
			s.From = append(s.From, check.From{Host: h})
		}
	})
}

func TestAQuorumOfHostsDecides(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		by := r.key("agents")
		r.from("shop", "**", "london", "tokyo", "york")
		for _, h := range []string{"london", "tokyo", "york"} {
			r.says(by, h, probe.Fine("fine"))
		}
		r.want("shop", check.OK, "")
		r.says(by, "tokyo", probe.Fail("gone"))
		r.want("shop", check.Degraded, "")
		r.says(by, "york", probe.Fail("gone"))
		if s := r.want("shop", check.Failed, check.Failed); !strings.Contains(s.Message, "2 of 3 locations (tokyo, york)") {
			t.Errorf("%q", s.Message)
		}
		r.says(by, "tokyo", probe.Fine("back"))
		r.want("shop", check.Degraded, "")
	})
}

func TestAnAgentThatFallsSilentIsUnknownWithinItsIntervalAndFiveSeconds(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		by := r.key("agents")
		r.from("disk", "", "db-1")
		r.says(by, "db-1", probe.Fine("fine"))
		r.want("disk", check.OK, "")
		r.pass(10 * time.Second)
		r.want("disk", check.OK, "")
		r.pass(5 * time.Second)
		if r.d.Postgres() { // another server may have heard it, and says so within seconds
			r.pass(5 * time.Second)
		}
		if s := r.want("disk", check.Unknown, check.Unknown); !strings.Contains(s.Message, "db-1 has not called since") {
			t.Errorf("%q", s.Message)
		}
		r.says(by, "db-1", probe.Fine("back"))
		r.want("disk", check.OK, "")
	})
}

func TestAnAgentThatNeverCallsIsUnknown(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.from("disk", "", "db-1")
		r.want("disk", check.Waiting, "")
		r.pass(45 * time.Second)
		if s := r.want("disk", check.Unknown, check.Unknown); !strings.Contains(s.Message, "no agent of host db-1 has called yet") {
			t.Errorf("%q", s.Message)
		}
	})
}

func TestSecretsGoToAgentsWithAKeyOfTheSourceThatTheCheckNamesOnly(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		right, wrong := r.key("right"), r.key("wrong")
		r.put("db", func(s *check.Spec) {
			s.Probe = probe.Spec{HTTP: &probe.HTTP{URL: "http://127.0.0.1:1", User: "u", Password: "s3cret"}}
			s.From = []check.From{{Host: "db-1", Source: "right"}}
		})
		for by, want := range map[*actor.Actor]int{&right: 1, &wrong: 0} {
			tasks, err := r.Tasks(t.Context(), *by, check.Call{Host: "db-1"})
			r.must(err)
			if len(tasks) != want || want == 1 && tasks[0].Spec.HTTP.Password != "s3cret" {
				t.Errorf("%s: %+v", by.Name, tasks)
			}
		}
		n, err := r.Report(t.Context(), wrong, check.Call{Host: "db-1"}, []check.Report{{Check: r.get("db").ID, At: r.c.Now(), Result: probe.Fine("x"), Counts: probe.OK}})
		r.must(err)
		if n != 0 {
			t.Error("a result of somebody else was taken")
		}
		_, err = r.Put(t.Context(), admin, check.In{Name: "open", Spec: check.Spec{From: []check.From{{Host: "db-1"}},
			Probe: probe.Spec{HTTP: &probe.HTTP{URL: "http://127.0.0.1:1", User: "u", Password: "s3cret"}}}})
		if err == nil {
			t.Error("a check with a secret is open to every agent")
		}
	})
}

// Two servers on one database share the checks; when one is gone the other has all of them.
func TestServersOnOneDatabaseShareChecksAndTakeThemOver(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		if !r.d.Postgres() {
			t.Skip("SQLite has one server")
		}
		made := map[string]int{}
		by := "first"
		r.made = func(probe.Spec) probe.Result { made[by]++; return probe.Fine("fine") }
		first := r.Service
		for _, name := range strings.Fields("a b c d e f g h i j k l") {
			r.put(name, func(s *check.Spec) { s.Every = probe.Span(10 * time.Second) })
		}
		r.start()
		second := r.Service
		pass := func(d time.Duration, who map[string]*check.Service) {
			for end := r.c.Now().Add(d); r.c.Now().Before(end); {
				r.c.Advance(time.Second)
				for name, s := range who {
					by = name
					_, err := s.Step(t.Context())
					r.must(err)
					s.Once(t.Context())
				}
			}
		}
		both := map[string]*check.Service{"first": first, "second": second}
		pass(15*time.Second, both) // they come to know each other
		clear(made)
		pass(30*time.Second, both)
		if made["first"] == 0 || made["second"] == 0 || made["first"]+made["second"] != 36 {
			t.Errorf("shared: %v", made)
		}
		pass(20*time.Second, map[string]*check.Service{"second": second})
		clear(made)
		pass(30*time.Second, map[string]*check.Service{"second": second})
		if made["second"] != 36 {
			t.Errorf("taken over: %v", made)
		}
	})
}
