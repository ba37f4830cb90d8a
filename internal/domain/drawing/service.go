package drawing

import (
	"context"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Config is what a Service needs.
type Config struct {
	DB        *db.DB
	Catalogue *catalogue.Catalogue
}

// Service keeps drawings.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service { return &Service{c} }

// Changed is the payload of drawing.changed.
type Changed struct {
	Service string `json:"service"`
	Was     *Spec  `json:"was,omitempty"`
	Is      *Spec  `json:"is"`
}

// Moved is the payload of drawing.moved.
type Moved struct {
	Service string `json:"service"`
	Moves   []Move `json:"moves"`
}

// Move is a part's new place.
type Move struct {
	Component string  `json:"component"`
	X         float64 `json:"x"`
	Y         float64 `json:"y"`
}

// Picture returns the drawing of a service with everything in its place.
func (s *Service) Picture(ctx context.Context, by actor.Actor, service string) (p Picture, err error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = PictureIn(tx, service)
		return err
	})
	return p, err
}

// PictureIn is Picture for another room, which has checked its own permission.
func PictureIn(tx *db.Tx, service string) (Picture, error) {
	of, err := catalogue.ServiceByName(tx, service)
	if err != nil {
		return Picture{}, err
	}
	all, err := catalogue.AllComponents(tx)
	if err != nil {
		return Picture{}, err
	}
	d, err := Of(tx, of.ID)
	return Compose(of, d, all), err
}

// SpecOf returns the drawing of a service as people write it.
func (s *Service) SpecOf(ctx context.Context, by actor.Actor, service string) (spec Spec, err error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return spec, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		of, err := catalogue.ServiceByName(tx, service)
		if err != nil {
			return err
		}
		d, err := Of(tx, of.ID)
		if err != nil {
			return err
		}
		names, err := componentNames(tx)
		spec = d.Spec.prune(of, names)
		return err
	})
	return spec, err
}

// Put makes the drawing of a service be as the spec says.
func (s *Service) Put(ctx context.Context, by actor.Actor, service string, spec Spec) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		_, err := s.ApplyIn(tx, by, service, spec)
		return err
	})
}

// ApplyIn makes the drawing be as the spec says, and reports whether it was another before.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, service string, spec Spec) (changed bool, err error) {
	of, err := s.mayDraw(tx, by, service)
	if err != nil {
		return false, err
	}
	var check errs.Check
	spec.Validate(&check)
	if err := check.Err("the drawing of " + service); err != nil {
		return false, err
	}
	names, err := componentNames(tx)
	if err != nil {
		return false, err
	}
	spec.resolve(&check, of, names)
	if err := check.Err("the drawing of " + service); err != nil {
		return false, err
	}
	was, err := Of(tx, of.ID)
	if err != nil || was.Version > 0 && was.Spec.prune(of, names).equal(spec) {
		return false, err
	}
	payload := Changed{Service: service, Is: &spec}
	if was.Version > 0 {
		payload.Was = &was.Spec
	}
	if err := store(tx, Drawing{Service: of.ID, Spec: spec}); err != nil {
		return false, err
	}
	return true, ledger.Append(tx, by, Record(of.ID), "drawing.changed", payload, catalogue.ServiceRecord(of.ID))
}

// mayDraw asks first whether somebody may draw anything, so that nobody else learns what is there.
func (s *Service) mayDraw(tx *db.Tx, by actor.Actor, service string) (catalogue.Service, error) {
	if err := people.Allow(by, people.ServiceWrite, people.Target{Teams: by.Teams}); err != nil {
		return catalogue.Service{}, err
	}
	of, err := catalogue.ServiceByName(tx, service)
	if errs.Is(err, errs.NotFound) {
		return of, errs.NotFoundf("there is no service %q: a drawing has the name of its service", service)
	}
	if err != nil {
		return of, err
	}
	return of, people.Allow(by, people.ServiceWrite, of.Target())
}

// MoveParts gives parts new places. The first time it stores where all others stand, so that they stay there.
func (s *Service) MoveParts(ctx context.Context, by actor.Actor, service string, moves []Move) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.moveIn(tx, by, service, moves) })
}

