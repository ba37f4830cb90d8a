package config_test

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/secret"
	"mainstay/internal/config"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/check"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
	"mainstay/internal/domain/saved"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/logstore/match"
	"mainstay/internal/engine/metricstore/evaluate"
	"mainstay/internal/engine/signal"
)

// Every check of a property plans and applies a whole configuration: fewer of them are enough, unless
// the command line wants more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

var admin = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}

// desk is an empty desk that documents can be applied to.
type desk struct {
	testing.TB
	*config.Service
	db *db.DB
}

func newDesk(t testing.TB, d *db.DB) *desk {
	t.Helper()
	return newDeskWith(t, d, policies{})
}

// newDeskWith is a desk whose catalogue asks these policies.
func newDeskWith(t testing.TB, d *db.DB, p policies) *desk {
	t.Helper()
	box, err := secret.New(make([]byte, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	cat := catalogue.New(catalogue.Config{DB: d, Policies: p})
	s := config.New(config.Config{DB: d, Rooms: config.Rooms{
		People:    people.New(people.Config{DB: d}),
		Calendars: calendar.New(calendar.Config{DB: d}),
		Catalogue: cat, Drawings: drawing.New(drawing.Config{DB: d, Catalogue: cat}),
		Customers:   customer.New(customer.Config{DB: d, Services: cat}),
		Rosters:     oncall.New(oncall.Config{DB: d}),
		Policies:    escalation.New(escalation.Config{DB: d}),
		Sources:     source.New(source.Config{DB: d}),
		Saved:       saved.New(saved.Config{DB: d}),
		Rules:       rule.New(rule.Config{DB: d, Compiler: match.Compiler{}}),
		Checks:      check.New(check.Config{DB: d, Box: box}),
		MetricRules: metricrule.New(metricrule.Config{DB: d, Rules: evaluate.New(evaluate.Config{}), Metrics: parsing{}}),
		Contacts:    notify.New(notify.Config{DB: d, Box: box, BaseURL: "https://desk.bank.example"}),
		Maintenance: maintenance.New(maintenance.Config{DB: d}),
	}})
	if err := d.Do(context.Background(), catalogue.EnsureUnassigned); err != nil {
		t.Fatal(err)
	}
	return &desk{t, s, d}
}

// parsing takes any expression: what it means is the store's business.
type parsing struct{ signal.Metrics }

func (parsing) CheckExpr(string) error { return nil }

// policies tells the catalogue which policies exist. Asked is called first, in the midst of
// planning and applying a service that names one.
type policies struct{ asked func() }

func (p policies) Exists(tx *db.Tx, name string) (bool, error) {
	if p.asked != nil {
		p.asked()
	}
	return escalation.Exists(tx, name)
}

// file is YAML in a file called desk.yaml; leading tabs of the test's source are cut.
func file(text string) []config.File { return []config.File{{Name: "desk.yaml", Text: cut(text)}} }

func cut(text string) string {
	lines := strings.Split(strings.TrimPrefix(text, "\n"), "\n")
	indent := lines[0][:len(lines[0])-len(strings.TrimLeft(lines[0], "\t"))]
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], indent)
	}
	return strings.Join(lines, "\n")
}

func (k *desk) apply(text string) config.Diff {
	k.Helper()
	diff, err := k.Apply(context.Background(), admin, file(text))
	if err != nil {
		k.Fatal(err)
	}
	return diff
}

// refused applies what must be refused and returns the problems, one per line.
func (k *desk) refused(text string) string {
	k.Helper()
	_, err := k.Apply(context.Background(), admin, file(text))
	if err == nil {
		k.Fatal("was not refused")
	}
	if errs.KindOf(err) == errs.Internal {
		k.Fatalf("is nobody's fault: %v", err)
	}
	var lines []string
	for _, f := range errs.FieldsOf(err) {
		lines = append(lines, f.Path+" "+f.Message)
	}
	return strings.Join(lines, "\n")
}

// lines are the objects of a diff: "+ Service payments".
func lines(diff config.Diff) string {
	var b strings.Builder
	if err := diff.Print(&b); err != nil {
		return err.Error()
	}
	return b.String()
}

const small = `
	kind: User
	name: ana
	title: Ana Ruiz
	role: back-line
	---
	kind: Team
	name: payments-l2
	level: L2
	members: [ana]
	---
	kind: Service
	name: payments
	title: Payments
	tier: 1
	owner: payments-l2
	functions:
	  - {name: trade, percent: 80}
	  - {name: report, percent: 20}
	`
