package drawing

import (
	"context"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// Text is the drawing of a service in its text form.
func (s *Service) Text(ctx context.Context, by actor.Actor, service string) (text string, err error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return "", err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err := PictureIn(tx, service)
		if err != nil {
			return err
		}
		d, err := Of(tx, p.Service.ID)
		if err != nil {
			return err
		}
		names, err := componentNames(tx)
		text = Write(d.Spec.prune(p.Service, names), p)
		return err
	})
	return text, err
}

// PutText makes the drawing of a service be as a text says. Components that are not there yet are made, as
// parts of the service; dependencies between components of the text become those of its links.
func (s *Service) PutText(ctx context.Context, by actor.Actor, service, text string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		of, err := s.mayDraw(tx, by, service)
		if err != nil {
			return err
		}
		sketch, err := Parse(text)
		if err != nil {
			return err
		}
		if err := s.equip(tx, by, of, sketch); err != nil {
			return err
		}
		_, err = s.ApplyIn(tx, by, service, sketch.Spec)
		return sketch.locate(err)
	})
}

// equip makes the catalogue hold what a sketch shows.
func (s *Service) equip(tx *db.Tx, by actor.Actor, of catalogue.Service, sketch Sketch) error {
	names, err := componentNames(tx)
	if err != nil {
		return err
	}
	specs, err := s.specs(tx)
	if err != nil {
		return err
	}
	list, lines, faults := sketch.wants(of, names, specs)
	var check errs.Check
	for _, f := range faults {
		check.Add(TextField, "line %d %s", f.line, f.message)
	}
	if err := check.Err("the drawing"); err != nil || len(list) == 0 {
		return err
	}
	for i, done := range s.Catalogue.ApplyComponentsIn(tx, by, list) {
		switch {
		case done.Err == nil:
		case errs.Is(done.Err, errs.Invalid):
			for _, f := range errs.FieldsOf(done.Err) {
				check.Add(TextField, "line %d: %s %s %s", lines[i], list[i].Name, f.Path, f.Message)
			}
		default:
			return done.Err
		}
	}
	return check.Err("the drawing")
}

func (s *Service) specs(tx *db.Tx) (map[string]catalogue.ComponentSpec, error) {
	list, err := s.Catalogue.ExportComponentsIn(tx, actor.Mainstay)
	out := make(map[string]catalogue.ComponentSpec, len(list))
	for _, n := range list {
		out[n.Name] = n.Spec
	}
	return out, err
}

// locate says in the words of a text what is wrong with its drawing.
func (s Sketch) locate(err error) error {
	fields := errs.FieldsOf(err)
	if len(fields) == 0 {
		return err
	}
	var check errs.Check
	for _, f := range fields {
		if n, ok := entry(f.Path, "parts["); ok && n < len(s.Parts) {
			check.Add(TextField, "line %d: %s %s", s.Parts[n].Line, f.Path, f.Message)
			continue
		}
		check.Add(TextField, "%s %s", f.Path, f.Message)
	}
	return check.Err("the drawing")
}

// entry reads the number of an entry: "parts[12].x" is 12.
func entry(path, list string) (n int, ok bool) {
	rest, ok := strings.CutPrefix(path, list)
	if !ok {
		return 0, false
	}
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
