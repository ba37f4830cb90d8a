package catalogue

import (
	"context"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// ComponentChanged is the payload of component.created, component.changed and component.deleted.
type ComponentChanged struct {
	Name string         `json:"name"`
	Was  *ComponentSpec `json:"was,omitempty"`
	Is   *ComponentSpec `json:"is,omitempty"`
}

// ApplyComponentIn creates the component, or changes it when it differs.
func (c *Catalogue) ApplyComponentIn(tx *db.Tx, by actor.Actor, name string, s ComponentSpec) (changed bool, err error) {
	done := c.ApplyComponentsIn(tx, by, []NamedComponent{{name, s}})
	return done[0].Changed, done[0].Err
}

// Applied is what became of one component of several.
type Applied struct {
	Changed bool
	Err     error
}

// ApplyComponentsIn applies several components at once, which may depend on each other in
// any order; circles are looked for in what all of them give together. When any of the
// outcomes, one for each component, has an error the caller must roll back.
func (c *Catalogue) ApplyComponentsIn(tx *db.Tx, by actor.Actor, list []NamedComponent) []Applied {
	b := batch{tx: tx, by: by, list: list, have: make([]Component, len(list)), done: make([]Applied, len(list))}
	b.each(b.open)
	b.each(b.outline)
	g, err := dependencies(tx)
	for _, n := range list {
		g[n.Name] = n.Spec.DependsOn
	}
	b.each(func(i int) (bool, error) {
		if err != nil {
			return false, err
		}
		return b.save(i, g)
	})
	return b.done
}

// batch is several components on their way into the catalogue.
type batch struct {
	tx   *db.Tx
	by   actor.Actor
	list []NamedComponent
	have []Component // as it was; without a Title when it is new
	done []Applied
}

// each takes the components that had no error so far one step on.
func (b *batch) each(step func(i int) (bool, error)) {
	for i := range b.done {
		if b.done[i].Err == nil {
			b.done[i].Changed, b.done[i].Err = step(i)
		}
	}
}

// open checks permission and form of one component and reads what there is.
func (b *batch) open(i int) (bool, error) {
	if err := mayWriteSome(b.by); err != nil {
		return false, err
	}
	n := b.list[i]
	have, err := ComponentByName(b.tx, n.Name)
	found, err := exists(have, err)
	if err != nil {
		return false, err
	}
	if found {
		if err := allowComponent(b.tx, b.by, have); err != nil {
			return false, err
		}
	}
	b.have[i] = have
	var check errs.Check
	text.Name(&check, "name", n.Name)
	n.Spec.Validate(&check)
	check.Require(!slices.Contains(n.Spec.DependsOn, n.Name), "depends_on", "must not name the component itself")
	return false, check.Err("component " + quote(n.Name))
}

// outline makes a new component known, so that others can name it.
func (b *batch) outline(i int) (_ bool, err error) {
	if b.have[i].ID == "" {
		b.have[i].ID, err = insertComponent(b.tx, b.list[i].Name)
	}
	return false, err
}

func (b *batch) save(i int, g graph) (bool, error) {
	want, err := resolveComponent(b.tx, b.list[i], g)
	if err != nil {
		return false, err
	}
	want.ID = b.have[i].ID
	if err := allowComponent(b.tx, b.by, want.Component); err != nil {
		return false, err
	}
	return saveComponent(b.tx, b.by, b.have[i], want)
}

// allowComponent asks whether a may change a component: who may change its service may,
// and so may the team that looks after it.
func allowComponent(tx *db.Tx, by actor.Actor, c Component) error {
	t := people.Target{}
	if c.Service != "" {
		var err error
		if t, err = Target(tx, c.Service); err != nil {
			return err
		}
	}
	if c.Owner != "" {
		t.Teams = append(t.Teams, string(c.Owner))
	}
	return people.Allow(by, people.ServiceWrite, t)
}

// resolved is a component with the id of its environment.
type resolved struct {
	Component
	environment EnvironmentID
}

func resolveComponent(tx *db.Tx, n NamedComponent, g graph) (resolved, error) {
	s, check := n.Spec, errs.Check{}
	r := resolver{tx: tx, check: &check}
	out := resolved{environment: r.environment("environment", s.Environment), Component: Component{
		Name: n.Name, Title: or(text.Trim(s.Title), n.Name), Description: s.Description, Layer: Layer(s.Layer),
		Service: r.service("service", s.Service), ServiceName: s.Service, Environment: s.Environment,
		Owner: r.team("owner", s.Owner), OwnerName: s.Owner, Links: s.Links,
	}}
	for i, d := range s.DependsOn {
		out.DependsOn = append(out.DependsOn, r.component(index("depends_on", i), d))
	}
	g.refuseCycle(&check, n.Name)
	return out, r.end("component " + quote(n.Name))
}

func saveComponent(tx *db.Tx, by actor.Actor, have Component, want resolved) (bool, error) {
	spec, err := want.spec(tx)
	if err != nil {
		return false, err
	}
	event, payload := "component.created", ComponentChanged{Name: want.Name, Is: &spec}
	if have.Title != "" {
		old, err := have.spec(tx)
		if err != nil || old.equal(spec) {
			return false, err
		}
		event, payload.Was = "component.changed", &old
	}
	if err := updateComponent(tx, want); err != nil {
		return false, err
	}
	var about []ledger.Record
	if want.Service != "" {
		about = append(about, ServiceRecord(want.Service))
	}
	return true, ledger.Append(tx, by, ComponentRecord(want.ID), event, payload, about...)
}

// spec writes the component as people do.
func (c Component) spec(tx *db.Tx) (ComponentSpec, error) {
	out := ComponentSpec{
		Title: leaveOut(c.Title, c.Name), Description: c.Description, Layer: string(c.Layer),
		Service: c.ServiceName, Owner: c.OwnerName, Environment: c.Environment, Links: c.Links,
	}
	for _, id := range c.DependsOn {
		d, err := ComponentByID(tx, id)
		if err != nil {
			return out, err
		}
		out.DependsOn = append(out.DependsOn, d.Name)
	}
	return out, nil
}

func (s ComponentSpec) equal(o ComponentSpec) bool { return db.AsJSON(s) == db.AsJSON(o) }

// ComponentSpecOf returns a component as people write it, to be edited.
func (c *Catalogue) ComponentSpecOf(ctx context.Context, by actor.Actor, name string) (spec ComponentSpec, err error) {
	err = c.db.View(ctx, func(tx *db.Tx) error {
		component, err := c.readComponent(tx, by, name)
		if err == nil {
			spec, err = component.spec(tx)
		}
		return err
	})
	return spec, err
}

// ExportComponentsIn returns every component by name.
func (c *Catalogue) ExportComponentsIn(tx *db.Tx, by actor.Actor) ([]NamedComponent, error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	list, err := AllComponents(tx)
	if err != nil {
		return nil, err
	}
	out := make([]NamedComponent, len(list))
	for i, component := range list {
		spec, err := component.spec(tx)
		if err != nil {
			return nil, err
		}
		out[i] = NamedComponent{component.Name, spec}
	}
	return out, nil
}

// DeleteComponentIn removes a component on which no other depends.
func (c *Catalogue) DeleteComponentIn(tx *db.Tx, by actor.Actor, name string) error {
	component, err := c.readComponent(tx, by, name)
	if err != nil {
		return err
	}
	if err := allowComponent(tx, by, component); err != nil {
		return err
	}
	spec, err := component.spec(tx)
	if err != nil {
		return err
	}
	if err := deleteComponent(tx, component.ID); err != nil {
		return referenced(err, "other components depend on %q", name)
	}
	return ledger.Append(tx, by, ComponentRecord(component.ID), "component.deleted", ComponentChanged{Name: name, Was: &spec})
}

// Component returns one component.
func (c *Catalogue) Component(ctx context.Context, by actor.Actor, name string) (Component, error) {
	return view(ctx, c.db, func(tx *db.Tx) (Component, error) { return c.readComponent(tx, by, name) })
}

func (c *Catalogue) readComponent(tx *db.Tx, by actor.Actor, name string) (Component, error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return Component{}, err
	}
	return ComponentByName(tx, name)
}

// Components lists components by name; q, when not empty, is a part of name or title.
func (c *Catalogue) Components(ctx context.Context, by actor.Actor, q string, r page.Request) (list page.List[Component], err error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return list, err
	}
	var after string
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return list, err
	}
	rows, err := view(ctx, c.db, func(tx *db.Tx) ([]Component, error) { return pageOfComponents(tx, after, q, r.Size()+1) })
	return page.Of(rows, r, func(c Component) any { return c.Name }), err
}

// ComponentsOf lists the components of a service by name.
func (c *Catalogue) ComponentsOf(ctx context.Context, by actor.Actor, service string) (list []Component, err error) {
	err = c.db.View(ctx, func(tx *db.Tx) error {
		s, err := c.readService(tx, by, service)
		if err == nil {
			list, err = Components(tx, s.ID)
		}
		return err
	})
	return list, err
}
