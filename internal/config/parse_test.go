package config_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/config"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

// onSQLite gives a desk for tests that never reach the database.
func onSQLite(t testing.TB) *desk {
	t.Helper()
	return newDesk(t, dbtest.Open(t, dbtest.URL(t, "sqlite"), clock.NewFake(dbtest.Start)))
}

func TestHostileInputIsAClearError(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"not UTF-8", "kind: Team\nname: \xff\n", "desk.yaml:2:1 is not UTF-8"},
		{"UTF-16", "\xff\xfek\x00i\x00", "desk.yaml:1:1 is not UTF-8"},
		{"NUL", "kind: Team\nname: a\n# \x00", "desk.yaml:3:1 has a NUL byte"},
		{"escape", "kind: Team\nname: \x1b[31m\n", "desk.yaml:2:1 has the control character U+001B"},
		{"escaped NUL", "kind: Customer\nname: a\ntitle: \"\\0\"\n", "desk.yaml:3:8 title must be plain text on one line"},
		{"tab", "kind: Team\nname: a\ncontact:\n\tx: 1\n", "desk.yaml:4:1 is not YAML: a tab cannot indent, use spaces"},
		{"syntax", "kind: Team\nname: [a\n", "desk.yaml:2:1 is not YAML: did not find expected ',' or ']'"},
		{"no mapping", "- kind: Team\n", `desk.yaml:1:1 a document must begin with "kind:" and "name:"`},
		{"scalar", "hello\n", `desk.yaml:1:1 a document must begin with "kind:" and "name:"`},
		{"kind is a list", "kind: [Team]\nname: a\n", "desk.yaml:1:7 kind must be a word"},
		{"name is missing", "kind: Team\n", "desk.yaml:1:1 name is missing"},
		{"billion laughs", laughs(), "is an alias (*a8): write the value out"},
		{"alias to itself", "kind: Team\nname: a\nmembers: &m [*m]\n", "desk.yaml:3:14 members[0] is an alias (*m): write the value out"},
		{"merge key", "kind: Team\nname: a\n<<: {level: L1}\n", "desk.yaml:3:1 << is not known here: write the fields out"},
		{"foreign tag", "kind: Team\nname: a\ntitle: !!binary aGVsbG8=\n", "desk.yaml:3:8 title has the tag !!binary, which is not known here"},
		{"odd key", "kind: Team\nname: a\n? [a, b]\n: 1\n", "has a key that is not a word"},
		{"deep", "kind: Team\nname: a\nmembers: " + strings.Repeat("[", 20_000), "exceeded max depth"},
		{"huge text", "kind: Team\nname: a\ntitle: " + strings.Repeat("x", 5<<20), "desk.yaml:3:8 title must be at most 200 characters long"},
		{"huge number", "kind: Service\nname: a\nowner: b\ntier: 1e999999999\n", `desk.yaml:4:7 tier must be a whole number, not "1e999999999"`},
		{"not a number", "kind: Service\nname: a\nowner: b\ntier: 1\navailability_target: .nan\n", `desk.yaml:5:22 availability_target must be a number, not ".nan"`},
		{"octal", "kind: Service\nname: a\nowner: b\ntier: 0o1\n", `desk.yaml:4:7 tier must be a whole number, not "0o1"`},
		{"yes", "kind: User\nname: a\nrole: observer\ndisabled: yes\n", `desk.yaml:4:11 disabled must be true or false, not "yes"`},
		{"too large", strings.Repeat("#", config.MaxBytes+1), "all files together may have at most 10 MB"},
		{"too many values", "kind: Team\nname: a\nmembers: [" + strings.Repeat("a,", 1_000_001) + "]", "desk.yaml has too many values"},
		{"too many documents", strings.Repeat("---\nkind: Team\nname: a\n", config.MaxDocuments+1), "at most 10000 documents"},
	}
	k := onSQLite(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := k.Plan(context.Background(), admin, []config.File{{Name: "desk.yaml", Text: c.text}})
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %.500v\nwant %s", err, c.want)
			}
			if err != nil && len(err.Error()) > 20_000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

func laughs() string {
	var b strings.Builder
	b.WriteString("kind: Team\nname: a\na0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n")
	for i := 1; i < 9; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	return b.String() + "members: *a8\n"
}

func TestManyProblemsAreCut(t *testing.T) {
	k := onSQLite(t)
	text := "kind: Team\nname: a\nlevel: L1\n" + strings.Repeat("x: 1\n", 500)
	_, err := k.Plan(context.Background(), admin, []config.File{{Name: "desk.yaml", Text: text}})
	fields := errs.FieldsOf(err)
	if len(fields) != 101 || fields[100].Message != "and 400 more" {
		t.Fatalf("%d problems, the last %+v", len(fields), fields[len(fields)-1])
	}
}

func TestSyntaxErrorInOneFileDoesNotHideTheOthers(t *testing.T) {
	k := onSQLite(t)
	_, err := k.Plan(context.Background(), admin, []config.File{
		{Name: "a.yaml", Text: "kind: Team\nname: l1\nlevel: L9\n---\nkind: [\n"},
		{Name: "b.yaml", Text: "kind: Nothing\nname: x\n"},
	})
	for _, want := range []string{"a.yaml:3:8 level", "a.yaml:6:1 is not YAML", "b.yaml:1:7 kind"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is missing in %v", want, err)
		}
	}
}

func TestEmptyDocumentsAreNothing(t *testing.T) {
	k := onSQLite(t)
	diff, err := k.Plan(context.Background(), admin, []config.File{
		{Name: "empty.yaml"}, {Name: "comments.yaml", Text: "---\n# nothing\n---\n---\n# still nothing\n"}, {Name: "bom.yaml", Text: "\ufeff# x\n"},
	})
	if err != nil || len(diff.Objects) != 0 {
		t.Fatalf("%+v, %v", diff, err)
	}
}

func TestJSONIsYAML(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		diff, err := k.Apply(context.Background(), admin,
			[]config.File{{Name: "desk.json", Text: `{"kind": "Team", "name": "l1", "level": "L1", "title": "First \u00e9tage"}`}})
		if err != nil || diff.Count(config.Created) != 1 {
			t.Fatalf("%+v, %v", diff, err)
		}
	})
}

// FuzzApply looks for input that breaks the parser, is blamed on us, or gives an error
// without a place.
func FuzzApply(f *testing.F) {
	f.Add(cut(small))
	f.Add(laughs())
	f.Add("kind: Component\nname: a\nlayer: machine\nx: 1e3\ny: -.5\nlinks: [{title: a, url: https://b}]\n")
	f.Add("kind: Customer\nname: a\ncontacts: [{name: b, note: \"\\ud83d\"}, null, [], {}]\n")
	f.Add("%YAML 1.1\n---\n? kind\n: Team\n...\n")
	f.Add("kind: &a Team\nname: *a\n")
	k := onSQLite(f)
	f.Fuzz(func(t *testing.T, text string) {
		_, err := k.Plan(context.Background(), admin, []config.File{{Name: "fuzz.yaml", Text: text}})
		if err == nil {
			return
		}
		if errs.KindOf(err) == errs.Internal {
			t.Fatalf("our fault: %v", err)
		}
		for _, p := range errs.FieldsOf(err) {
			if !strings.HasPrefix(p.Path, "fuzz.yaml") && p.Path != "…" || p.Message == "" {
				t.Fatalf("problem without a place: %+v", p)
			}
		}
	})
}
