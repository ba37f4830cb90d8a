package config

import (
	"context"
	"slices"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
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
)

// Rooms are what documents configure.
type Rooms struct {
	People      *people.Service
	Calendars   *calendar.Service
	Catalogue   *catalogue.Catalogue
	Drawings    *drawing.Service
	Customers   *customer.Service
	Rosters     *oncall.Service
	Policies    *escalation.Service
	Contacts    *notify.Service
	Sources     *source.Service
	Rules       *rule.Service
	Checks      *check.Service
	MetricRules *metricrule.Service
	Saved       *saved.Service
	Maintenance *maintenance.Service
}

// kinds lists every kind, each behind those that its documents name.
func kinds(r Rooms) []Kind {
	return []Kind{
		kindOf("User", "user", "A person who signs in or is paged.", r.People.ApplyUserIn, r.People.ExportUsersIn).
			naming("customer", "Customer"),
		kindOf("Team", "team", "People at one level of support: an entry of the escalation directory.", r.People.ApplyTeamIn, r.People.ExportTeamsIn).
			naming("hours", "Calendar"),
		kindOf("Calendar", "calendar", "Hours, bank days and holidays, in one time zone.", r.Calendars.ApplyIn, r.Calendars.ExportIn),
		kindOf("Environment", "environment", "Where services run.", r.Catalogue.ApplyEnvironmentIn, r.Catalogue.ExportEnvironmentsIn),
		kindOf("Roster", "roster", "Who is on call, when.", r.Rosters.ApplyIn, r.Rosters.ExportIn),
		kindOf("Policy", "policy", "Whom to call while nobody has acknowledged, and while a service is not restored.", r.Policies.ApplyIn, r.Policies.ExportIn),
		kindOf("Service", "service", "What the business names.", r.Catalogue.ApplyServiceIn, r.Catalogue.ExportServicesIn),
		kindOf("Component", "component", "A part that services are made of.", r.Catalogue.ApplyComponentIn, r.Catalogue.ExportComponentsIn).
			together(components(r.Catalogue)),
		kindOf("Drawing", "drawing", "Where the parts of a service stand, and which of them it needs, under the name of the service.", r.Drawings.ApplyIn, r.Drawings.ExportIn),
		kindOf("Maintenance", "maintenance", "Planned work on services and components, during which their alerts call nobody.", r.Maintenance.ApplyIn, r.Maintenance.ExportIn),
		kindOf("Customer", "customer", "Somebody whom the business serves.", r.Customers.ApplyIn, r.Customers.ExportIn),
		kindOf("Source", "source", "A sender of log lines.", r.Sources.ApplyIn, r.Sources.ExportIn),
		kindOf("LogRule", "rule", "Something to notice in log lines as they arrive.", r.Rules.ApplyIn, r.Rules.ExportIn),
		kindOf("Check", "check", "Something to look at again and again, from the server or from hosts.", r.Checks.ApplyIn, r.Checks.ExportIn),
		kindOf(metricRules, "metric-rule", "A rule group of Prometheus: what to notice in time series. A rule file with groups is taken as it is.", r.MetricRules.ApplyIn, r.MetricRules.ExportIn),
		kindOf("AnomalyRule", "metric-rule", "A seasonal time series that is judged by the same hour of past weeks.", r.MetricRules.ApplyAnomalyIn, r.MetricRules.ExportAnomaliesIn),
		kindOf("SavedSearch", "saved-search", "A search that everybody can open again, and the reports that are mailed of it.", r.Saved.ApplySearchIn, r.Saved.ExportSearchesIn),
		kindOf("Dashboard", "dashboard", "Panels of what is found in log lines, side by side.", r.Saved.ApplyDashboardIn, r.Saved.ExportDashboardsIn),
		kindOf("Contacts", "contacts", "How a person is reached, under their login.", r.Contacts.ApplyIn, r.Contacts.ExportIn),
	}
}

// components applies all components at once: they may depend on each other in any order.
func components(c *catalogue.Catalogue) func(*db.Tx, actor.Actor, []*Document) []outcome {
	return func(tx *db.Tx, by actor.Actor, docs []*Document) []outcome {
		list := make([]catalogue.NamedComponent, len(docs))
		for i, d := range docs {
			list[i] = catalogue.NamedComponent{Name: d.Name, Spec: d.spec.(catalogue.ComponentSpec)}
		}
		out := make([]outcome, len(docs))
		for i, done := range c.ApplyComponentsIn(tx, by, list) {
			out[i] = outcome{done.Changed, done.Err}
		}
		return out
	}
}

// Config is what a Service needs.
type Config struct {
	DB    *db.DB
	Rooms Rooms
}

// Service applies and exports documents.
type Service struct {
	db    *db.DB
	kinds []Kind
}

// New returns the service.
func New(c Config) *Service { return &Service{db: c.DB, kinds: kinds(c.Rooms)} }

// Plan says what Apply would change.
func (s *Service) Plan(ctx context.Context, by actor.Actor, files []File) (Diff, error) {
	docs, err := s.admit(by, files)
	if err != nil {
		return Diff{}, err
	}
	p, err := s.plan(ctx, by, docs)
	if err != nil {
		return Diff{}, err
	}
	p.diff.DryRun = true
	return p.diff, nil
}

// Apply makes everything be as the documents say, or changes nothing and says why not.
func (s *Service) Apply(ctx context.Context, by actor.Actor, files []File) (Diff, error) {
	return s.apply(ctx, by, files, func(Diff) error { return nil })
}

