package config

import (
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
)

// Kind is one kind of document: the meeting point of its YAML and the room that owns it.
type Kind struct {
	Name string
	// Doc says what it is, for the schema.
	Doc string

	record string // kind of the records in the ledger that tell of its changes
	spec   reflect.Type
	apply  func(tx *db.Tx, by actor.Actor, docs []*Document) []outcome
	// export returns everything of the kind as documents in YAML, in order of name.
	export func(tx *db.Tx, by actor.Actor) ([]object, error)
	// later are fields that name an object of another kind which the room itself cannot see.
	later map[string]string
}

// outcome is what became of one document.
type outcome struct {
	changed bool
	err     error
}

// object is something that exists, as YAML: a mapping of its fields, without kind and name.
type object struct {
	name string
	spec *yaml.Node
}

// named is what the Named types of all rooms look like.
type named[S any] struct {
	Name string
	Spec S
}

// kindOf makes a kind from a room's ApplyIn and ExportIn.
func kindOf[S any, N ~struct {
	Name string
	Spec S
}](name, record, doc string, apply func(*db.Tx, actor.Actor, string, S) (bool, error), export func(*db.Tx, actor.Actor) ([]N, error)) Kind {
	return Kind{
		Name: name, Doc: doc, record: record, spec: reflect.TypeFor[S](),
		apply: func(tx *db.Tx, by actor.Actor, docs []*Document) []outcome {
			done := make([]outcome, len(docs))
			for i, d := range docs {
				done[i].changed, done[i].err = apply(tx, by, d.Name, d.spec.(S))
				if done[i].err != nil && !blames(done[i].err) {
					return done[:i+1]
				}
			}
			return done
		},
		export: func(tx *db.Tx, by actor.Actor) ([]object, error) {
			list, err := export(tx, by)
			if err != nil {
				return nil, err
			}
			out := make([]object, len(list))
			for i, n := range list {
				one := named[S](n)
				if out[i], err = objectOf(one.Name, one.Spec); err != nil {
					return nil, fmt.Errorf("%s %s: %w", name, one.Name, err)
				}
			}
			return out, nil
		},
	}
}

// together makes a kind whose objects are applied all at once, because they name each other.
func (k Kind) together(apply func(tx *db.Tx, by actor.Actor, docs []*Document) []outcome) Kind {
	k.apply = apply
	return k
}

// naming adds a field that names an object of a kind which the room cannot see. It is
// checked when everything has been applied.
func (k Kind) naming(field, kind string) Kind {
	k.later = map[string]string{field: kind}
	return k
}

// check runs what the spec can say about itself.
func (k Kind) check(d *Document, p *problems) bool {
	v, ok := d.spec.(interface{ Validate(*errs.Check) })
	if !ok {
		return true
	}
	var c errs.Check
	v.Validate(&c)
	err := c.Err(d.Kind)
	if err != nil {
		p.refused(d, err)
	}
	return err == nil
}

// blames reports whether an error is about the document and not about the system.
func blames(err error) bool {
	switch errs.KindOf(err) {
	case errs.Internal, errs.Unavailable, errs.Unauthenticated:
		return false
	default:
		return true
	}
}

// objectOf writes a spec as YAML.
func objectOf[S any](name string, spec S) (object, error) {
	n := new(yaml.Node)
	if err := n.Encode(spec); err != nil {
		return object{}, err
	}
	if n.Kind != yaml.MappingNode {
		return object{}, fmt.Errorf("is not a mapping in YAML")
	}
	return object{name, n}, nil
}
