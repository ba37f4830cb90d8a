package config_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"mainstay/internal/base/clock"
	"mainstay/internal/config"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

// bank reads examples/bank.
func bank(t *testing.T) (files []config.File) {
	t.Helper()
	names, err := filepath.Glob("../../examples/bank/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no example: %v", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, config.File{Name: filepath.Base(name), Text: string(text)})
	}
	return files
}

func TestBankIsAppliedOnceAndItsExportChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		first, err := k.Apply(ctx, admin, bank(t))
		if err != nil || first.Count(config.Created) != len(first.Objects) {
			t.Fatalf("%v\n%s", err, lines(first))
		}
		second, err := k.Apply(ctx, admin, bank(t))
		if err != nil || second.Count(config.Unchanged) != len(first.Objects) {
			t.Fatalf("again: %v\n%s", err, lines(second))
		}
		out, err := k.Export(ctx, admin)
		if err != nil {
			t.Fatal(err)
		}
		third, err := k.Apply(ctx, admin, out)
		if err != nil || third.Count(config.Unchanged) != len(third.Objects) || len(third.Objects) < len(first.Objects) {
			t.Fatalf("the export: %v\n%s", err, lines(third))
		}
	})
}

// TestExportMakesTheSameDesk applies the export of one desk to an empty one.
func TestExportMakesTheSameDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		if _, err := k.Apply(ctx, admin, bank(t)); err != nil {
			t.Fatal(err)
		}
		out, err := k.Export(ctx, admin)
		if err != nil {
			t.Fatal(err)
		}
		other := newDesk(t, dbtest.Open(t, dbtest.URL(t, "sqlite"), c))
		if _, err := other.Apply(ctx, admin, out); err != nil {
			t.Fatal(err)
		}
		again, err := other.Export(ctx, admin)
		if err != nil || config.Join(again) != config.Join(out) {
			t.Fatalf("%v\n%s", err, config.Join(again))
		}
	})
}

// TestAnyPartOfTheBankIsIdempotent changes single values of the example and applies it: an
// application that succeeds leaves nothing to do for the same application, nor for what is
// exported then.
func TestAnyPartOfTheBankIsIdempotent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		if _, err := k.Apply(ctx, admin, bank(t)); err != nil {
			t.Fatal(err)
		}
		docs := documents(t, bank(t))
		applied := 0
		rapid.Check(t, func(r *rapid.T) {
			doc := rapid.SampledFrom(docs).Draw(r, "document")
			changed := []config.File{{Name: "part.yaml", Text: mutate(r, doc)}}
			if _, err := k.Apply(ctx, admin, changed); err != nil {
				return // refused, and nothing changed: other tests look at that
			}
			applied++
			files := changed
			if rapid.IntRange(0, 4).Draw(r, "export") == 0 {
				files = exportOf(r, k)
			}
			diff, err := k.Plan(ctx, admin, files)
			if err != nil || diff.Count(config.Unchanged) != len(diff.Objects) {
				r.Fatalf("%s: %v\n%s\nafter\n%s", files[0].Name, err, lines(diff), changed[0].Text)
			}
		})
		if applied == 0 {
			t.Error("no change was ever accepted: the test looks at nothing")
		}
	})
}