// ApplyPlanned applies the files when that does exactly what their plan showed, whose
// fingerprint is given. Otherwise it changes nothing and returns Conflict.
func (s *Service) ApplyPlanned(ctx context.Context, by actor.Actor, files []File, fingerprint string) (Diff, error) {
	return s.apply(ctx, by, files, func(d Diff) error {
		if d.Fingerprint(files) != fingerprint {
			return errs.Conflictf("the desk or the documents have changed since the plan was shown; nothing was changed")
		}
		return nil
	})
}

// admit lets in who may apply, and reads the files.
func (s *Service) admit(by actor.Actor, files []File) (map[string][]*Document, error) {
	if err := people.Allow(by, people.ConfigApply, people.Target{}); err != nil {
		return nil, err
	}
	return s.read(files)
}

// read parses, decodes and checks all documents, as far as they can be by themselves.
func (s *Service) read(files []File) (map[string][]*Document, error) {
	var p problems
	docs := map[string][]*Document{}
	first := map[[2]string]*Document{}
	for _, d := range parse(files, &p) {
		k, ok := s.kind(d.Kind)
		if !ok {
			p.invalid(d, "kind", "%q is not a kind: there are %s", short(d.Kind), strings.Join(s.names(), ", "))
			continue
		}
		if f := first[[2]string{d.Kind, d.Name}]; f != nil {
			line, _ := f.position("name")
			p.invalid(d, "name", "%s %q stands in %s:%d already", d.Kind, short(d.Name), f.File, line)
			continue
		}
		first[[2]string{d.Kind, d.Name}] = d
		if d.decode(k.spec, &p) && k.check(d, &p) {
			docs[d.Kind] = append(docs[d.Kind], d)
		}
	}
	return docs, p.err()
}

func (s *Service) kind(name string) (Kind, bool) {
	for _, k := range s.kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

func (s *Service) names() []string {
	out := make([]string, len(s.kinds))
	for i, k := range s.kinds {
		out[i] = k.Name
	}
	return out
}

// run is one application under way.
type run struct {
	tx   *db.Tx
	by   actor.Actor
	docs map[string][]*Document
	diff Diff
	p    problems
	// failed are names of objects that were refused. Who names one of them is not to blame.
	failed map[string]bool
	// changed are the documents that changed something, by kind.
	changed map[string][]*Document
}

func (r *run) all(kinds []Kind) error {
	for _, k := range kinds {
		if err := r.kind(k); err != nil {
			return r.or(err)
		}
	}
	for _, k := range kinds {
		if err := r.later(k, kinds); err != nil {
			return r.or(err)
		}
	}
	return r.p.err()
}

// or is the problems found so far or, when there are none, err: after a refusal the
// transaction may be unusable, and that is not worth telling.
func (r *run) or(err error) error {
	if problems := r.p.err(); problems != nil {
		return problems
	}
	return err
}

// kind applies the documents of one kind and notes what changed.
func (r *run) kind(k Kind) error {
	docs := r.docs[k.Name]
	if len(docs) == 0 {
		return nil
	}
	before, err := exported(r.tx, k)
	if err != nil {
		return err
	}
	done := k.apply(r.tx, r.by, docs)
	for i, o := range done {
		if o.err == nil {
			continue
		}
		if !r.refuse(docs[i], o.err) {
			return o.err
		}
	}
	if len(r.failed) > 0 {
		return nil
	}
	after := before
	if slices.ContainsFunc(done, func(o outcome) bool { return o.changed }) {
		if after, err = exported(r.tx, k); err != nil {
			return err
		}
	}
	for i, d := range docs {
		r.diff.add(d, done[i].changed, before[d.Name], after[d.Name])
		if done[i].changed {
			r.changed[k.Name] = append(r.changed[k.Name], d)
		}
	}
	return nil
}

// refuse records an error about a document, except the fields that only name what has
// itself been refused.
func (r *run) refuse(d *Document, err error) bool {
	if !blames(err) {
		return false
	}
	fields := errs.FieldsOf(err)
	own := slices.DeleteFunc(slices.Clone(fields), func(f errs.Field) bool { return r.names(f.Message) })
	r.failed[d.Name] = true
	if len(fields) > 0 && len(own) == 0 {
		return true
	}
	return r.p.refused(d, &errs.E{Kind: errs.KindOf(err), Message: err.Error(), Fields: own})
}

// names reports whether a message is about something that has been refused.
func (r *run) names(message string) bool {
	for i, word := range strings.Split(message, `"`) {
		if i%2 == 1 && r.failed[word] {
			return true
		}
	}
	return false
}

// later checks the fields that name objects which their room cannot see.
func (r *run) later(k Kind, kinds []Kind) error {
	for field, target := range k.later {
		var known map[string]object
		for _, d := range r.docs[k.Name] {
			n := d.nodes[field]
			if n == nil || n.Value == "" {
				continue
			}
			if known == nil {
				var err error
				if known, err = exportedOf(r.tx, kinds, target); err != nil {
					return err
				}
			}
			if _, ok := known[n.Value]; !ok && !r.failed[n.Value] {
				r.p.invalid(d, field, "names %q, which does not exist", short(n.Value))
			}
		}
	}
	return nil
}

func exportedOf(tx *db.Tx, kinds []Kind, name string) (map[string]object, error) {
	for _, k := range kinds {
		if k.Name == name {
			return exported(tx, k)
		}
	}
	return map[string]object{}, nil
}

// exported reads all objects of a kind, by name. Who may apply may see what that changes.
func exported(tx *db.Tx, k Kind) (map[string]object, error) {
	list, err := k.export(tx, actor.Mainstay)
	out := make(map[string]object, len(list))
	for _, o := range list {
		out[o.name] = o
	}
	return out, err
}
