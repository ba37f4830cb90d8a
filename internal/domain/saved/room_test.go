package saved_test

import (
	"context"
	"strings"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/saved"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/timer"
)

// room is a room with one person of each kind that matters.
type room struct {
	*testing.T
	*saved.Service
	db                         *db.DB
	ana, ben, vera, root, acme actor.Actor
}

func each(t *testing.T, test func(*room)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		r := &room{T: t, Service: saved.New(saved.Config{DB: d}), db: d}
		who := people.New(people.Config{DB: d})
		for login, p := range map[string]struct {
			role actor.Role
			is   *actor.Actor
		}{"ana": {actor.FirstLine, &r.ana}, "ben": {actor.BackLine, &r.ben}, "vera": {actor.Observer, &r.vera}, "root": {actor.Admin, &r.root}} {
			if err := d.Do(t.Context(), func(tx *db.Tx) error {
				if _, err := who.ApplyUserIn(tx, actor.Mainstay, login, people.UserSpec{Role: p.role}); err != nil {
					return err
				}
				u, err := people.UserByLogin(tx, login)
				*p.is = u.Actor()
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		r.acme = actor.Actor{Kind: actor.User, ID: "acme", Role: actor.Client}
		test(r)
	})
}

func (r *room) put(by actor.Actor, name string, s saved.SearchSpec) (saved.Search, error) {
	return r.Searches.Put(context.Background(), by, saved.In[saved.SearchSpec]{Name: name, Spec: s})
}

func (r *room) must(by actor.Actor, name string, s saved.SearchSpec) saved.Search {
	r.Helper()
	it, err := r.put(by, name, s)
	if err != nil {
		r.Fatal(err)
	}
	return it
}

func (r *room) refused(kind errs.Kind, field string, err error) {
	r.Helper()
	fields := errs.FieldsOf(err)
	if !errs.Is(err, kind) || field != "" && (len(fields) == 0 || fields[0].Path != field) {
		r.Errorf("got %v, want %v about %q", err, kind, field)
	}
}

func (r *room) timers(it saved.Search) (n int) {
	r.Helper()
	if err := r.db.View(r.Context(), func(tx *db.Tx) error {
		list, err := timer.Of(tx, string(it.ID))
		n = len(list)
		return err
	}); err != nil {
		r.Fatal(err)
	}
	return n
}

func TestWhatIsPrivateIsThereForItsOwnerAlone(t *testing.T) {
	each(t, func(r *room) {
		r.must(r.ana, "mine", saved.SearchSpec{Query: "x", Private: true})
		r.must(r.ana, "ours", saved.SearchSpec{Query: "x"})
		for _, other := range []actor.Actor{r.ben, r.root, r.vera} {
			_, err := r.Searches.Get(r.Context(), other, "mine")
			r.refused(errs.NotFound, "", err)
			_, err = r.Searches.Open(r.Context(), other, "mine")
			r.refused(errs.NotFound, "", err)
			_, err = r.Runs(r.Context(), other, "mine")
			r.refused(errs.NotFound, "", err)
			r.refused(errs.NotFound, "", r.Searches.Delete(r.Context(), other, "mine"))
			_, err = r.put(other, "mine", saved.SearchSpec{Query: "y"})
			r.refused(errs.Conflict, "", err)
			list, err := r.Searches.List(r.Context(), other, page.Request{})
			if err != nil || len(list.Items) != 1 || list.Items[0].Name != "ours" {
				r.Errorf("%s lists %v, %v", other.Name, list.Items, err)
			}
		}
		_, err := r.Searches.List(r.Context(), r.acme, page.Request{})
		r.refused(errs.Forbidden, "", err)
		if it, err := r.Searches.Open(r.Context(), r.ana, "mine"); err != nil || it.Spec.Owner != "ana" {
			r.Errorf("%+v, %v", it, err)
		}
		if it, _ := r.Searches.Get(r.Context(), r.ana, "mine"); it.Uses != 1 {
			r.Errorf("opened %d times", it.Uses)
		}
		err = r.db.Do(r.Context(), func(tx *db.Tx) error {
			_, err := r.ApplySearchIn(tx, actor.Mainstay, "mine", saved.SearchSpec{Query: "z"})
			return err
		})
		r.refused(errs.Conflict, "", err)
	})
}

func TestObserversSaveOnlyTheirOwn(t *testing.T) {
	each(t, func(r *room) {
		r.must(r.ana, "ours", saved.SearchSpec{Query: "x"})
		r.must(r.vera, "hers", saved.SearchSpec{Query: "x"})
		_, err := r.put(r.vera, "ours", saved.SearchSpec{Query: "y"})
		r.refused(errs.Forbidden, "", err)
		_, err = r.put(r.vera, "new", saved.SearchSpec{Query: "y", Owner: "ana"})
		r.refused(errs.Forbidden, "", err)
		r.refused(errs.Forbidden, "", r.Searches.Delete(r.Context(), r.vera, "ours"))
		_, err = r.put(r.acme, "new", saved.SearchSpec{Query: "y"})
		r.refused(errs.Forbidden, "", err)
	})
}

// A report is made in its owner's name, so nobody can have another's eyes work for them.
func TestWhoChangesAReportBecomesItsOwner(t *testing.T) {
	each(t, func(r *room) {
		report := &saved.Report{To: []string{"root"}}
		r.must(r.root, "all", saved.SearchSpec{Query: "x", Report: report})
		if it := r.must(r.ana, "all", saved.SearchSpec{Title: "All", Query: "x", Report: report}); it.Spec.Owner != "root" {
			r.Errorf("a new title makes %s the owner", it.Spec.Owner)
		}
		_, err := r.put(r.ana, "all", saved.SearchSpec{Query: "*", Report: report, Owner: "root"})
		r.refused(errs.Invalid, "owner", err)
		for _, s := range []saved.SearchSpec{
			{Query: "*", Report: report}, {Query: "x", Report: &saved.Report{To: []string{"ana"}}}, {Query: "x", Range: "7d", Report: report},
		} {
			r.must(r.root, "all", saved.SearchSpec{Query: "x", Report: report, Owner: "root"})
			if it := r.must(r.ana, "all", s); it.Spec.Owner != "ana" {
				r.Errorf("%+v is %s's", s, it.Spec.Owner)
			}
		}
		_, err = r.put(r.ana, "new", saved.SearchSpec{Query: "*", Report: report, Owner: "root"})
		r.refused(errs.Invalid, "owner", err)
		narrow := r.root
		narrow.Kind, narrow.Role = actor.Token, actor.FirstLine
		_, err = r.put(narrow, "new", saved.SearchSpec{Query: "*", Report: &saved.Report{To: []string{"ana"}}})
		r.refused(errs.Invalid, "report", err)
		_, err = r.put(r.ana, "all", saved.SearchSpec{Query: "*", Private: true, Owner: "root"})
		r.refused(errs.Invalid, "owner", err)
	})
}

func TestATimerStandsForEveryReport(t *testing.T) {
	each(t, func(r *room) {
		it := r.must(r.ana, "all", saved.SearchSpec{Query: "x"})
		for _, step := range []struct {
			report *saved.Report
			timers int
		}{{nil, 0}, {&saved.Report{To: []string{"ana"}}, 1}, {&saved.Report{At: "07:00", To: []string{"ana"}}, 1}, {nil, 0}, {&saved.Report{To: []string{"ana"}}, 1}} {
			r.must(r.ana, "all", saved.SearchSpec{Query: "x", Report: step.report})
			if got := r.timers(it); got != step.timers {
				r.Errorf("%d timers for %+v", got, step.report)
			}
		}
		if err := r.Searches.Delete(r.Context(), r.ana, "all"); err != nil || r.timers(it) != 0 {
			r.Errorf("%v, %d timers are left", err, r.timers(it))
		}
	})
}

func TestWhatASearchOrDashboardNamesMustBeThere(t *testing.T) {
	each(t, func(r *room) {
		_, err := r.put(r.ana, "a", saved.SearchSpec{Query: "x", Report: &saved.Report{To: []string{"nobody"}}})
		r.refused(errs.Invalid, "report.to[0]", err)
		_, err = r.put(r.ana, "a", saved.SearchSpec{Query: "x", Report: &saved.Report{Teams: []string{"none"}}})
		r.refused(errs.Invalid, "report.teams[0]", err)
		r.must(r.ana, "mine", saved.SearchSpec{Query: "x", Private: true})
		board := func(by actor.Actor, private bool, p saved.Panel) error {
			_, err := r.Dashboards.Put(r.Context(), by, saved.In[saved.DashboardSpec]{Name: strings.ToLower(by.Name), Spec: saved.DashboardSpec{Private: private, Panels: []saved.Panel{p}}})
			return err
		}
		r.refused(errs.Invalid, "panels[0].search", board(r.ana, false, saved.Panel{Kind: saved.CountPanel, Search: "mine"}))
		r.refused(errs.Invalid, "panels[0].search", board(r.ben, false, saved.Panel{Kind: saved.CountPanel, Search: "mine"}))
		r.refused(errs.Invalid, "panels[0].field", board(r.ben, false, saved.Panel{Kind: saved.TopPanel, Query: "*"}))
		r.refused(errs.Invalid, "panels[0].query", board(r.ben, false, saved.Panel{Kind: saved.ChartPanel}))
		if err := board(r.ana, true, saved.Panel{Kind: saved.CountPanel, Search: "mine"}); err != nil {
			r.Error(err)
		}
	})
}

func TestAnEditOfAnOldVersionIsRefused(t *testing.T) {
	each(t, func(r *room) {
		it := r.must(r.ana, "a", saved.SearchSpec{Query: "x"})
		r.must(r.ben, "a", saved.SearchSpec{Query: "y"})
		_, err := r.Searches.Put(r.Context(), r.ana, saved.In[saved.SearchSpec]{Name: "a", Spec: saved.SearchSpec{Query: "z"}, Version: it.Version})
		r.refused(errs.Conflict, "", err)
		_, err = r.Searches.Put(r.Context(), r.ana, saved.In[saved.SearchSpec]{Name: "a", Spec: saved.SearchSpec{Query: "z"}, New: true})
		r.refused(errs.Conflict, "", err)
	})
}

// What is exported can be applied again and changes nothing.
func TestAnExportChangesNothing(t *testing.T) {
	each(t, func(r *room) {
		r.must(r.root, "all", saved.SearchSpec{Title: "all", Query: " x ", Range: "1h", Report: &saved.Report{At: "7:00", Days: []string{"fri", "mon"}, To: []string{"ana"}}})
		r.must(r.ana, "mine", saved.SearchSpec{Query: "x", Private: true})
		if err := r.db.Do(r.Context(), func(tx *db.Tx) error {
			list, err := r.ExportSearchesIn(tx, r.root)
			if err != nil || len(list) != 1 {
				r.Fatalf("exported %+v, %v", list, err)
			}
			changed, err := r.ApplySearchIn(tx, r.root, list[0].Name, list[0].Spec)
			if changed {
				r.Error("applying the export changes something")
			}
			return err
		}); err != nil {
			r.Fatal(err)
		}
	})
}