func (s *Service) moveIn(tx *db.Tx, by actor.Actor, service string, moves []Move) error {
	of, err := s.mayDraw(tx, by, service)
	if err != nil {
		return err
	}
	picture, err := PictureIn(tx, service)
	if err != nil {
		return err
	}
	known := picture.Index()
	var check errs.Check
	check.Require(len(moves) > 0 && len(moves) <= maxParts, "moves", "must have 1 to %d entries", maxParts)
	for i, m := range moves {
		at := index("moves", i)
		_, there := known[m.Component]
		check.Require(there, at+".component", "names %q, which is not on the drawing", m.Component)
		place(&check, at+".x", &m.X)
		place(&check, at+".y", &m.Y)
	}
	if err := check.Err("the move"); err != nil {
		return err
	}
	d, err := Of(tx, of.ID)
	if err != nil {
		return err
	}
	for _, m := range moves {
		part := &picture.Parts[known[m.Component]]
		part.X, part.Y = m.X, m.Y
	}
	d.Spec.Parts = picture.places()
	if err := store(tx, Drawing{Service: of.ID, Spec: d.Spec}); err != nil {
		return err
	}
	return ledger.Append(tx, by, Record(of.ID), "drawing.moved", Moved{service, moves}, catalogue.ServiceRecord(of.ID))
}

// places writes where all parts stand.
func (p Picture) places() []Part {
	out := make([]Part, len(p.Parts))
	for i, part := range p.Parts {
		out[i] = Part{Component: part.Name, X: new(part.X), Y: new(part.Y), Group: part.Group}
		if part.Weight != 100 {
			out[i].Weight = part.Weight
		}
	}
	return out
}

// LayOut forgets all places: the drawing lays itself out again.
func (s *Service) LayOut(ctx context.Context, by actor.Actor, service string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		of, err := s.mayDraw(tx, by, service)
		if err != nil {
			return err
		}
		d, err := Of(tx, of.ID)
		if err != nil {
			return err
		}
		names, err := componentNames(tx)
		if err != nil {
			return err
		}
		spec := d.Spec.prune(of, names)
		for i := range spec.Parts {
			spec.Parts[i].X, spec.Parts[i].Y = nil, nil
		}
		spec.Parts = slices.DeleteFunc(spec.Parts, func(p Part) bool { return p.Group == "" && p.Weight == 0 })
		_, err = s.ApplyIn(tx, by, service, spec)
		return err
	})
}

// ExportIn returns every drawing that somebody has made, by name of its service.
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) ([]Named, error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	services, err := catalogue.AllServices(tx)
	if err != nil {
		return nil, err
	}
	drawings, err := All(tx)
	if err != nil {
		return nil, err
	}
	names, err := componentNames(tx)
	if err != nil {
		return nil, err
	}
	var out []Named
	for _, of := range services {
		if d, ok := drawings[of.ID]; ok {
			out = append(out, Named{of.Name, d.Spec.prune(of, names)})
		}
	}
	return out, nil
}

func (s Spec) equal(o Spec) bool { return db.AsJSON(s) == db.AsJSON(o) }

// known are the components of the catalogue by name.
type known map[string]catalogue.Component

func (k known) has(name string) bool { _, ok := k[name]; return ok }

// needs reports whether the catalogue says that from needs to.
func (k known) needs(from, to string) bool {
	needed, ok := k[to]
	return ok && slices.Contains(k[from].DependsOn, needed.ID)
}

func componentNames(tx *db.Tx) (known, error) {
	all, err := catalogue.AllComponents(tx)
	out := make(known, len(all))
	for _, c := range all {
		out[c.Name] = c
	}
	return out, err
}

// resolve refuses what is not in the catalogue.
func (s Spec) resolve(c *errs.Check, of catalogue.Service, names known) {
	component := func(path, name string) {
		c.Require(names.has(name), path, "names %q, which does not exist", name)
	}
	for i, p := range s.Parts {
		component(index("parts", i)+".component", p.Component)
	}
	for i, l := range s.Links {
		names.link(c, index("links", i), l.From, l.To)
	}
	for i, q := range s.Quorums {
		for n, name := range q.Of {
			names.link(c, index(index("quorums", i)+".of", n), q.Component, name)
		}
	}
	s.resolveBearers(c, "functions", s.Functions, of.Functions)
	s.resolveBearers(c, "user_groups", s.UserGroups, of.UserGroups)
	for i, b := range s.Functions {
		for n, name := range b.Needs {
			component(index(index("functions", i)+".needs", n), name)
		}
	}
	for i, b := range s.UserGroups {
		for n, name := range b.Needs {
			component(index(index("user_groups", i)+".needs", n), name)
		}
	}
}

// link refuses a dependency that the catalogue does not have.
func (k known) link(c *errs.Check, path, from, to string) {
	a, b := k[from], k[to]
	switch {
	case a.ID == "":
		c.Add(path, "names %q, which does not exist", from)
	case b.ID == "":
		c.Add(path, "names %q, which does not exist", to)
	case !k.needs(from, to):
		c.Add(path, "says that %s needs %s, which the catalogue does not: add it there first", from, to)
	}
}

func (s Spec) resolveBearers(c *errs.Check, path string, list []Bearer, of []catalogue.Weight) {
	for i, b := range list {
		c.Require(has(of, b.Name), index(path, i)+".name", "names %q, which the service does not have", b.Name)
	}
}
