package rule_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/rule"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/logstore/match"
	"mainstay/internal/engine/signal"
)

// broken opens no incident whose title says so.
type broken struct {
	incidents
	word string
}

func (b broken) OpenOrJoin(_ *db.Tx, o alert.Opening) (string, error) {
	if strings.Contains(o.Title, b.word) && !strings.HasPrefix(o.Title, "Log rule") {
		return "", errors.New("this incident cannot be opened")
	}
	return "i", nil
}

// stumble lets the rules take lines with a step that fails now and then.
func (r *room) stumble(failures int) {
	r.t.Helper()
	for failed := 0; ; {
		did, err := r.Step(r.t.Context())
		switch {
		case err != nil:
			if failed++; failed > failures {
				r.t.Fatal(err)
			}
		case did.Did == 0:
			return
		}
	}
}

func TestAnAlertThatCannotBeStoredIsKeptAndSomebodyIsTold(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.alert = alert.New(alert.Config{DB: r.d, Incidents: broken{word: "melted"}})
		r.start(match.Compiler{})
		r.put("core", rule.Spec{Filter: "core", Severity: 1})
		r.put("other", rule.Spec{Filter: "boom"})
		if err := r.store.Append(t.Context(), []signal.Row{r.lineOf("core melted"), r.lineOf("boom")}); err != nil {
			t.Fatal(err)
		}
		r.stumble(3)
		r.wantFiring("log-rule-alert-lost", "other")
		list, err := r.alert.List(t.Context(), admin, alert.Filter{State: alert.Firing}, page.Request{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list.Items {
			if a.Name == "log-rule-alert-lost" && (a.Severity != 1 || a.Labels["service"] != "payments" || !strings.Contains(a.Annotations["summary"], "core melted")) {
				t.Errorf("%+v", a)
			}
		}
		kept, err := r.alert.ListQuarantine(t.Context(), admin, page.Request{})
		if err != nil || len(kept.Items) != 1 || !strings.Contains(kept.Items[0].Body, "core melted") || !strings.Contains(kept.Items[0].Reason, "cannot be opened") {
			t.Errorf("quarantine %+v, %v", kept.Items, err)
		}
	})
}

func (r *room) lineOf(message string) signal.Row {
	return signal.Row{Time: r.wall.Now(), Fields: []signal.Field{{Name: signal.Message, Value: message}, {Name: signal.Service, Value: "payments"}}}
}

// forgetful knows patterns only after it has failed so many times.
type forgetful struct{ failures int }

func (f *forgetful) IsNew(_ context.Context, _ string, row signal.Row) (string, bool, error) {
	if f.failures > 0 {
		f.failures--
		return "", false, errors.New("the patterns cannot be read")
	}
	return row.Get(signal.Message), true, nil
}

func TestALineOfANewPatternIsShownAgainUntilItIsKnownWhetherItIsNew(t *testing.T) {
	for what, c := range map[string]struct {
		failures, steps int
		group           string
	}{
		"a database that does not answer for a while": {2, 2, "lost quorum"},
		"patterns that can never be told":             {1000, 3, "nobody can tell whether they are new"},
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(t *testing.T, r *room) {
				r.Service = rule.New(rule.Config{DB: r.d, Spool: spool{r.store}, Compiler: match.Compiler{}, Alerts: r.alert, Clock: r.wall,
					Patterns: &forgetful{failures: c.failures}})
				if err := r.Open(t.Context()); err != nil {
					t.Fatal(err)
				}
				r.put("news", rule.Spec{Filter: "*", When: rule.NewPattern})
				if err := r.store.Append(t.Context(), []signal.Row{r.lineOf("lost quorum")}); err != nil {
					t.Fatal(err)
				}
				r.stumble(c.steps)
				r.wantFiring("news")
				list, err := r.alert.List(t.Context(), admin, alert.Filter{State: alert.Firing}, page.Request{})
				if err != nil || len(list.Items) != 1 || list.Items[0].Labels["group"] != c.group {
					t.Errorf("%+v, %v", list.Items, err)
				}
			})
		})
	}
}