func exportOf(t *rapid.T, k *desk) []config.File {
	files, err := k.Export(context.Background(), admin)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// mutate drops, doubles or swaps one value somewhere in a document.
func mutate(r *rapid.T, text string) string {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		r.Fatal(err)
	}
	var parents []*yaml.Node
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		if (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) && len(n.Content) > 0 {
			parents = append(parents, n)
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(n.Content[0])
	p := rapid.SampledFrom(parents).Draw(r, "parent")
	step := 1
	if p.Kind == yaml.MappingNode {
		step = 2
	}
	i := step * rapid.IntRange(0, len(p.Content)/step-1).Draw(r, "item")
	switch rapid.SampledFrom([]string{"drop", "swap", "reverse"}).Draw(r, "change") {
	case "drop":
		p.Content = slices.Delete(p.Content, i, i+step)
	case "swap":
		value := p.Content[i+step-1]
		value.SetString(rapid.SampledFrom([]string{"", "UTC", "L2", "1", "payments", "Other words"}).Draw(r, "value"))
	case "reverse":
		if step == 1 {
			slices.Reverse(p.Content)
		}
	}
	out, err := yaml.Marshal(&n)
	if err != nil {
		r.Fatal(err)
	}
	return string(out)
}

// documents splits files into the texts of their documents.
func documents(t *testing.T, files []config.File) (out []string) {
	t.Helper()
	for _, f := range files {
		out = append(out, strings.Split(f.Text, "\n---\n")...)
	}
	return out
}

func TestBankConformsToTheSchema(t *testing.T) {
	top := schemaOf(t)
	used := map[string]bool{}
	for _, text := range documents(t, bank(t)) {
		var v map[string]any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		// Editors read a bare date as a date; documents take it as the text it is.
		kind, _ := v["kind"].(string)
		used[kind] = true
		if err := conforms(top.Defs[kind], plain(v), kind); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
	if kinds := slices.Sorted(maps.Keys(top.Defs)); len(used) != len(kinds) {
		t.Errorf("the example shows %d of %d kinds: %v", len(used), len(kinds), kinds)
	}
}

// plain turns dates back into texts.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			v[key] = plain(item)
		}
	case []any:
		for i, item := range v {
			v[i] = plain(item)
		}
	case interface{ Format(string) string }:
		return v.Format("2006-01-02")
	}
	return v
}

func TestBankIsOpenWhenFedwireIs(t *testing.T) {
	k, ctx := onSQLite(t), context.Background()
	if _, err := k.Apply(ctx, admin, bank(t)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		calendar, at string // wall-clock time of the calendar
		open         bool
	}{
		{"fedwire", "2026-11-02 12:00", true},
		{"fedwire", "2026-11-02 19:00", false},
		{"fedwire", "2026-11-02 21:00", true},
		{"fedwire", "2026-11-06 21:30", false}, // Friday evening
		{"fedwire", "2026-11-08 21:00", true},  // Sunday evening
		{"fedwire", "2026-11-10 18:00", true},  // the day before Veterans Day …
		{"fedwire", "2026-11-10 22:00", false}, // … its evening …
		{"fedwire", "2026-11-11 12:00", false}, // … the holiday …
		{"fedwire", "2026-11-11 21:00", true},  // … and the evening on which it ends
		{"fedwire", "2026-07-03 12:00", true},  // Independence Day falls on Saturday and is not moved
		{"fedwire", "2027-07-05 12:00", false}, // on Sunday, kept on Monday
		{"new-york", "2026-11-26 12:00", false},
		{"new-york", "2026-11-27 18:44", true},
		{"london", "2026-12-24 12:29", true},
		{"london", "2026-12-24 12:30", false},
		{"london", "2027-12-28 12:00", false},
		{"24x7", "2026-12-25 03:00", true},
	} {
		err := k.db.View(ctx, func(tx *db.Tx) error {
			cal, err := calendar.ByName(tx, c.calendar)
			if err != nil {
				return err
			}
			at, err := time.ParseInLocation("2006-01-02 15:04", c.at, cal.Location())
			if err == nil && cal.Open(at) != c.open {
				t.Errorf("%s at %s: open is %v", c.calendar, c.at, !c.open)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestBankAlwaysHasSomebodyOnCall(t *testing.T) {
	k, ctx := onSQLite(t), context.Background()
	if _, err := k.Apply(ctx, admin, bank(t)); err != nil {
		t.Fatal(err)
	}
	list, err := oncall.New(oncall.Config{DB: k.db}).CoverageAhead(ctx, admin)
	if err != nil || len(list) != 5 {
		t.Fatalf("%d rosters, %v", len(list), err)
	}
	for _, c := range list {
		if gaps := c.Gaps(); len(gaps) > 0 {
			t.Errorf("%+v has gaps: %v", c, gaps)
		}
	}
}
